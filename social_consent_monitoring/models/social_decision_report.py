from odoo import api, fields, models
from odoo.tools import SQL

# What is about no person, however it was asked.
THINGS = ("social.source", "social.platform")


class SocialDecisionReport(models.Model):
    """How often which rule said no, week by week: the decision log without persons (rule 25).

    The log itself is for the privacy officer. Here stand neither a person's key nor who acted. A
    row counts a week, and is there only if it is about enough persons (rule 17): so nothing that
    is read, exported, grouped or subtracted is about fewer.

    Whoever was never asked for anything has no key. Of those only what was refused at one moment,
    as in a mailing, is surely about different persons.
    """

    _name = "social.decision.report"
    _description = "Refused Acts"
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "social.decision": [
            "act",
            "rule",
            "reason",
            "mode",
            "result",
            "count",
            "company_id",
            "create_date",
            "res_model",
            "subject_key",
        ]
    }

    date = fields.Date("Week From", readonly=True)
    act = fields.Selection(lambda self: self.env["social.decision"]._get_acts(), readonly=True)
    rule = fields.Char(readonly=True)
    reason = fields.Selection(
        lambda self: self.env["social.decision"]._get_reasons(), readonly=True
    )
    mode = fields.Selection(lambda self: self.env["social.policy.rule"]._get_modes(), readonly=True)
    result = fields.Selection(
        [("refused", "Refused"), ("observed", "Would have been refused")], readonly=True
    )
    count = fields.Integer("Acts", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    @api.depends("date", "act")
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = self.env["social.policy"]._get_act_names()
        for row in self:
            row.display_name = names.get(row.act, "")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT min(id) AS id, date, act, rule, reason, mode, result, company_id,
                sum(count)::int AS count
            FROM (
                SELECT id, date_trunc('week', create_date)::date AS date, act, rule, reason, mode,
                    result, company_id, count, COALESCE(
                        subject_key,
                        CASE WHEN res_model IN %(things)s THEN id::text END,
                        -- By week, too: so only the weeks that are asked for are counted.
                        'no. ' || row_number() OVER (
                            PARTITION BY date_trunc('week', create_date)::date, create_date, act,
                                rule, reason, mode, result, company_id, subject_key)
                    ) AS person
                FROM social_decision WHERE result != 'allowed'
            ) refused
            GROUP BY date, act, rule, reason, mode, result, company_id
            HAVING count(DISTINCT person) >= %(small)s
            """,
            things=THINGS,
            small=self.env["social.policy"]._get_setting("small_group"),
        )
