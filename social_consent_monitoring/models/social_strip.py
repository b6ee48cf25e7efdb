from typing import NamedTuple

from odoo import api, models

from .. import policy
from .social_gate import ACTS, PERSONS, UNDECIDED

# By what a person is approached, in the order in which it is shown.
APPROACHES = {**ACTS, "phone": "contact_phone", "social": "contact_social"}
CHANNELS = ("email", "sms", "phone", "post")
# What may be done with what a person writes in public: one badge for all of it.
SOCIAL_ACTS = ("reply_personal", "match", "enrich", "monitor")
# What takes no address, and so could always be asked about.
ASKED_LAST = ("social", *SOCIAL_ACTS)
ALLOWED = policy.Decision(True, "allowed", "R23")
# What only an act of the person, or of the company, changes; all else a consent does.
FINAL = (
    "consent_refused",
    "consent_withdrawn",
    "suppressed",
    "company_forbids",
    "too_young",
    "nobody",
)
# The refused whom a dialog or a strip names one by one.
MANY = 5
# More are counted by the mailing itself.
MOST = 1000
# What helps against each refusal: see ``_get_step``.
STEPS = {
    "first_contact": ("about", "contact", "ask"),
    "cold_lead": ("contact", "ask"),
    "never_asked": ("ask", "contact"),
    "consent_requested": ("contact",),
    "consent_expired": ("ask", "contact"),
    "consent_invalidated": ("ask", "contact"),
    "notice_outdated": ("ask", "contact"),
    # Whoever said no to advertising still gets answers.
    "consent_refused": ("contact",),
    "consent_withdrawn": ("contact",),
    "suppressed": ("contact",),
}


class Entry(NamedTuple):
    """What was decided about one channel, or one of ``SOCIAL_ACTS``.

    ``person`` may be empty; ``name`` where there are many. ``reachable``: False where the record
    has no address for it.
    """

    channel: str
    person: models.BaseModel
    decision: policy.Decision
    name: str = ""
    reachable: bool = True


