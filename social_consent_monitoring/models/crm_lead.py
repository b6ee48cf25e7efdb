from odoo import models

from ..door import open_door


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "social.subject.mixin", "social.consent.filter.mixin"]

    def _create_customer(self, with_parent=None):
        """Take the person's key along: what a lead decided holds for the contact it becomes."""
        customer = super()._create_customer(with_parent=with_parent)
        subject = self.sudo().social_subject_id
        if subject and not customer.is_company and not customer.sudo().social_subject_id:
            open_door(customer.sudo()).social_subject_id = subject
        return customer
