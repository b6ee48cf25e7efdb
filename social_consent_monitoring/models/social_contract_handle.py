from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..suppressed import normalize_handle

KEEPERS = (
    "social_consent_monitoring.group_social_manager,social_consent_monitoring.group_privacy_officer"
)


class SocialContractHandle(models.Model):
    """A handle that a monitoring service covers (rule 3): nobody else's posts, however alike."""

    _name = "social.contract.handle"
    _inherit = ["social.company.mixin"]
    _description = "Handle of a Monitoring Service"
    _order = "id"

    contract_id = fields.Many2one("social.contract", required=True, index=True, ondelete="cascade")
    platform_id = fields.Many2one("social.platform", required=True, ondelete="restrict")
    handle = fields.Char(
        required=True,
        groups=KEEPERS,
        help="The customer's name on that platform, such as “ada@social.example”.",
    )

    @api.depends("platform_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.platform_id.name

    @api.constrains("contract_id", "platform_id", "handle")
    def _check_handle(self):
        """Checked in Python alone: a broken rule of the database tells the handle to the log."""
        for line in self:
            if not line.handle or "://" in line.handle:
                raise ValidationError(
                    self.env._(
                        "Enter the name on the platform, such as “ada@social.example”, and not "
                        "the address of a page."
                    )
                )
            places = [(other.platform_id, other.handle) for other in line.contract_id.handle_ids]
            if places.count((line.platform_id, line.handle)) > 1:
                raise ValidationError(self.env._("This handle is listed twice."))

    @api.model_create_multi
    def create(self, vals_list):
        handles = super().create([self._clean(vals) for vals in vals_list])
        self.env["social.watch"]._note_handles(handles.sudo().mapped("handle"))
        return handles

    def write(self, vals):
        contracts = self.contract_id
        result = super().write(self._clean(vals))
        contracts._follow()
        if "handle" in vals:
            self.env["social.watch"]._note_handles(self.sudo().mapped("handle"))
        return result

    def unlink(self):
        """What is no longer covered goes at once; without any handle nothing is."""
        contracts = self.contract_id
        result = super().unlink()
        contracts._follow()
        return result

    @api.model
    def _clean(self, vals):
        return {**vals, "handle": normalize_handle(vals["handle"])} if "handle" in vals else vals
