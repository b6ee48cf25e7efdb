from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, str2bool

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
    _inherit = ["social.company.shared.mixin"]
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
    is_paid = fields.Boolean(compute="_compute_is_paid")
    read_limit = fields.Integer(
        "Posts a Month at Most",
        help="This platform charges for each post read, those that are known and looks for deletions "
        "included. Nothing is read before a limit is entered, and no more than that in a calendar "
        "month (UTC).",
    )
    read_count = fields.Integer("Posts Counted", readonly=True, copy=False)
    read_month = fields.Date("Month of the Count", readonly=True, copy=False)
    reads_this_month = fields.Integer("Read This Month", compute="_compute_reads_this_month")

    _read_limit_not_negative = models.Constraint(
        "CHECK (read_limit >= 0)", "The limit of posts a month cannot be less than 0."
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
        self._get_sources()._check_account_serves()

    @api.constrains("company_id")
    def _check_sources_company(self):
        """Whoever reads with this account belongs to the same company."""
        for source in self._get_sources():
            if not source.account_id._is_of(source.company_id):
                raise ValidationError(
                    self.env._("Sources of another company read with this account.")
                )

    def _get_sources(self):
        """Return the sources with this account, also those that this user does not see."""
        sources = self.env["social.source"].sudo().with_context(active_test=False)
        return sources.search([("account_id", "in", self.ids), ("state", "!=", "closed")])

    def _serves(self, address):
        """Whether this account may be used at an address."""
        return bool(address) and http.origin_of(address) == http.origin_of(self.address)

    def _get_credentials(self, address):
        """Return login and secret as fields of ``connectors.Query``: none for another server."""
        account = self.sudo()
        if not account.active or not account._serves(address):
            return {}
        return {"login": account.login or "", "secret": account.secret or None}

    def _prepare_query(self, address=None, **more):
        """Return what a connector is asked, with this account's key where it is that server's.

        :param address: by default the account's own server
        :param more: other fields of ``connectors.Query``
        """
        allowed = self.env["ir.config_parameter"].sudo()
        allowed = allowed.get_param("social_consent_monitoring.allow_private_addresses", "False")
        address = self.sudo().address if address is None else address
        return connectors.Query(
            address=address,
            **self._get_credentials(address),
            allow_private=str2bool(allowed),
            **more,
        )

    @api.depends("connector")
    def _compute_is_paid(self):
        for account in self:
            connector = connectors.CONNECTORS.get(account.connector)
            account.is_paid = bool(connector and connector.paid)

    @api.depends("read_count", "read_month")
    def _compute_reads_this_month(self):
        for account in self:
            account.reads_this_month = _count_in(
                this_month(), account.read_count, account.read_month
            )

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        if any(accounts.sudo().mapped("login")):
            self.env["social.mention"].sudo()._sort_open_again()
        return accounts

    def write(self, vals):
        waiting = self.env["social.source"].sudo()
        if "read_limit" in vals:
            waiting = waiting.search([("account_id", "in", self.ids)]).filtered("read_notice")
        result = super().write(vals)
        waiting.write({"next_run": False})
        if vals.keys() & {"login", "active", "company_id"}:
            self.env["social.mention"].sudo()._sort_open_again()
        return result

    def _reserve_reads(self, least, most):
        """Set aside posts of this month's limit before a request that may be charged for them.

        The account's row stays locked until the transaction ends: no two workers can set aside
        the same posts. Commit before you ask the platform, so that a crash errs on the safe side.

        :return: how many, at most ``most``; 0 where fewer than ``least`` are left
        :raises psycopg2.errors.SerializationFailure: where another was quicker; start again
        """
        self.ensure_one()
        self.flush_recordset()
        [[limit, *count]] = self.env.execute_query(
            SQL(
                "SELECT read_limit, read_count, read_month FROM social_account WHERE id = %s "
                "FOR NO KEY UPDATE",
                self.id,
            )
        )
        used = _count_in(this_month(), *count)
        reserved = min(most, (limit or 0) - used)
        if reserved < least:
            return 0
        self.sudo().write({"read_count": used + reserved, "read_month": this_month()})
        return reserved

    def _give_back_reads(self, unused, month):
        """Take back what a request was not charged for; not in another month than it was set aside.

        :param date month: the first day of the month in which the posts were set aside
        """
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE social_account SET read_count = GREATEST(read_count - %s, 0) "
                "WHERE id = %s AND read_month = %s RETURNING id",
                unused,
                self.id,
                month,
            )
        )
        self.invalidate_recordset(["read_count"])


def this_month():
    return fields.Date.today().replace(day=1)


def _count_in(month, count, counted_month):
    """How many were read in a month, from the count and the month that it is of."""
    return (count or 0) if counted_month and counted_month >= month else 0
