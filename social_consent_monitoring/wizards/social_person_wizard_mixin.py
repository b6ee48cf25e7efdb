from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.social_gate import PERSONS


class SocialPersonWizardMixin(models.AbstractModel):
    """What the wizards share that write down what a contact, lead or newsletter recipient said."""

    _name = "social.person.wizard.mixin"
    _inherit = ["social.wizard.mixin"]
    _description = "Wizard About a Person"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)
    person_name = fields.Char("Person", compute="_compute_person_name")

    @api.depends("res_model", "res_id")
    def _compute_person_name(self):
        for wizard in self:
            person = wizard._get_people()
            person.check_access("read")
            wizard.person_name = person.display_name

    def _get_people(self):
        """Return the contact, lead or newsletter recipient; no other kind of record."""
        if self.res_model not in PERSONS:
            raise UserError(self.env._("This is said of contacts, leads and recipients only."))
        return self.env[self.res_model].browse(self.res_id)
