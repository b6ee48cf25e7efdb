from odoo import api, models
from odoo.exceptions import ValidationError

# Here the person is a customer; elsewhere nobody is there whom a voucher could be made for.
PLACES = ("signup", "account", "checkout")


class SocialConsentBox(models.Model):
    _inherit = "social.consent.box"

    @api.constrains("place", "incentive_id")
    def _check_voucher(self):
        for box in self:
            if box.incentive_id.sudo().program_id and box.place not in PLACES:
                raise ValidationError(
                    self.env._(
                        "A voucher goes to customers: offer it at the checkout, at the sign-up or "
                        "in the customer account."
                    )
                )
