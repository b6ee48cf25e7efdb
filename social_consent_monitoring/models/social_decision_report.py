from odoo import fields, models
from odoo.tools import SQL


class SocialDecisionReport(models.Model):
    """How often which rule said no: the decision log without persons, for managers (rule 25).

    The log itself is for the privacy officer. Here stand neither a person's key nor who acted, and
    groups of few acts are left out (rule 17).
    """

    _name = "social.decision.report"
    _inherit = ["social.small.groups.mixin"]
    _description = "Refused Acts"
    _auto = False
    _order = "id desc"
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
        ]
    }
    _small_groups_by = "count:sum"

    date = fields.Datetime("Time", readonly=True)
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

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT id, create_date AS date, act, rule, reason, mode, result, count, company_id
            FROM social_decision WHERE result != 'allowed'
            """
        )
