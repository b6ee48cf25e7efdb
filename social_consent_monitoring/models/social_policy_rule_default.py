from odoo import api, models


class SocialPolicyRuleDefault(models.AbstractModel):
    """An act's default rule, as the settings' page sets it: a company's own, or that of all."""

    _name = "social.policy.rule.default"
    _description = "Default Rules"

    @api.model
    def _find_default(self, act):
        """Return the rule that holds for everybody in this company: its own, else that of all."""
        rules = self._find_all(act).filtered(lambda rule: rule._is_default())
        return rules.sorted(lambda rule: not rule.company_id)[:1]

    @api.model
    def _find_all(self, act):
        """Return this company's own rules for an act, and those of all companies."""
        companies = [("company_id", "in", [self.env.company.id, False])]
        return self.sudo().search([("act", "=", act), *companies], order="sequence, id")

    @api.model
    def _has_several_companies(self):
        return self.env["res.company"].sudo().search_count([], limit=2) > 1

    @api.model
    def _set_default(self, act, values):
        """Change the act's default rule for this company alone; where it is the only one, for all."""
        rule = self._find_default(act)
        several = self._has_several_companies()
        if rule and (rule.company_id or not several):
            rule.write(values)
        elif several:
            self._take_over(act, values)
        else:
            self.sudo().create({"act": act, **values})

    @api.model
    def _take_over(self, act, values):
        """Make the company a default rule of its own, that differs in these values.

        Own rules stand before shared ones and would hide them: the shared ones with conditions
        come along, behind the company's own.
        """
        rules = self._find_all(act)
        own = rules.filtered("company_id")
        shared = (rules - own).sorted(lambda rule: rule._is_default())
        # In front of the shared ones, so that the list shows them in the order that counts.
        place = own[-1:].sequence or min(shared.mapped("sequence"), default=10) - len(shared) - 1
        mine = {"company_id": self.env.company.id}
        for number, rule in enumerate(shared, place + 1):
            changes = values if rule._is_default() else {}
            rule.copy({**mine, "sequence": number, **changes})
        if not shared[-1:] or not shared[-1]._is_default():
            self.sudo().create({"act": act, **mine, "sequence": place + 1, **values})

    @api.model
    def _drop_own_default(self, act):
        """Go back to the shared rule: remove the company's own, and its mere copies of shared ones."""
        rules = self._find_all(act)
        own = rules.filtered("company_id")
        shared = [rule._get_demands() for rule in rules - own]
        own.filtered(lambda rule: rule._is_default() or rule._get_demands() in shared).unlink()

    def _get_demands(self):
        """Return what this rule says, whosever it is and wherever it stands."""
        logged = self._get_logged()
        return {name: logged[name] for name in logged.keys() - {"company_id", "sequence"}}

    # -- the banner --------------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_banner(self):
        """Return what the banner says in this company: which rules only observe, or are off.

        :return: ``{"lines": for the own app, "email_lines": for Email Marketing, "may_change":
            whether to offer the rules, "setup": what is missing before anything is heard}``
        """
        self.check_access("read")
        weak = self._find_weak()
        email = weak.filtered(lambda rule: rule.act == "contact_email")
        return {
            "lines": self._get_banner_lines(weak),
            "email_lines": self._get_banner_lines(email),
            "may_change": self.has_access("write"),
            "setup": self.env["social.setup"]._get_banner_line(),
        }

    @api.model
    def _find_weak(self):
        """Return the rules of this company that do not enforce, and that are ever reached."""
        companies = [("company_id", "in", [self.env.company.id, False])]
        rules = self.search([("mode", "!=", "enforce"), *companies])
        return rules.filtered(lambda rule: not rule.hidden_by_id)

    @api.model
    def _get_banner_lines(self, rules):
        return [
            these._get_banner_line() if len(these) == 1 else these._get_shared_banner_line(mode)
            for mode, these in rules.grouped("mode").items()
        ]

    def _get_shared_banner_line(self, mode):
        _ = self.env._
        names = ", ".join(self.mapped("display_name"))
        return {
            "observe": _(
                "These rules only observe: %s. What they would refuse happens all the same.", names
            ),
            "off": _(
                "These rules are off: %s. What they would refuse happens all the same.", names
            ),
        }[mode]

    def _get_banner_line(self):
        _ = self.env._
        name = self.display_name
        if self.act == "contact_email":
            return {
                "observe": _(
                    "The rule “%s” only observes: mails also go to people who have not consented.",
                    name,
                ),
                "off": _(
                    "The rule “%s” is off: mails also go to people who have not consented.", name
                ),
            }[self.mode]
        return {
            "observe": _(
                "The rule “%s” only observes: what it would refuse happens all the same.", name
            ),
            "off": _("The rule “%s” is off: what it would refuse happens all the same.", name),
        }[self.mode]
