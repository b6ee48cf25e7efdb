from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SocialSourceTeam(models.Model):
    """Who answers what a source brings."""

    _name = "social.source"
    _inherit = ["social.source"]

    team_id = fields.Many2one(
        "social.team",
        ondelete="set null",
        help="New mentions of this source go to this team. Those that are there stay where they "
        "are.",
    )

    @api.constrains("team_id", "company_id")
    def _check_team_company(self):
        """Posts go to who may see them."""
        for source in self.sudo():
            if source.company_id and not source.team_id.company_id <= source.company_id:
                raise ValidationError(self.env._("Choose a team of the source's company."))
