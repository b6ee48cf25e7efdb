import functools
import logging
import time
import traceback
from collections import Counter
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as CONFLICTS
from odoo.tools import SQL, mute_logger, str2bool

from .. import connectors
from ..exceptions import ConsentRequired
from ..suppressed import make_handle
from .social_source import NO_ERROR, STREAM
from .social_source_words import explain, summarize

_logger = logging.getLogger(__name__)

# First key of the advisory locks that keep two workers off one source; the second is its id.
LOCK_CLASS = 0x50C1A1
# Pages of one run; what is left comes with the next.
MAX_PAGES = 50
# Attempts to store a page beside somebody who stores the same.
TRIES = 4
# After so many failures in a row a source pauses and waits for a person.
PATIENCE = 10
# Seconds between two runs of a source that works, and the longest wait of one that fails.
INTERVAL = 300
LONGEST_WAIT = 6 * 3600


class SocialSourceImport(models.Model):
    """The job that reads a source.

    Posts and the cursor that leads past them are stored in one transaction, so that a killed job
    loses and doubles nothing.
    """

    _name = "social.source"
    _inherit = ["social.source"]

    cursor = fields.Char(readonly=True, copy=False, groups="base.group_system")
    next_run = fields.Datetime(readonly=True, copy=False)
    last_run = fields.Datetime(readonly=True, copy=False)
    last_success = fields.Datetime(readonly=True, copy=False)
    last_summary = fields.Char("Last Result", readonly=True, copy=False)
    error_date = fields.Datetime("Failing Since", readonly=True, copy=False)
    error_message = fields.Text("Error", readonly=True, copy=False)
    error_advice = fields.Text("What to Do", readonly=True, copy=False)
    failure_count = fields.Integer("Failures in a Row", readonly=True, copy=False)

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
        """Import from every active source whose time has come."""
        self.search(
            [
                ("state", "=", "active"),
                "|",
                ("next_run", "=", False),
                ("next_run", "<=", fields.Datetime.now()),
            ]
        )._import()

    def _import(self):
        """Import from these sources now; the cron calls it.

        An error of one is stored on it and the others go on. In the cron, and for the button,
        every page is committed with its cursor; elsewhere the caller's transaction stands.
        """
        remaining = len(self)
        self._commit(0, remaining)
        for source in self:
            source._with_reader_language()._import_one()
            remaining -= 1
            if not self._commit(1, remaining):
                break

    def _with_reader_language(self):
        """Return the source in the language of whoever reads what came of it.

        The cron has no language: without this its results and errors would be English for all.
        """
        reader = self.user_id or self.env.company.partner_id
        return self.with_context(lang=self.env.lang or reader.lang)

    def _import_one(self):
        """Import from this source and note what came of it, in a transaction of its own."""
        started, counts = time.monotonic(), Counter()
        if self.sudo().watched_partner_id and not self._may_watch():
            self._transact(self._close)
        if self.state == "closed":
            return
        try:
            if not self._import_pages(counts):
                return
            summary = summarize(self.env, counts, time.monotonic() - started)
            note = functools.partial(self._note_success, summary)
        except ConsentRequired as refusal:
            note = functools.partial(self._pause, str(refusal))
        except connectors.ConnectorError as error:
            words = explain(self.env, error)
            note = functools.partial(self._note_failure, *words, retry_after=error.retry_after)
        except Exception as error:
            # A defect of ours or a post that nobody foresaw: this source waits, others go on.
            self._log_defect(error)
            if self._commits():
                self.env.cr.rollback()
            note = functools.partial(self._note_defect)
        self._transact(note)

    def _log_defect(self, error):
        """Log where it happened, and not what was stored: that is somebody's post."""
        place = "".join(traceback.format_tb(error.__traceback__))
        _logger.error("Import from source %s: %s\n%s", self.id, type(error).__name__, place)

    def _check_may_collect(self):
        """Raise :class:`ConsentRequired` if the platform's terms no longer allow it (R16).

        What is allowed is not logged: there is a run every few minutes.
        """
        self._check_may_watch_still()
        policy = self.env["social.policy"]
        decisions = policy._decide("collect", self)
        if not all(decisions.values()):
            policy._carry_out("collect", self, decisions)

    def _check_may_watch_still(self):
        """Raise :class:`ConsentRequired` where a consent to being watched has ended (rule 24)."""
        watching = self.sudo().filtered("watched_partner_id")
        if any(not source._may_watch() for source in watching):
            self._check_may_watch()

    def _import_pages(self, counts):
        """Read page after page; return False where somebody else is at this source."""
        for _page in range(MAX_PAGES):
            self._check_may_collect()
            position, query = self._get_position(), self._prepare_query()
            # No transaction stays open while we wait for the server.
            self._commit(0)
            page, reservation = self._fetch_within_limit(position, query)
            if page is None:
                break
            store = functools.partial(self._store_page, page, position)
            stored = self._transact(
                functools.partial(self._settle_reads, reservation, page.billed, store)
            )
            if stored is None:
                return False
            counts.update(stored)
            counts.update(rejected.reason for rejected in page.rejected)
            if not page.more or not self._commit(0):
                break
        return True

    def _get_position(self):
        """Return what a page was asked for with; if it changed meanwhile, the page is void."""
        source = self.sudo()
        return {name: source[name] for name in (*sorted(STREAM), "state", "cursor")}

    def _store_page(self, page, position):
        """Store a page with the cursor that leads past it, and return the counts.

        Returns None, with nothing stored, where another worker was quicker or a user changed
        the source while the server was asked.
        """
        if not self._try_lock() or self._get_position() != position:
            return None
        stored = self._admit_and_store(page.posts)[1]
        if page.cursor != (self.sudo().cursor or None):
            self.sudo().write({"cursor": page.cursor})
        if page.moved_to:
            self._move(page.moved_to)
        return stored

    def _move(self, address):
        """Keep the address that the server says is the lasting one; the stream is the same."""
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
        admitted, counts = {}, Counter()
        tombstones = self.env["social.tombstone"].sudo()
        buried = tombstones._find(self.platform_id, [post.external_id for post in posts])
        suppressed = self._find_suppressed(posts)
        for post in posts:
            if post.external_id in buried:
                counts["deleted"] += 1
            elif objection := self._get_objection(post):
                counts[objection] += 1
            elif self._get_author(post) in suppressed:
                counts["suppressed"] += 1
            else:
                # The same post twice on a page: the later one is the newer version.
                admitted[post.external_id] = post
        self._forget(post.external_id for post in posts if post.visibility != "public")
        # A failing statement would be logged with the posts in it.
        with mute_logger("odoo.sql_db"):
            mentions, new = self.env["social.mention"].sudo()._upsert(self, list(admitted.values()))
        counts.update(new=new, known=len(mentions) - new)
        return mentions.with_env(self.env), counts

    def _find_suppressed(self, posts):
        """Return the authors of a page whose posts may not come back: one query (Art. 17, 21)."""
        authors = {self._get_author(post) for post in posts if post.author}
        return self.env["social.suppression"]._find("handle", authors, "monitor")

    def _get_author(self, post):
        """Return the handle of an author as the list of the suppressed has it."""
        return make_handle(self.platform_id.code, post.author)

    def _forget(self, external_ids):
        """Drop what we hold of posts that were public and are no more (rule 15)."""
        self.env["social.mention"].sudo().search(
            [("source_ids", "in", self.ids), ("external_id", "in", list(external_ids))]
        )._drop_whole()

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
        account = self.sudo().account_id
        return connectors.Query(
            address=self.sudo().address,
            kind=self.kind or "",
            term=self.term or "",
            login=account.login or "",
            secret=account.secret or None,
            post_hosts=self._get_post_hosts(),
            allow_private=str2bool(
                params.get_param("social_consent_monitoring.allow_private_addresses", "False")
            ),
            **limits,
        )

    # -- what came of it -----------------------------------------------------------------

    def _note_success(self, summary):
        now = fields.Datetime.now()
        self.sudo().write(
            {
                "last_run": now,
                "last_success": now,
                "last_summary": summary,
                "next_run": fields.Datetime.add(now, seconds=INTERVAL),
                "failure_count": 0,
                **NO_ERROR,
            }
        )

    def _note_failure(self, message, advice, retry_after=None):
        """Store an error with its time and advice, and wait longer after each in a row."""
        now = fields.Datetime.now()
        failures = min(self.failure_count, PATIENCE) + 1
        doublings = min(failures - 1, PATIENCE)
        wait = max(retry_after or 0, min(INTERVAL * 2**doublings, LONGEST_WAIT))
        self.sudo().write(
            {
                "last_run": now,
                "next_run": fields.Datetime.add(now, seconds=wait),
                "error_date": self.error_date or now,
                "error_message": message,
                "error_advice": advice,
                "failure_count": failures,
            }
        )
        if failures >= PATIENCE:
            self._pause(message, advice)

    def _note_defect(self):
        self._note_failure(
            self.env._("The import stopped on something unexpected."),
            self.env._("Nothing was lost. The server's log holds the details."),
        )

    def _pause(self, message, advice=None):
        self.sudo().write(
            {
                "state": "paused",
                "last_run": fields.Datetime.now(),
                "error_date": self.error_date or fields.Datetime.now(),
                "error_message": message,
                "error_advice": advice or self.env._("Mend this, then start the source again."),
            }
        )

    # -- locks and commits ---------------------------------------------------------------

    def _try_lock(self):
        """Keep other workers and hosts off this source until the transaction ends.

        An advisory lock and not a row lock: a killed worker leaves nothing behind, and whoever
        saves the form does not wait. Returns False where somebody is at work.
        """
        self.ensure_one()
        [[locked]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK_CLASS, self.id)
        )
        return locked

    def _transact(self, function):
        """Run it all or not at all, and commit it where pages are committed.

        Somebody else may store the same post or save the source at the same time; PostgreSQL
        then refuses one of the two, which starts again on what the other left.
        """
        if not self._commits():
            with self.env.cr.savepoint():
                return function()
        for attempt in range(TRIES):
            try:
                result = function()
                self._commit(0)
                return result
            except Exception as error:
                self.env.cr.rollback()
                if attempt == TRIES - 1 or not isinstance(error, CONFLICTS):
                    raise
        return None

    def _commits(self):
        context = self.env.context
        return "ir_cron_progress_id" in context or bool(context.get("import_commits"))

    def _commit(self, processed, remaining=None):
        """Commit a finished page; return the seconds left, without end outside the cron."""
        if self._commits():
            return self.env["ir.cron"]._commit_progress(processed, remaining=remaining)
        return float("inf")
