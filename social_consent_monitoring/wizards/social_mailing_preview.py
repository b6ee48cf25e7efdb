import re
from collections import defaultdict

from odoo import Command, api, fields, models

from ..models.mail_mail import FAILURE

# So many recipients are judged at once, where Odoo does not say it.
BATCH = 50
# Placeholders in a mailing's text make each mail another one: no two are doubles then.
PLACEHOLDER = re.compile(r"\st-|\{\{|<t[ >]")


class SocialMailingPreview(models.TransientModel):
    """“Who Will Get It?”: whom a mailing will reach, and whom it leaves out, by reason.

    Asks what sending asks, in the same way, and writes and sends nothing. Between now and then
    a person may still consent, or withdraw.
    """

    _name = "social.mailing.preview"
    _description = "Who Will Get It?"

    mailing_id = fields.Many2one(
        "mailing.mailing", required=True, readonly=True, ondelete="cascade"
    )
    mode = fields.Char(related="mailing_id.social_mode")
    passing_count = fields.Integer("Will Get It", readonly=True)
    left_count = fields.Integer("Left Out", readonly=True)
    line_ids = fields.One2many("social.mailing.preview.line", "preview_id", readonly=True)

    @api.model
    def _make(self, mailing):
        """Return the preview of one mailing."""
        left, passing, seen = defaultdict(list), 0, set()
        recipients = mailing._get_remaining_recipients()
        composer = mailing._make_social_composer(recipients)
        reasons, size = self._get_reasons(), self._get_batch_size(composer)
        for start in range(0, len(recipients), size):
            batch = recipients[start : start + size]
            for record_id, reason in self._judge(composer, batch, seen).items():
                if reason:
                    left[reason].append(record_id)
                else:
                    passing += 1
            self.env[mailing.mailing_model_real].invalidate_model()
        composer.sudo().unlink()
        by_size = sorted(left.items(), key=lambda item: -len(item[1]))
        return self.create(
            {
                "mailing_id": mailing.id,
                "passing_count": passing,
                "left_count": sum(map(len, left.values())),
                "line_ids": [
                    Command.create(
                        {"reason": reasons.get(code, code), "count": len(ids), "record_ids": ids}
                    )
                    for code, ids in by_size
                ],
            }
        )

    @api.model
    def _get_batch_size(self, composer):
        """Return how many Odoo takes at once: between batches any address is a double."""
        size = self.env["ir.config_parameter"].sudo().get_param("mail.batch_size")
        return int(size or 0) or composer._batch_size or BATCH

    @api.model
    def _judge(self, composer, record_ids, seen):
        """Return ``{record id: code of the reason why it is left out, or None}``.

        :param set seen: the addresses of earlier batches; those of this one are added
        """
        values = self._prepare_values(composer, record_ids)
        refused = {}
        if composer._get_social_kind() == "marketing":
            refused = composer._get_social_refused(values, log="")
        composer._process_social_state(values, refused)
        addresses = {
            record_id: set(data["mail_to_normalized"])
            for record_id, data in composer._get_recipients_data(values).items()
        }
        reasons = {}
        for record_id, vals in values.items():
            reason = self._get_reason(vals, refused.get(record_id))
            own = addresses[record_id]
            reasons[record_id] = reason or ("mail_dup" if own and own <= seen else None)
        seen.update(*(addresses[each] for each, reason in reasons.items() if not reason))
        return reasons

    @api.model
    def _get_reason(self, vals, refused):
        failure = vals.get("failure_type")
        if failure == FAILURE:
            (decision, *_others) = refused.values()
            return decision.reason
        return failure if vals.get("state") in ("cancel", "exception") else None

    @api.model
    def _prepare_values(self, composer, record_ids):
        """Return for each record what decides about its mail: the recipients, and the text."""
        records = self.env[composer.model].browse(record_ids)
        personal = PLACEHOLDER.search(f"{composer.subject} {composer.body}")
        values = {}
        for record_id, default in records._message_get_default_recipients().items():
            values[record_id] = {
                "email_to": default.get("email_to"),
                "email_cc": default.get("email_cc"),
                "recipient_ids": [
                    Command.link(partner_id) for partner_id in default.get("partner_ids") or ()
                ],
                "attachment_ids": composer.attachment_ids.ids,
                "subject": composer.subject,
                "body": record_id if personal else "",
            }
        return values

    @api.model
    def _get_reasons(self):
        """Return ``{code: words}``: the policy's, and those for what Odoo leaves out itself."""
        policy = self.env["social.policy"]._get_reasons()
        _ = self.env._
        return {
            **{code: reason for code, (reason, _remedy) in policy.items()},
            "mail_bl": _("On the blacklist."),
            "mail_optout": _("Has left the mailing list."),
            "mail_dup": _("The same address stands in the list twice."),
            "mail_email_missing": _("There is no e-mail address."),
            "mail_email_invalid": _("The e-mail address is not valid."),
        }


class SocialMailingPreviewLine(models.TransientModel):
    """How many a mailing leaves out for one reason."""

    _name = "social.mailing.preview.line"
    _description = "Left Out of a Mailing"
    _order = "count desc, id"

    preview_id = fields.Many2one("social.mailing.preview", required=True, ondelete="cascade")
    reason = fields.Char("Why", readonly=True)
    count = fields.Integer("People", readonly=True)
    record_ids = fields.Json(readonly=True)

    def action_open(self):
        """List whom the mailing leaves out for this reason, as far as the user may see them."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.reason,
            "res_model": self.preview_id.mailing_id.mailing_model_real,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.record_ids)],
            "context": {"create": False},
        }
