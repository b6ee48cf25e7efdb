from odoo import api, fields, models

CLERK = "social_consent_monitoring.group_social_user"


class ResPartner(models.Model):
    """What was taken from public posts for a contact, as its form shows it (rule 21)."""

    _name = "res.partner"
    _inherit = ["res.partner"]

    # No relation: what points to a row behind the wall shows it.
    social_values = fields.Json(
        "From Social Media", compute="_compute_social_values", groups=CLERK, exportable=False
    )

    @api.depends_context("uid", "lang", "tz", "allowed_company_ids")
    def _compute_social_values(self):
        for partner in self:
            values = self.env["social.enrichment"]._get_of(partner._origin)
            partner.social_values = [value._prepare_row() for value in values]

    def action_confirm_social_author(self):
        """Say that this contact wrote the post that the window “Who is this?” is about (rule 18)."""
        self.ensure_one()
        mention = self.env["social.mention"].browse(self.env.context.get("social_mention_id"))
        mention.check_access("write")
        self.check_access("read")
        mention._match(self)
        return {"type": "ir.actions.act_window_close"}

    def action_add_social_profile(self):
        """Open the form for a name on a platform that this person gave."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Name on a Platform"),
            "res_model": "social.profile.wizard",
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_id": self.id},
        }

    def _get_social_value_window(self, mention=None, profile=None):
        """Return the window that takes a value from a post or a profile for this contact."""
        context = {"default_partner_id": self.id}
        if mention:
            context["default_mention_id"] = mention.id
        if profile:
            context["default_profile_key"] = profile.id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add to the Contact"),
            "res_model": "social.enrichment.wizard",
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
            "context": context,
        }
