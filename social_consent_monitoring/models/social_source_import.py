import functools
import logging
import time
import traceback
from collections import Counter
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

from .. import connectors
from ..connectors import http
from ..exceptions import ConsentRequired
from ..suppressed import make_handle
from .social_quarantine import QuarantineFull
from .social_source import STREAM

_logger = logging.getLogger(__name__)

# First key of the advisory locks that keep two workers off one source; the second is its id.
LOCK_CLASS = 0x50C1A1
# Pages of one run; what is left comes with the next.
MAX_PAGES = 50
# No fault of a post: the database is away, full, or busy.
NOT_THE_POST = (psycopg2.OperationalError, psycopg2.InterfaceError)


class Outcome(NamedTuple):
    """How a run ended without an error: its state, and when to go on if sooner than usual."""

    state: str
    next_run: datetime | None = None


class SocialSourceImport(models.Model):
    """The job that reads a source.

    Posts, the cursor that leads past them, and the run's numbers are stored in one transaction, so
    that a killed job loses and doubles nothing. `social_source_outcome` notes what came of it.
    """

    _name = "social.source"
    _inherit = ["social.source", "social.commit.mixin"]

    cursor = fields.Char(readonly=True, copy=False, groups="base.group_system")
    next_run = fields.Datetime(readonly=True, copy=False)

    def action_import(self):
        """Import now, and say what came of it."""
        self.check_access("write")
        for source in self:
            if source.state != "active":
                raise UserError(self.env._("Start the source first."))
        self.with_context(import_commits=True)._import()
        failed = self.filtered("error_message")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if failed else "success",
                "title": self.env._("Import"),
                "message": "\n".join(
                    source.error_message or source.last_summary or "" for source in self
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # -- a post comes in -----------------------------------------------------------------

    @api.model
    def _cron_import(self):
        """Import from every active source whose time has come; who waits longest comes first.

        Several jobs may do this at the same time: each skips the sources that another is at.
        """
        due = [
            ("state", "=", "active"),
            "|",
            ("next_run", "=", False),
            ("next_run", "<=", fields.Datetime.now()),
        ]
        self.search(due, order="next_run NULLS FIRST, id")._import(due_only=True)

    def _import(self, due_only=False):
        """Import from these sources now; the cron calls it.

        An error of one is stored on it and the others go on. In the cron, and for the button,
        every page is committed with its cursor; elsewhere the caller's transaction stands. Where
        the job's time is up, the rest is for its next run.

        :param due_only: leave out what another worker has read meanwhile
        """
        remaining = len(self)
        self._commit(0, remaining)
        for source in self:
            source._in_its_company()._import_one(due_only)
            remaining -= 1
            if not self._commit(1, remaining):
                break

    def _import_one(self, due_only=False):
        """Import from this source, unless another worker is at it or was quicker."""
        with self._alone() as alone:
            # From here on counts what others have committed until now.
            self._commit(0)
            if not alone or not self.exists() or (due_only and not self._is_due()):
                return
            if self.sudo().watched_partner_id and not self._may_watch():
                self._transact(self._close)
            if self.state != "closed":
                self._run()

    def _is_due(self):
        now = fields.Datetime.now()
        return self.state == "active" and (not self.next_run or self.next_run <= now)

    def _run(self):
        """Read this source once and note what came of it, in a transaction of its own."""
        started = time.monotonic()
        run = self._transact(self._begin_run)
        if not run:
            return
        try:
            note = functools.partial(self._note_success, self._import_pages(run))
        except ConsentRequired as refusal:
            note = functools.partial(self._note_pause, str(refusal))
        except QuarantineFull:
            note = self._note_quarantine_full
        except connectors.ConnectorError as error:
            note = functools.partial(self._note_error, error)
        except Exception as error:
            # A defect of ours: this source waits, others go on.
            self._log_defect(error)
            if self._commits():
                self.env.cr.rollback()
            note = self._note_defect
        self._transact(lambda: self.exists() and note(run, time.monotonic() - started))

    def _begin_run(self):
        """Return a new run, or None where the host wants to be left alone for now."""
        until = self.env["social.import.host"]._get_wait(self._get_host())
        if until:
            self._wait_until(until)
            return None
        return self.env["social.import.run"]._begin(self)

    def _log_defect(self, error):
        """Log where it happened, and not what was stored: that is somebody's post."""
        place = "".join(traceback.format_tb(error.__traceback__))
        _logger.error("Import from source %s: %s\n%s", self.id, type(error).__name__, place)

    def _check_may_collect(self):
        """Raise :class:`ConsentRequired` if the platform's terms no longer allow it (R16).

        What is allowed is not logged: there is a run every few minutes.
        """
        self._check_may_watch_still()
        for policy, own in self._group_by_policy():
            decisions = policy._decide("collect", own)
            if not all(decisions.values()):
                policy._carry_out("collect", own, decisions)

    def _check_may_watch_still(self):
        """Raise :class:`ConsentRequired` where a consent to being watched has ended (rule 24).

        Also where a person is named who became a contact, in whatever way, since the start.
        """
        watching = self.sudo().filtered("watched_partner_id")
        if any(not source._may_watch() for source in watching):
            self._check_may_watch()
        self.filtered(lambda source: source._get_refused())._check_named()

    def _import_pages(self, run):
        """Read page after page, and return the :class:`Outcome`."""
        self._transact(self._retry_put_aside)
        for _page in range(MAX_PAGES):
            self._check_may_collect()
            position, query = self._get_position(), self._prepare_query()
            # Committed: no transaction stays open while we wait for the server.
            until = self._transact(self._ask_host)
            if until:
                return Outcome("partial", until)
            page, reservation = self._fetch_within_limit(position, query)
            if page is None:
                return Outcome("done")
            if not self._store_with_run(run, page, position, reservation):
                return Outcome("stopped")
            if not page.more:
                return Outcome("done")
            if not self._commit(0):
                break
        return Outcome("partial", fields.Datetime.now())

    def _get_host(self):
        return http.host_of(self.sudo().address)

    def _ask_host(self):
        """Count a request of this source's host; return until when it has to wait, or None."""
        return self.env["social.import.host"]._ask(self._get_host())

    def _retry_put_aside(self):
        self.env["social.quarantine"]._get_due(self)._retry()

    def _get_position(self):
        """Return what a page was asked for with; if it changed meanwhile, the page is void."""
        source = self.sudo()
        return {name: source[name] for name in (*sorted(STREAM), "state", "cursor")}

    def _store_with_run(self, run, page, position, reservation):
        """Store a page, its numbers and what it cost; return False where :meth:`_store_page` stored nothing.

        Where that fails, the posts are stored one by one, and what fails again is put aside: one
        odd post does not hold up the others.
        """
        try:
            return self._transact(
                functools.partial(self._count_page, run, page, position, reservation)
            )
        except NOT_THE_POST:
            raise
        except Exception as error:
            self._log_defect(error)
        one_by_one = self.with_context(import_one_by_one=True)
        return self._transact(
            functools.partial(one_by_one._count_page, run, page, position, reservation)
        )

    def _count_page(self, run, page, position, reservation):
        self._settle_reads(reservation, page.billed)
        counts = self._store_page(page, position)
        if counts is None:
            return False
        rejected = Counter(each.reason for each in page.rejected)
        # A gap is no post.
        run._add(counts + rejected, len(page.posts) + rejected.total() - rejected["gap"])
        return True

    def _store_page(self, page, position):
        """Store a page with the cursor that leads past it, and return the counts.

        Returns None, with nothing stored, where somebody else is at work on the source, or a user
        changed it while the server was asked.
        """
        if not self._try_lock() or self._get_position() != position:
            return None
        posts = self.env["social.quarantine"]._take_out(self, page.posts)
        if self.env.context.get("import_one_by_one"):
            counts = self._store_one_by_one(posts)
        else:
            counts = self._admit_and_store(posts)[1]
        counts["put_aside"] += len(page.posts) - len(posts)
        if page.cursor != (self.sudo().cursor or None):
            self.sudo().write({"cursor": page.cursor})
        if page.moved_to:
            self._move(page.moved_to)
        return counts

    def _store_one_by_one(self, posts):
        """Store each post by itself and put aside what fails; return the counts.

        :raises QuarantineFull: where that is too much to be the fault of a post
        """
        counts = Counter()
        for post in posts:
            stored, error = self._store_alone(post)
            if error:
                self.env["social.quarantine"]._put_aside(self, post, error)
                stored = {"put_aside": 1}
            counts.update(stored)
        return counts

    def _store_alone(self, post):
        """Store one post or nothing of it; return (counts, None) or (None, error)."""
        try:
            with self.env.cr.savepoint():
                return self._admit_and_store([post])[1], None
        except NOT_THE_POST:
            raise
        except Exception as error:
            return None, error

    def _move(self, address):
        """Keep the address that the server says is the lasting one; the stream is the same."""
        if self._is_elsewhere(address):
            # Another platform's terms count there: a person decides about that.
            return False
        host = urlsplit(address).hostname
        self._message_log(body=self.env._("The source has moved to %s for good.", host))
        return self.sudo()._write_as_stored({"address": address})

    def _store(self, posts):
        """Admit and upsert posts (``connectors.Post``), and return the mentions."""
        self.ensure_one()
        self._check_may_collect()
        mentions, _counts = self._admit_and_store(posts)
        return mentions

    def _admit_and_store(self, posts):
        """Store what may be stored; return the mentions, and how many by what became of them."""
        # The same post twice on a page: the later one is the newer version.
        allowed, counts = self._admit(posts)
        admitted = {post.external_id: post for post in allowed}
        hidden = [post.external_id for post in posts if post.visibility != "public"]
        if gone := self._forget(hidden):
            counts["removed"] = gone
        # A failing statement would be logged with the posts in it.
        with mute_logger("odoo.sql_db"):
            mentions, stored = (
                self.env["social.mention"].sudo()._upsert(self, list(admitted.values()))
            )
        counts.update(stored)
        return mentions.with_env(self.env), counts

    def _admit(self, posts):
        """Return the posts that may be stored, and how many may not, by reason (Art. 17, 21)."""
        ids = [post.external_id for post in posts]
        buried = self.env["social.tombstone"].sudo()._find(self.platform_id, ids)
        suppressed = self._find_suppressed(posts)
        admitted, counts = [], Counter()
        for post in posts:
            if post.external_id in buried:
                counts["deleted"] += 1
            elif objection := self._get_objection(post):
                counts[objection] += 1
            elif post.author in suppressed or post.account in suppressed:
                counts["suppressed"] += 1
            else:
                admitted.append(post)
        return admitted, counts

    def _find_suppressed(self, posts):
        """Return the handles and lasting ids on a page whose posts may not come back (Art. 17, 21).

        One query. Whoever objected by a handle before the lasting id of the account was known is
        known by that, too, from now on.
        """
        code = self.platform_id.code
        names = {name for post in posts for name in (post.author, post.account) if name}
        listed = {name: make_handle(code, name) for name in names}
        suppression = self.env["social.suppression"]
        found = suppression._find("handle", set(listed.values()), "monitor")
        accounts = {
            listed[post.author]: listed[post.account]
            for post in (posts if found else ())
            if listed.get(post.author) in found
            and post.account
            and listed[post.account] not in found
        }
        suppression._note_accounts(accounts)
        found |= set(accounts.values())
        return {name for name in names if listed[name] in found}

    def _forget(self, external_ids):
        """Drop what we hold of posts that were public and are no more (rule 15); return how many."""
        if not external_ids:
            return 0
        self.env["social.quarantine"]._drop(self.platform_id, external_ids)
        mentions = (
            self.env["social.mention"]
            .sudo()
            .search([("source_ids", "in", self.ids), ("external_id", "in", external_ids)])
        )
        count = len(mentions)
        mentions._drop_whole()
        return count

    @api.model
    def _get_objection(self, post):
        """Return why a post is dropped before a word of it is written, or None (rule 15)."""
        if post.visibility != "public":
            return "not_public"
        if not post.external_id:
            return "no_id"
        return None if post.text else "no_text"

    def _prepare_query(self, **limits):
        """Return what the connector is asked; ``limits`` are fields of ``connectors.Query``."""
        self.ensure_one()
        params = self.env["ir.config_parameter"].sudo()
        return self.sudo().account_id._prepare_query(
            self.sudo().address,
            kind=self.kind or "",
            term=self.sudo().term or "",
            post_hosts=self._get_post_hosts(),
            directory=params.get_param("social_consent_monitoring.plc_directory", ""),
            **limits,
        )

    # -- locks and commits ---------------------------------------------------------------

    @contextmanager
    def _alone(self):
        """Keep other workers and hosts off this source for a whole run; yield whether that worked.

        A lock of the session, as a run is many transactions: no server is asked by two at once,
        nobody who saves the form waits, and a killed worker leaves nothing behind.
        """
        locked = self._lock_session("pg_try_advisory_lock")
        try:
            yield locked
        finally:
            if locked:
                if self._commits():
                    # Whatever broke off has to end before anything else can be said.
                    self.env.cr.rollback()
                self._lock_session("pg_advisory_unlock")

    def _lock_session(self, function):
        [[done]] = self.env.execute_query(
            SQL("SELECT %s(%s, %s)", SQL.identifier(function), LOCK_CLASS, self.id)
        )
        return done

    def _try_lock(self):
        """Keep everybody off this source until the transaction ends, or return False.

        A row lock (FOR NO KEY UPDATE SKIP LOCKED): whoever pauses, closes or deletes the source
        meanwhile waits for what we store, and then sees it.
        """
        return bool(self.try_lock_for_update(allow_referencing=True))
