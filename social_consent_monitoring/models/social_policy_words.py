from odoo import api, models

from .. import policy


class SocialPolicyWords(models.AbstractModel):
    """The policy's answers in words."""

    _name = "social.policy.words"
    _description = "Words of the Policy"

    @api.model
    def _explain(self, act, decision):
        """Return the refusal in words, with what would make the act allowed."""
        reason, remedy = self._get_reasons()[decision.reason]
        return self.env._(
            "%(act)s: not allowed. %(reason)s %(remedy)s",
            act=self._get_act_names()[act],
            reason=reason,
            remedy=remedy,
        )

    @api.model
    def _get_act_names(self):
        names = self._get_plain_act_names()
        for code, act in policy.ASK_ACTS.items():
            asked = f"{act.purpose}_{act.channel}" if act.channel else act.purpose
            names[code] = self.env._("Ask for consent: %s", names[asked])
        return names

    @api.model
    def _get_plain_act_names(self):
        _ = self.env._
        return {
            "collect": _("Collect mentions"),
            "reveal": _("Show an author"),
            "consent": _("Record a consent"),
            "prove": _("Print the proof of consent"),
            "push": _("Bring customer data to a platform"),
            "fulfil": _("Use the data for the contract"),
            "monitor": _("Watch a person"),
            "match": _("Match mentions with the contact"),
            "enrich": _("Enrich the contact"),
            "reply_personal": _("Answer personally"),
            "lead": _("Make a lead of an author"),
            "contact_email": _("Advertise by e-mail"),
            "contact_sms": _("Advertise by SMS"),
            "contact_phone": _("Advertise by phone"),
            "contact_post": _("Advertise by letter"),
            "contact_social": _("Advertise by social message"),
        }

    @api.model
    def _get_reasons(self):
        """Return all reasons of refusals in words, each with its remedy."""
        return {
            **self._get_consent_reasons(),
            **self._get_ask_reasons(),
            **self._get_giving_reasons(),
            **self._get_company_reasons(),
            **self._get_source_reasons(),
        }

    @api.model
    def _get_ask_reasons(self):
        _ = self.env._
        respect = _("Respect that; the person may consent of their own accord at any time.")
        return {
            "ask_refused": (_("The person said no."), respect),
            "ask_withdrawn": (_("The person withdrew the consent or objected."), respect),
            "ask_valid": (
                _("The person has consented, for more than another 30 days."),
                _("There is no need to ask. Ask again shortly before the consent ends."),
            ),
            "ask_recently": (
                _("The person was asked not long ago."),
                _("Wait: the purpose says after how many days you may ask again."),
            ),
        }

    @api.model
    def _get_consent_reasons(self):
        _ = self.env._
        ask = _("Ask for consent first, or do without.")
        return {
            "never_asked": (_("The person has not been asked for consent."), ask),
            "consent_requested": (
                _("The person was asked and has not answered yet."),
                _("Wait for the answer."),
            ),
            "consent_refused": (
                _("The person said no."),
                _("Respect that; the person may decide otherwise at any time."),
            ),
            "consent_withdrawn": (
                _("The person withdrew the consent."),
                _("Respect that; the person may decide otherwise at any time."),
            ),
            "consent_expired": (_("The consent has expired."), _("Ask for a new one.")),
            "consent_invalidated": (_("The consent was found to be invalid."), ask),
            "notice_outdated": (
                _("The purpose has changed since the person agreed to the privacy notice."),
                _("Ask again, with the new notice."),
            ),
            "platform_not_listed": (
                _("The privacy notice that the person agreed to does not name this platform."),
                _("Publish a notice that names it and ask again."),
            ),
            "category_not_named": (
                _("The privacy notice that the person agreed to does not name this kind of data."),
                _("Publish a notice that names it and ask again."),
            ),
        }

    @api.model
    def _get_company_reasons(self):
        _ = self.env._
        return {
            "no_contract": (
                _("No contract with this person runs."),
                _("Enter the contract, or ask for consent."),
            ),
            "company_forbids": (
                _("A rule of your company forbids it."),
                _("Do without, or talk to whoever sets the rules."),
            ),
            "age_not_known": (
                _("A rule of your company asks for a minimum age, and nobody knows this one."),
                _("Ask for consent again, with the date of birth."),
            ),
            "too_young": (
                _("The person is younger than a rule of your company asks for."),
                _("Do without."),
            ),
            "also_missing": (
                _("A rule of your company demands one more consent, which is missing."),
                _("Ask for that consent, too."),
            ),
            "not_at_source": (
                _("Only a consent that was given on the platform itself counts here."),
                _("Ask the person to consent there."),
            ),
        }

    @api.model
    def _get_giving_reasons(self):
        _ = self.env._
        return {
            "age_unknown": (
                _("The privacy notice asks for the person's age."),
                _("Enter the age or the date of birth."),
            ),
            "guardian_missing": (
                _("The person is under 16."),
                _("A parent or guardian has to consent: enter who, and how."),
            ),
            "incentive_not_signed_off": (
                _("No lawyer has signed off this incentive for this purpose."),
                _("Have it signed off first, or record the consent without it."),
            ),
            "incentive_for_minor": (
                _("Incentives are for adults, and only where the age is known."),
                _("Enter the age, or record the consent without the incentive."),
            ),
        }

    @api.model
    def _get_source_reasons(self):
        _ = self.env._
        return {
            "terms_unreviewed": (
                _("Nobody has reviewed the platform's terms."),
                _("Open the platform and enter a verdict, with version and end date."),
            ),
            "terms_forbidden": (
                _("The platform's terms forbid it."),
                _("Choose another platform, or agree with this one."),
            ),
            "terms_expired": (
                _("The verdict on the platform's terms has expired, or has no end date."),
                _("Read the terms again and enter a new verdict with its end date."),
            ),
            "push_forbidden": (
                _("The platform's terms do not allow bringing in customer data."),
                _("Leave the customer's data where it is."),
            ),
            "platform_closed": (
                _("The platform's content lies in closed circles."),
                _("Only what everybody can see may be collected."),
            ),
            "no_balancing_test": (
                _("The balancing test of this source is missing."),
                _("Write down why your interest outweighs that of the authors."),
            ),
        }
