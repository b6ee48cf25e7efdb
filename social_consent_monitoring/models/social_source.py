from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .. import connectors
from ..connectors import http
from ..platform_hosts import find_platform
from .social_source_words import explain

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
    "check_next",
    "check_date",
    "check_error_date",
    "check_error_message",
    "check_error_advice",
    "check_failure_count",
    "check_warned_at",
    "watched_company_id",
    "heard_since",
}
# What says which posts come in: another one is another stream, and starts from the beginning.
STREAM = {"connector", "kind", "address", "term", "platform_id", "account_id"}
# By what a person is watched: another one is another question.
WATCHED_BY = {"watched_partner_id", "platform_id", "kind", "term"}
# What is looked at before a source starts, and again when it changes.
STARTS_WITH = {
    "state",
    "platform_id",
    "balancing_test",
    "connector",
    "kind",
    "account_id",
    "company_id",
}
NO_ERROR = {"error_date": False, "error_message": False, "error_advice": False}


class SocialSource(models.Model):
    """Where mentions come from: a connector, an address, and what to ask for.

    Way 1 of the house: cron, source, connector, post, admit, upsert. This file holds what a
    manager says of a source, `social_source_import` the job that reads it, `social_source_follow`
    what becomes of the posts later, `social_source_watching` whom it watches.
    """

    _name = "social.source"
    _description = "Source of Mentions"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    platform_id = fields.Many2one("social.platform", required=True, ondelete="restrict")
    connector = fields.Selection(
        [
            ("feed", "Feed (RSS, Atom, JSON Feed)"),
            ("fediverse", "Fediverse (Mastodon API)"),
            ("bluesky", "Bluesky"),
            ("discourse", "Discourse forum"),
            ("hackernews", "Hacker News"),
            ("stackexchange", "Stack Exchange"),
            ("youtube", "YouTube (comments)"),
            ("reddit", "Reddit"),
            ("x", "X"),
        ],
        required=True,
        default="feed",
    )
    kind = fields.Selection(
        [
            ("tag", "A hashtag"),
            ("search", "A word"),
            ("mentions", "Mentions of our own account"),
        ],
        "What to Read",
        compute="_compute_kind",
        store=True,
        readonly=False,
        help="Empty for feeds: there the address says it all.",
    )
    account_id = fields.Many2one(
        "social.account",
        ondelete="restrict",
        help="The account with which to read, where a platform wants to know who asks.",
    )
    address = fields.Char(
        required=True,
        # Addresses of feeds may carry a secret key.
        groups="social_consent_monitoring.group_social_manager",
        help="The feed's address, or the server's: https://example.org",
    )
    term = fields.Char(
        "Hashtag or Word",
        # It may say who is watched.
        groups="social_consent_monitoring.group_social_manager",
        help="A hashtag, with or without #, or a word. It is marked in the posts that come in.",
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
    mention_count = fields.Integer(compute="_compute_mention_count")
    terms_state = fields.Selection(
        lambda self: [
            *self.env["social.platform"]._fields["terms_state"]._description_selection(self.env),
            ("accepted", self.env._("Not reviewed for accounts")),
        ],
        compute="_compute_terms_state",
    )

    def _compute_mention_count(self):
        counts = dict(
            self.env["social.mention"]._read_group(
                [("source_ids", "in", self.ids)], ["source_ids"], ["__count"]
            )
        )
        for source in self:
            source.mention_count = counts.get(source, 0)

    @api.depends("platform_id.terms_state", "account_id")
    def _compute_terms_state(self):
        """What the verdict says of this source: whoever reads with an account accepted terms."""
        for source in self:
            platform, logs_in = source.platform_id, bool(source.sudo().account_id)
            source.terms_state = platform and platform._get_terms_state(logs_in)

    # -- what a manager does -------------------------------------------------------------

    def action_activate(self):
        """Start the sources, if the platform's terms and the balancing test allow (R14, R16)."""
        self.write({"state": "active"})
        self.sudo().write({"failure_count": 0, "next_run": False, **NO_ERROR})
        self.env.ref("social_consent_monitoring.ir_cron_import")._trigger()

    def action_pause(self):
        self.write({"state": "paused"})

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
        sources._note_watching()
        sources._check_may_watch()
        sources.filtered(lambda source: source.state == "active")._check_may_start()
        return sources

    def write(self, vals):
        self._check_run_fields(vals)
        self._check_not_closed(vals)
        self._check_state(vals)
        result = super().write(vals)
        if vals.keys() & {"watched_partner_id", "public_name", "company_id"}:
            self._note_watching()
        if vals.keys() & {*WATCHED_BY, "company_id"}:
            self._check_may_watch()
        if vals.keys() & STREAM:
            self.sudo().write({"cursor": False, "next_run": False})
        if vals.keys() & STARTS_WITH:
            self.filtered(lambda source: source.state == "active")._check_may_start()
        return result

    @api.constrains("connector", "kind", "account_id")
    def _check_fits_connector(self):
        """What is read, and with which account, is something that the connector can do."""
        for source in self:
            connector = connectors.CONNECTORS[source.connector]
            # Where the address says it all, a kind left over from a copy says nothing.
            if connector.kinds and source.kind not in connector.kinds:
                raise ValidationError(self.env._("Choose what this source shall read."))
            if source.account_id and source.account_id.connector != source.connector:
                raise ValidationError(self.env._("This account belongs to another platform."))

    @api.constrains("account_id", "address", "company_id")
    def _check_account_serves(self):
        """A key goes to its own server only, whatever address a manager enters.

        And it serves its own company: of another one's account not even the name is told, as
        Odoo's own check of companies would.
        """
        for source in self.sudo():
            account = source.account_id
            if account and not account._is_of(source.company_id):
                raise ValidationError(self.env._("This account belongs to another company."))
            if source.account_id and not source.account_id._serves(source.address):
                raise ValidationError(
                    self.env._(
                        "The account “%(account)s” is for another server. It works with the "
                        "address %(address)s.",
                        account=source.account_id.name,
                        address=source.account_id.address,
                    )
                )

    @api.constrains("platform_id", "address")
    def _check_platform_fits(self):
        """What is read from a platform's own servers counts as that platform's (rule 16)."""
        for source in self.sudo():
            if source._is_elsewhere(source.address):
                raise ValidationError(
                    self.env._(
                        "%(host)s belongs to another platform, whose terms count: choose the "
                        "platform with the code “%(code)s”.",
                        host=http.host_of(source.address),
                        code=find_platform(http.host_of(source.address)),
                    )
                )

    def _is_elsewhere(self, address):
        """Tell whether an address belongs to another platform than this source says."""
        code = find_platform(http.host_of(address))
        return bool(code) and code != self.platform_id.code

    @api.depends("connector")
    def _compute_kind(self):
        for source in self:
            kinds = connectors.CONNECTORS[source.connector or "feed"].kinds
            if source.kind not in kinds:
                source.kind = kinds[0] if kinds else False

    @api.onchange("connector")
    def _onchange_connector(self):
        """Fill in what the connector knows by itself."""
        connector = connectors.CONNECTORS[self.connector or "feed"]
        if self.account_id.connector != self.connector:
            self.account_id = False
        self.address = connector.address or self.address

    @api.onchange("address")
    def _onchange_address(self):
        """A platform's own servers are read under its own terms."""
        self.platform_id = self.platform_id._get_of_address(self.address) or self.platform_id

    @api.onchange("account_id")
    def _onchange_account_id(self):
        """An account is for one server: that one is read."""
        self.address = self.account_id.address or self.address

    def _check_run_fields(self, *vals_list):
        if not self.env.su and any(vals.keys() & RUN_FIELDS for vals in vals_list):
            raise UserError(self.env._("What came of the runs is noted by the runs themselves."))

    def _check_state(self, vals):
        """A manager starts and pauses: the public page names what was read (GDPR Art. 14)."""
        state = vals.get("state", "active")
        ends = state in ("draft", "closed") and {state} != set(self.mapped("state"))
        if ends and not self.env.su:
            raise UserError(self.env._("A source that was started can be paused or archived."))

    def _check_may_start(self):
        """Raise :class:`ConsentRequired` unless terms and balancing test allow (R14, R16).

        Raises ``UserError`` where the platform wants to know who asks, and no account says it.
        """
        for policy, own in self._group_by_policy():
            policy._enforce("collect", own)
        for source in self.sudo():
            if not source.platform_id.active:
                raise UserError(self.env._("The platform was archived."))
            needed = connectors.CONNECTORS[source.connector].needs_account(source.kind)
            known = source.account_id._get_credentials(source.address).get("secret")
            if needed and not known:
                words = explain(self.env, connectors.ConnectorError("account"))
                raise UserError("\n".join(words))

    def _write_as_stored(self, vals):
        """Write what follows from an act: the stream stays where it is, and nobody is asked."""
        return super().write(vals)
