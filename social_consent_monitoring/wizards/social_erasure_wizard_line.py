from odoo import api, fields, models


class SocialErasureWizardLine(models.TransientModel):
    """One kind of record in a dry run, or one record that may be the same person."""

    _name = "social.erasure.wizard.line"
    _description = "Line of an Erasure"
    _order = "id"

    wizard_id = fields.Many2one("social.erasure.wizard", required=True, ondelete="cascade")
    fate = fields.Selection(
        [
            ("delete", "Deleted"),
            ("empty", "Made anonymous"),
            ("keep", "Kept"),
            ("offer", "Perhaps the same person"),
        ],
        required=True,
        readonly=True,
    )
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(readonly=True)
    count = fields.Integer("How Many", readonly=True)
    is_chosen = fields.Boolean("Erase, Too")
    kind_name = fields.Char("What", compute="_compute_words")
    record_name = fields.Char("Name", compute="_compute_words")
    why = fields.Char(compute="_compute_words")

    @api.depends("fate", "res_model", "res_id")
    @api.depends_context("lang", "uid")
    def _compute_words(self):
        say = self.env["social.erasure"]._get_model_names()
        for line in self:
            line.kind_name = say(line.res_model)
            line.why = line._get_why()
            line.record_name = False
            if line.res_id and line.res_model in self.env:
                record = self.sudo(False).env[line.res_model].browse(line.res_id)
                seen = record.exists() and record.has_access("read")
                line.record_name = record.display_name if seen else str(line.res_id)

    def _get_why(self):
        if self.fate == "empty":
            return self.env._("A document that must be kept refers to it: it stays without a name.")
        if self.fate != "keep":
            return False
        if self.res_model == "social.consent.event":
            return self.env._("Proves what was done. Names nobody.")
        kept = self.env["social.erasure.scope"]._get_social_kept_models()
        if self.res_model in kept:
            return self.env._("The law has you keep this document.")
        return self.env._("It cannot be deleted: other records need it.")
