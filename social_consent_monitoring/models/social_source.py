import functools
import logging
import time
import traceback
from collections import Counter
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as CONFLICTS
from odoo.tools import SQL, mute_logger, str2bool

from .. import connectors
from ..exceptions import ConsentRequired
from ..removed import Removed
from ..suppressed import make_handle, normalize_handle
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
# What runs note, and no user.
RUN_FIELDS = {
    "cursor",
    "next_run",
    "last_run",
    "last_success",
    "last_summary",
    "error_date",
    "error_message",
    "error_advice",
    "failure_count",
}
# Who is watched is for few eyes (rules 5 and 24).
WATCHERS = (
    "social_consent_monitoring.group_social_manager,social_consent_monitoring.group_privacy_officer"
)
# By what a person is watched: another one is another question.
WATCHED_BY = {"watched_partner_id", "platform_id", "term"}
NO_ERROR = {"error_date": False, "error_message": False, "error_advice": False}


class SocialSource(models.Model):
    """Where mentions come from: a connector, an address, and a word.

    Way 1 of the house: cron, source, connector, post, admit, upsert. Posts and the cursor that
    leads past them are stored in one transaction, so that a killed job loses and doubles
    nothing.
    """

    _name = "social.source"
    _description = "Source of Mentions"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    platform_id = fields.Many2one("social.platform", required=True, ondelete="restrict")
    connector = fields.Selection(
        [("feed", "Feed (RSS, Atom, JSON Feed)"), ("fediverse", "Fediverse (Mastodon API)")],
        required=True,
        default="feed",
    )
    address = fields.Char(
        required=True,
        # Addresses of feeds may carry a secret key.
        groups="social_consent_monitoring.group_social_manager",
        help="The feed's address, or the server's: https://example.org",
    )
    term = fields.Char(
        "Hashtag", help="For the fediverse: the hashtag to follow, with or without #."
    )
    user_id = fields.Many2one(
        "res.users", "Responsible", default=lambda self: self.env.user, ondelete="set null"
    )
    balancing_test = fields.Text(
        help="Why your interest in these public posts outweighs that of their authors (GDPR "
        "Art. 6(1)(f)). A source starts only once this is written down."
    )
    state = fields.Selection(
        [
            ("draft", "Not started"),
            ("active", "Active"),
            ("paused", "Paused"),
            ("closed", "Closed for good"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    watched_partner_id = fields.Many2one(
        "res.partner",
        "Watches",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        groups=WATCHERS,
        help="The contact whose own posts this source reads. It takes that person's consent to be "
        "watched, and closes for good when that ends. Choose a name that does not tell who it is.",
    )
    watched_company_id = fields.Many2one(
        "res.company",
        "Watches For",
        readonly=True,
        ondelete="set null",
        copy=False,
        groups=WATCHERS,
        help="The company that was given the consent.",
    )
    cursor = fields.Char(readonly=True, copy=False, groups="base.group_system")
    next_run = fields.Datetime(readonly=True, copy=False)
    last_run = fields.Datetime(readonly=True, copy=False)
    last_success = fields.Datetime(readonly=True, copy=False)
    last_summary = fields.Char("Last Result", readonly=True, copy=False)
    error_date = fields.Datetime("Failing Since", readonly=True, copy=False)
    error_message = fields.Text("Error", readonly=True, copy=False)
    error_advice = fields.Text("What to Do", readonly=True, copy=False)
    failure_count = fields.Integer("Failures in a Row", readonly=True, copy=False)
    mention_count = fields.Integer(compute="_compute_mention_count")
    terms_state = fields.Selection(related="platform_id.terms_state")

    def _compute_mention_count(self):
        counts = dict(
            self.env["social.mention"]._read_group(
                [("source_ids", "in", self.ids)], ["source_ids"], ["__count"]
            )
        )
        for source in self:
            source.mention_count = counts.get(source, 0)

    # -- what a manager does -------------------------------------------------------------

    def action_activate(self):
        """Start the sources, if the platform's terms and the balancing test allow (R14, R16)."""
        self.write({"state": "active"})
        self.sudo().write({"failure_count": 0, "next_run": False, **NO_ERROR})
        self.env.ref("social_consent_monitoring.ir_cron_import")._trigger()

    def action_pause(self):
        self.write({"state": "paused"})

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

    def action_view_mentions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_mention_action"
        )
        return {**action, "domain": [("source_ids", "in", self.ids)], "context": {}}

    @api.model_create_multi
    def create(self, vals_list):
        self._check_run_fields(*vals_list)
        sources = super().create(vals_list)
        sources._note_watching_company()
        sources._check_may_watch()
        sources.filtered(lambda source: source.state == "active")._check_may_start()
        return sources

    def write(self, vals):
        self._check_run_fields(vals)
        self._check_not_closed(vals)
        result = super().write(vals)
        if "watched_partner_id" in vals:
            self._note_watching_company()
        if vals.keys() & WATCHED_BY:
            self._check_may_watch()
        if vals.keys() & {"connector", "address", "term", "platform_id"}:
            # Another address or word is another stream: its posts start from the beginning.
            self.sudo().write({"cursor": False, "next_run": False})
        if vals.keys() & {"state", "platform_id", "balancing_test"}:
            self.filtered(lambda source: source.state == "active")._check_may_start()
        return result

    def _check_run_fields(self, *vals_list):
        if not self.env.su and any(vals.keys() & RUN_FIELDS for vals in vals_list):
            raise UserError(self.env._("What came of the runs is noted by the runs themselves."))

    def _check_may_start(self):
        """Raise :class:`ConsentRequired` unless terms and balancing test allow (R14, R16)."""
        self.env["social.policy"]._enforce("collect", self)

    # -- watching a person (rule 24) -------------------------------------------------------

    def _note_watching_company(self):
        """Remember for which company each person is watched: consent is given to one."""
        company = self.env.company
        for source in self.sudo():
            wanted = company if source.watched_partner_id else company.browse()
            if source.watched_company_id != wanted:
                source._write_as_stored({"watched_company_id": wanted.id})

    def _check_not_closed(self, vals):
        if vals.keys() & {"state", *WATCHED_BY} and "closed" in self.mapped("state"):
            raise UserError(
                self.env._(
                    "This source was closed for good: the person whom it watched does not want "
                    "that. Make another one for something else."
                )
            )

    @api.constrains("name", "watched_partner_id")
    def _check_name_says_nothing(self):
        """Whoever works on mentions reads the names of sources; they must not tell who is watched."""
        for source in self.sudo().filtered("watched_partner_id"):
            names = (source.watched_partner_id.name or "").split()
            said = source.name.lower()
            if "@" in said or any(len(name) > 2 and name.lower() in said for name in names):
                raise ValidationError(
                    self.env._("Choose a name for the source that does not tell who is watched.")
                )

    def _check_may_watch(self):
        """Ask before a person is watched, and log it (rule 24).

        :raises ConsentRequired: without that person's consent, or a contract for the very handle
        """
        for source in self.sudo().filtered("watched_partner_id"):
            policy = self.env["social.policy"].with_company(source.watched_company_id)
            policy._enforce("monitor", source.watched_partner_id, **source._get_watched_place())

    def _may_watch(self):
        """Tell whether this source may go on watching a person: a look, and not logged."""
        source = self.sudo()
        policy = source.env["social.policy"].with_company(source.watched_company_id)
        partner = source.watched_partner_id
        return bool(policy._decide("monitor", partner, **source._get_watched_place())[partner.id])

    def _get_watched_place(self):
        """Return the facts of the policy on whose posts are read: the handle, if it names one."""
        term = self.term or ""
        handle = normalize_handle(term) if "@" in term else None
        return {"platform": self.platform_id.code, "handle": handle}

    @api.model
    def _close_unwatched(self, consents, removed):
        """Close the sources that watched whoever ended these consents to being watched."""
        if not consents:
            return
        ended = {(each.subject_id.id, each.company_id.id): each.id for each in consents}
        sources = self._search_watching(
            [("watched_partner_id.social_subject_id", "in", consents.subject_id.ids)]
        )
        by_consent = sources.grouped(
            lambda source: ended.get(
                (source.watched_partner_id.social_subject_id.id, source.watched_company_id.id)
            )
        )
        by_consent.pop(None, None)
        for consent_id, own in by_consent.items():
            own.filtered(lambda source: not source._may_watch())._close(removed, consent_id)

    @api.model
    def _close_expired(self):
        """Close the sources whose consent ended by the clock, however they are paused meanwhile."""
        watching = self._search_watching([("watched_partner_id", "!=", False)])
        watching.filtered(lambda source: not source._may_watch())._close()

    @api.model
    def _search_watching(self, domain):
        return self.sudo().with_context(active_test=False).search(domain, order="id")

    def _close(self, removed=None, consent_id=None):
        """Close these sources for good, with all that they alone brought (rule 24).

        Address and term named the person, and so may the rest: it goes.

        :param removed: the ``Removed`` that takes note, for the consent with this id
        """
        if not self:
            return
        removed = removed or Removed()
        mentions = self._get_own_mentions()
        authors = mentions.author_id
        mentions._erase(removed, consent_id)
        authors.filtered(
            lambda author: not author.mention_ids and not author.social_subject_id
        )._erase(removed, consent_id)
        removed.add(consent_id, self._name, self.ids)
        for source in self.sudo():
            source._write_as_stored(source._prepare_closed_vals())

    def _prepare_closed_vals(self):
        emptied = dict.fromkeys(
            ("term", "cursor", "next_run", "last_summary", "balancing_test", "watched_partner_id"),
            False,
        )
        name = self.env._("Closed source %s", self.id)
        return {**emptied, **NO_ERROR, "name": name, "address": "", "state": "closed"}

    def _get_own_mentions(self):
        """Return the mentions that no other source brought, closed ones aside."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT mention_id FROM social_mention_source_rel own
                WHERE source_id = ANY(%s) AND NOT EXISTS (
                    SELECT FROM social_mention_source_rel other
                    JOIN social_source source ON source.id = other.source_id
                    WHERE other.mention_id = own.mention_id AND NOT other.source_id = ANY(%s)
                        AND source.state != 'closed')
                """,
                self.ids,
                self.ids,
            )
        )
        return self.env["social.mention"].sudo().browse(row[0] for row in rows)

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
            page = connectors.fetch(position["connector"], query, position["cursor"] or None)
            stored = self._transact(functools.partial(self._store_page, page, position))
            if stored is None:
                return False
            counts.update(stored)
            counts.update(rejected.reason for rejected in page.rejected)
            if not page.more or not self._commit(0):
                break
        return True

    def _get_position(self):
        """Return what a page was asked for with; if it changed meanwhile, the page is void."""
        names = ("connector", "address", "term", "platform_id", "state", "cursor")
        source = self.sudo()
        return {name: source[name] for name in names}

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

    def _write_as_stored(self, vals):
        """Write what follows from an act: the stream stays where it is, and nobody is asked."""
        return super().write(vals)

    def _store(self, posts):
        """Admit and upsert posts (``connectors.Post``), and return the mentions."""
        self.ensure_one()
        self._check_may_collect()
        mentions, _counts = self._admit_and_store(posts)
        return mentions

    def _admit_and_store(self, posts):
        """Store what may be stored; return the mentions, and how many by what became of them."""
        admitted, counts = {}, Counter()
        suppressed = self._find_suppressed(posts)
        for post in posts:
            if objection := self._get_objection(post):
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
        ).unlink()

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
        return connectors.Query(
            address=self.sudo().address,
            term=self.term or "",
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
