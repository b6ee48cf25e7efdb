from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import policy


class SocialExistingCustomerWizard(models.TransientModel):
    """Staff records the sale from which a customer's address comes (UWG section 7(3))."""

    _name = "social.existing.customer.wizard"
    _inherit = ["social.partner.wizard.mixin"]
    _description = "Record an Existing Customer"

    email = fields.Char("Address", related="partner_id.email", related_sudo=False)
    sale_reference = fields.Char("Sale", help="The order or invoice, as you number it.")
    sale_date = fields.Date("Day of the Sale")
    goods = fields.Char("Bought", help="Advertising may be about your own, similar goods only.")
    from_sale = fields.Boolean("The address was given with this sale")
    told = fields.Boolean(
        "They were told that they may object at any time, at no cost",
        help="When the address was given, clearly.",
    )
    has_objected = fields.Boolean(compute="_compute_has_objected")

    @api.depends("partner_id")
    def _compute_has_objected(self):
        for wizard in self:
            wizard.has_objected = wizard._says_no()

    def _says_no(self):
        self.partner_id.check_access("read")
        consents = self.env["social.consent"].sudo()
        return bool(
            consents.search_count(
                [
                    ("subject_id", "in", self.partner_id.sudo().social_subject_id.ids),
                    ("company_id", "=", self.env.company.id),
                    ("purpose_id.code", "=", policy.CONTACT),
                    ("channel", "=", "email"),
                    ("recorded_state", "in", list(policy.NO_STATES)),
                ],
                limit=1,
            )
        )

    def action_record(self):
        """Write down the sale, where all conditions hold.

        :raises UserError: with the condition that is missing
        """
        self.ensure_one()
        self.partner_id.check_access("write")
        for is_missing, text in self._get_missing():
            if is_missing:
                raise UserError(text)
        self.env["social.existing.customer"]._record(
            self.partner_id, self.sale_reference.strip(), self.sale_date, self.goods.strip()
        )
        return self._finish()

    def _get_missing(self):
        """Yield (whether it is missing, what to do) for each condition."""
        _ = self.env._
        yield not self.partner_id.email_normalized, _("The contact has no e-mail address.")
        yield not (self.sale_reference or "").strip(), _("Enter the order or invoice.")
        yield not self.sale_date, _("Enter the day of the sale.")
        yield self.sale_date > fields.Date.context_today(self), _("This day is still to come.")
        yield not (self.goods or "").strip(), _("Enter what was bought.")
        yield (
            not self.from_sale,
            _("Only an address that was given with the sale counts. Else ask for consent."),
        )
        yield (
            not self.told,
            _("Who was not told of the right to object has to be asked for consent."),
        )
        yield self._says_no(), _("This person said no to advertising by e-mail. Respect that.")
