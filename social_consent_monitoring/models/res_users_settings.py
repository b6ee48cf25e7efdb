from odoo import fields, models


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    social_inbox_filters = fields.Json(
        "Filters of the Inbox",
        help="Names and ids of what this user chose from lists, and nothing that was typed.",
    )
