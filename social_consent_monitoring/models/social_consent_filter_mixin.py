from odoo import api, fields, models

from ..suppressed import make_code

ACT = "contact_email"
# Reasons of the policy that a state of the consent alone explains.
STATE_REASONS = {
    "consent_requested": "requested",
    "consent_refused": "refused",
    "consent_withdrawn": "withdrawn",
    "consent_expired": "expired",
    "consent_invalidated": "invalidated",
}
# Who has said neither yes nor no may still be recognised as somebody who objected.
RECOGNISED = ("never_asked", "consent_requested", "consent_expired", "consent_invalidated")


class SocialConsentFilterMixin(models.AbstractModel):
    """Lets lists of persons show, and search by, what the policy says of advertising by e-mail.

    It goes with ``social.subject.mixin``. The value is the policy's; the search repeats it as a
    domain, for ``env.company`` and by the clock, and a test holds both together.
    """

    _name = "social.consent.filter.mixin"
    _description = "Filter by Consent"

    social_email_state = fields.Selection(
        "_get_social_email_states",
        "Advertising by E-mail",
        compute="_compute_social_email_state",
        search="_search_social_email_state",
        groups="base.group_user",
    )

    @api.model
    def _get_social_email_states(self):
        # No list of pairs: Odoo's exporter takes a bracket after a translated word for another one.
        states = {
            "allowed": self.env._("Allowed"),
            "never_asked": self.env._("Not asked"),
            "consent_requested": self.env._("Asked"),
            "consent_refused": self.env._("Refused"),
            "consent_withdrawn": self.env._("Withdrawn"),
            "consent_expired": self.env._("Expired"),
            "consent_invalidated": self.env._("Invalid"),
            "notice_outdated": self.env._("Purpose changed"),
            "blocked": self.env._("On the blacklist"),
            "suppressed": self.env._("Objected earlier"),
            "restricted": self.env._("Not by our rules"),
        }
        return list(states.items())

    @api.depends_context("company")
    def _compute_social_email_state(self):
        stored = self.filtered("id")
        (self - stored).social_email_state = False
        states = stored._decide_social_email_states()
        for record in stored:
            record.social_email_state = states[record.id]

    def _decide_social_email_states(self):
        """Return ``{record id: state}``, as the policy decides now."""
        known = dict(self._get_social_email_states())
        decisions = self.env["social.policy"]._decide(ACT, self)
        return {
            record_id: decision.reason if decision.reason in known else "restricted"
            for record_id, decision in decisions.items()
        }

    def _search_social_email_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        if self.env["social.policy.rule"]._demands_more(ACT):
            # What a company demands beyond the law is no domain: each person is decided about.
            states = self.search([])._decide_social_email_states()
            return [("id", "in", [each for each, state in states.items() if state in value])]
        domains = {
            reason: self._get_social_email_domain(reason)
            for reason in {*value, *RECOGNISED} - {False}
        }
        if {*RECOGNISED, "suppressed"} & {*value}:
            # Hashes are no domain: whom the list names is looked up first.
            suppressed = self._get_social_suppressed_domain()
            objected = fields.Domain.OR(domains[reason] for reason in RECOGNISED) & suppressed
            domains.update({reason: domains[reason] & ~suppressed for reason in RECOGNISED})
            domains["suppressed"] = objected
        return fields.Domain.OR(domains[reason] for reason in value if reason)

    @api.model
    def _get_social_suppressed_domain(self):
        """Return the domain of those whose address is on the list of whoever objected."""
        suppression = self.env["social.suppression"].sudo()
        if not suppression._has_any():
            return fields.Domain.FALSE
        persons = self.sudo().with_context(active_test=False).search([])
        found = suppression._find_records(persons)
        code = make_code("contact", "email")
        return fields.Domain("id", "in", [each for each, codes in found.items() if code in codes])

    @api.model
    def _get_social_email_domain(self, reason):
        """Return the domain of the persons about whom the policy gives this reason."""
        email = fields.Domain(
            [
                ("in_current_company", "=", True),
                ("purpose_id.code", "=", "contact"),
                ("channel", "=", "email"),
            ]
        )
        given = fields.Domain("state", "=", "given")
        outdated = fields.Domain("notice_id.outdated", "=", True)
        if reason == "never_asked":
            return ~fields.Domain("social_consent_ids", "any", email)
        if reason in STATE_REASONS:
            email &= fields.Domain("state", "=", STATE_REASONS[reason])
        elif reason in ("allowed", "blocked"):
            email &= given & ~outdated
            return fields.Domain("social_consent_ids", "any", email) & fields.Domain(
                "is_blacklisted", "=", reason == "blocked"
            )
        elif reason == "notice_outdated":
            email &= given & outdated
        else:
            return fields.Domain.FALSE
        return fields.Domain("social_consent_ids", "any", email)
