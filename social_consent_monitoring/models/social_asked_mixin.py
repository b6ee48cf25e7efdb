from odoo import api, fields, models

# Who may be asked, and the field that says so.
PERSON_FIELDS = {
    "res.partner": "partner_id",
    "crm.lead": "lead_id",
    "mailing.contact": "recipient_id",
}


class SocialAskedMixin(models.AbstractModel):
    """A row about one person who is to be asked for consent: a contact, lead or recipient."""

    _name = "social.asked.mixin"
    _inherit = ["social.door.mixin"]
    _description = "About One Person Who Is Asked"
    _order = "id"

    partner_id = fields.Many2one(
        "res.partner", "Contact", readonly=True, index=True, ondelete="cascade"
    )
    lead_id = fields.Many2one("crm.lead", readonly=True, index="btree_not_null", ondelete="cascade")
    recipient_id = fields.Many2one(
        "mailing.contact",
        "Newsletter Recipient",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )

    _one_person = models.Constraint(
        "CHECK (num_nonnulls(partner_id, lead_id, recipient_id) = 1)",
        "A line is about one contact, lead or newsletter recipient.",
    )

    @api.model
    def _get_people_vals(self, people):
        """Return what says of one new row for each of these persons whom it is about."""
        return [{PERSON_FIELDS[people._name]: person.id} for person in people]

    def _get_people(self):
        """Return whom these rows are about, all of one kind."""
        people = (self[name] for name in PERSON_FIELDS.values() if self[name])
        return next(people, self.env["res.partner"])
