import json
import logging
import traceback

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime, format_time

from .. import connectors
from ..connectors import clean, http
from ..connectors.presets import PRESETS
from ..exceptions import ConsentRequired
from ..models.social_source_words import explain, name_reason

_logger = logging.getLogger(__name__)

SHOWN_POSTS = 5
SHOWN_TEXT = 200
# Seconds that somebody looks at a window in which nothing moves.
DEADLINE = 15
# What a look found travels in the action's context and back: no post is stored for it.
FOUND = "social_source_found"
# The wizard to go back to from the window with the terms.
BACK = "social_source_wizard_id"
ASKED = ("preset", "word", "address", "account_id")


class SocialSourceWizard(models.TransientModel):
    """“Add a Source”: a word or a name, a look at the first posts, and a source.

    The look reads through the same connector, with the same limits, and asks the same questions as
    the import: terms and balancing test (rules 14 and 16), persons who are named (rule 24), what may
    be stored (rule 15). It stores no post.
    """

    _name = "social.source.wizard"
    _description = "Add a Source"

    preset = fields.Selection(
        [
            ("blog", "Blog: what its search finds"),
            ("feed", "Feed of a page (RSS, Atom, JSON Feed)"),
            ("podcast", "Podcast: new episodes"),
            ("discourse", "Discourse forum: a word or a tag"),
            ("discourse_latest", "Discourse forum: all new posts"),
            ("stackexchange", "Stack Exchange: a word or a tag"),
            ("hackernews", "Hacker News: a word"),
            ("reddit", "Reddit: a word"),
            ("youtube", "YouTube: new videos of a channel"),
            ("fediverse", "Fediverse (Mastodon): a hashtag"),
            ("bluesky", "Bluesky: a word"),
        ],
        "What to Hear",
        required=True,
        default="blog",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    word = fields.Char("Word or Name")
    address = fields.Char()
    account_id = fields.Many2one(
        "social.account",
        domain="[('connector', '=', preset), ('company_id', 'in', [company_id, False])]",
        compute="_compute_account_id",
        store=True,
        readonly=False,
        help="This platform wants to know who asks. Your system administrator enters accounts.",
    )
    needs_word = fields.Boolean(compute="_compute_needs")
    needs_address = fields.Boolean(compute="_compute_needs")
    needs_account = fields.Boolean(compute="_compute_needs")
    word_hint = fields.Char(compute="_compute_needs")
    address_hint = fields.Char(compute="_compute_needs")
    name = fields.Char("Name of the Source", compute="_compute_name", store=True, readonly=False)
    platform_id = fields.Many2one("social.platform", compute="_compute_platform_id")
    terms_state = fields.Selection(
        lambda self: (
            self.env["social.source"]._fields["terms_state"]._description_selection(self.env)
        ),
        compute="_compute_terms_state",
    )
    balancing_test = fields.Text(
        default=lambda self: self.env["social.source"]._get_balancing_draft(),
        help="Why your interest in these public posts outweighs that of their authors (GDPR "
        "Art. 6(1)(f)). It is kept on the source.",
    )
    problem = fields.Char(compute="_compute_found")
    advice = fields.Char(compute="_compute_found")
    preview = fields.Html(compute="_compute_found", sanitize=False)

    # -- what is asked -----------------------------------------------------------------------

    def _get_preset(self):
        return PRESETS[self.preset or "blog"]

    @api.depends("preset")
    @api.depends_context("lang")
    def _compute_needs(self):
        words, addresses = self._get_word_hints(), self._get_address_hints()
        for wizard in self:
            for asked in ("word", "address", "account"):
                wizard[f"needs_{asked}"] = asked in wizard._get_preset().asks
            wizard.word_hint = words.get(wizard.preset, self.env._("e.g. your brand"))
            wizard.address_hint = addresses.get(
                wizard.preset, self.env._("e.g. https://blog.example.org/feed.xml")
            )

    def _get_word_hints(self):
        return {
            "discourse": self.env._("e.g. your brand, or #delivery for a tag"),
            "stackexchange": self.env._("e.g. your product, or #delivery for a tag"),
            "podcast": self.env._("e.g. its name, or https://… of its feed"),
            "youtube": self.env._("e.g. youtube.com/channel/UC…, or @yourbrand"),
            "fediverse": self.env._("e.g. #yourbrand"),
        }

    def _get_address_hints(self):
        forum = self.env._("e.g. forum.example.org")
        return {
            "blog": self.env._("e.g. blog.example.org"),
            "discourse": forum,
            "discourse_latest": forum,
            "stackexchange": self.env._("e.g. stackoverflow.com"),
            "fediverse": self.env._("e.g. mastodon.social"),
        }

    @api.depends("preset", "company_id")
    def _compute_account_id(self):
        """Take the only account there is."""
        known = self.env["social.account"]
        for wizard in self:
            asked = "account" in wizard._get_preset().asks
            fits = wizard.account_id.connector == wizard.preset
            if not (asked and fits and wizard.account_id._is_of(wizard.company_id)):
                own = known._check_company_domain(wizard.company_id)
                accounts = known.search([*own, ("connector", "=", wizard.preset)], limit=2)
                wizard.account_id = accounts if asked and len(accounts) == 1 else False

    @api.depends("preset", "word", "address")
    @api.depends_context("lang")
    def _compute_name(self):
        labels = dict(self._fields["preset"]._description_selection(self.env))
        for wizard in self:
            asked = wizard._get_preset().asks
            said = wizard.word if "word" in asked else http.host_of(wizard._get_address())
            kind = labels.get(wizard.preset, "").partition(":")[0]
            wizard.name = f"{kind}: {said}" if said else kind

    @api.depends("preset")
    def _compute_platform_id(self):
        """The platform of this kind; where nobody keeps one, that of the web."""
        platforms = self.env["social.platform"].search([])
        by_code = {platform.code: platform for platform in platforms}
        for wizard in self:
            code = wizard._get_preset().platform
            wizard.platform_id = by_code.get(code) or by_code.get("web") or False

    @api.depends("platform_id", "account_id")
    def _compute_terms_state(self):
        for wizard in self:
            wizard.terms_state = wizard.platform_id and wizard.platform_id._get_terms_state(
                logs_in=bool(wizard.account_id)
            )

    def _get_address(self):
        """Return the address as a program needs it: people leave out how it begins."""
        if "account" in self._get_preset().asks:
            return self.account_id.address or ""
        address = (self.address or "").strip()
        return address if not address or "://" in address else f"https://{address}"

    def _prepare_source_vals(self):
        """Return what the source is made of.

        :raises ConnectorError: where an input is missing or cannot be used
        :raises UserError: where there is no platform
        """
        made = self._get_preset().make(self.word, self._get_address())
        if self.company_id - self.env.companies:
            raise UserError(self.env._("Choose one of your companies."))
        if not self.platform_id:
            raise UserError(self.env._("Add a platform first, in the configuration."))
        return {
            "name": self.name or made.platform,
            "company_id": self.company_id.id,
            "connector": made.connector,
            "kind": made.kind or False,
            "address": made.address,
            "term": made.term or False,
            "platform_id": self.platform_id.id,
            "account_id": self.account_id.id if self.needs_account else False,
            "balancing_test": self.balancing_test,
        }

    # -- a look at the first posts -------------------------------------------------------------

    def action_preview(self):
        """Show the first posts, or say why they cannot be shown."""
        self.ensure_one()
        self.check_access("write")
        found = self.with_context(import_commits=True)._look()
        found["for"] = self._get_asked()
        return self._reopen(**{FOUND: json.dumps(found)})

    def _look(self):
        """Read once, store no post, and return what the window shows.

        Before the server is asked the transaction is committed where the caller allows that
        (``import_commits``): nothing is locked while a slow one is waited for.
        """
        try:
            if wait := self._seek():
                return wait
            draft = self._make_draft()
            self._check_may_look(draft)
            if wait := self._ask_host(draft):
                return wait
            query, connector = draft._prepare_query(deadline=DEADLINE), draft.connector
            draft._commit(0)
            return self._describe_page(_ask(connectors.fetch, connector, query))
        except ConsentRequired as refusal:
            return {"problem": str(refusal), "advice": ""}
        except connectors.ConnectorError as error:
            return self._describe_error(error)

    def _seek(self):
        """Where a name has to be looked up, do that, and put what it leads to into the window.

        A directory is asked under the rules of a look, since it learns the name (rules 16 and 24).
        Returns what to say where that has to wait.
        """
        made = self._get_preset().make(self.word, self._get_address())
        if not made.directory:
            return None
        draft = self._make_draft()
        draft.account_id = self._get_directory_account(made)
        self._check_may_look(draft)
        if wait := self._ask_host(draft):
            return wait
        query = draft._prepare_query(deadline=DEADLINE)
        draft._commit(0)
        answer = _ask(connectors.seek, made.directory, query)
        # Its name stays the one that was asked for.
        self.write({"word": made.answer % answer, "name": self.name})
        return None

    def _get_directory_account(self, made):
        """Return an account for a directory that wants to know who asks.

        :raises ConnectorError: where there is none; then only what needs no directory can be read
        """
        known = self.env["social.account"]
        if not connectors.CONNECTORS[made.connector].needs_account(made.kind):
            return known
        own = known._check_company_domain(self.company_id)
        account = known.search([*own, ("connector", "=", made.connector)], limit=1)
        if not account:
            raise connectors.ConnectorError("term", {"reason": "channel"})
        return account

    def _make_draft(self):
        """Return the source as it would be, in memory only."""
        return self.env["social.source"].new(self._prepare_source_vals())

    def _check_may_look(self, draft):
        """Ask what the import asks, and log it: a look collects, too (rules 14, 16 and 24).

        :raises ConsentRequired: where the answer is no
        """
        self.env["social.policy"].with_company(self.company_id)._enforce("collect", draft)
        draft._get_watch()._enforce(draft._find_named(), **draft._get_watched_place())

    def _ask_host(self, draft):
        """Count this look as a request of its host; return what to say where that has to wait."""
        until = self.env["social.import.host"]._ask(draft._get_host())
        if not until:
            return None
        return {
            "problem": self.env._("%s asks us to come less often.", draft._get_host()),
            "advice": self.env._("Try again at %s.", format_time(self.env, until, self._get_tz())),
        }

    def _get_tz(self):
        return self.env.user.tz or "UTC"

    def _describe_error(self, error):
        if error.retry_after:
            host = self._make_draft()._get_host()
            self.env["social.import.host"]._leave(host, error.retry_after)
        message, advice = explain(self.env, error)
        return {"problem": message, "advice": self._get_advice().get(error.code, advice)}

    def _get_advice(self):
        """Return what to do by error, where a person tries and not a job that comes again."""
        again = self.env._("Wait a while, then try again.")
        check = self.env._("Check what you entered, then try again.")
        return {
            "unreachable": check,
            "empty": check,
            "http_status": self.env._(
                "Check what you entered. If it is right, the server itself has a problem: then try "
                "again later."
            ),
            "timeout": again,
            "too_many_requests": again,
            "gone": self.env._("Look for the new address, and enter that."),
            "library": self.env._("Ask your system administrator to install it, then try again."),
        }

    def _describe_page(self, page):
        """Return the newest posts that may be stored, and how many may not, by reason."""
        admitted, counts = self._make_draft()._admit(page.posts)
        for rejected in page.rejected:
            counts[rejected.reason] += 1
        newest = sorted(admitted, key=lambda post: post.published_at, reverse=True)
        return {
            "good": len(admitted),
            "rows": [self._show(post) for post in newest[:SHOWN_POSTS]],
            "refused": [
                {"reason": name_reason(self.env, reason), "count": count}
                for reason, count in counts.items()
            ],
        }

    def _show(self, post):
        """Return a post for the window; not who wrote it, for nobody asked to see that."""
        return {
            "text": clean.shortened(post.text, SHOWN_TEXT),
            "published": format_datetime(self.env, post.published_at.replace(tzinfo=None)),
        }

    def _get_asked(self):
        """Return what a look was made for: of another question it shows nothing."""
        values = (self.preset, self.word, self.address, self.account_id._origin.id)
        return [value or False for value in values]

    @api.depends(*ASKED)
    @api.depends_context(FOUND, "lang")
    def _compute_found(self):
        for wizard in self:
            found = wizard._get_found()
            wizard.problem, wizard.advice = found.get("problem"), found.get("advice")
            wizard.preview = "rows" in found and self.env["ir.qweb"]._render(
                "social_consent_monitoring.source_preview", found
            )

    def _get_found(self):
        """Return what the last look found, if it was for what is asked now."""
        try:
            found = json.loads(self.env.context.get(FOUND) or "{}")
        except (TypeError, ValueError):
            return {}
        return found if isinstance(found, dict) and found.get("for") == self._get_asked() else {}

    def _reopen(self, **context):
        """Return this window again, as it is."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add a Source"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    # -- what comes next -----------------------------------------------------------------------

    def action_terms(self):
        """Ask to read and confirm the platform's terms, then come back here (rule 16)."""
        self.ensure_one()
        action = self.platform_id.action_confirm_terms()
        return {**action, "context": {**action["context"], BACK: self.id}}

    def action_add(self):
        """Make the source, not started, and open it."""
        return self._create_source()._get_records_action()

    def action_start(self):
        """Make the source and start it.

        :raises ConsentRequired: with what is missing; then nothing was made
        """
        source = self._create_source()
        source.action_activate()
        return source._get_records_action()

    def _create_source(self):
        self.ensure_one()
        try:
            if wait := self._seek():
                raise UserError("\n".join(wait.values()))
            vals = self._prepare_source_vals()
        except connectors.ConnectorError as error:
            raise UserError("\n".join(explain(self.env, error))) from None
        source = self.env["social.source"].create(vals)
        self.sudo().unlink()
        return source


def _ask(function, connector, query):
    """Read the first page, or ask a directory.

    :raises ConnectorError: also for a defect of ours, of which the log tells where it happened, and
        not what was read: that is somebody's post
    """
    try:
        return function(connector, query)
    except connectors.ConnectorError:
        raise
    except Exception as error:
        place = "".join(traceback.format_tb(error.__traceback__))
        _logger.error("Look at a source: %s\n%s", type(error).__name__, place)
        host = http.host_of(query.address)
        raise connectors.ConnectorError("unexpected_answer", {"host": host}) from None
