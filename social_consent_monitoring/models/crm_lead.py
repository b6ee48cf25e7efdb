from odoo import api, models
from odoo.tools import email_normalize

from ..door import open_door


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = [
        "crm.lead",
        "social.subject.mixin",
        "social.consent.filter.mixin",
        "social.approach.mixin",
    ]

    @api.model_create_multi
    def create(self, vals_list):
        """Take over what the contact of a new lead decided."""
        leads = super().create(vals_list)
        for lead in leads.sudo().filtered("partner_id"):
            lead._join_social_person(lead.partner_id, lead._has_address_of(lead.partner_id.email))
        return leads

    def write(self, vals):
        """Let what a lead decided count for the contact that it turns out to be.

        The same address is the same person, and the keys join. Otherwise somebody in sales has
        chosen the contact: then only a no goes along, so that nobody gets a consent that way.
        """
        if not vals.get("partner_id"):
            return super().write(vals)
        partner = self.env["res.partner"].browse(vals["partner_id"]).sudo()
        # Before core gives the lead the contact's address.
        same = self.filtered(lambda lead: lead._has_address_of(partner.email))
        result = super().write(vals)
        for lead in self.sudo():
            lead._join_social_person(partner, lead in same)
        return result

    def _get_social_proven_address(self):
        """A lead's address is changed with a click, and the lead then becomes somebody else."""
        return self._get_social_address()

    def _create_customer(self, with_parent=None):
        """Take the person's key along: what a lead decided holds for the contact it becomes."""
        customer = super()._create_customer(with_parent=with_parent)
        subject = self.sudo().social_subject_id
        if subject and not customer.is_company and not customer.sudo().social_subject_id:
            self.sudo()._join_social_person(customer.sudo(), True)
        return customer

    def _join_social_person(self, record, is_same):
        """Join this lead's key with another record's, or let its refusals count there."""
        own, others = self.social_subject_id, record.social_subject_id
        if own == others or ("is_company" in record._fields and record.is_company):
            return
        if not (is_same and own._is_proven_at(self._get_social_address())):
            own._pass_on_refusals(record)
            others._pass_on_refusals(self)
        elif not own:
            open_door(self).social_subject_id = others
        elif others:
            others._join(own)
        else:
            open_door(record).social_subject_id = own

    def _has_address_of(self, email):
        address = email_normalize(self.email_from or "")
        return bool(address) and address == email_normalize(email or "")

    def _merge_dependences(self, opportunities):
        """Join what the merged leads decided; core deletes the others afterwards."""
        for lead in opportunities.sudo():
            lead._join_social_person(self.sudo(), lead._has_address_of(self.email_from))
        return super()._merge_dependences(opportunities)
