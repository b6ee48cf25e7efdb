from odoo import api, fields, models
from odoo.tools import format_date

from .. import policy


class SocialPolicyTry(models.TransientModel):
    """“Try a Rule”: what would be decided about a contact, why, and by which rule. Not logged.

    Nothing has to be saved: the answer follows each choice. A handle is never stored beside a
    contact, not even here (rule 2).
    """

    _name = "social.policy.try"
    _inherit = ["social.partner.wizard.mixin"]
    _description = "Try a Rule"

    act = fields.Selection("_get_acts", "What You Want to Do", required=True)
    platform_id = fields.Many2one("social.platform")
    handle = fields.Char(
        store=False, help="Of the author, where a monitoring contract names handles."
    )
    category_id = fields.Many2one(
        "social.data.category", "Kind of Data", help="What would be written into the contact."
    )
    takes_platform = fields.Boolean(compute="_compute_takes_platform")
    rule_id = fields.Many2one("social.policy.rule", "Rule That Holds", compute="_compute_result")
    result = fields.Json(compute="_compute_result")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        # From a rule about an act that no contact is asked for, the usual act is offered.
        if values.get("act") not in dict(self._get_acts()):
            values["act"] = "contact_email"
        return values

    @api.model
    def _get_acts(self):
        """Return the acts that are decided about a person."""
        names = self.env["social.policy"]._get_act_names()
        acts = sorted(policy.ACTS, key=lambda act: act in policy.ASK_ACTS)
        persons = [act for act in acts if policy.ACTS[act].purpose or policy.ACTS[act].contract]
        return [(act, names[act]) for act in persons]

    @api.depends("act")
    def _compute_takes_platform(self):
        for trial in self:
            trial.takes_platform = trial.act not in policy.ASK_ACTS

    @api.depends("partner_id", "act", "platform_id", "handle", "category_id")
    @api.depends_context("lang", "company", "uid")
    def _compute_result(self):
        for trial in self:
            # Hidden and missing contacts take the same way, and nothing is said about either.
            known = self.env["res.partner"].with_context(active_test=False)
            partner = known.search([("id", "=", trial.partner_id._origin.id)])
            trial.rule_id, trial.result = False, False
            if partner and trial.act:
                trial.rule_id, trial.result = trial._try(partner)

    def _try(self, partner):
        """Return the rule that matched, and what the panel shows, as JSON."""
        policies = self.env["social.policy"]
        decision, steps, rule = policies._trace(self.act, partner, **self._get_facts())
        reason, remedy = ("", "")
        if not decision:
            reason, remedy = policies._get_reasons()[decision.reason]
        return rule, {
            **self._get_verdict(decision),
            "reason": reason,
            "remedy": remedy,
            "basis": self._get_basis(decision) if decision else "",
            "steps": self._get_steps(steps),
        }

    def _get_facts(self):
        if not self.takes_platform:
            return {}
        facts = {"platform": self.platform_id.code or None, "handle": self.handle or None}
        if self.act == "enrich" and self.category_id:
            facts["category"] = self.category_id.code
        return facts

    def _get_verdict(self, decision):
        _ = self.env._
        if decision:
            return {"state": "allowed", "color": "success", "title": _("Allowed")}
        if decision.mode == "observe":
            title = _("Refused, but it happens all the same: the rule only observes")
            return {"state": "observe", "color": "warning", "title": title}
        if decision.mode == "off":
            title = _("It happens: the rule is off, nobody asks")
            return {"state": "off", "color": "warning", "title": title}
        return {"state": "refused", "color": "danger", "title": _("Not allowed")}

    def _get_basis(self, decision):
        """Return in words what an allowed act rests on."""
        _ = self.env._
        if decision.basis == "company":
            return _("Rests on your settings: companies as contacts are free.")
        if decision.basis == "contract":
            contract = self.env["social.contract"].browse(decision.contract or ()).sudo()
            if contract:
                end = self._get_end(contract.date_end)
                return _("Rests on the contract “%(name)s”, %(end)s.", name=contract.name, end=end)
            return _("Rests on a running order.")
        consent = self.env["social.consent"].browse(decision.consent or ()).sudo()
        if consent.recorded_state == "given":
            end = self._get_end(consent.valid_until)
            return _("Rests on the person's consent, %s.", end)
        return _("Needs no consent: the person has not objected.")

    def _get_end(self, moment):
        if moment >= policy.NO_END:
            return self.env._("without an end")
        day = fields.Datetime.context_timestamp(self, moment).date()
        return self.env._("valid until %s", format_date(self.env, day))

    def _get_steps(self, steps):
        policies = self.env["social.policy"]
        questions, reasons = policies._get_questions(), policies._get_reasons()
        return [
            {
                "rule": step.rule,
                "asks": questions[step.name],
                **self._get_answer(step, reasons),
            }
            for step in steps
        ]

    def _get_answer(self, step, reasons):
        if not step.reached:
            return {"state": "skipped", "answer": self.env._("Not asked any more")}
        if step.objection:
            return {
                "state": "no",
                "answer": self.env._("Says no: %s", reasons[step.objection][0]),
            }
        return {"state": "fine", "answer": self.env._("Fine")}
