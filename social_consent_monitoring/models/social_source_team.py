from odoo import fields, models


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
