from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .social_mention import OPEN
from .social_small_groups_mixin import ANALYSIS, IN_TIME, MEDIAN

AUTHORS = "author_id:count_distinct"


class BrandOfSource(fields.Many2one):
    """A related field whose way leads over what its reader may not see, and shows nothing of it."""

    def _search_related(self, records, operator, value):
        found = super()._search_related(records, operator, value)
        return (
            found if found is NotImplemented else Domain("id", "in", records.sudo()._search(found))
        )


class SocialMentionAnalysis(models.Model):
    """Counting mentions: by brand, by how soon they were answered, and without small groups.

    A group of few authors is small, however many posts they wrote. Posts without an author may all
    be one person's, and count for nobody. Lists show each mention anyway, to those who work with
    them: only whoever asks with ``social_analysis`` in the context counts (rule 17).
    """

    _name = "social.mention"
    _inherit = ["social.mention", "social.small.groups.mixin"]
    _small_groups_by = AUTHORS

    brand_id = BrandOfSource(
        related="origin_source_id.brand_id",
        help="Whose source saw the post first: each post counts once. Empty: the market.",
    )
    answer_hours = fields.Float(
        "Hours to First Answer (Median)",
        compute="_compute_answer_hours",
        aggregator="median",
        help="By the clock, from the post's publication. Half of the first answers came sooner.",
    )
    answered_in_time = fields.Float(
        "Answered in Time (%)",
        compute="_compute_answered_in_time",
        aggregator="avg",
        help="Of the posts that were promised a first answer: how many got it within the team's "
        "working hours. Those that still wait and are not overdue do not count.",
    )

    @api.model
    def _leaves_out_small_groups(self):
        return bool(self.env.context.get(ANALYSIS))

    @api.depends("published_at", "first_answered_at")
    def _compute_answer_hours(self):
        for mention in self:
            answered = mention.first_answered_at
            took = answered and (answered - mention.published_at).total_seconds()
            mention.answer_hours = took and took / 3600

    @api.depends("answer_due_at", "first_answered_at")
    def _compute_answered_in_time(self):
        for mention in self:
            due, answered = mention.answer_due_at, mention.first_answered_at
            mention.answered_in_time = 100 if due and answered and answered <= due else 0

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Count in SQL what no column holds."""
        if aggregate_spec == MEDIAN:
            return self._select_median(query)
        if aggregate_spec == IN_TIME:
            return self._select_in_time(query)
        return super()._read_group_select(aggregate_spec, query)

    @api.model
    def _select_in_time(self, query):
        """Whoever was promised nothing, or still waits within the promise, counts for nothing."""
        due, answered, state = (
            self._field_to_sql(self._table, name, query)
            for name in ("answer_due_at", "first_answered_at", "state")
        )
        return SQL(
            """
            avg(CASE WHEN %(answered)s <= %(due)s THEN 100::float
                WHEN %(answered)s > %(due)s THEN 0
                WHEN %(due)s < %(now)s AND %(state)s IN %(open)s THEN 0 END)
            """,
            due=due,
            answered=answered,
            state=state,
            now=fields.Datetime.now(),
            open=OPEN,
        )

    @api.model
    def _select_median(self, query):
        """Odoo knows no median: an average tells of the one post that was forgotten for a year."""
        return SQL(
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM %s - %s) / 3600)",
            self._field_to_sql(self._table, "first_answered_at", query),
            self._field_to_sql(self._table, "published_at", query),
        )
