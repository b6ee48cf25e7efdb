from odoo import models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def iap_enrich(self, *, batch_size=50):
        """Let the service know of people only with their consent to that (rule 21).

        A lead that names nobody is a company's.

        :raises ConsentRequired: where a user asks for it; the scheduled job leaves them out
        """
        people = self.filtered(lambda lead: lead._is_social_person())
        if self.env.context.get("cron_id"):
            # Looked at again and again for a day: only what somebody asks for is logged.
            decisions = self.env["social.policy"]._decide("enrich", people)
            allowed = people.filtered(lambda lead: decisions[lead.id])
        else:
            allowed = self.env["social.policy"]._enforce("enrich", people) if people else people
        return super(CrmLead, self - people + allowed).iap_enrich(batch_size=batch_size)

    def _is_social_person(self):
        """Tell whether this lead is about a person, and not about a company alone."""
        self.ensure_one()
        contact = self.partner_id
        return bool((self.contact_name or "").strip() or (contact and not contact.is_company))
