from odoo import api, fields, models
from odoo.tools import SQL

from .. import connectors


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

    def write(self, vals):
        waiting = self.env["social.source"].sudo()
        if "read_limit" in vals:
            waiting = waiting.search([("account_id", "in", self.ids)]).filtered("read_notice")
        result = super().write(vals)
        waiting.write({"next_run": False})
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
