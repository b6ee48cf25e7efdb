from odoo import api, fields, models

# The action "Analysis" asks with this key in its context.
ANALYSIS = "social_analysis"
AUTHORS = "author_id:count_distinct"


class SocialMentionAnalysis(models.Model):
    """Counting mentions without picking out anybody (rule 17).

    In "Analysis", groups of fewer authors than ``small_group`` are left out on the server. A
    pivot table asks for all its groups and totals at once: what is in no group that is shown is
    in no total either, so that no subtraction brings it back. Posts without an author may all be
    one person's, and count for nobody. Whoever compares several tables can still learn more;
    lists show each mention anyway, to those who work with them.
    """

    _inherit = "social.mention"

    @api.model
    @api.readonly
    def formatted_read_group(self, domain, groupby=(), aggregates=(), having=(), **options):
        """Leave small groups out of a graph."""
        if not self.env.context.get(ANALYSIS):
            return super().formatted_read_group(domain, groupby, aggregates, having, **options)
        counted = [*dict.fromkeys([*aggregates, AUTHORS])]
        groups = super().formatted_read_group(domain, groupby, counted, having, **options)
        return self._get_large(groups, aggregates)

    @api.model
    @api.readonly
    def formatted_read_grouping_sets(self, domain, grouping_sets, aggregates=(), *, order=None):
        """Leave small groups out of a pivot table, and out of its totals."""
        if not self.env.context.get(ANALYSIS):
            return super().formatted_read_grouping_sets(
                domain, grouping_sets, aggregates, order=order
            )
        finest = max(grouping_sets, key=len)
        counted = dict.fromkeys([*aggregates, AUTHORS])
        found = super().formatted_read_grouping_sets(
            self._leave_out_small_groups(domain, finest), grouping_sets, [*counted], order=order
        )
        return [self._get_large(groups, aggregates) for groups in found]

    @api.model
    def _get_large(self, groups, aggregates):
        """Return the groups that are large enough, with what was asked for."""
        kept = [group for group in groups if group[AUTHORS] >= self._get_small_group()]
        if AUTHORS not in aggregates:
            for group in kept:
                del group[AUTHORS]
        return kept

    @api.model
    def _leave_out_small_groups(self, domain, groupby):
        """Return the domain of those mentions only that are in a group that is large enough."""
        everybody = self.with_context(**{ANALYSIS: False})
        groups = everybody.formatted_read_group(domain, groupby, [AUTHORS])
        large = self._get_large(groups, [])
        if len(large) == len(groups):
            return domain
        shown = fields.Domain.OR(fields.Domain(group["__extra_domain"]) for group in large)
        return fields.Domain(domain) & shown

    @api.model
    def _get_small_group(self):
        return self.env["social.policy"]._get_setting("small_group")
