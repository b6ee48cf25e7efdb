from odoo import api, fields, models
from odoo.exceptions import UserError

from .social_mention import OPEN

IS_OPEN = [("state", "in", OPEN)]
COUNTED = {
    "open_count": IS_OPEN,
    "unassigned_count": [("user_id", "=", False), *IS_OPEN],
    "overdue_count": [("overdue", "=", True)],
}
ACTIVITY = "social_consent_monitoring.mail_activity_overdue"
CLERKS = "social_consent_monitoring.group_social_user"


class SocialTeam(models.Model):
    """Who answers mentions together, and how soon they promise to."""

    _name = "social.team"
    _description = "Team for Mentions"
    _inherit = ["mail.thread", "mail.activity.mixin", "social.company.mixin"]
    # By numbers only: a graph groups by what it sorts by, and texts are slow to sort.
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users",
        "Leader",
        domain=lambda self: self._get_clerks_domain(),
        ondelete="set null",
        help="Is told when posts wait for a first answer longer than promised.",
    )
    member_ids = fields.Many2many(
        "res.users",
        "social_team_member_rel",
        "team_id",
        "user_id",
        string="Members",
        # In the browser only: who left the group is still shown here, and told of it in an export.
        domain="[('share', '=', False)]",
    )
    source_ids = fields.One2many("social.source", "team_id", string="Sources")
    first_answer_hours = fields.Float(
        "First Answer Within",
        default=8.0,
        help="Working hours from the post's publication to the first answer. 0: no promise.",
    )
    only_addressed = fields.Boolean(
        "Only Posts That Address Us",
        default=True,
        help="Whoever only talks about a topic waits for no answer.",
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        default=lambda self: self.env.company.resource_calendar_id,
        ondelete="set null",
        help="Empty: around the clock.",
    )

    _hours_not_negative = models.Constraint(
        "CHECK (first_answer_hours >= 0)", "A first answer cannot be promised before the post."
    )

    open_count = fields.Integer("Open", compute="_compute_counts")
    unassigned_count = fields.Integer("Unassigned", compute="_compute_counts")
    overdue_count = fields.Integer("Overdue", compute="_compute_counts")

    @api.constrains("company_id")
    def _check_sources_company(self):
        self.sudo().with_context(active_test=False).source_ids._check_team_company()

    def _compute_counts(self):
        """Count what waits: three queries, however many teams there are."""
        for name, domain in COUNTED.items():
            counts = self._count_mentions(domain)
            for team in self:
                team[name] = counts.get(team, 0)

    def _count_mentions(self, domain):
        """Return ``{team: number of mentions}``, without those that have none."""
        found = [("team_id", "in", self.ids), *domain]
        return dict(self.env["social.mention"]._read_group(found, ["team_id"], ["__count"]))

    @api.constrains("member_ids", "company_id")
    def _check_members(self):
        for team in self:
            self._check_clerks(team.member_ids, team.company_id)

    @api.model
    def _check_clerks(self, users, company):
        """Refuse whoever may not read mentions, or not those of this company.

        :raises UserError: with the name of the first, where it is of a company of whoever asks
        """
        for user in users.sudo():
            if not user.has_group(CLERKS) or not company <= user.company_ids:
                known = user.company_ids & self.env.user.company_ids
                raise UserError(
                    self.env._(
                        "%s does not work with mentions: choose a colleague who does.",
                        user.name if known else self.env._("Somebody"),
                    )
                )

    @api.model
    def _get_clerks_domain(self):
        return [("all_group_ids", "in", self.env.ref(CLERKS).ids)]

    def _plan_first_answers(self, moments):
        """Return when this team's first answer is due to posts published at these moments.

        :param moments: naive UTC; one look at the calendar, however many there are
        :return: ``{moment: naive UTC or None}``; None where nothing is promised
        """
        self.ensure_one()
        team = self.sudo()
        return team.resource_calendar_id._plan_social_hours(team.first_answer_hours, moments)

    # -- what waits ------------------------------------------------------------------------

    def action_view_open(self):
        return self._view_mentions("open")

    def action_view_unassigned(self):
        return self._view_mentions("unassigned")

    def action_view_overdue(self):
        return self._view_mentions("overdue")

    def _view_mentions(self, name):
        """Show the inbox with this team's mentions, and this filter on."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_mention_action"
        )
        context = {f"search_default_{name}": 1, "search_default_team_id": self.id}
        return {**action, "context": context}

    # -- who is told -----------------------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """Tell each leader once of what waits too long: one activity, with the number of today.

        It goes by itself once nothing waits any more; whoever marks it as done meanwhile is told
        again with the next run, as long as something waits.
        """
        teams = self.sudo().search([])
        overdue = teams._count_mentions([("overdue", "=", True)])
        for team in teams:
            team._remind(overdue.get(team, 0))

    def _remind(self, count):
        """Leave the leader one activity where so many mentions are overdue, and none without."""
        known = self.activity_search([ACTIVITY])
        if not count or not self.user_id:
            known.unlink()
            return
        words = self.with_context(lang=self.user_id.lang).env._(
            "%s mentions wait longer for a first answer than promised", count
        )
        if not known:
            self.activity_schedule(ACTIVITY, summary=words, user_id=self.user_id.id)
        elif known.mapped("summary") != [words] or known.user_id != self.user_id:
            known[1:].unlink()
            known[:1].write({"summary": words, "user_id": self.user_id.id})
