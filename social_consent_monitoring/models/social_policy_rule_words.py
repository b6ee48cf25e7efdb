from odoo import api, fields, models

CONDITIONS = ("country_ids", "category_ids", "platform_ids")
# So many names stand in a rule's title; it says how many more there are.
SHOWN = 3


class SocialPolicyRuleWords(models.AbstractModel):
    """What a rule demands, and of whom, in words; and whether it is ever reached."""

    _name = "social.policy.rule.words"
    _description = "Words of a Rule"

    requirement = fields.Char("What It Takes", compute="_compute_requirement")
    strength = fields.Char("Mode in Words", compute="_compute_strength")
    hidden_by_id = fields.Many2one(
        "social.policy.rule",
        "Never Reached: Hidden By",
        compute="_compute_hidden_by_id",
        help="This rule stands before, and holds for everybody whom this one names.",
    )
    place = fields.Selection("_get_places", compute="_compute_hidden_by_id")

    @api.model
    def _get_places(self):
        places = {
            "default": self.env._("Everybody else"),
            "special": self.env._("Certain persons"),
            "hidden": self.env._("Never reached"),
        }
        return list(places.items())

    @api.depends("act", *CONDITIONS)
    @api.depends_context("lang")
    def _compute_display_name(self):
        acts = self.env["social.policy"]._get_act_names()
        for rule in self:
            names = rule._get_condition_names()
            if len(names) > SHOWN:
                names = [*names[:SHOWN], self.env._("%s more", len(names) - SHOWN)]
            act = acts.get(rule.act, "")
            rule.display_name = f"{act} ({', '.join(names)})" if names else act

    def _get_condition_names(self):
        conditions = [self[name].with_context(active_test=False) for name in CONDITIONS]
        return [name for records in conditions for name in records.mapped("display_name")]

    # -- what it demands ---------------------------------------------------------------------

    @api.depends("act", "forbidden", "min_age", "at_source", "also_purpose_id", "also_channel")
    @api.depends_context("lang", "company")
    def _compute_requirement(self):
        words = self.env["social.policy"]
        for rule in self:
            if rule.forbidden:
                rule.requirement = self.env._("Never allowed")
                continue
            demands = [words._get_requirement(rule.act), *rule._get_extra_demands()]
            rule.requirement = "; ".join(filter(None, demands))

    def _get_extra_demands(self):
        if self.at_source:
            yield self.env._("given on the platform itself")
        if self.min_age:
            yield self.env._("at least %s years old", self.min_age)
        if self.also_purpose_id:
            consent = self.env["social.policy"]._get_consent_name(
                self.also_purpose_id, self.also_channel
            )
            yield self.env._("and also consent to %s", consent)

    @api.depends("act", "mode")
    @api.depends_context("lang")
    def _compute_strength(self):
        modes = dict(self._get_modes())
        for rule in self:
            always = self.env._("Always enforced")
            rule.strength = always if rule.is_wall else modes.get(rule.mode, "")

    # -- never reached -----------------------------------------------------------------------

    @api.depends("act", "company_id", "sequence", "active", *CONDITIONS)
    @api.depends_context("company")
    def _compute_hidden_by_id(self):
        """Find the first rule before each one that leaves nobody over for it."""
        for rule in self:
            before = rule._find_before() if rule.active else self.browse()
            rule.hidden_by_id = before.filtered(rule._is_covered_by)[:1]
            special = "default" if rule._is_default() else "special"
            rule.place = "hidden" if rule.hidden_by_id else special

    def _find_before(self):
        """Return the rules that are asked before this one, in its company or else in this one."""
        company = self.company_id or self.env.company
        rules = self.env["social.policy.rule"].with_company(company)._find_all(self.act)
        order = (not self.company_id, self.sequence, self._origin.id or float("inf"))
        return rules.filtered(
            lambda rule: (not rule.company_id, rule.sequence, rule.id) < order
        ).sorted(lambda rule: not rule.company_id)

    def _is_covered_by(self, other):
        return all(
            not other[name] or (self[name] and set(self[name]._origin.ids) <= set(other[name].ids))
            for name in CONDITIONS
        )
