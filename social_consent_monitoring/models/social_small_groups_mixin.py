from odoo import api, fields, models

# The action "Analysis", the dashboard and the spreadsheet ask for mentions with this key in their
# context.
ANALYSIS = "social_analysis"
MEDIAN = "answer_hours:median"
IN_TIME = "answered_in_time:avg"


class SocialSmallGroupsMixin(models.AbstractModel):
    """Counting without picking out anybody: groups that are too small are left out (rule 17).

    The server leaves them out, whoever asks: a graph, a pivot table, a spreadsheet. A pivot table
    asks for all its groups and totals at once: what is in no group that is shown is in no total
    either, so that no subtraction brings it back. Whoever compares several tables can still learn
    more.

    ``_small_groups_by`` is the aggregate that says how large a group is; it is compared with the
    setting ``small_group``.
    """

    _name = "social.small.groups.mixin"
    _description = "Counted Without Small Groups"

    _small_groups_by = None

    @api.model
    def _leaves_out_small_groups(self):
        """Tell whether small groups are left out of what is asked now."""
        return True

    @api.model
    @api.readonly
    def formatted_read_group(self, domain, groupby=(), aggregates=(), having=(), **options):
        """Leave small groups out of a graph."""
        if not self._leaves_out_small_groups():
            return super().formatted_read_group(domain, groupby, aggregates, having, **options)
        groups = self._read_with_sizes(domain, groupby, aggregates, having, **options)
        return self._get_large(groups, aggregates)

    @api.model
    @api.readonly
    def formatted_read_grouping_sets(self, domain, grouping_sets, aggregates=(), *, order=None):
        """Leave small groups out of a pivot table, and out of its totals."""
        if not self._leaves_out_small_groups():
            return super().formatted_read_grouping_sets(
                domain, grouping_sets, aggregates, order=order
            )
        finest = max(grouping_sets, key=len)
        counted = dict.fromkeys([*aggregates, self._small_groups_by])
        found = super().formatted_read_grouping_sets(
            self._leave_out_small_groups(domain, finest), grouping_sets, [*counted], order=order
        )
        return [self._get_large(groups, aggregates) for groups in found]

    @api.model
    def _read_with_sizes(self, domain, groupby, aggregates=(), having=(), **options):
        """Return all groups, with what says how large they are."""
        counted = [*dict.fromkeys([*aggregates, self._small_groups_by])]
        return super().formatted_read_group(domain, groupby, counted, having, **options)

    @api.model
    def _get_large(self, groups, aggregates):
        """Return the groups that are large enough, with what was asked for."""
        size, smallest = self._small_groups_by, self._get_small_group()
        kept = [group for group in groups if (group[size] or 0) >= smallest]
        if size not in aggregates:
            for group in kept:
                del group[size]
        return kept

    @api.model
    def _leave_out_small_groups(self, domain, groupby):
        """Return the domain of those records only that are in a group that is large enough."""
        groups = self._read_with_sizes(domain, groupby)
        large = self._get_large(groups, [])
        if len(large) == len(groups):
            return domain
        shown = fields.Domain.OR(fields.Domain(group["__extra_domain"]) for group in large)
        return fields.Domain(domain) & shown

    @api.model
    def _get_small_group(self):
        return self.env["social.policy"]._get_setting("small_group")
