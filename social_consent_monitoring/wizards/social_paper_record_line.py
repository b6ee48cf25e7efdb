from odoo import api, fields, models
from odoo.exceptions import UserError


class SocialPaperRecordLine(models.TransientModel):
    """A box on a signed form: one purpose, one channel, one version of the text (rule 10)."""

    _name = "social.paper.record.line"
    _description = "Box on a Signed Form"
    _order = "id"

    wizard_id = fields.Many2one("social.paper.record.wizard", required=True, ondelete="cascade")
    ticked = fields.Boolean("Ticked on the Paper")
    notice_id = fields.Many2one(
        "social.consent.notice",
        "Text, with Its Version",
        required=True,
        domain="[('state', '!=', 'draft'), ('outdated', '=', False), ('purpose_id', '=', purpose_id)]",
        ondelete="cascade",
    )
    purpose_id = fields.Many2one(related="notice_id.purpose_id")
    channel = fields.Selection(
        lambda self: self.env["social.consent"]._get_channels(), readonly=True
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.wizard_id.check_access("write")
        return lines

    def _is_on_paper(self):
        """Tell whether a form with this text has this box: the list is typed in by none."""
        return self.channel in self.env["social.paper.form"]._get_boxes(self.notice_id)

    def _check_version(self, signed_on, given_at):
        """Refuse a text that was not there on that day, or a consent that is over by now.

        :param given_at: the beginning of that day, naive UTC
        """
        _, notice = self.env._, self.notice_id
        published = notice.published_at
        if published and fields.Datetime.context_timestamp(self, published).date() > signed_on:
            raise UserError(
                _(
                    "“%(notice)s” was published after that day. Choose the version that stands "
                    "on the paper, or correct the day.",
                    notice=notice.display_name,
                )
            )
        if notice._get_end(given_at) <= fields.Datetime.now():
            raise UserError(
                _(
                    "A consent of that day to “%(notice)s” is over by now, after %(months)s "
                    "months. Ask the person again.",
                    notice=notice.display_name,
                    months=notice.months,
                )
            )
