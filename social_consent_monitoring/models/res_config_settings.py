from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .. import policy
from .social_policy import LIMITS, MAX_DAYS, SETTINGS
from .social_retention import KEPT

# The acts whose rules have a switch: all others are the wall.
SWITCHED = (
    "contact_email",
    "contact_sms",
    "contact_phone",
    "contact_post",
    "contact_social",
    "reply_personal",
)
# Acts of the wall that rest on a consent: a company may demand more for them, never less.
WALLED = ("monitor", "match", "enrich", "lead")
MAX_MONTHS = 120
# What the company keeps by itself.
COMPANY = (
    "social_companies",
    "social_privacy_officer",
    "social_privacy_email",
    "social_sources_page",
    "social_names",
    "social_answer_approval",
    "social_supervised_ids",
)


def _as_command(value):
    """Return a value as it is written: records by what sets them."""
    return [fields.Command.set(value.ids)] if isinstance(value, models.BaseModel) else value


def _make_mode(label):
    return fields.Selection(lambda self: self.env["social.policy.rule"]._get_modes(), label)


class ResConfigSettings(models.TransientModel):
    """The page “Social Consent” of the settings.

    No field is related to a record: Odoo would write such fields before the others are checked.
    """

    _inherit = "res.config.settings"

    social_mode_contact_email = _make_mode("Advertise by E-mail")
    social_mode_contact_sms = _make_mode("Advertise by SMS")
    social_mode_contact_phone = _make_mode("Advertise by Phone")
    social_mode_contact_post = _make_mode("Advertise by Letter")
    social_mode_contact_social = _make_mode("Advertise by Social Message")
    social_mode_reply_personal = _make_mode("Answer Personally")
    social_reason_contact_email = fields.Char("Reason (E-mail)")
    social_reason_contact_sms = fields.Char("Reason (SMS)")
    social_reason_contact_phone = fields.Char("Reason (Phone)")
    social_reason_contact_post = fields.Char("Reason (Letter)")
    social_reason_contact_social = fields.Char("Reason (Social Message)")
    social_reason_reply_personal = fields.Char("Reason (Answer)")
    # Which rule holds: the company's own, or that of all; and whether others stand before it.
    social_own_contact_email = fields.Boolean("Own Rule (E-mail)", readonly=True)
    social_own_contact_sms = fields.Boolean("Own Rule (SMS)", readonly=True)
    social_own_contact_phone = fields.Boolean("Own Rule (Phone)", readonly=True)
    social_own_contact_post = fields.Boolean("Own Rule (Letter)", readonly=True)
    social_own_contact_social = fields.Boolean("Own Rule (Social Message)", readonly=True)
    social_own_reply_personal = fields.Boolean("Own Rule (Answer)", readonly=True)
    social_hint_contact_email = fields.Char("Which Rule (E-mail)", readonly=True)
    social_hint_contact_sms = fields.Char("Which Rule (SMS)", readonly=True)
    social_hint_contact_phone = fields.Char("Which Rule (Phone)", readonly=True)
    social_hint_contact_post = fields.Char("Which Rule (Letter)", readonly=True)
    social_hint_contact_social = fields.Char("Which Rule (Social Message)", readonly=True)
    social_hint_reply_personal = fields.Char("Which Rule (Answer)", readonly=True)
    social_hint_monitor = fields.Char("Which Rule (Watch)", readonly=True)
    social_hint_match = fields.Char("Which Rule (Match)", readonly=True)
    social_hint_enrich = fields.Char("Which Rule (Enrich)", readonly=True)
    social_hint_lead = fields.Char("Which Rule (Lead)", readonly=True)
    social_wall = fields.Char("Always Enforced", readonly=True)

    social_companies = fields.Selection(
        lambda self: (
            self.env["res.company"]._fields["social_companies"]._description_selection(self.env)
        ),
        "Companies as Contacts",
    )

    social_privacy_officer = fields.Char("Privacy Officer")
    social_privacy_email = fields.Char("E-mail of the Privacy Officer")
    social_sources_page = fields.Boolean("Public Page of Sources")
    social_names = fields.Text("Names and Handles of Ours")
    social_answer_approval = fields.Selection(
        lambda self: (
            self.env["res.company"]
            ._fields["social_answer_approval"]
            ._description_selection(self.env)
        ),
        "A Second Person Approves",
    )
    social_supervised_ids = fields.Many2many("res.users", string="Always for Answers Of")

    social_validity_monitor = fields.Integer("Valid for Months (Watch)")
    social_validity_match = fields.Integer("Valid for Months (Match)")
    social_validity_enrich = fields.Integer("Valid for Months (Enrich)")
    social_validity_contact = fields.Integer("Valid for Months (Advertise)")
    social_interval_monitor = fields.Integer("Ask Again After Days (Watch)")
    social_interval_match = fields.Integer("Ask Again After Days (Match)")
    social_interval_enrich = fields.Integer("Ask Again After Days (Enrich)")
    social_interval_contact = fields.Integer("Ask Again After Days (Advertise)")

    social_retention_mention = fields.Integer("Keep Mentions Without a Match (Days)")
    social_retention_matched = fields.Integer("Keep Mentions With a Match (Days)")
    social_retention_enrichment = fields.Integer("Keep Enriched Values (Days)")
    social_retention_ended = fields.Integer("Keep What Rested on an Ended Consent (Days)")
    social_retention_decision = fields.Integer("Keep the Decision Log (Days)")
    social_retention_evidence = fields.Integer("Keep Evidence of Ended Consents (Days)")
    social_analysis_missing = fields.Text("Not Installed", readonly=True)
    social_small_group = fields.Integer("Smallest Group That Is Shown")
    social_information_days = fields.Integer("Inform Persons After (Days)")

    # -- what is set now ---------------------------------------------------------------------

    @api.model
    def get_values(self):
        values = super().get_values()
        # Odoo tells settings to whoever asks, visitors of the portal included.
        if not self.env["social.policy.rule"].has_access("read"):
            return values
        missing = {"social_analysis_missing": self.env["social.mention"]._say_missing()}
        own = {name: _as_command(value) for name, value in self._get_social_values().items()}
        return {**values, **own, **self._get_social_hints(), **missing}

    @api.model
    def _get_social_values(self):
        """Return what the page can change, as it is."""
        values = {name: self.env.company[name] for name in COMPANY}
        for act in SWITCHED:
            rule = self.env["social.policy.rule"]._find_default(act)
            values[f"social_mode_{act}"] = rule.mode or "enforce"
            values[f"social_reason_{act}"] = rule.reason
        for purpose in self.env["social.consent.purpose"]._all():
            values[f"social_validity_{purpose.code}"] = purpose.validity_months
            values[f"social_interval_{purpose.code}"] = purpose.request_interval
        for name in SETTINGS:
            values[f"social_{name}"] = self.env["social.policy"]._get_setting(name)
        return values

    @api.model
    def _get_social_hints(self):
        names = self.env["social.policy"]._get_plain_act_names()
        others = [act for act in names if act in policy.WALL and act not in WALLED]
        hints = {"social_wall": ", ".join(names[act] for act in others)}
        for act in SWITCHED + WALLED:
            rule = self.env["social.policy.rule"]._find_default(act)
            hints[f"social_hint_{act}"] = self._get_social_hint(act, rule)
            if act in SWITCHED:
                hints[f"social_own_{act}"] = bool(rule.company_id)
        return hints

    @api.model
    def _get_social_hint(self, act, rule):
        """Say what the act takes, and which rule holds where more than one could."""
        rules = self.env["social.policy.rule"]
        requirement = rule.requirement or self.env["social.policy"]._get_requirement(act)
        said = [self.env._("Takes: %s.", requirement)]
        if rules._has_several_companies():
            own = self.env._("This company's own rule.")
            said.append(own if rule.company_id else self.env._("The rule of all companies."))
        others = rules._find_all(act).filtered(
            lambda other: not other._is_default() and not other.hidden_by_id
        )
        if others:
            said.append(self.env._("Rules for certain persons stand before it: %s.", len(others)))
        return " ".join(said)

    # -- saving ------------------------------------------------------------------------------

    def set_values(self):
        """Save the page; first of all what makes no sense is refused, so that nothing is half done.

        What stayed as it was is not touched, and not checked: other pages save with this one.
        """
        self.ensure_one()
        before = self._get_social_values()
        changed = {
            name: self[name]
            for name, value in before.items()
            if (self[name] or False) != (value or False)
        }
        if changed and not self.env.is_admin():
            # “Save” has asked that; what saves in another way has not.
            self._refuse_social()
        self._check_social(changed)
        result = super().set_values()
        self._set_social_rules(changed)
        self._set_social_others(changed)
        return result

    def _check_social(self, changed):
        """Refuse what makes no sense, with what to enter instead."""
        limits = self._get_social_limits()
        for name in changed.keys() & limits.keys():
            low, high = limits[name]
            if not low <= changed[name] <= high:
                raise ValidationError(
                    self.env._(
                        "%(setting)s: enter a whole number from %(low)s to %(high)s.",
                        setting=self._fields[name]._description_string(self.env),
                        low=low,
                        high=high,
                    )
                )
        for act in SWITCHED:
            if not changed.keys() & {f"social_mode_{act}", f"social_reason_{act}"}:
                continue
            mode, reason = self[f"social_mode_{act}"], self[f"social_reason_{act}"]
            if mode != "enforce" and not (reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Write down why “%s” is not enforced: the log keeps it.",
                        self.env["social.policy"]._get_act_names()[act],
                    )
                )

    @api.model
    def _get_social_limits(self):
        return {
            **{f"social_validity_{code}": (1, MAX_MONTHS) for code in policy.PURPOSES},
            **{f"social_interval_{code}": (1, MAX_DAYS) for code in policy.PURPOSES},
            **{f"social_{name}": limits for name, limits in LIMITS.items()},
        }

    def _set_social_rules(self, changed):
        for act in SWITCHED:
            if changed.keys() & {f"social_mode_{act}", f"social_reason_{act}"}:
                mode = self[f"social_mode_{act}"] or "enforce"
                reason = (self[f"social_reason_{act}"] or "").strip()
                values = {"mode": mode, "reason": False if mode == "enforce" else reason}
                self.env["social.policy.rule"]._set_default(act, values)

    def _set_social_others(self, changed):
        """Write the settings that are no rules."""
        of_company = {name: _as_command(changed[name]) for name in COMPANY if name in changed}
        if of_company:
            self.env.company.sudo().write(of_company)
        names = {"validity": "validity_months", "interval": "request_interval"}
        for purpose in self.env["social.consent.purpose"]._all():
            values = {
                field: changed[f"social_{name}_{purpose.code}"]
                for name, field in names.items()
                if f"social_{name}_{purpose.code}" in changed
            }
            if values:
                purpose.write(values)
        for name in SETTINGS:
            if f"social_{name}" in changed:
                key = self.env["social.policy"]._get_setting_key(name)
                parameters = self.env["ir.config_parameter"].sudo()
                parameters.set_param(key, str(changed[f"social_{name}"]))

    def action_preview_social_retention(self):
        """Show what the periods on the page would delete, before they are saved."""
        if not self.env.is_admin():
            self._refuse_social()
        chosen = {kept.setting: self[f"social_{kept.setting}"] for kept in KEPT if kept.setting}
        self._check_social({f"social_{setting}": days for setting, days in chosen.items()})
        days = self.env["social.retention"]._prepare_days(chosen.get)
        return self.env["social.retention.run"]._preview(days)

    def action_open_social_sources_page(self):
        """Show what the public sees of the sources."""
        return self.env["social.source"]._open_public_page()

    def action_open_social_rule(self):
        """Open the rule that holds for an act (in the context), to change what it takes."""
        act = self._get_social_act()
        rule = self.env["social.policy.rule"]._find_default(act)
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Rule"),
            "res_model": "social.policy.rule",
            "views": [(False, "form")],
            "view_mode": "form",
        }
        return {**action, "res_id": rule.id, "context": {"default_act": act}}

    def action_share_social_rule(self):
        """Go back from the company's own rule for an act (in the context) to that of all."""
        act = self._get_social_act()
        if act in SWITCHED:
            self.env["social.policy.rule"]._drop_own_default(act)
        return {"type": "ir.actions.client", "tag": "reload"}

    @api.model
    def _get_social_act(self):
        """Return the act of the button that was pressed.

        :raises AccessError: for whoever may not change the settings
        """
        if not self.env.is_admin():
            self._refuse_social()
        return self.env.context.get("social_act")

    @api.model
    def _refuse_social(self):
        raise AccessError(self.env._("Only an administrator may change the settings."))
