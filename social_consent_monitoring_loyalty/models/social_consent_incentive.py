from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SocialConsentIncentive(models.Model):
    """An incentive that is a voucher: each customer gets one, and keeps it (rule 12).

    Nothing here looks at a withdrawal. Who consents again gets no second one.
    """

    _inherit = "social.consent.incentive"

    program_id = fields.Many2one(
        "loyalty.program",
        "Vouchers Of",
        domain=[("program_type", "=", "coupons")],
        ondelete="restrict",
        help="Whoever consents gets a voucher of this program by e-mail. Customers only.",
    )

    @api.constrains("program_id", "company_id")
    def _check_program(self):
        for incentive in self:
            program = incentive.sudo().program_id
            if program and (
                program.program_type != "coupons"
                or program.company_id not in (program.company_id.browse(), incentive.company_id)
            ):
                raise ValidationError(
                    self.env._("Choose a program of coupons, of this company or of all.")
                )

    def write(self, vals):
        if "program_id" in vals:
            self._check_not_signed()
        return super().write(vals)

    def _hand_out(self, people):
        """Make a voucher for each of these customers, and send it: it was promised."""
        super()._hand_out(people)
        program = self.sudo().program_id
        if not program or people._name != "res.partner":
            return
        cards = self.env["loyalty.card"].sudo().with_context(action_no_send_mail=True)
        for partner in people.sudo():
            if not self._has_voucher(partner):
                card = cards.create(
                    {
                        "program_id": program.id,
                        "partner_id": partner.id,
                        "points": min(program.reward_ids.mapped("required_points"), default=1) or 1,
                    }
                )
                self.env.ref(
                    "social_consent_monitoring_loyalty.mail_template_voucher"
                ).sudo().send_mail(card.id)

    def _has_voucher(self, partner):
        """Tell whether this customer, or another one with the address, had one before."""
        had = fields.Domain("partner_id", "=", partner.id)
        if address := partner.email_normalized:
            had |= fields.Domain("partner_id.email_normalized", "=", address)
        cards = self.env["loyalty.card"].sudo().with_context(active_test=False)
        return bool(
            cards.search_count(
                fields.Domain("program_id", "=", self.sudo().program_id.id) & had, limit=1
            )
        )
