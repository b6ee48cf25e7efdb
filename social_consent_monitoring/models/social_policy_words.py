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
            "export": _("Export all data of a person"),
            "push": _("Bring customer data to a platform"),
            "answer": _("Send an answer to a platform"),
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
    def _get_requirement(self, act):
        """Return in words what an act takes by the law, before any rule of a company."""
        definition = policy.ACTS[act]
        if act in policy.ASK_ACTS:
            return self.env._("No earlier “no”, and not asked lately")
        if not policy.rules.needs_consent(definition):
            return self._get_other_requirements()[act]
        purpose = self.env["social.consent.purpose"]._get(definition.purpose, definition.channel)
        consent = self._get_consent_name(purpose, definition.channel)
        if definition.contract:
            return self.env._("Consent to %s, or a running monitoring contract", consent)
        return self.env._("Consent to %s", consent)

    @api.model
    def _get_other_requirements(self):
        _ = self.env._
        return {
            "collect": _("Reviewed terms and a balancing test"),
            "reveal": _("Nothing; each showing is logged"),
            "consent": _("The age, where the notice asks for it; a guardian below 16"),
            "prove": _("Nothing"),
            "export": _("Nothing; each export is logged"),
            "push": _("Terms that allow it expressly"),
            "answer": _("Terms that allow programs to publish answers"),
            "fulfil": _("A running contract"),
            "contact_post": _("No objection"),
        }

    @api.model
    def _get_consent_name(self, purpose, channel=None):
        """Return the name of a consent, such as “Advertise” by E-mail."""
        if not channel:
            return self.env._("the purpose “%s”", purpose.name)
        channels = dict(self.env["social.consent"]._get_channels())
        return self.env._(
            "“%(purpose)s” by %(channel)s", purpose=purpose.name, channel=channels[channel]
        )

    @api.model
    def _get_questions(self):
        """Return in plain words what each rule function asks, by the name that a trace gives it."""
        _ = self.env._
        return {
            "terms": _("Do the platform's terms allow it?"),
            "terms_where_named": _("If a platform is named: do its terms allow it?"),
            "not_closed": _("Can everybody see what is written there?"),
            "balancing_test": _("Is the balancing test written down?"),
            "push_allowed": _("Do the terms expressly allow bringing in customer data?"),
            "answers_allowed": _("Do the terms allow programs to publish answers?"),
            "company_forbids": _("Does no rule of your company forbid it?"),
            "old_enough": _("Is the person old enough for the rule of your company?"),
            "contract": _("Does a contract with this person run?"),
            "first_contact": _("If it is a first contact: has somebody said what it is about?"),
            "consent_given": _(
                "Has the person consented to exactly this, and is that still valid?"
            ),
            "same_purpose": _("Is the purpose still the one that the person agreed to?"),
            "listed": _("Does the notice that the person agreed to name the platform?"),
            "category_named": _("Does the notice name the kind of data that is written?"),
            "given_at_the_source": _("Where that is demanded: was it given on the platform?"),
            "also_consented": _("Where your company demands one more consent: is it there?"),
            "not_blocked": _("Is the address or number on no blacklist of Odoo?"),
            "not_suppressed": _("Has nobody with this address, number or handle objected before?"),
            "not_objected": _("Has the person not objected?"),
            "age_known": _("Is the age known, where the notice asks for it?"),
            "guardian": _("Below the age of consent: has a guardian consented?"),
            "signed_off": _("Has a lawyer signed off the incentive?"),
            "incentive_for_adults": _("Is the incentive offered to adults only?"),
            "no_is_respected": _("Has the person not said no before?"),
            "not_while_valid": _("Is there no consent yet, or does it end soon?"),
            "not_too_often": _("Is it long enough since the person was last asked?"),
        }

    @api.model
    def _get_reasons(self):
        """Return all reasons of refusals in words, each with its remedy."""
        return {
            **self._get_consent_reasons(),
            **self._get_approach_reasons(),
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
    def _get_approach_reasons(self):
        _ = self.env._
        return {
            "cold_lead": (
                _("This lead never turned to you: whatever you write or say is advertising."),
                _(
                    "Wait until they contact you, or ask for consent by letter. If they called or "
                    "you met, record that contact."
                ),
            ),
            "nobody": (
                _("No contact, lead or newsletter recipient has this address or number."),
                _("Make a contact of it first, and ask for consent."),
            ),
            "blocked": (
                _("The address or number is on the blacklist."),
                _(
                    "Respect that. Where the person consents all the same, the privacy officer "
                    "settles it under Contradictions."
                ),
            ),
            "first_contact": (
                _("You do not know this person yet."),
                _("Say once what it is about: business, or advertising."),
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
            "suppressed": (
                _("This person objected earlier, or asked to be erased."),
                _("Respect that; only the person can change it, by consenting again."),
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
                _("Open the platform, read its terms, and confirm that."),
            ),
            "terms_accepted": (
                _("Whoever logs in there has accepted terms, and these bind."),
                _("Read what was accepted, and enter whether it allows or forbids monitoring."),
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
            "answers_forbidden": (
                _(
                    "Nobody has confirmed that the platform's terms allow sending answers from here."
                ),
                _(
                    "Copy the answer and publish it on the platform, or let a manager read the terms."
                ),
            ),
            "platform_closed": (
                _("The platform's content lies in closed circles."),
                _("Only what everybody can see may be collected."),
            ),
            "no_balancing_test": (
                _("The balancing test of this source is missing, or a question is not answered."),
                _("Write down why your interest outweighs that of the authors."),
            ),
        }
