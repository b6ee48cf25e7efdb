from odoo import api, fields, models
from odoo.exceptions import UserError

# Nobody but who was there can tell of these: they take a note.
SPOKEN = ("called", "met", "presumed")
CONTACTS = [
    ("called", "They called"),
    ("met", "We met in person"),
    ("wrote", "They wrote"),
    ("supplier", "A supplier"),
    ("authority", "A public authority"),
]


class SocialFirstContactWizard(models.TransientModel):
    """Says once what the first contact is about, or records that they called, wrote or met (rule 23)."""

    _name = "social.first.contact.wizard"
    _inherit = ["social.person.wizard.mixin"]
    _description = "First Contact"

    is_business = fields.Boolean(compute="_compute_is_business")
    question = fields.Selection(
        [("about", "Say What It Is About"), ("contact", "Record a Contact")],
        required=True,
        readonly=True,
        default="contact",
    )
    about = fields.Selection(
        [("business", "A business matter"), ("advertising", "Advertising")], "What Is It About?"
    )
    contact = fields.Selection(CONTACTS, "What Happened?")
    # Odoo shows all values of a field, or none.
    business_contact = fields.Selection(
        [*CONTACTS, ("presumed", "Presumed: a business that will want the call")],
        "What Happened, or Holds?",
    )
    note = fields.Text()
    happened_on = fields.Date("On", required=True, default=fields.Date.context_today)

    @api.depends("res_model", "res_id")
    def _compute_is_business(self):
        for wizard in self:
            person = wizard._get_people()
            person.check_access("read")
            wizard.is_business = self._is_business_of(person)

    @api.model
    def _is_business_of(self, person):
        """Tell whether a call to this person is one to a business."""
        if person._name == "mailing.contact":
            return False
        partner = person if person._name == "res.partner" else person.partner_id
        return bool(
            partner.sudo().commercial_partner_id.is_company
            or (person._name == "crm.lead" and person.partner_name)
        )

    def action_record(self):
        """Write down what was said, and close the window.

        :raises UserError: with what is missing
        """
        self.ensure_one()
        person = self._get_people()
        person.check_access("write")
        kind = self._get_kind(person)
        note = (self.note or "").strip()
        if kind in SPOKEN and not note:
            raise UserError(
                self.env._("Write down in a few words who it was, and what it was about.")
                if kind != "presumed"
                else self.env._("Write down why this business will want the call.")
            )
        if self.happened_on > fields.Date.context_today(self):
            raise UserError(self.env._("This day is still to come."))
        for each in self._get_persons(person):
            self.env["social.first.contact"]._record(each, kind, note or None, self.happened_on)
        return self._finish()

    def _get_kind(self, person):
        """Return what was said, one of the values of ``social.first.contact``."""
        if self.question == "about":
            self._check_not_cold(person)
            kind = self.about
        else:
            kind = self.business_contact if self._is_business_of(person) else self.contact
        if not kind:
            raise UserError(self.env._("Choose one of the answers first."))
        return kind

    def _check_not_cold(self, person):
        """Refuse to call the first word to a cold lead a business matter: it is advertising."""
        known, cold = self.env["social.acquaintance"]._find(person)
        if person.id in cold - known:
            raise UserError(
                self.env._(
                    "This lead never turned to you: whatever you write or say is advertising. If "
                    "they called, wrote or met you, record that contact."
                )
            )

    def _get_persons(self, person):
        """Return whom it is said of: a lead and its contact are one person."""
        partner = person.partner_id if person._name == "crm.lead" else None
        if not partner or not partner.has_access("write"):
            return [person]
        subject = partner.sudo().social_subject_id
        if subject and subject == person.sudo().social_subject_id:
            return [person]
        return [person, partner]
