import dataclasses
import functools

from odoo import api, fields, models

from .. import connectors
from .social_account import this_month

# After these the platform may have handed out, and charged for, what never reached us.
UNSURE = {"timeout", "tls", "too_large", "unexpected_answer"}
# A look at one post is charged for up to twice: an edited one is asked for by its newest id, too.
CHECK_COST = 2


class SocialSourceSpending(models.Model):
    """The spending cap of platforms that charge for each post (`Connector.paid`).

    What a request may be charged for at most is set aside on the account, and committed, before it
    is made; what it did not cost is given back in the transaction that stores what came. So
    neither two workers nor a crash can exceed the limit.
    """

    _name = "social.source"
    _inherit = ["social.source"]

    read_notice = fields.Char(
        "Limit",
        compute="_compute_read_notice",
        compute_sudo=True,
        help="Why nothing is read for now.",
    )

    @api.depends("connector", "account_id.read_limit", "account_id.reads_this_month")
    def _compute_read_notice(self):
        for source in self:
            source.read_notice = source._is_used_up() and source._say_limit()

    def _get_paid(self):
        """Return the fewest and the most posts that a request is charged for, or ()."""
        connector = connectors.CONNECTORS.get(self.connector)
        return connector.paid if connector else ()

    def _is_used_up(self):
        paid, account = self._get_paid(), self.sudo().account_id
        return bool(paid and account) and account.read_limit - account.reads_this_month < paid[0]

    def _say_limit(self):
        limit = self.sudo().account_id.read_limit
        if not limit:
            return self.env._(
                "Nothing is read yet: this platform charges for each post. Your system "
                "administrator enters on the account how many a month may be read at most."
            )
        return self.env._(
            "This month's limit of %(limit)s posts is used up. Reading goes on next month, or once "
            "your system administrator raises the limit on the account.",
            limit=limit,
        )

    # -- reading -----------------------------------------------------------------------------

    def _fetch_within_limit(self, position, query):
        """Ask for the next page, within what the account may still spend.

        :return: the page, and what `_settle_reads` wants to know; None for the page where
            the limit is used up
        :raises ConnectorError:
        """
        reserved, month = 0, this_month()
        cursor = position["cursor"] or None
        paid, account = self._get_paid(), self.sudo().account_id
        if paid and account:
            reserved = self._transact(functools.partial(account._reserve_reads, *paid))
            if not reserved:
                return None, (0, month)
            query = dataclasses.replace(query, max_items=reserved)
        try:
            page = connectors.fetch(position["connector"], query, cursor)
        except connectors.ConnectorError as error:
            if reserved and not _is_unsure(error):
                self._transact(functools.partial(account._give_back_reads, reserved, month))
            raise
        return page, (reserved, month)

    def _settle_reads(self, reservation, billed):
        """Give back what a page did not cost, in the transaction that stores it."""
        reserved, month = reservation
        if reserved:
            self.sudo().account_id._give_back_reads(reserved - billed, month)

    def _note_success(self, outcome, run, seconds):
        """Where the limit is used up, say so and wait for the next month: that is no failure."""
        result = super()._note_success(outcome, run, seconds)
        if outcome.state != "stopped" and self._is_used_up():
            source = self.sudo()
            source.last_summary = f"{source.last_summary}. {self._say_limit()}"
            source.next_run = fields.Date.add(this_month(), months=1)
        return result

    # -- asking what became of posts ---------------------------------------------------------

    def _follow_posts(self, room, counts):
        return super(
            SocialSourceSpending, self.with_context(read_month=this_month())
        )._follow_posts(room, counts)

    def _get_items(self, limit):
        """Return no more posts to ask about than may be paid for, which is set aside."""
        items, account = super()._get_items(limit), self.sudo().account_id
        if not items or not account or not self._get_paid():
            return items
        most = CHECK_COST * len(items)
        reserved = self._transact(functools.partial(account._reserve_reads, CHECK_COST, most))
        if reserved % CHECK_COST:
            account._give_back_reads(reserved % CHECK_COST, this_month())
        return items[: reserved // CHECK_COST]

    def _store_fates(self, fates, position):
        """Give back what the answers did not cost; of those that never came, nothing."""
        month = self.env.context.get("read_month")
        if self._get_paid() and month:
            sure = [fate for fate in fates.values() if not (fate.error and _is_unsure(fate.error))]
            unused = CHECK_COST * len(sure) - sum(fate.billed for fate in sure)
            self.sudo().account_id._give_back_reads(unused, month)
        return super()._store_fates(fates, position)


def _is_unsure(error):
    return error.code in UNSURE or error.detail.get("reason") == "closed"
