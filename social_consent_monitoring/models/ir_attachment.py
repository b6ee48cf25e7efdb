from odoo import api, models
from odoo.exceptions import UserError, ValidationError


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.constrains("res_model", "public", "access_token")
    def _check_social_wall(self):
        """Refuse a link that opens what the wall guards: it would ask no rule (rules 2 and 5)."""
        guarded = self.env.registry.descendants(["social.wall.mixin"], "_inherit")
        for attachment in self:
            if attachment.res_model in guarded and (attachment.public or attachment.access_token):
                raise ValidationError(
                    self.env._("This file is about a person who consented, and is never public.")
                )

    @api.constrains("name", "description", "res_model", "res_id")
    def _check_social_notes(self):
        """A file beside a mention is called like no customer, like any note (rules 2 and 18)."""
        for attachment in self.sudo().filtered(lambda each: each.res_model == "social.mention"):
            mention = self.env["social.mention"].browse(attachment.res_id)
            mention._check_note(attachment.name, attachment.description)

    @api.ondelete(at_uninstall=False)
    def _unlink_never_proof(self):
        self._check_social_proof()

    def _check_social_proof(self):
        """Keep what recorded consents rest on as it is (rule 9)."""
        if not self.env.su and "social.consent.import" in self.sudo().mapped("res_model"):
            raise UserError(self.env._("This file is evidence of consents, and stays as it is."))

    def write(self, vals):
        """Ask again of what this file is attached to, where it gets another name."""
        self._check_social_proof()
        result = super().write(vals)
        if "name" in vals:
            for model in ("mail.message", "mail.scheduled.message", "mail.activity"):
                records = self.env[model].sudo().with_context(active_test=False)
                records.search([("attachment_ids", "in", self.ids)])._check_social_notes()
        return result
