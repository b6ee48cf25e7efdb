from odoo import fields, models


class SocialAccount(models.Model):
    """The account, or the key, with which a platform is read.

    Its secret is for system administrators only, and gone in copies of the database that were
    neutralised.
    """

    _name = "social.account"
    _description = "Account on a Platform"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    connector = fields.Selection(
        lambda self: (
            self.env["social.source"]._fields["connector"]._description_selection(self.env)
        ),
        "Platform",
        required=True,
    )
    login = fields.Char(
        groups="base.group_system", help="The account's name, or the id of your application."
    )
    secret = fields.Char(
        "Key or Password",
        groups="base.group_system",
        copy=False,
        help="An access token, a key, or a password made for applications.",
    )
