import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .. import analysis
from ..analysis import topics

# What says which posts a topic takes: another rule is applied from the beginning.
RULES = {"keywords", "excluded", "languages", "active"}
BATCH = 1000


class SocialTopic(models.Model):
    """What posts are about, by keywords: delivery, prices, the app.

    A topic belongs to posts and never to their authors, and may not tell of anybody's health,
    origin, faith, politics, trade union or sex life (GDPR Art. 9).
    """

    _name = "social.topic"
    _description = "Topic"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    keywords = fields.Text(
        required=True,
        help="One word or phrase a line. Whole words are found, capitals do not matter, and * "
        "stands for any ending: deliver* finds delivery and delivered.",
    )
    excluded = fields.Text("But Not", help="A post with one of these words is not taken.")
    languages = fields.Char(
        help="ISO 639 codes, such as “de, en”. Empty: posts in every language, and those whose "
        "language is not known."
    )
    position = fields.Integer(readonly=True, copy=False)
    is_applied = fields.Boolean("Applied to All", readonly=True, copy=False)
    progress = fields.Float("Applied", compute="_compute_progress")
    mention_count = fields.Integer("Mentions", compute="_compute_mention_count")
    language_notice = fields.Text("Limit", compute="_compute_language_notice")

    @api.depends("position", "is_applied")
    def _compute_progress(self):
        last = self._get_last_mention() or 1
        for topic in self:
            topic.progress = 1.0 if topic.is_applied else min(topic.position / last, 1.0)

    @api.depends("languages")
    def _compute_language_notice(self):
        """Where no language is detected, a topic for some languages finds less than it should."""
        missing = (
            any(topic.languages for topic in self) and analysis.LANGUAGE in analysis.get_missing()
        )
        notice = missing and self.env["social.mention"]._say_missing()
        for topic in self:
            topic.language_notice = bool(topic.languages) and notice

    def _compute_mention_count(self):
        counts = dict(
            self.env["social.mention"]._read_group(
                [("topic_ids", "in", self.ids)], ["topic_ids"], ["__count"]
            )
        )
        for topic in self:
            topic.mention_count = counts.get(topic, 0)

    @api.constrains("name", "keywords", "excluded")
    def _check_words(self):
        """Refuse what no topic may be about: special categories, and persons (rule 24)."""
        for topic in self:
            if not topics.split(topic.keywords):
                raise ValidationError(self.env._("Enter at least one keyword, with three letters."))
            self.env["social.watch"]._check_keywords(topic.keywords, topic.excluded, topic.name)

    @api.constrains("languages")
    def _check_languages(self):
        for topic in self:
            if any(not re.fullmatch("[a-z]{2,3}", code) for code in topic._get_languages()):
                raise ValidationError(self.env._("Write languages as codes: “de, en”."))

    @api.model_create_multi
    def create(self, vals_list):
        found = super().create(vals_list)
        found._apply_later()
        return found

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & RULES:
            self._apply_later()
        return result

    def action_view_mentions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_mention_action"
        )
        return {**action, "domain": [("topic_ids", "in", self.ids)], "context": {}}

    # -- applying the rules --------------------------------------------------------------

    def _apply_later(self):
        """Let the job apply these topics to all that is stored, from the beginning."""
        self.sudo().with_context(active_test=False)._note_position(0, False)
        self.env["social.mention"]._analyse_soon()

    def _note_position(self, position, is_applied):
        return super().write({"position": position, "is_applied": is_applied})

    def _get_languages(self):
        return set(re.split(r"[\s,;]+", (self.languages or "").lower())) - {""}

    def _get_matchers(self):
        """Return `[(topic id, function of text and language)]` of the topics that are used."""
        refused = self._get_naming_persons()
        return [
            (topic.id, topics.make_matcher(topic.keywords, topic.excluded, topic._get_languages()))
            for topic in self - refused
            if topic.active
        ]

    def _get_naming_persons(self):
        """Return those that name a person by now: the contact came later, or said no (rule 24)."""
        words = {topic: topic._get_words() for topic in self if topic.active}
        refused = self.env["social.watch"]._get_refused_words([*set().union(*words.values())])
        return self.browse(topic.id for topic, own in words.items() if own & set(refused))

    def _get_words(self):
        return {*topics.split(self.keywords), *topics.split(self.excluded)}

    @api.model
    def _get_last_mention(self):
        [[last]] = self.env.execute_query(SQL("SELECT max(id) FROM social_mention"))
        return last or 0

    @api.model
    def _get_unapplied(self):
        """Return one topic whose rules are not applied to all posts yet."""
        return self.with_context(active_test=False).search([("is_applied", "=", False)], limit=1)

    def _apply_batch(self):
        """Apply this topic to the next posts, and note how far it came."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, text, language FROM social_mention WHERE id > %s ORDER BY id LIMIT %s",
                self.position,
                BATCH,
            )
        )
        if not rows:
            return self._note_position(self.position, True)
        matchers = self._get_matchers()
        self._replace_links(
            [row[0] for row in rows],
            [
                (mention_id, topic_id)
                for mention_id, text, language in rows
                for topic_id, matches in matchers
                if matches(text, language)
            ],
        )
        return self._note_position(rows[-1][0], len(rows) < BATCH)

    def _replace_links(self, mention_ids, links):
        """Let these posts belong to those of these topics that `links` names, and no other."""
        cr = self.env.cr
        cr.execute(
            "DELETE FROM social_mention_topic_rel"
            " WHERE mention_id = ANY(%s) AND topic_id = ANY(%s)",
            (mention_ids, self.ids),
        )
        # A post may have been deleted meanwhile.
        cr.execute_values(
            "INSERT INTO social_mention_topic_rel (mention_id, topic_id)"
            " SELECT mention.id, found.topic_id FROM (VALUES %s) AS found (mention_id, topic_id)"
            " JOIN social_mention mention ON mention.id = found.mention_id"
            " ON CONFLICT DO NOTHING",
            links,
            page_size=1000,
        )
        self.env["social.mention"].invalidate_model(["topic_ids"])
