from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .. import connectors
from ..connectors import http
from .social_source_words import explain


class SocialAccount(models.Model):
    """The account, or the key, with which a platform is read.

    Its secret is for system administrators only, and gone in copies of the database that were
    neutralised. It is told to one server and no other: a manager, who sets a source's address,
    could else have it sent to a server of the manager's own.
    """

    _name = "social.account"
    _description = "Account on a Platform"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(
        default=True, help="An archived account is not used any more by any source."
    )
    connector = fields.Selection("_get_connectors", "Platform", required=True)
    address = fields.Char(
        "Server",
        compute="_compute_address",
        store=True,
        readonly=False,
        required=True,
        help="The only server that is ever told this key, such as https://example.org. Sources "
        "with this account read from there.",
    )
    login = fields.Char(
        groups="base.group_system", help="The account's name, or the id of your application."
    )
    secret = fields.Char(
        "Key or Password",
        groups="base.group_system",
        copy=False,
        help="An access token, a key, or a password made for applications: never the one with "
        "which you log in yourself.",
    )

    @api.model
    def _get_connectors(self):
        """Return what accounts are for: ``[(connector, name)]``."""
        source = self.env["social.source"]
        return [
            (connector, name)
            for connector, name in source._fields["connector"]._description_selection(self.env)
            if connector in connectors.CONNECTORS
            and connectors.CONNECTORS[connector].account != "none"
        ]

    @api.depends("connector")
    def _compute_address(self):
        for account in self:
            known = connectors.CONNECTORS.get(account.connector)
            account.address = account.address or (known and known.address)

    @api.constrains("address")
    def _check_address(self):
        """A server, and the one that sources with this account read from."""
        for account in self:
            try:
                http.check_address(account.address)
            except connectors.ConnectorError as error:
                raise ValidationError("\n".join(explain(self.env, error))) from None
        self.env["social.source"].with_context(active_test=False).search(
            [("account_id", "in", self.ids), ("state", "!=", "closed")]
        )._check_account_serves()

    def _serves(self, address):
        """Whether this account may be used at an address."""
        return bool(address) and http.origin_of(address) == http.origin_of(self.address)

    def _get_credentials(self, address):
        """Return login and secret as fields of ``connectors.Query``: none for another server."""
        account = self.sudo()
        if not account.active or not account._serves(address):
            return {}
        return {"login": account.login or "", "secret": account.secret or None}
