from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from .. import policy
from .social_policy_rule_words import CONDITIONS

ARCHIVED_TOO = {"active_test": False}
# What a change of a rule is logged with, and what undoing one sets back.
LOGGED = (
    "act",
    "company_id",
    "country_ids",
    "category_ids",
    "platform_ids",
    "mode",
    "forbidden",
    "min_age",
    "at_source",
    "also_purpose_id",
    "also_channel",
    "sequence",
    "active",
    "reason",
)


class SocialPolicyRule(models.Model):
    """What an administrator demands for an act, beyond the law, and for whom.

    The first rule that matches wins; a company's own rules stand before those of all companies.
    A rule without conditions is the act's default, and an act without any rule is enforced. A
    rule can demand more than the law, never less: the wall has no switch.
    """

    _name = "social.policy.rule"
    _inherit = [
        "social.company.mixin",
        "social.policy.logged.mixin",
        "social.policy.rule.default",
        "social.policy.rule.words",
    ]
    _description = "Policy Rule"
    _order = "act, company_id, sequence, id"
    _logged_fields = LOGGED

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    act = fields.Selection(
        lambda self: list(self.env["social.policy"]._get_act_names().items()),
        required=True,
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="cascade",
        help="Empty: for all companies. A company's own rules come first.",
    )
    # A condition that went with its tag, or is not read once that is archived, would leave a rule
    # for everybody, and one that is off would be off for all.
    country_ids = fields.Many2many("res.country", string="Countries", ondelete="restrict")
    category_ids = fields.Many2many(
        "res.partner.category", string="Tags", ondelete="restrict", context=ARCHIVED_TOO
    )
    platform_ids = fields.Many2many(
        "social.platform", string="Platforms", ondelete="restrict", context=ARCHIVED_TOO
    )
    mode = fields.Selection(
        "_get_modes",
        required=True,
        default="enforce",
        help="Enforced: refused acts do not happen. Only observed: they happen, and the decision "
        "log says what would have been refused. Off: nobody asks.",
    )
    reason = fields.Char(help="Why this rule is off, or only observes.")
    forbidden = fields.Boolean("Never Allowed", help="Not even with consent.")
    min_age = fields.Integer(
        "Minimum Age",
        help="In years. Whose age nobody knows does not reach it. 0: no age is asked for.",
    )
    at_source = fields.Boolean(
        "Given on the Platform", help="Only a consent that was given on the platform itself counts."
    )
    also_purpose_id = fields.Many2one(
        "social.consent.purpose",
        "Consent Also To",
        ondelete="restrict",
        help="One more consent that the person must have given.",
    )
    also_channel = fields.Selection(
        lambda self: self.env["social.consent"]._get_channels(), "By Channel"
    )
    is_wall = fields.Boolean(compute="_compute_is_wall")

    _min_age_possible = models.Constraint(
        "CHECK(min_age BETWEEN 0 AND 120)", "Enter the minimum age in years, or 0 for none."
    )

    @api.model
    def _get_modes(self):
        modes = {
            "enforce": self.env._("Enforced"),
            "observe": self.env._("Only observed"),
            "off": self.env._("Off"),
        }
        return list(modes.items())

    @api.depends("act")
    def _compute_is_wall(self):
        for rule in self:
            rule.is_wall = rule.act in policy.WALL

    @api.constrains("act", "mode")
    def _check_wall(self):
        for rule in self:
            if rule.is_wall and rule.mode != "enforce":
                raise ValidationError(
                    self.env._(
                        "“%s” is always enforced: no setting may turn this protection off.",
                        self.env["social.policy"]._get_act_names()[rule.act],
                    )
                )

    @api.constrains("mode", "reason", "forbidden")
    def _check_reason(self):
        for rule in self:
            if rule.mode == "off" and not (rule.reason or "").strip():
                raise ValidationError(
                    self.env._("Write down why this rule is turned off: the log keeps it.")
                )
            if rule.mode == "off" and rule.forbidden:
                raise ValidationError(
                    self.env._("A rule that is off forbids nothing: choose one of the two.")
                )

    @api.constrains("also_purpose_id", "also_channel")
    def _check_also(self):
        purposes = self.env["social.consent.purpose"]
        for rule in self:
            if rule.also_purpose_id:
                purposes._check_channel(rule.also_purpose_id.code, rule.also_channel or None)
            elif rule.also_channel:
                raise ValidationError(self.env._("Name the consent that the channel belongs to."))

    @api.constrains("act", "company_id", "active", *CONDITIONS)
    def _check_default_once(self):
        for rule in self.filtered("active"):
            twins = self.search([("act", "=", rule.act), ("company_id", "=", rule.company_id.id)])
            if rule._is_default() and len(twins.filtered(lambda twin: twin._is_default())) > 1:
                raise ValidationError(
                    self.env._(
                        "There is a rule without conditions for “%s” already: change that one, or "
                        "name a country, a tag or a platform.",
                        rule.display_name,
                    )
                )

    def _is_default(self):
        """Tell whether this rule holds for everybody."""
        self.ensure_one()
        return not any(self[name] for name in CONDITIONS)

    # -- what the policy asks ----------------------------------------------------------------

    @api.model
    @tools.ormcache("self.env.company.id", "act")
    def _get_rules(self, act):
        """Return the rules for an act in this company, in their order, as ``policy.Rule``."""
        companies = [("company_id", "in", [self.env.company.id, False])]
        rules = self.sudo().search([("act", "=", act), *companies], order="sequence, id")
        return tuple(rule._get_facts() for rule in rules.sorted(lambda rule: not rule.company_id))

    def _get_facts(self):
        also = (self.also_purpose_id.code, self.also_channel or None)
        return policy.Rule(
            id=self.id,
            mode=self.mode,
            forbidden=self.forbidden,
            min_age=self.min_age,
            at_source=self.at_source,
            also=also if self.also_purpose_id else None,
            countries=frozenset(self.country_ids.mapped("code")),
            tags=frozenset(self.category_ids.ids),
            platforms=frozenset(self.platform_ids.mapped("code")),
        )

    @api.model
    def _demands_more(self, act):
        """Tell whether this company demands more than the law for an act, of anybody."""
        return any(rule.demands_more() for rule in self._get_rules(act))

    @api.model
    def _get_mode(self, act):
        """Return what a refusal means for whoever meets no special condition."""
        if act in policy.WALL:
            return "enforce"
        return policy.choose_rule(self._get_rules(act)).mode

    # -- changes are logged ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self._forget()
        # What an installation brings along, nobody has changed.
        for rule in rules if self.env.registry.ready else ():
            rule._log_change("create", {}, rule._get_logged())
        return rules

    def write(self, vals):
        if "act" in vals and any(rule.act != vals["act"] for rule in self):
            raise UserError(
                self.env._("A rule stays with its act: make a new one for another act.")
            )
        if vals.get("mode") == "enforce":
            vals = {"reason": False, **vals}
        result = super().write(vals)
        self._forget()
        return result

    def unlink(self):
        before = [(rule, rule._get_logged()) for rule in self]
        for rule, old in before:
            rule._log_change("unlink", old, {})
        result = super().unlink()
        self._forget()
        return result

    @api.model
    def _forget(self):
        """Drop what was known of the rules: each may hide others."""
        self.env.registry.clear_cache()
        self.invalidate_model(["hidden_by_id", "place"], flush=False)

    def _log_change(self, kind, old, new):
        self.env["social.policy.change"]._log(self, kind, old, new, self.reason)

    # -- installing --------------------------------------------------------------------------

    @api.model
    def _observe_marketing(self):
        """Let all rules that have a switch only observe, until an administrator decides."""
        reason = self.env._("The database had sent mailings before this product was installed.")
        self.search([("act", "not in", list(policy.WALL))]).write(
            {"mode": "observe", "reason": reason}
        )

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
