from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .social_mention import OPEN
from .social_small_groups_mixin import ANALYSIS, IN_TIME, MEDIAN

AUTHORS = "author_id:count_distinct"


class SocialMentionAnalysis(models.Model):
    """Counting mentions: by brand, by how soon they were answered, and without small groups.

    A group of few authors is small, however many posts they wrote. Posts without an author may all
    be one person's, and count for nobody. Lists show each mention anyway, to those who work with
    them: only whoever asks with ``social_analysis`` in the context counts (rule 17).
    """

    _name = "social.mention"
    _inherit = ["social.mention", "social.small.groups.mixin"]
    _small_groups_by = AUTHORS

    brand_id = fields.Many2one(
        "social.brand",
        compute="_compute_brand_id",
        search="_search_brand_id",
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

    # -- by brand: the way there leads over a source, which its reader may not see -----------------

    @api.depends("origin_source_id.brand_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_brand_id(self):
        hidden = self._get_hidden_brands()
        for mention in self:
            mention.brand_id = mention.sudo().origin_source_id.brand_id - hidden

    @api.model
    def _search_brand_id(self, operator, value):
        """Find the brands as this user, and only then the mentions of their sources."""
        if operator not in ("in", "any", "like", "ilike", "=like", "=ilike"):
            return NotImplemented
        brands = self.env["social.brand"].with_context(active_test=False)
        if operator == "in":
            asked = Domain("id", "in", [each for each in value if each])
        else:
            asked = Domain(value) if operator == "any" else Domain("name", operator, value)
        found = Domain("origin_source_id", "in", self._get_listening(brands.search(asked)).ids)
        if operator == "in" and False in value:
            shown = self._get_listening(brands.search([])).ids
            found |= Domain("origin_source_id", "not in", shown)
        return Domain("id", "in", self.sudo()._search(found))

    @api.model
    def _get_listening(self, brands):
        """Return the sources that listen to these brands, as superuser."""
        sources = self.env["social.source"].sudo().with_context(active_test=False)
        return sources.search([("brand_id", "in", brands.ids)])

    @api.model
    def _get_hidden_brands(self):
        """Return the brands of companies in which this user does not work now."""
        brands = self.env["social.brand"].sudo().with_context(active_test=False)
        return brands.search([("company_id", "not in", [*self.env.companies.ids, False])])

    @api.model
    def _field_to_sql(self, alias, field_expr, query=None):
        """Group by brand over the source, for whoever may not read which one it was."""
        if field_expr != "brand_id":
            return super()._field_to_sql(alias, field_expr, query)
        origin = self._fields["origin_source_id"]
        sources, place = origin.join(self.sudo(), alias, query)
        brand = sources._field_to_sql(place, "brand_id", query)
        hidden = self._get_hidden_brands()
        if not hidden:
            return brand
        return SQL("CASE WHEN %s != ALL(%s) THEN %s END", brand, hidden.ids, brand)

    # -- by how soon it was answered ---------------------------------------------------------------

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
