import hashlib
import hmac
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .social_consent_evidence import truncate_ip

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Each waits for somebody else's count, so that so many meet hardly ever.
TRIES = 20
# The table never has more rows. Two that meet in one place share a limit for an hour.
PLACES = 2**20


class Limit(NamedTuple):
    """How often within an hour, or another time: by one person (or address), and from one network.

    0: no limit.
    """

    person: int
    network: int
    window: timedelta = HOUR


# Withdrawing is as good as never stopped: no person presses so often, and no office.
LIMITS = {
    "withdraw": Limit(200, 20_000),
    "act": Limit(60, 600),
    "send": Limit(3, 60),
    "ask": Limit(3, 30),
    # Ticked boxes in forms: each may send a mail to an address that was typed in.
    "box": Limit(6, 200),
    "bad": Limit(0, 60),
    # Authors who are no customers: nobody keeps them out by asking in their name.
    "author": Limit(0, 30),
    "prove": Limit(20, 120),
    # Codes by SMS, which cost money and disturb whoever's number was typed in.
    "code": Limit(5, 30),
    "number": Limit(10, 0, DAY),
    # All that a company sends: many networks and accounts spend its credit together.
    "codes": Limit(200, 0),
    # Answers in which the guard marked something: it tells who is a customer (rule 19).
    "guard": Limit(300, 0),
}


class SocialRateLimit(models.Model):
    """How often somebody acted on the public pages, or a clerk was told, within an hour or a day.

    One row for a person or a network and a kind of act, found by a keyed digest: it names nobody
    and no address. Rows lie in the database, so the count goes for all workers.
    """

    _name = "social.rate.limit"
    _description = "Rate Limit"
    _log_access = False

    place = fields.Integer(required=True, readonly=True)
    hits = fields.Integer(required=True, readonly=True)
    started_at = fields.Datetime(required=True, readonly=True)

    _place_unique = models.Constraint("UNIQUE(place)", "This is counted already.")

    @api.model
    def _hit(self, act, person, ip, times=1):
        """Count an act, and return how many seconds to wait before it may happen; 0: now.

        Committed at once, so that nobody waits for another's act, and a failed act counts too.

        :param act: one of :data:`LIMITS`
        :param str person: the key of a person, or an address; "" for none
        :param str ip: the address of the computer; its network counts
        :param times: as how many acts it counts
        """
        # Showing a page makes nothing, not even a secret; without one there is no link to guess.
        secret = self.env["social.link"]._get_secret(make=act != "bad")
        if not secret:
            return 0
        network = truncate_ip(ip or "") or "unknown"
        counted = {
            _get_place(secret, act, kind, whom): limit
            for kind, whom, limit in (
                ("person", person, LIMITS[act].person),
                ("network", network, LIMITS[act].network),
            )
            if limit and whom
        }
        window = LIMITS[act].window
        rows = self._count_and_commit(sorted(counted), times, window)
        over = [started for place, hits, started in rows if hits > counted[place]]
        now = fields.Datetime.now()
        return max(
            (int((started + window - now).total_seconds()) + 1 for started in over), default=0
        )

    @api.model
    def _count_and_commit(self, places, times, window):
        """Count again where somebody else counts at the same moment.

        Else Odoo would start the whole request again, and a form may have sent a mail already.
        """
        for attempt in range(1, TRIES + 1):
            try:
                with self.env.registry.cursor() as cr:
                    return self.with_env(self.env(cr=cr))._count(places, times, window)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if attempt == TRIES:
                    raise
        return []

    @api.model
    def _count(self, places, times, window):
        """Add so many acts to each place, and return its (place, hits, start of the window)."""
        now = fields.Datetime.now()
        values = SQL(", ").join(SQL("(%s, %s, %s)", place, times, now) for place in places)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO social_rate_limit AS old (place, hits, started_at) VALUES %s
                ON CONFLICT (place) DO UPDATE SET
                    hits = CASE WHEN old.started_at > %s THEN old.hits + excluded.hits
                        ELSE excluded.hits END,
                    started_at = CASE WHEN old.started_at > %s THEN old.started_at
                        ELSE excluded.started_at END
                RETURNING place, hits, started_at
                """,
                values,
                now - window,
                now - window,
            ),
            log_exceptions=False,
        )
        return self.env.cr.fetchall()

    @api.autovacuum
    def _gc_ended(self):
        """Delete the rows whose window is over, whichever it was."""
        self.search([("started_at", "<=", fields.Datetime.now() - DAY)]).unlink()


def _get_place(secret, act, kind, whom):
    """Return the number of the row that counts an act of somebody."""
    message = f"limit\n{act}\n{kind}\n{whom}".encode()
    digest = hmac.new(secret, message, hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") % PLACES
