from datetime import timedelta
from typing import NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from ..analysis import topics
from ..usual import get_lowest_tone, get_most
from .social_alert_numbers import ENOUGH_SPANS

# How far from the usual something is to be, and which share of posts reaches less.
SENSITIVITY = {"high": (3, 0.95), "normal": (4, 0.99), "low": (6, 0.999)}
# A day does not change within minutes.
CHECK_DAYS_EVERY = timedelta(minutes=55)
# What makes another question of a rule.
QUESTION = {"active", "kind", "company_id", "source_ids", "topic_ids", "words", "period"}


class Judged(NamedTuple):
    """Whether a source is to be told of, and from where on it is."""

    is_over: bool
    bound: float | None
    is_learned: bool


class SocialAlertRule(models.Model):
    """When somebody is told that the public speaks otherwise than usual (rule 17).

    What is usual is learned from each source's own past. Sources that watch a person are left
    out: a number of theirs would tell of that person.
    """

    _name = "social.alert.rule"
    _description = "Rule for Alerts"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "social.company.mixin",
        "social.chosen.mixin",
    ]
    _chosen = ("channel_id",)
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("volume", "More posts than usual"),
            ("sentiment", "A worse tone than usual"),
            ("words", "Words of danger"),
            ("reach", "A post of great reach"),
        ],
        "Tells Of",
        required=True,
        default="volume",
    )
    source_ids = fields.Many2many(
        "social.source",
        "social_alert_rule_source_rel",
        "rule_id",
        "source_id",
        string="Sources",
        help="Empty: all of the company, and those that are shared. Each is compared with its own "
        "past. Sources that watch a person are left out.",
    )
    topic_ids = fields.Many2many(
        "social.topic",
        "social_alert_rule_topic_rel",
        "rule_id",
        "topic_id",
        string="Topics",
        help="Only posts with one of these topics. Empty: all posts.",
    )
    words = fields.Text(
        "Words of Danger",
        help="One word or phrase a line. Whole words are found, capitals do not matter, and * "
        "stands for any ending: explod* finds explode and exploded.",
    )
    words_since = fields.Datetime(readonly=True, copy=False)
    word_mention_ids = fields.Many2many(
        "social.mention",
        "social_alert_word_rel",
        "rule_id",
        "mention_id",
        string="Posts with These Words",
        readonly=True,
        copy=False,
    )
    period = fields.Selection(
        [
            ("hour", "The last hour, with the same hours of the week"),
            ("day", "The last day, with the days before"),
        ],
        "Compares",
        required=True,
        default="hour",
        help="Words of danger and reach are looked for in the posts of the last day.",
    )
    sensitivity = fields.Selection(
        [
            ("high", "Soon: what is seldom"),
            ("normal", "What is very seldom"),
            ("low", "Late: what is extraordinary"),
        ],
        "Speaks Up",
        required=True,
        default="normal",
    )
    at_least = fields.Integer(
        default=1,
        help="Fewer posts give no alert. For reach: fewer reactions or followers. For the tone it "
        "does not count.",
    )
    minimum_past = fields.Integer(
        "Learns From",
        default=50,
        help="A source that has brought fewer posts so far gives no alert, as nothing is usual "
        "there yet; words of danger do at once.",
    )
    cool_down_hours = fields.Integer(
        "Ends After (Hours)",
        default=6,
        help="An alert ends once it was calm for so long. Until then there is no second one for "
        "the same source.",
    )
    daily_limit = fields.Integer(
        "Messages a Day",
        default=3,
        help="What comes on top waits, and is told in one message.",
    )
    tell_by = fields.Selection(
        [("activity", "Activity"), ("mail", "E-mail"), ("chat", "Chat")],
        "Told Via",
        required=True,
        default="activity",
    )
    user_ids = fields.Many2many(
        "res.users",
        "social_alert_rule_user_rel",
        "rule_id",
        "user_id",
        string="Who Is Told",
        domain="[('share', '=', False)]",
        help="Colleagues who work with mentions. Empty: whoever is responsible for the source, or "
        "else the managers.",
    )
    channel_id = fields.Many2one(
        "discuss.channel",
        "Chat",
        domain="[('channel_type', '=', 'channel')]",
        # Its name may be a secret of those in it.
        groups="social_consent_monitoring.group_social_manager",
        ondelete="set null",
        help="A channel of colleagues. Once somebody from outside looks into it, the alerts come "
        "as activities instead.",
    )
    checked_at = fields.Datetime("Last Look", readonly=True, copy=False)
    alert_ids = fields.One2many("social.alert", "rule_id", string="Alerts")
    running_count = fields.Integer("Running", compute="_compute_running_count")

    _at_least_positive = models.Constraint("CHECK (at_least > 0)", "At least one.")
    _past_positive = models.Constraint(
        "CHECK (minimum_past BETWEEN 10 AND 10000)", "Learn from 10 to 10,000 posts."
    )
    _cool_down_positive = models.Constraint(
        "CHECK (cool_down_hours BETWEEN 1 AND 168)", "Calm is from an hour to a week."
    )
    _limit_positive = models.Constraint(
        "CHECK (daily_limit BETWEEN 1 AND 24)", "From 1 to 24 messages a day."
    )

    def _compute_running_count(self):
        running = [("rule_id", "in", self.ids), ("ended_at", "=", False)]
        counts = dict(self.env["social.alert"]._read_group(running, ["rule_id"], ["__count"]))
        for rule in self:
            rule.running_count = counts.get(rule, 0)

    # -- what a rule may say -----------------------------------------------------------------

    @api.constrains("kind", "words", "name")
    def _check_words(self):
        """Refuse words that tell what nobody may derive (Art. 9), or name a person (rule 24)."""
        watch = self.env["social.watch"]
        for rule in self:
            watch._check_watch_words([rule.name])
            watch._check_keywords(rule.words, name=rule.name)
            if rule.kind == "words" and not topics.split(rule.words):
                raise ValidationError(self.env._("Enter at least one word, with three letters."))

    @api.constrains("source_ids", "company_id")
    def _check_sources(self):
        for rule in self.sudo():
            if any(not source._is_of(rule.company_id) for source in rule.source_ids):
                raise ValidationError(self.env._("Choose sources of the company, or shared ones."))

    @api.constrains("user_ids", "company_id")
    def _check_users(self):
        """Numbers of the public's posts are for those who work with them."""
        for rule in self:
            self.env["social.team"]._check_clerks(rule.user_ids, rule.company_id)

    @api.constrains("channel_id", "tell_by")
    def _check_channel(self):
        for rule in self.sudo().filtered(lambda rule: rule.tell_by == "chat"):
            if not rule._get_channel():
                raise ValidationError(
                    self.env._("Choose a channel in which there are colleagues only.")
                )

    def _get_channel(self):
        """Return the channel, if nobody from outside reads it; else an empty record."""
        channel = self.sudo().channel_id
        inside = channel.group_public_id.all_implied_ids & self.env.ref("base.group_user")
        guests = channel.channel_member_ids.filtered(
            lambda member: member.guest_id or member.partner_id.partner_share
        )
        return channel if inside and not guests else channel.browse()

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.sudo().write({"words_since": fields.Datetime.now()})
        return rules

    def write(self, vals):
        """Another question begins anew: what was found by the old words counts no more."""
        changed = self.filtered(lambda rule: "words" in vals and vals["words"] != rule.words)
        result = super().write(vals)
        if changed:
            super(SocialAlertRule, changed.sudo()).write(
                {"words_since": fields.Datetime.now(), "word_mention_ids": [Command.clear()]}
            )
        if vals.keys() & QUESTION:
            self.env["social.alert"].sudo()._get_running(self)._end()
        if "company_id" in vals:
            self.sudo().alert_ids._drop_foreign()
        return result

    def action_view_alerts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_alert_action"
        )
        return {**action, "domain": [("rule_id", "=", self.id)], "context": {}}

    # -- words -------------------------------------------------------------------------------

    @api.model
    def _find_words(self, mentions):
        """Note which of these posts hold words of danger: two queries, and one look at the names.

        A rule whose words name a person by now finds nothing (rule 24): the contact came later.
        """
        rules = self.search([("kind", "=", "words")])
        if not rules or not mentions:
            return
        words = {rule: topics.split(rule.words) for rule in rules}
        said = sorted({word for own in words.values() for word in own})
        refused = set(self.env["social.watch"]._get_refused_words(said))
        matchers = [
            (rule.id, topics.make_matcher(rule.words))
            for rule, own in words.items()
            if not refused & set(own)
        ]
        self._note_words(
            rules,
            mentions,
            [
                (rule_id, mention_id)
                for mention_id, text in mentions._get_texts()
                for rule_id, matches in matchers
                if matches(text)
            ],
        )

    @api.model
    def _note_words(self, rules, mentions, found):
        cr = self.env.cr
        cr.execute(
            "DELETE FROM social_alert_word_rel WHERE mention_id = ANY(%s) AND rule_id = ANY(%s)",
            (mentions.ids, rules.ids),
        )
        cr.execute_values(
            "INSERT INTO social_alert_word_rel (rule_id, mention_id) VALUES %s"
            " ON CONFLICT DO NOTHING",
            found,
            page_size=1000,
        )
        rules.invalidate_recordset(["word_mention_ids"])
        mentions.invalidate_recordset(["alert_rule_ids"])

    def _get_found_words(self, texts):
        """Return those of the rule's words that stand in one of these texts."""
        matchers = [(word, topics.make_matcher(word)) for word in topics.split(self.words)]
        return [word for word, matches in matchers if any(map(matches, texts))]

    # -- what is unusual ---------------------------------------------------------------------

    def _get_period(self):
        """Return ``hour`` or ``day``: a word or a great reach is news for a day."""
        self.ensure_one()
        return "day" if self.kind in ("words", "reach") else self.period

    @api.model
    def _get_due(self):
        """Return the rules to look at now: those that compare days once an hour."""
        lately = fields.Datetime.now() - CHECK_DAYS_EVERY
        return self.search([]).filtered(
            lambda rule: (
                rule.kind == "words"
                or rule._get_period() == "hour"
                or not rule.checked_at
                or rule.checked_at <= lately
            )
        )

    def _get_sources(self):
        """Return ``{rule: sources}`` that are read now: one query."""
        running = self.env["social.source"].search(
            [("state", "=", "active"), ("watched_partner_id", "=", False)]
        )
        return {
            rule: ((rule.source_ids & running) if rule.source_ids else running).filtered(
                lambda source, rule=rule: source._is_of(rule.company_id)
            )
            for rule in self
        }

    def _measure(self):
        """Return ``{(rule, source): Measured}``: one query for each kind and period."""
        sources = self._get_sources()
        measured = {}
        groups = self.grouped(lambda rule: (rule.kind, rule._get_period()))
        for (kind, period), rules in groups.items():
            pairs = [rule._prepare_pair(source) for rule in rules for source in sources[rule]]
            found = self.env["social.alert.numbers"]._measure(kind, period, pairs)
            for (rule_id, source_id), numbers in found.items():
                key = self.browse(rule_id), self.env["social.source"].browse(source_id)
                measured[key] = numbers
        return measured

    def _prepare_pair(self, source):
        since = source.heard_since or source.create_date
        if self.kind == "words":
            since = max(since, self.words_since or self.create_date)
        share = SENSITIVITY[self.sensitivity][1]
        return (self.id, source.id, since, bool(self.topic_ids), self.minimum_past, share)

    def _judge(self, numbers):
        """Tell whether this is unusual for the source; see :class:`Judged`."""
        self.ensure_one()
        judge = getattr(self, f"_judge_{self.kind}")
        enough = numbers.known >= self.minimum_past and numbers.spans >= ENOUGH_SPANS
        return judge(numbers, SENSITIVITY[self.sensitivity][0], enough)

    def _judge_volume(self, numbers, times, enough):
        """Few authors are no public, however much they write."""
        if not enough:
            return Judged(False, None, False)
        bound = get_most(numbers.middle, numbers.deviation, times)
        value = numbers.value or 0
        few = numbers.authors < self.env["social.alert.numbers"]._get_small_group()
        return Judged(value > bound and value >= self.at_least and not few, bound, True)

    def _judge_sentiment(self, numbers, times, enough):
        """Each author counts once, and few authors do not count at all."""
        if not enough or numbers.value is None:
            return Judged(False, None, False)
        bound = get_lowest_tone(numbers.middle, numbers.deviation, times, numbers.authors)
        return Judged(numbers.value < bound, bound, True)

    def _judge_words(self, numbers, times, enough):
        """One post is enough where the words are not usual."""
        value = numbers.value or 0
        usual = enough and numbers.middle > 0
        bound = get_most(numbers.middle, numbers.deviation, times) if usual else 0
        return Judged(value > bound and value >= self.at_least, bound, bool(usual))

    def _judge_reach(self, numbers, _times, _enough):
        if numbers.spans < self.minimum_past or numbers.value is None:
            return Judged(False, None, False)
        over = numbers.value > numbers.high and numbers.value >= self.at_least
        return Judged(over, numbers.high, True)

    # -- the job -----------------------------------------------------------------------------

    @api.model
    def _cron_alert(self):
        """Look what is unusual now, and tell of it: as many queries for many sources as for few."""
        rules = self.sudo()._get_due()
        rules._look()
        self.sudo()._tell_waiting()
        self.env["ir.cron"]._commit_progress(len(rules), remaining=0)

    def _look(self):
        alerts = self.env["social.alert"]
        judged = {
            (rule, source): (numbers, rule._judge(numbers))
            for (rule, source), numbers in self._measure().items()
        }
        over = {key: found for key, found in judged.items() if found[1].is_over}
        running = {(alert.rule_id, alert.source_id): alert for alert in alerts._get_running(self)}
        begun = alerts._begin({key: found for key, found in over.items() if key not in running})
        for key, alert in running.items():
            alert._go_on(over.get(key))
        (begun | alerts.concat(*running.values()))._note_found_words()
        if self:
            self.write({"checked_at": fields.Datetime.now()})
