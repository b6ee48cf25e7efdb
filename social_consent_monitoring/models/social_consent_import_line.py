from odoo import api, fields, models

from ..door import open_door


class SocialConsentImportLine(models.Model):
    """One line of an old list from which nothing came, and why: its number, and nothing else."""

    _name = "social.consent.import.line"
    _inherit = ["social.door.mixin"]
    _description = "Refused Line of an Old List"
    _order = "line, id"
    _rec_name = "line"

    import_id = fields.Many2one(
        "social.consent.import", required=True, readonly=True, index=True, ondelete="cascade"
    )
    line = fields.Integer(required=True, readonly=True, aggregator=None)
    reason = fields.Char("Reason Code", required=True, readonly=True)
    found_by = fields.Selection(
        [("file", "Reading"), ("check", "Check"), ("record", "Recording")],
        "Found When",
        required=True,
        readonly=True,
    )
    explanation = fields.Char("Why", compute="_compute_explanation")

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_explanation(self):
        words = self._get_reasons()
        for line in self:
            line.explanation = words.get(line.reason, line.reason)

    @api.model
    def _get_reasons(self):
        """Return ``{code: words}``: why a line is refused, and what to do about it."""
        return {
            **{
                code: words
                for code, (words, _do) in self.env["social.policy"]._get_reasons().items()
            },
            **self._get_reading_reasons(),
            **self._get_record_reasons(),
        }

    @api.model
    def _get_reading_reasons(self):
        """Return why a line says too little, or something that cannot be."""
        _ = self.env._
        return {
            "unreadable": _("This line cannot be read: look for a quotation mark too many."),
            "columns": _("More values than the first line has names."),
            "nul": _("It contains a NUL character."),
            "encoding": _("It contains bytes that are no letters. Save the file as UTF-8."),
            "formula": _("It contains a formula. Write what it stands for."),
            "no_address": _("Neither an e-mail address nor a number."),
            "bad_address": _("This is no e-mail address, or no number."),
            "not_yes": _("It says that the person did not agree, or left."),
            "no_purpose": _("It does not say what for."),
            "no_text": _("It does not say to which text the person agreed."),
            "no_date": _("It does not say when. Without its day a consent proves nothing."),
            "bad_date": _("The date cannot be read."),
            "future_date": _("The date lies in the future."),
            "duplicate": _("The same line stands in the file twice."),
        }

    @api.model
    def _get_record_reasons(self):
        """Return why a line that says everything is not recorded all the same."""
        _ = self.env._
        return {
            "no_notice": _("Nobody has said which notice this counts as. Choose it above."),
            "no_channel": _("Choose by which channel."),
            "no_wording": _("Enter the words that the persons read."),
            "nobody": _("Nobody here has this address. Import the contacts first."),
            "several": _("Several here have this address, so nobody knows who agreed."),
            "objected": _("This person objected, or was erased. A list does not undo that."),
            "blocked": _("The address or number is on the blacklist."),
            "said_no": _("The person said no here. A list does not undo that."),
            "invalid": _("The privacy officer declared this consent invalid."),
            "known": _("Recorded already, with this day or a later one."),
            "listed": _("On the blacklist already."),
            "too_old": _("By the notice this consent has expired. Ask again instead."),
            "other_company": _("Given to another company than this one."),
            "staff": _("Somebody here entered it. That is no act of the person."),
        }

    @api.model
    def _note(self, batch, refused, found_by):
        """Keep why lines were refused.

        :param refused: pairs of line number and code of the reason
        """
        open_door(self.sudo()).create(
            [
                {"import_id": batch.id, "line": line, "reason": reason, "found_by": found_by}
                for line, reason in refused
            ]
        )
