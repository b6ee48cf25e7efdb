from markupsafe import Markup, escape

from odoo import models
from odoo.tools import clean_context

from .. import places, policy
from ..pin import pin


class SocialMentionLead(models.Model):
    """A lead of who wrote a post: with that person's consent only (rule 23)."""

    _name = "social.mention"
    _inherit = ["social.mention"]

    def action_create_lead(self):
        """Make a lead of who wrote this, or say why not, and what may be done instead.

        A refusal is logged; whoever lacks rights in CRM hands the lead over to those who sell.
        """
        self.ensure_one()
        self.check_access("write")
        if len(self._get_matches_for_lead()) > 1:
            return self.action_view_matches()
        person, decided = self._decide_about_lead()
        if act := self._get_refused_act(decided):
            self.env["social.policy"]._carry_out(act, person, decided[act], partial=True)
            return self._open_prospects()
        return self._show_lead(self._find_lead(person) or self._make_lead(person, decided))

    # -- may there be one ------------------------------------------------------------------------

    def _get_matches_for_lead(self):
        """Return the matches that rest on more than a contract, which ends while leads stay."""
        return self._get_own_matches().filtered(lambda match: match.basis != "contract")

    def _get_lead_person(self):
        """Return whom a lead would be of: the matched contact, else the author, unknown."""
        partner = self._get_matches_for_lead().partner_id
        partner.check_access("read")
        return partner or self.sudo().author_id.with_env(self.env)

    def _decide_about_lead(self):
        """Ask the policy: nothing is logged.

        :return: whom a lead would be of, and ``{act: {its id: policy.Decision}}``
        """
        person = self._get_lead_person()
        if not person:
            # Whoever is not known has consented to nothing.
            return self, {"lead": {self.id: policy.Decision(False, "never_asked", "R23")}}
        platform, handle = self._get_place()
        acts = ("match", "lead") if person._name == "res.partner" else ("lead",)
        return person, self.env["social.policy"]._decide_acts(
            acts, person, platform=platform, handle=handle
        )

    def _get_refused_act(self, decided):
        """Return the first act that was refused, or None."""
        is_refused = self.env["social.policy"]._is_refused
        refused = (act for act, made in decided.items() if any(map(is_refused, made.values())))
        return next(refused, None)

    # -- making it -------------------------------------------------------------------------------

    def _find_lead(self, person):
        """Return the lead that was made of this person from this post before."""
        copies = self.env["social.copy"].sudo()
        found = copies.search([("mention_id", "=", self.id), ("res_model", "=", "crm.lead")])
        leads = self.env["crm.lead"].sudo().browse(found.mapped("res_id")).exists()
        contact = person if person._name == "res.partner" else self.env["res.partner"]
        return leads.filtered(
            lambda lead: lead.partner_id == contact and lead.company_id <= self.env.company
        )[:1]

    def _make_lead(self, person, decided):
        """Make the lead of a person about whom the policy said yes."""
        leads = self.env["crm.lead"].with_context(clean_context(self.env.context))
        if not leads.has_access("create"):
            # Whoever may not read the lead follows it neither, or gets its mail all the same.
            leads = leads.sudo().with_context(mail_create_nosubscribe=True)
        vals = {**self._prepare_lead_vals(), "user_id": not leads.env.su and self.env.uid}
        if person._name != "res.partner":
            # It asks and logs by itself, and notes the origin.
            return leads.create({**vals, "social_mention_id": self.id})
        for act, decisions in decided.items():
            self.env["social.policy"]._carry_out(act, person, decisions)
        lead = leads.create({**vals, "partner_id": person.id})
        self._note_lead(lead, [decisions[person.id] for decisions in decided.values()])
        return lead

    def _note_lead(self, lead, decisions):
        """Write down what the lead took from the post: it goes with each of the consents (rule 4)."""
        consents = self.env["social.consent"].sudo()
        for decision in decisions:
            resting = decision.basis == "consent" and decision.consent
            consent = consents.browse(resting or ())
            # Held against whoever takes it back now.
            pin(consent)
            self.env["social.copy"]._record(
                lead,
                ["name", "description"],
                mention=self,
                author=self.sudo().author_id,
                consent=consent,
            )

    def _prepare_lead_vals(self):
        """Return what a lead says of the post: its text without any name, and never the handle."""
        text = places.without_handles(self.text, self._get_place()[1])
        paragraphs = escape(text).replace("\n", Markup("<br/>"))
        return {
            "name": self.env._("From a post on %s", self.platform_id.name),
            "description": Markup("<blockquote>%s</blockquote>") % paragraphs,
            "company_id": self.env.company.id,
        }

    def _show_lead(self, lead):
        """Open the lead; tell whoever may not read it that it is there."""
        lead = lead.sudo(False)
        if lead.has_access("read"):
            return {
                "type": "ir.actions.act_window",
                "res_model": "crm.lead",
                "res_id": lead.id,
                "views": [(False, "form")],
            }
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The lead is there. Your sales team takes it from here."),
            },
        }

    # -- the other ways --------------------------------------------------------------------------

    def _open_prospects(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("No Lead Without Consent"),
            "res_model": "social.prospect.wizard",
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
            "context": {"default_mention_id": self.id},
        }

    def _explain_no_lead(self):
        """Return in words why no lead may be made of who wrote this; "" where one may."""
        person, decided = self._decide_about_lead()
        act = self._get_refused_act(decided)
        if not act:
            return ""
        if person._name == "res.partner":
            return self.env["social.policy"]._explain(act, decided[act][person.id])
        return self.env._(
            "Who wrote this is not known, and it takes that person's consent to find out. Writing "
            "to authors of posts is advertising, which needs their consent, too."
        )
