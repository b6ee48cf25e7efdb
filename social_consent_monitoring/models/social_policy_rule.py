from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .. import policy


class SocialPolicyRule(models.Model):
    """Whether the rule for an act is enforced, only observed, or off.

    An act without a row is enforced. The wall (collect, monitor, match, enrich) has no switch.
    """

    _name = "social.policy.rule"
    _description = "Policy Rule"
    _order = "id"

    act = fields.Selection(
        lambda self: list(self.env["social.policy"]._get_act_names().items()),
        required=True,
    )
    mode = fields.Selection(
        "_get_modes",
        required=True,
        default="enforce",
        help="Enforced: refused acts do not happen. Only observed: they happen, and the decision "
        "log says what would have been refused. Off: nobody asks.",
    )

    _act_unique = models.Constraint("UNIQUE(act)", "There is one rule for each act.")

    @api.model
    def _get_modes(self):
        modes = {
            "enforce": self.env._("Enforced"),
            "observe": self.env._("Only observed"),
            "off": self.env._("Off"),
        }
        return list(modes.items())

    @api.constrains("act", "mode")
    def _check_wall(self):
        for rule in self:
            if rule.act in policy.WALL and rule.mode != "enforce":
                raise ValidationError(
                    self.env._(
                        "“%s” is always enforced: no setting may turn this protection off.",
                        self.env["social.policy"]._get_act_names()[rule.act],
                    )
                )

    @api.depends("act")
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = self.env["social.policy"]._get_act_names()
        for rule in self:
            rule.display_name = names.get(rule.act, "")

    @api.model
    def _get_mode(self, act):
        """Return the mode of an act; the wall's without looking."""
        if act in policy.WALL:
            return "enforce"
        return self.sudo().search([("act", "=", act)], limit=1).mode or "enforce"

    @api.model
    def _observe_marketing(self):
        self.search([("act", "not in", list(policy.WALL))]).write({"mode": "observe"})

    @api.model
    def _has_sent_mailings(self):
        """Tell whether this company's database has sent mailings, demo data aside."""
        mailings = self.env["mailing.mailing"].with_context(active_test=False)
        sent = mailings.search([("state", "in", ("sending", "done"))])
        # Exports and imports leave names too, in modules that begin with two underscores.
        demo = self.env["ir.model.data"].search(
            [
                ("model", "=", "mailing.mailing"),
                ("res_id", "in", sent.ids),
                ("module", "not in", ("__export__", "__import__")),
            ]
        )
        return bool(set(sent.ids) - set(demo.mapped("res_id")))
