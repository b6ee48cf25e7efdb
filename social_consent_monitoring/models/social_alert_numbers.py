from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAST_DAYS = 28
PAST_WEEKS = 4
# With less of a past nothing is usual yet.
ENOUGH_SPANS = 5


class Measured(NamedTuple):
    """What a source brings now, and what it brought in the past.

    `value`, `low`, `middle`, `high` are posts, tone or reach; `deviation` is the median distance
    from the middle. `spans` are those of the past that count, for reach the posts themselves.
    `known` are the posts of the source, counted no further than the rule asks for.
    """

    value: float | None
    authors: int
    spans: int
    low: float | None
    middle: float | None
    high: float | None
    deviation: float | None
    known: int


class SocialAlertNumbers(models.AbstractModel):
    """Counts for alerts: one query for all rules of a kind and all their sources (rule 17).

    Numbers only: nothing that is read here is a text or a name.
    """

    _name = "social.alert.numbers"
    _description = "Numbers for Alerts"

    @api.model
    def _measure(self, kind, period, pairs):
        """Return ``{(rule id, source id): Measured}`` of rules of this kind.

        :param period: ``hour`` compares with the same hours of the week, ``day`` with days
        :param pairs: (rule id, source id, listens since, has topics, posts that are enough, share
            of posts that is usual)
        """
        if not pairs:
            return {}
        self.env.flush_all()
        make = self._select_reach if kind == "reach" else self._select_usual
        rows = self.env.execute_query(make(kind, period, pairs))
        return {
            tuple(row[:2]): Measured(row[2], row[3] or 0, row[4] or 0, *row[5:]) for row in rows
        }

    @api.model
    def _get_spans(self, period):
        """Return ``[(number, since, until)]``; number 0 is the present, all others are the past."""
        now = fields.Datetime.now()
        if period == "day":
            return [
                (number, now - (number + 1) * DAY, now - number * DAY)
                for number in range(PAST_DAYS + 1)
            ]
        ends = [
            now - week * 7 * DAY + shift * HOUR
            for week in range(1, PAST_WEEKS + 1)
            for shift in (-1, 0, 1)
        ]
        return [(number, end - HOUR, end) for number, end in enumerate([now, *ends])]

    @api.model
    def _select_pairs(self, pairs):
        return SQL(
            "SELECT * FROM unnest(%s::int[], %s::int[], %s::timestamp[], %s::bool[], %s::int[],"
            " %s::float8[]) AS pair (rule_id, source_id, since, has_topics, enough, share)",
            *map(list, zip(*pairs, strict=True)),
        )

    @api.model
    def _select_spans(self, spans):
        return SQL(
            "SELECT * FROM unnest(%s::int[], %s::timestamp[], %s::timestamp[])"
            " AS span (number, since, until)",
            *map(list, zip(*spans, strict=True)),
        )

    @api.model
    def _select_heard(self, kind):
        """Return the query for (rule, source, span) with ``value`` and ``authors``.

        Posts without an author may all be one person's: for a tone they do not count, and among
        many posts each counts by itself.
        """
        picked = self._pick_posts(kind == "words")
        if kind != "sentiment":
            return SQL(
                """
                SELECT pair.rule_id, pair.source_id, span.number, count(*)::float8 AS value,
                    count(DISTINCT author_id) + count(*) FILTER (WHERE author_id IS NULL) AS authors
                %s GROUP BY 1, 2, 3
                """,
                picked,
            )
        return SQL(
            """
            SELECT rule_id, source_id, number, avg(tone) AS value, count(*) AS authors
            FROM (
                SELECT pair.rule_id, pair.source_id, span.number, author_id,
                    avg(mention.sentiment) AS tone
                %s AND mention.sentiment_tone IS NOT NULL AND author_id IS NOT NULL
                GROUP BY 1, 2, 3, 4
            ) each_author
            GROUP BY 1, 2, 3 HAVING count(*) >= %s
            """,
            picked,
            self._get_small_group(),
        )

    @api.model
    def _pick_posts(self, with_words):
        """Return the tail of a query for the posts of all spans that the rules ask for.

        OFFSET has PostgreSQL look up each span by itself, by the index on the time.
        """
        found = SQL(
            "JOIN social_alert_word_rel found"
            " ON found.rule_id = pair.rule_id AND found.mention_id = mention.id"
        )
        return SQL(
            """
            FROM span
            CROSS JOIN LATERAL (
                SELECT id, author_id, sentiment, sentiment_tone FROM social_mention
                WHERE published_at > span.since AND published_at <= span.until OFFSET 0
            ) mention
            JOIN social_mention_source_rel rel ON rel.mention_id = mention.id
            JOIN pair ON pair.source_id = rel.source_id
            %s WHERE %s
            """,
            found if with_words else SQL(),
            self._get_topics_condition(),
        )

    @api.model
    def _get_topics_condition(self):
        return SQL(
            """
            (NOT pair.has_topics OR EXISTS (
                SELECT FROM social_mention_topic_rel about
                JOIN social_alert_rule_topic_rel chosen ON chosen.topic_id = about.topic_id
                WHERE about.mention_id = mention.id AND chosen.rule_id = pair.rule_id))
            """
        )

    @api.model
    def _select_usual(self, kind, period, pairs):
        """Compare the present with the spans of the past: medians, made where the counts are.

        A span without posts counts as none; without a tone it says nothing of the tone.
        """
        return SQL(
            """
            WITH pair AS (%(pairs)s), span AS (%(spans)s), heard AS MATERIALIZED (%(heard)s),
            past AS (
                SELECT pair.rule_id, pair.source_id, COALESCE(heard.value, 0) AS value
                FROM pair JOIN span ON span.number > 0 AND span.since >= pair.since
                LEFT JOIN heard ON heard.rule_id = pair.rule_id
                    AND heard.source_id = pair.source_id AND heard.number = span.number
                WHERE heard.value IS NOT NULL OR %(counts)s
            ), usual AS (
                SELECT rule_id, source_id, count(*) AS spans,
                    percentile_disc(0.1) WITHIN GROUP (ORDER BY value) AS low,
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS middle,
                    percentile_disc(0.9) WITHIN GROUP (ORDER BY value) AS high
                FROM past GROUP BY 1, 2
            ), spread AS (
                SELECT rule_id, source_id, percentile_cont(0.5)
                    WITHIN GROUP (ORDER BY abs(past.value - usual.middle)) AS deviation
                FROM past JOIN usual USING (rule_id, source_id) GROUP BY 1, 2
            )
            SELECT pair.rule_id, pair.source_id, heard.value, heard.authors, usual.spans,
                usual.low, usual.middle, usual.high, spread.deviation, %(known)s
            FROM pair
            LEFT JOIN heard ON heard.rule_id = pair.rule_id
                AND heard.source_id = pair.source_id AND heard.number = 0
            LEFT JOIN usual
                ON usual.rule_id = pair.rule_id AND usual.source_id = pair.source_id
            LEFT JOIN spread
                ON spread.rule_id = pair.rule_id AND spread.source_id = pair.source_id
            """,
            pairs=self._select_pairs(pairs),
            spans=self._select_spans(self._get_spans(period)),
            heard=self._select_heard(kind),
            counts=kind != "sentiment",
            known=self._count_known(),
        )

    @api.model
    def _count_known(self):
        return SQL(
            "(SELECT count(*) FROM (SELECT FROM social_mention_source_rel rel"
            " WHERE rel.source_id = pair.source_id LIMIT pair.enough) known)"
        )

    @api.model
    def _select_reach(self, _kind, _period, pairs):
        """Compare the post of the last day that reaches most with the posts of the past."""
        now = fields.Datetime.now()
        return SQL(
            """
            WITH pair AS (%(pairs)s)
            SELECT pair.rule_id, pair.source_id, max(reach) FILTER (WHERE is_new),
                1, count(*) FILTER (WHERE NOT is_new), 0,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY reach) FILTER (WHERE NOT is_new),
                percentile_disc(pair.share) WITHIN GROUP (ORDER BY reach)
                    FILTER (WHERE NOT is_new), 0, %(known)s
            FROM pair
            JOIN social_mention_source_rel rel ON rel.source_id = pair.source_id
            JOIN social_mention mention ON mention.id = rel.mention_id
            CROSS JOIN LATERAL (SELECT GREATEST(mention.reactions, mention.followers) AS reach,
                mention.published_at > %(day)s AS is_new) told
            WHERE mention.published_at > %(since)s AND mention.published_at <= %(now)s
                AND reach IS NOT NULL AND %(topics)s
            GROUP BY pair.rule_id, pair.source_id, pair.share, pair.enough
            """,
            pairs=self._select_pairs(pairs),
            known=self._count_known(),
            day=now - DAY,
            since=now - (PAST_DAYS + 1) * DAY,
            now=now,
            topics=self._get_topics_condition(),
        )

    @api.model
    def _get_small_group(self):
        return self.env["social.policy"]._get_setting("small_group")
