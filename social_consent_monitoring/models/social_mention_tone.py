import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, mute_logger

from .. import analysis
from ..connectors.clean import first_digit
from .social_commit_mixin import CONFLICTS

_logger = logging.getLogger(__name__)

BATCH = 500
JOB = "social_consent_monitoring.ir_cron_analyse"
# What a person's click stands for.
CORRECTED = {"negative": -0.6, "neutral": 0.0, "positive": 0.6}


class SocialMentionTone(models.Model):
    """What a post says: language, sentiment, topics, and how many reacted to it.

    A job of its own finds it after the posts are stored. It is kept on the post only, and never
    on its author: no special category of data may be derived of a person (GDPR Art. 9).
    """

    _name = "social.mention"
    _inherit = ["social.mention"]

    language = fields.Char(help="ISO 639 code, as the platform states it, or as it was detected.")
    language_detected = fields.Boolean(readonly=True)
    sentiment_tone = fields.Selection(
        [("negative", "Negative"), ("neutral", "Neutral"), ("positive", "Positive")],
        "Tone",
        readonly=True,
        help="Empty where nobody here reads the language.",
    )
    # A weight and a word a line, as the plug-in gave them.
    sentiment_words = fields.Text("Words That Counted", readonly=True)
    sentiment_explanation = fields.Html(
        "Why", compute="_compute_sentiment_explanation", sanitize=False
    )
    sentiment_by = fields.Selection(
        [("analysis", "Analysis"), ("person", "A person")], "Rated By", readonly=True
    )
    corrected_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    corrected_at = fields.Datetime("Corrected", readonly=True)
    topic_ids = fields.Many2many(
        "social.topic",
        "social_mention_topic_rel",
        "mention_id",
        "topic_id",
        string="Topics",
        readonly=True,
    )
    reactions = fields.Integer(
        readonly=True,
        aggregator="sum",
        help="Likes, shares and answers, as the platform told when it was last read.",
    )
    analysed_at = fields.Datetime("Analysed", readonly=True, copy=False)

    _waiting_for_analysis = models.Index("(id) WHERE analysed_at IS NULL")

    @api.depends("sentiment_words")
    def _compute_sentiment_explanation(self):
        for mention in self:
            lines = [line.split(" ", 1) for line in (mention.sentiment_words or "").splitlines()]
            mention.sentiment_explanation = Markup(" ").join(
                Markup('<span class="badge text-bg-%s me-1">%s %s</span>')
                % ("danger" if weight.startswith("-") else "success", word, weight)
                for weight, word in lines
            )

    # -- a person knows better -----------------------------------------------------------

    def action_rate_negative(self):
        self._correct("negative")

    def action_rate_neutral(self):
        self._correct("neutral")

    def action_rate_positive(self):
        self._correct("positive")

    def action_rate_again(self):
        """Drop what persons said of these posts, and analyse them again."""
        self.check_access("write")
        self.sudo().write(
            {
                "sentiment_by": False,
                "corrected_by_id": False,
                "corrected_at": False,
                "analysed_at": False,
            }
        )
        self.sudo()._analyse()

    def _correct(self, tone):
        """Keep what the user says of these posts: no later analysis changes it."""
        self.check_access("write")
        self.sudo().write(
            {
                "sentiment": CORRECTED[tone],
                "sentiment_tone": tone,
                "sentiment_by": "person",
                "corrected_by_id": self.env.uid,
                "corrected_at": fields.Datetime.now(),
            }
        )

    # -- what is told while posts are stored ----------------------------------------------

    @api.model
    def _upsert(self, source, posts):
        """Note reactions and followers, too, where the platform tells them."""
        result = super()._upsert(source, posts)
        platform_id = source.platform_id.id
        told = [
            (platform_id, post.external_id, post.reactions, first_digit(post.followers))
            for post in posts
            if post.reactions is not None or post.followers
        ]
        if told:
            self.env.cr.execute_values(
                """
                UPDATE social_mention AS mention
                SET reactions = COALESCE(told.reactions, mention.reactions),
                    followers = COALESCE(told.followers, mention.followers)
                FROM (VALUES %s) AS told (platform_id, external_id, reactions, followers)
                WHERE mention.platform_id = told.platform_id
                    AND mention.external_id = told.external_id
                    AND (mention.reactions, mention.followers) IS DISTINCT FROM (
                        COALESCE(told.reactions, mention.reactions),
                        COALESCE(told.followers, mention.followers))
                """,
                told,
                template="(%s, %s, %s::int, %s::int)",
                page_size=1000,
            )
            self.invalidate_model(["reactions", "followers"])
        return result

    @api.model
    def _update_changed(self, posts, known):
        """An edited text is analysed again."""
        result = super()._update_changed(posts, known)
        if posts:
            self.env.cr.execute(
                "UPDATE social_mention SET analysed_at = NULL WHERE id = ANY(%s)",
                ([known[post.external_id][0] for post in posts],),
            )
        return result

    @api.model
    def _say_missing(self):
        """Return what the analysis leaves out for want of a library, and what to do; or False."""
        missing = analysis.get_missing()
        if not missing:
            return False
        left_out = {
            "language": self.env._("The language of posts is not detected."),
            "sentiment_en": self.env._("English posts get no tone."),
            "sentiment_de": self.env._("German posts get no tone."),
        }
        lines = [left_out.get(name, name) for name in missing]
        advice = self.env._(
            "Whoever runs the server installs it, and starts Odoo again: %s",
            f"pip install {' '.join(sorted(filter(None, missing.values())))}",
        )
        return "\n".join([*lines, advice])

    # -- the job -------------------------------------------------------------------------

    @api.model
    def _analyse_soon(self):
        self.env.ref(JOB)._trigger()

    @api.model
    def _cron_analyse(self):
        """Sort in and analyse what is waiting, then apply topics whose rules changed, in batches."""
        while unsorted := self._get_unsorted():
            self._try_batch(unsorted._sort_in)
            if not self.env["ir.cron"]._commit_progress(len(unsorted), remaining=1):
                return
        for library in analysis.get_missing().values():
            _logger.warning("Analysis leaves something out: pip install %s", library)
        while waiting := self._get_waiting():
            self._try_batch(waiting._analyse)
            if not self.env["ir.cron"]._commit_progress(len(waiting), remaining=1):
                return
        while self._has_no_similar_key():
            self._try_batch(self._fill_similar_keys)
            if not self.env["ir.cron"]._commit_progress(0, remaining=1):
                return
        while topic := self.env["social.topic"]._get_unapplied():
            self._try_batch(topic._apply_batch)
            if not self.env["ir.cron"]._commit_progress(1, remaining=1):
                return
        self.env["ir.cron"]._commit_progress(0, remaining=0)

    @api.model
    def _try_batch(self, function):
        """Run it; if an import changed the same posts meanwhile, the next round finds them."""
        try:
            with mute_logger("odoo.sql_db"):
                function()
        except CONFLICTS:
            self.env.cr.rollback()

    @api.model
    def _get_waiting(self):
        """Return the next posts that are stored and not analysed."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM social_mention WHERE analysed_at IS NULL ORDER BY id LIMIT %s",
                BATCH,
            )
        )
        return self.browse(row[0] for row in rows)

    def _analyse(self):
        """Analyse these posts now, in bulk. What a person said of one stays."""
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, text, CASE WHEN language_detected THEN NULL ELSE language END"
                " FROM social_mention WHERE id = ANY(%s)",
                self.ids,
            )
        )
        if not rows:
            return
        ids, texts, stated = zip(*rows, strict=True)
        languages = self._find_languages(texts, stated)
        sentiments = analysis.rate(texts, languages)
        self._note_analysis(
            [
                (mention_id, language, language != told, *_prepare(sentiment))
                for mention_id, told, language, sentiment in zip(
                    ids, stated, languages, sentiments, strict=True
                )
            ]
        )
        used = self.env["social.topic"].search([])
        matchers = used._get_matchers()
        used._replace_links(
            list(ids),
            [
                (mention_id, topic_id)
                for mention_id, text, language in zip(ids, texts, languages, strict=True)
                for topic_id, matches in matchers
                if matches(text, language)
            ],
        )
        self.invalidate_recordset()

    @api.model
    def _find_languages(self, texts, stated):
        """Return the language of each text: what the platform says, else what it looks like.

        Many accounts never set their language: a text that leaves no doubt is believed more.
        """
        languages = list(stated)
        for find, places in (
            (analysis.detect_languages, [i for i, told in enumerate(stated) if not told]),
            (analysis.correct_languages, [i for i, told in enumerate(stated) if told]),
        ):
            found = find([texts[place] for place in places])
            for place, language in zip(places, found, strict=True):
                languages[place] = language or languages[place]
        return languages

    @api.model
    def _note_analysis(self, rows):
        self.env.cr.execute(
            """
            UPDATE social_mention AS mention
            SET language = found.language,
                language_detected = found.detected,
                sentiment = CASE WHEN sentiment_by = 'person'
                    THEN sentiment ELSE found.score END,
                sentiment_tone = CASE WHEN sentiment_by = 'person'
                    THEN sentiment_tone ELSE found.tone END,
                sentiment_by = CASE WHEN sentiment_by = 'person'
                    THEN sentiment_by WHEN found.tone IS NOT NULL THEN 'analysis' END,
                sentiment_words = found.words,
                analysed_at = %s
            FROM unnest(%s::int[], %s::varchar[], %s::bool[], %s::float8[], %s::varchar[],
                %s::text[]) AS found (id, language, detected, score, tone, words)
            WHERE mention.id = found.id
            """,
            (fields.Datetime.now(), *map(list, zip(*rows, strict=True))),
        )


def _prepare(sentiment):
    """Return score, tone and words as they are stored; nothing where there is no sentiment."""
    if sentiment is None:
        return None, None, None
    words = "\n".join(
        f"{weight:+.1f} {' '.join(word.split())}" for word, weight in sentiment.words[:50]
    )
    return round(sentiment.score, 4), sentiment.tone, words or None
