from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from ..door import open_door
from .social_alert_numbers import DAY, HOUR

LENGTHS = {"hour": HOUR, "day": DAY}
# Of so many posts of an alert it is said which of the words they hold.
READ_POSTS = 500


class SocialAlert(models.Model):
    """The public speaks otherwise than usual: which source, since when, and by how much.

    One for a rule and a source, until it is calm again. It holds numbers and the rule's own words:
    no text of a post, no author, and nothing of a customer (rules 2 and 17).
    """

    _name = "social.alert"
    _inherit = ["social.door.mixin"]
    _description = "Alert"
    _order = "started_at desc, id desc"

    rule_id = fields.Many2one(
        "social.alert.rule", required=True, readonly=True, index=True, ondelete="cascade"
    )
    source_id = fields.Many2one(
        "social.source", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection(
        lambda self: self.env["social.alert.rule"]._fields["kind"]._description_selection(self.env),
        "Tells Of",
        required=True,
        readonly=True,
    )
    period = fields.Selection(
        [("hour", "An hour"), ("day", "A day")], "Within", required=True, readonly=True
    )
    state = fields.Selection(
        [("new", "New"), ("seen", "Seen"), ("closed", "Closed")],
        required=True,
        readonly=True,
        default="new",
    )
    seen_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    started_at = fields.Datetime("Started", required=True, readonly=True)
    last_at = fields.Datetime("Last Unusual", required=True, readonly=True)
    ended_at = fields.Datetime("Calm Since", readonly=True)
    value = fields.Float("Most Unusual Number", readonly=True)
    authors = fields.Integer(readonly=True)
    bound = fields.Float("Limit", readonly=True, help="From where on it was unusual.")
    is_learned = fields.Boolean(readonly=True)
    usual_low = fields.Float(readonly=True)
    usual_high = fields.Float(readonly=True)
    words = fields.Char("Words Found", readonly=True)
    told_at = fields.Datetime("Told", readonly=True)
    explanation = fields.Char("In Words", compute="_compute_explanation")

    _one_running = models.UniqueIndex(
        "(rule_id, source_id) WHERE ended_at IS NULL", "This alert is running already."
    )
    _untold = models.Index("(rule_id) WHERE told_at IS NULL")

    @api.depends("rule_id", "source_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for alert in self:
            alert.display_name = f"{alert.rule_id.name}: {alert.source_id.name}"

    # -- in words ----------------------------------------------------------------------------

    @api.depends("kind", "period", "value", "authors", "usual_low", "usual_high", "words")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for alert in self:
            found = getattr(alert, f"_say_{alert.kind}")() if alert.kind else ""
            alert.explanation = ", ".join(filter(None, [found, alert._say_usual()]))

    def _say_volume(self):
        count = self._say_count(self.value)
        if self.period == "hour":
            return self.env._("%s posts within an hour", count)
        return self.env._("%s posts within a day", count)

    def _say_sentiment(self):
        values = {"tone": self._say_tone(self.value), "authors": self.authors}
        if self.period == "hour":
            return self.env._("Tone %(tone)s within an hour, of %(authors)s authors", **values)
        return self.env._("Tone %(tone)s within a day, of %(authors)s authors", **values)

    def _say_words(self):
        return self.env._(
            "Posts within a day with “%(words)s”: %(count)s",
            words=self.words or "",
            count=self._say_count(self.value),
        )

    def _say_reach(self):
        return self.env._("A post that reaches %s", self._say_count(self.value))

    def _say_usual(self):
        """Say what is usual; "" where nothing is yet."""
        if not self.is_learned:
            return ""
        if self.kind == "reach":
            return self.env._("usually at most %s", self._say_count(self.bound))
        write = self._say_tone if self.kind == "sentiment" else self._say_count
        low, high = write(self.usual_low), write(self.usual_high)
        if low == high:
            return self.env._("usually %s", low)
        return self.env._("usually %(low)s to %(high)s", low=low, high=high)

    def _say_count(self, count):
        return formatLang(self.env, count, digits=0)

    def _say_tone(self, tone):
        return formatLang(self.env, tone, digits=2)

    # -- from begin to end -------------------------------------------------------------------

    @api.model
    def _get_running(self, rules):
        """Return the alerts of these rules that are not over."""
        return self.search([("rule_id", "in", rules.ids), ("ended_at", "=", False)])

    @api.model
    def _begin(self, found):
        """Make an alert for each ``{(rule, source): (Measured, Judged)}``."""
        now = fields.Datetime.now()
        alerts = open_door(self).create(
            [
                {
                    "rule_id": rule.id,
                    "source_id": source.id,
                    "company_id": rule.company_id.id,
                    "kind": rule.kind,
                    "period": rule._get_period(),
                    "started_at": now,
                    "last_at": now,
                    **self._prepare_numbers(*numbers),
                }
                for (rule, source), numbers in found.items()
            ]
        )
        return alerts

    @api.model
    def _prepare_numbers(self, measured, judged):
        return {
            "value": measured.value,
            "authors": measured.authors,
            "bound": judged.bound,
            "is_learned": judged.is_learned,
            "usual_low": measured.low,
            "usual_high": measured.high,
        }

    def _go_on(self, found):
        """Note how far it went, or end it where it was calm for long enough.

        :param found: (Measured, Judged) while it is unusual, else None
        """
        now = fields.Datetime.now()
        if found:
            numbers = self._prepare_numbers(*found) if self._is_more(found[0].value) else {}
            open_door(self).write({"last_at": now, **numbers})
        elif self.last_at <= now - timedelta(hours=self.rule_id.cool_down_hours):
            self._end()

    def _is_more(self, value):
        return value < self.value if self.kind == "sentiment" else value > self.value

    def _end(self):
        open_door(self).write({"ended_at": fields.Datetime.now()})

    def _note_found_words(self):
        """Write down which of the rule's words were found: one query, and no text is kept.

        What was found stays until the end, while the posts grow older than a day.
        """
        asking = self.filtered(lambda alert: alert.kind == "words" and not alert.ended_at)
        if not asking:
            return
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT alert.id, post.text FROM social_alert alert
                CROSS JOIN LATERAL (
                    SELECT mention.text FROM social_alert_word_rel found
                    JOIN social_mention_source_rel rel
                        ON rel.mention_id = found.mention_id AND rel.source_id = alert.source_id
                    JOIN social_mention mention ON mention.id = found.mention_id
                    WHERE found.rule_id = alert.rule_id AND mention.published_at > %s
                    ORDER BY mention.published_at DESC LIMIT %s
                ) post
                WHERE alert.id = ANY(%s)
                """,
                fields.Datetime.now() - DAY,
                READ_POSTS,
                asking.ids,
            )
        )
        texts = {}
        for alert_id, text in rows:
            texts.setdefault(alert_id, []).append(text)
        for alert in asking:
            if words := alert.rule_id._get_found_words(texts.get(alert.id, [])):
                open_door(alert).write({"words": ", ".join(words)})

    def _drop_foreign(self):
        """Delete those whose rule or source is of another company by now: it is told nothing."""
        self.filtered(
            lambda alert: (
                alert.rule_id.company_id != alert.company_id
                or not alert.source_id._is_of(alert.company_id)
            )
        ).unlink()

    def _note_told(self):
        open_door(self).write({"told_at": fields.Datetime.now()})

    def _get_link(self):
        return f"{self.get_base_url()}/odoo/social-alerts/{self.id}"

    # -- what a person does ------------------------------------------------------------------

    def action_see(self):
        """Take note of it: colleagues see that somebody has."""
        self._move_to("seen")

    def action_close(self):
        """Be done with it; while it stays unusual it comes no second time."""
        self._move_to("closed")

    def _move_to(self, state):
        self.check_access("read")
        open_door(self.sudo()).write({"state": state, "seen_by_id": self.env.uid})
        self.sudo().rule_id._clear_activities()

    def action_view_mentions(self):
        """Show the inbox with the posts that it is about."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_mention_action"
        )
        return {**action, "domain": self._get_domain(), "context": {}}

    def _get_domain(self):
        """Return the domain of the posts that it is about."""
        since = fields.Datetime.to_string(self.started_at - LENGTHS[self.period])
        domain = [
            ("source_ids", "in", self.source_id.ids),
            ("published_at", ">", since),
            ("published_at", "<=", fields.Datetime.to_string(self.last_at)),
        ]
        if chosen := self.sudo().rule_id.topic_ids:
            domain.append(("topic_ids", "in", chosen.ids))
        return domain + getattr(self, f"_get_{self.kind}_domain")()

    def _get_volume_domain(self):
        return []

    def _get_sentiment_domain(self):
        return [("sentiment_tone", "=", "negative")]

    def _get_words_domain(self):
        return [("alert_rule_ids", "in", self.rule_id.ids)]

    def _get_reach_domain(self):
        return ["|", ("reactions", ">", self.bound), ("followers", ">", self.bound)]

    def _get_door_message(self):
        return self.env._("Alerts are made by their rules. Mark one as seen, or close it.")

    @api.model
    def _select_outlived_mention(self, moment):
        """Return the query for alerts that were over before ``moment``: kept as long as posts."""
        return SQL("SELECT id, ended_at AS at FROM social_alert WHERE ended_at < %s", moment)
