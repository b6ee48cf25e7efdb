import dataclasses
import functools
import time
from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import connectors
from ..connectors import http
from .social_source import NO_ERROR
from .social_source_outcome import PATIENCE, back_off
from .social_source_words import explain

# Posts are asked about once so much of the period is over: the rest is for the asking.
SHARE = 0.75
# Answers that are stored together, with one lock on their source.
BATCH = 10
# Seconds that one post may take.
DEADLINE = 10.0
# So many posts in a row of which nothing can be learned, and the server is left for now.
STREAK = 5
# What no other post of that server would change.
HOPELESS = {"unreachable", "timeout", "tls", "too_many_requests", "private_address", "library"}
# Counted no further: a number of posts on a form.
MANY = 10_000
# A responsible person is told again after so long, if it is still so.
REMIND = timedelta(days=30)
NO_CHECK_ERROR = {f"check_{name}": False for name in NO_ERROR}


class SocialSourceFollow(models.Model):
    """Asks again what became of the posts that a source brought, and follows.

    The platform says whether, and within which period. Only the source that found a post first
    asks about it, as only from that one edits are taken. What did not clearly say that the post
    is gone changes nothing.
    """

    _name = "social.source"
    _inherit = ["social.source", "mail.activity.mixin"]

    post_hosts = fields.Char(
        "Hosts of the Posts",
        help="For feeds: on which other hosts the posts themselves stand, separated by commas. "
        "What was deleted is only noticed where we may ask for the post.",
    )
    check_next = fields.Datetime(readonly=True, copy=False)
    check_date = fields.Datetime("Deletions Followed", readonly=True, copy=False)
    check_error_date = fields.Datetime("Not Following Since", readonly=True, copy=False)
    check_error_message = fields.Text("Why Not Followed", readonly=True, copy=False)
    check_error_advice = fields.Text("What to Do About Following", readonly=True, copy=False)
    check_failure_count = fields.Integer(readonly=True, copy=False)
    check_warned_at = fields.Datetime(readonly=True, copy=False)
    unfollowed_since = fields.Datetime(
        "Deletions Not Followed Since",
        compute="_compute_unfollowed",
        help="When the platform last showed the post that nobody has heard of for longest, if that "
        "is longer ago than the platform's period.",
    )
    unfollowed_count = fields.Integer("Posts Not Followed", compute="_compute_unfollowed")

    @api.depends("platform_id.follow", "platform_id.follow_hours")
    def _compute_unfollowed(self):
        oldest = self._get_oldest_checks()
        now = fields.Datetime.now()
        for source in self:
            platform = source.platform_id
            limit = now - timedelta(hours=platform.follow_hours)
            since = oldest.get(source.id)
            late = bool(platform.follow and since and since < limit)
            source.unfollowed_since = late and since
            source.unfollowed_count = late and source._count_unchecked(limit)

    def _get_oldest_checks(self):
        """Return ``{source id: when the post nobody has heard of for longest was last seen}``."""
        self.env["social.mention"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT source.id, oldest.checked_at FROM unnest(%s::int[]) AS source (id)
                CROSS JOIN LATERAL (
                    SELECT checked_at FROM social_mention
                    WHERE origin_source_id = source.id ORDER BY checked_at LIMIT 1
                ) oldest ORDER BY oldest.checked_at
                """,
                self._origin.ids,
            )
        )
        return dict(rows)

    def _count_unchecked(self, before):
        return (
            self.env["social.mention"]
            .sudo()
            .search_count(
                [("origin_source_id", "=", self._origin.id), ("checked_at", "<", before)],
                limit=MANY,
            )
        )

    def _get_post_hosts(self):
        self.ensure_one()
        return tuple(
            http.host_of(host) or host.strip().lower()
            for host in (self.post_hosts or "").split(",")
            if host.strip()
        )

    # -- asking ------------------------------------------------------------------------------

    @api.model
    def _cron_follow(self):
        """Ask about what nobody has heard of for longest, a bounded number of each server."""
        sources = self._get_following()
        room, remaining = Counter(), len(sources)
        for source in sources:
            source._in_its_company()._follow_one(room)
            remaining -= 1
            if not self._commit(1, remaining):
                break
        self._warn_unfollowed()

    @api.model
    def _get_following(self):
        """Return the sources that have posts to ask about now, the most urgent first."""
        now = fields.Datetime.now()
        sources = self.search(
            [
                ("state", "=", "active"),
                ("platform_id.follow", "=", True),
                ("platform_id.active", "=", True),
                "|",
                ("check_next", "=", False),
                ("check_next", "<=", now),
            ]
        )
        oldest = sources._get_oldest_checks()
        due = [self.browse(id_) for id_, seen in oldest.items()]
        return self.concat(*(source for source in due if oldest[source.id] < source._get_due()))

    def _get_due(self):
        """Return before when a post must have been seen last to be asked about now."""
        hours = self.platform_id.follow_hours * SHARE
        return fields.Datetime.now() - timedelta(hours=hours)

    def _follow_one(self, room):
        """Ask about posts of this source, and note what came of it.

        :param Counter room: how many posts of each host were asked about in this run
        """
        # The importer pauses the source and says why.
        if not all(self.env["social.policy"]._decide("collect", self).values()):
            return
        if self.env["social.import.host"]._get_wait(self._get_host()):
            return
        started, counts, error = time.monotonic(), Counter(), None
        try:
            if not self._follow_posts(room, counts):
                return
        except connectors.ConnectorError as failure:
            error = failure
        except Exception as defect:
            # A defect of ours or an answer that nobody foresaw: this source waits, others go on.
            self._log_defect(defect)
            if self._commits():
                self.env.cr.rollback()
            error = connectors.ConnectorError("unexpected_answer")
        seconds = time.monotonic() - started
        self._transact(functools.partial(self._note_check, error, counts, seconds))

    def _follow_posts(self, room, counts):
        """Ask post after post; return whether anything was asked.

        No transaction stays open while we wait for the server.

        :param Counter counts: takes what was learned of how many posts
        :raises ConnectorError: where nothing was learned, or the server asked us to wait
        """
        position, query = self._get_check_position(), self._prepare_query()
        query = dataclasses.replace(query, deadline=DEADLINE)
        host = http.host_of(query.address)
        items = self._get_items(connectors.get_checks(position["connector"]) - room[host])
        self._commit(0)
        answers = zip(items, connectors.check(position["connector"], query, items), strict=True)
        learned, error = False, None
        for fates, last_error in _in_batches(answers):
            error = last_error
            room[host] += len(fates)
            stored = self._transact(functools.partial(self._store_fates, fates, position))
            if stored is None:
                return False
            counts.update(stored)
            learned = learned or any(fate.state != "unknown" for fate in fates.values())
            if not self._commit(0):
                break
        if error and (not learned or error.retry_after):
            raise error
        return bool(items)

    def _get_items(self, limit):
        mentions = self.env["social.mention"].sudo()
        return list(mentions._get_unchecked(self, self._get_due(), limit)) if limit > 0 else []

    def _get_check_position(self):
        position = self._get_position()
        del position["cursor"]
        return position

    def _store_fates(self, fates, position):
        """Carry out what was learned, and return the counts.

        None where somebody else is at work on the source, or changed it.
        """
        if not self._try_lock() or self._get_check_position() != position:
            return None
        mentions = self.env["social.mention"].sudo()
        deleted, edited = mentions._follow(self, position["platform_id"], fates)
        unknown = sum(fate.state == "unknown" for fate in fates.values())
        return Counter(
            removed=deleted,
            changed=edited,
            known=len(fates) - unknown - deleted - edited,
            unknown=unknown,
        )

    # -- what came of it ---------------------------------------------------------------------

    def _note_check(self, error, counts, seconds):
        now = fields.Datetime.now()
        run = self.env["social.import.run"]._begin(self, "follow")
        run._add(counts, counts.total())
        if not error:
            run._end("done", seconds)
            values = {"check_date": now, "check_next": False, "check_failure_count": 0}
            self.sudo().write({**values, **NO_CHECK_ERROR})
            return
        message, advice = explain(self.env, error)
        run._end("failed", seconds, message)
        if error.retry_after:
            self.env["social.import.host"]._leave(self._get_host(), error.retry_after)
        failures = min(self.check_failure_count, PATIENCE) + 1
        wait = back_off(failures, error.retry_after)
        self.sudo().write(
            {
                "check_next": fields.Datetime.add(now, seconds=wait),
                "check_error_date": self.check_error_date or now,
                "check_error_message": message,
                "check_error_advice": advice,
                "check_failure_count": failures,
            }
        )

    @api.model
    def _warn_unfollowed(self):
        """Tell who is responsible where a platform was not followed for twice its period.

        Whatever the reason: a server that does not answer, a paused or archived source, too many
        posts.
        """
        now = fields.Datetime.now()
        sources = self.with_context(active_test=False).search(
            [
                ("platform_id.follow", "=", True),
                "|",
                ("check_warned_at", "=", False),
                ("check_warned_at", "<", now - REMIND),
            ]
        )
        oldest = sources._get_oldest_checks()
        for source in self.browse(oldest):
            if oldest[source.id] < now - timedelta(hours=2 * source.platform_id.follow_hours):
                source._in_its_company()._warn()

    def _warn(self):
        self._tell_responsible(
            "mail.mail_activity_data_todo",
            self.env._("Deletions are not followed"),
            self.env._(
                "Posts that their authors deleted or edited may still stand here as they were. "
                "Open the source and see why."
            ),
        )
        self.sudo().check_warned_at = fields.Datetime.now()


def _in_batches(answers):
    """Yield `({item: fate}, error)` for some answers at a time.

    `error` is that of the last answer, if it has one. Ends where the server is to be left.
    """
    fates, streak, left = {}, 0, False
    for item, fate in answers:
        fates[item] = fate
        streak = streak + 1 if fate.error else 0
        left = streak == STREAK or _is_hopeless(fate.error)
        if left or len(fates) == BATCH:
            yield fates, fate.error
            fates = {}
        if left:
            return
    if fates:
        yield fates, fate.error


def _is_hopeless(error):
    return bool(error) and (error.code in HOPELESS or error.retry_after is not None)