class SocialStrip(models.AbstractModel):
    """Says what may be sent to a person now, before anybody writes a text (rule 23).

    In words and colours, with the next step as a button. A look: nothing is logged. What comes
    out is JSON for the browser, which knows nothing of the policy.
    """

    _name = "social.strip"
    _description = "What Is Allowed Now"

    @api.model
    def _make(self, entries):
        """Return ``{"badges", "lines", "steps"}`` of these entries; equal reasons are said once."""
        names = {**dict(self.env["social.consent"]._get_channels()), **self._get_social_acts()}
        strip = {"badges": [], "lines": [], "steps": []}
        lines, steps = {}, {}
        # What needs no address is asked about last: the form of the question asks for others, too,
        # and whoever has not answered yet is not asked the next thing.
        later = any(map(self._wants_consent, entries))
        for entry in entries:
            title = entry.name or names[entry.channel]
            if entry.channel not in SOCIAL_ACTS:
                strip["badges"].append(self._make_badge(entry, title))
            if text := self._get_text(entry):
                lines.setdefault(text, []).append(title)
            wanted = entry.reachable and not (later and entry.channel in ASKED_LAST)
            for step in self._get_steps(*entry[:4]) if wanted else ():
                steps.setdefault((step["model"], step["id"], step["method"]), step)
        if acts := [entry for entry in entries if entry.channel in SOCIAL_ACTS]:
            strip["badges"].append(self._make_group_badge(acts))
        strip["lines"] = [
            {"about": ", ".join(about), "text": text} for text, about in lines.items()
        ]
        strip["steps"] = list(steps.values())
        return strip

    @api.model
    def _wants_consent(self, entry):
        """Tell whether a channel with an address is refused until there is a consent."""
        if entry.channel in ASKED_LAST or entry.decision or not entry.reachable:
            return False
        reason = entry.decision.reason
        return reason == "consent_requested" or "ask" in STEPS.get(reason, ())

    @api.model
    def _get_social_acts(self):
        """Return the short names of what may be done with a person's posts."""
        _ = self.env._
        return {
            "reply_personal": _("Answer personally"),
            "match": _("Match posts"),
            "enrich": _("Enrich"),
            "monitor": _("Watch"),
        }

    @api.model
    def _make_group_badge(self, entries):
        """Return one badge for all that may be done with a person's posts; the lines name each."""
        states = [self._get_state(entry) for entry in entries]
        allowed = sum(bool(entry.decision) for entry in entries)
        if allowed == len(states):
            state = "allowed"
        else:
            state = "some" if allowed else "consent" if "consent" in states else "no"
        label, color, icon = self._get_badge_words()[state]
        if state == "some":
            label = self.env._("%(count)s of %(all)s allowed", count=allowed, all=len(states))
        return {
            "channel": "posts",
            "name": self.env._("Public posts"),
            "state": state,
            "label": label,
            "color": color,
            "icon": icon,
        }

    @api.model
    def _make_badge(self, entry, title):
        state = self._get_state(entry)
        label, color, icon = self._get_badge_words()[state]
        return {
            "channel": entry.channel,
            "name": title,
            "state": state,
            "label": label,
            "color": color,
            "icon": icon,
        }

    @api.model
    def _get_state(self, entry):
        if not entry.reachable:
            return "nowhere"
        if entry.decision:
            return "allowed"
        if not self.env["social.policy"]._is_refused(entry.decision):
            return "observed"
        return "no" if entry.decision.reason in FINAL else "consent"

    @api.model
    def _get_badge_words(self):
        """Return ``{state: (label, colour, icon)}``."""
        _ = self.env._
        return {
            "allowed": (_("Allowed"), "success", "fa-check"),
            "consent": (_("Only with consent"), "warning", "fa-exclamation-triangle"),
            "no": (_("Not allowed"), "danger", "fa-ban"),
            "observed": (_("Allowed, but noted"), "info", "fa-eye"),
            "nowhere": (_("No address"), "secondary", "fa-minus"),
            "some": (_("Some of it"), "warning", "fa-adjust"),
        }

    @api.model
    def _get_text(self, entry):
        """Return why, and what would change it."""
        if not entry.reachable:
            return ""
        if entry.decision:
            return self._get_basis_words().get(entry.decision.basis, "")
        why, remedy = self.env["social.policy"]._get_reasons()[entry.decision.reason]
        if not self.env["social.policy"]._is_refused(entry.decision):
            return self.env._("%s Your rules only take note of that.", why)
        return f"{why} {remedy}"

    @api.model
    def _get_basis_words(self):
        return {
            "consent": self.env._("The person has consented."),
            "known": self.env._("You are in touch. Advertising still needs consent."),
            "business": self.env._("It is about business. Advertising still needs consent."),
            "presumed": self.env._("A business that will want the call."),
            "company": self.env._("A company: your settings leave it free."),
            "": self.env._("Fine, unless the person objects."),
        }

    # -- the way forward -----------------------------------------------------------------------

    @api.model
    def _get_steps(self, channel, person, decision, name=""):
        """Return what this user can do about a refusal, as buttons.

        Each names a method that returns a window, the form's view for a window above another
        one, and the method that carries it out.
        """
        wanted = () if decision else STEPS.get(decision.reason, ())
        act = APPROACHES.get(channel, channel)
        if act in SOCIAL_ACTS:
            # That somebody called or wrote makes no post theirs.
            wanted = [each for each in wanted if each == "ask"]
        if not wanted or not person or person._name not in PERSONS:
            return []
        if not person.sudo(False).has_access("write"):
            return []
        made = (self._get_step(each, person, act) for each in wanted)
        steps = [step for step in made if step]
        for step in steps if name else ():
            step["label"] = f"{name}: {step['label']}"
        return steps

    @api.model
    def _get_step(self, name, person, act):
        """Return one button; None where it does not fit this person or user."""
        if name == "ask" and not self._may_ask(person, act):
            return None
        if name == "about" and person._name == "crm.lead":
            return None
        labels = {
            "about": self.env._("Say What It Is About"),
            "contact": self.env._("Record a Contact"),
            "ask": self.env._("Ask for Consent"),
        }
        wizard, confirm, method = {
            "about": ("first_contact", "action_record", "action_say_social_about"),
            "contact": ("first_contact", "action_record", "action_record_social_contact"),
            "ask": ("consent_request", "action_send", "action_ask_social_consent"),
        }[name]
        return {
            "label": labels[name],
            "model": person._name,
            "id": person.id,
            "method": method,
            "args": [act] if name == "ask" else [],
            "confirm": confirm,
            "button": self.env._("Send E-mail") if name == "ask" else self.env._("Record"),
            "view": f"social_consent_monitoring.social_{wizard}_wizard_view_form_plain",
        }

    @api.model
    def _may_ask(self, person, act):
        """Tell whether this user may ask this person by e-mail for what the act needs (rules 8, 9)."""
        if not person._get_social_address():
            return False
        if not self.env["social.consent.request.wizard"].has_access("create"):
            return False
        ask = policy.get_ask_act(policy.ACTS[act].purpose, policy.ACTS[act].channel)
        return bool(self.env["social.policy"]._decide(ask, person)[person.id])

    # -- a message that is being written -------------------------------------------------------

    @api.model
    def _look_at(self, channel, approach):
        """Return the strip of a message that a user writes; False where it goes to nobody yet.

        What it says is what the gate says when the message is sent.
        """
        gate = self.env["social.gate"]
        targets = gate._drop_colleagues(gate._find_people(channel, [approach]))[approach.key]
        if not targets:
            return False
        refused = gate._judge(channel, [approach], log="").get(approach.key, {})
        shown = list(refused.items())[:MANY]
        entries = [
            Entry(channel, person, decision, person.display_name if len(targets) > 1 else "")
            for target, decision in shown
            for person in self._see(gate._get_refused_person(channel, approach, target))
        ]
        # Somebody whom this user may not see, or nobody knows.
        if refused and not entries:
            nobody = self.env["res.partner"]
            told = gate._get_told(channel, approach, nobody, shown[0][1])
            entries = [Entry(channel, nobody, told)]
        if len(targets) == 1:
            [target] = targets
            person = self._see(gate._get_refused_person(channel, approach, target))
            entries = self._complete(channel, person, entries)
        return self._make(entries or [Entry(channel, self.env["res.partner"], ALLOWED)])

    @api.model
    def _see(self, person):
        """Return the person as far as this user may see it."""
        person = person.sudo(False)
        return person.exists()._filtered_access("read") if person.id else person

    @api.model
    def _complete(self, channel, person, refused):
        """Return what holds for one person by each channel; the gate has the last word on its own."""
        found = {entry.channel: entry for entry in person._get_social_entries()} if person else {}
        own = found.pop(channel, None)
        is_refused = self.env["social.policy"]._is_refused
        if refused:
            own = refused[0]
        elif own is None or is_refused(own.decision):
            own = Entry(channel, person, ALLOWED)
        return [own._replace(reachable=True), *found.values()]

    @api.model
    def _count(self, channel, records):
        """Return the strip of a mass message: how many of these persons will be left out."""
        if records._name not in PERSONS or not 0 < len(records) <= MOST:
            return False
        decisions = self.env["social.policy"]._decide(APPROACHES[channel], records)
        is_refused = self.env["social.policy"]._is_refused
        count = sum(map(is_refused, decisions.values()))
        strip = self._make([Entry(channel, records.browse(), ALLOWED)])
        strip["lines"] = []
        if count:
            label = self.env._("%(count)s of %(all)s left out", count=count, all=len(records))
            strip["badges"][0].update(
                state="consent", label=label, color="warning", icon="fa-exclamation-triangle"
            )
            text = self.env._("They have not consented to advertising by this way.")
            strip["lines"] = [{"about": strip["badges"][0]["name"], "text": text}]
        return strip

    @api.model
    def _get_carried(self, own, other):
        """Return the decision that counts of a lead's and its contact's, who are one person."""
        carries = other.basis != "business" if other else other.reason in FINAL
        return other if not own and carries and own.reason in UNDECIDED else own
