from odoo import api, fields, models
from odoo.exceptions import UserError

from ..digests import sha256
from ..door import is_open, open_door

OFFICER = "social_consent_monitoring.group_privacy_officer"
FROZEN = {"name", "description", "purpose_id", "company_id", "counsel", "opinion", "opinion_name"}
SIGNING = {"signed_off_by_id", "signed_off_on", "opinion_digest"}


class SocialConsentIncentive(models.Model):
    """Something given for a consent, such as a voucher (rule 12).

    A lawyer looks at it first, and the sign-off is recorded before anybody uses it. Not for
    minors. Whoever withdraws the consent keeps it: nothing here takes it back.
    """

    _name = "social.consent.incentive"
    _inherit = ["social.company.mixin"]
    _description = "Incentive for a Consent"
    _order = "name, id"

    name = fields.Char(required=True, help="As the person reads it, such as “Voucher of 5 €”.")
    active = fields.Boolean(default=True, help="An archived incentive is no longer offered.")
    description = fields.Text()
    purpose_id = fields.Many2one("social.consent.purpose", required=True, ondelete="restrict")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    counsel = fields.Char("Checked By", help="The lawyer who looked at it.", groups=OFFICER)
    opinion = fields.Binary("Legal Opinion", attachment=True, copy=False, groups=OFFICER)
    opinion_name = fields.Char(copy=False, groups=OFFICER)
    opinion_digest = fields.Char(
        readonly=True,
        copy=False,
        groups=OFFICER,
        help="SHA-256 of the opinion that was signed off.",
    )
    signed_off_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    signed_off_on = fields.Datetime(readonly=True, copy=False)

    def action_sign_off(self):
        """Record that a lawyer found this incentive to be in order (rule 12).

        :raises UserError: without the lawyer's name and opinion
        """
        for incentive in self:
            if incentive.signed_off_on:
                continue
            if not (incentive.counsel or "").strip() or not incentive.opinion:
                raise UserError(
                    self.env._(
                        "Name the lawyer who checked “%s”, and attach the opinion. Then sign off.",
                        incentive.name,
                    )
                )
            open_door(incentive).write(
                {
                    "signed_off_by_id": self.env.uid,
                    "signed_off_on": fields.Datetime.now(),
                    "opinion_digest": incentive._get_opinion_digest(),
                }
            )

    def _is_usable(self, purpose):
        """Tell whether it may be offered for a consent to this purpose, now and here."""
        self.ensure_one()
        return bool(
            self.exists()
            and self.active
            and self.signed_off_on
            and self.opinion_digest == self._get_opinion_digest()
            and self.purpose_id == purpose
            and self.company_id == self.env.company
        )

    def _get_opinion_digest(self):
        """Return the SHA-256, hexadecimal, of the opinion: another file is another opinion."""
        return sha256(self.with_context(bin_size=False).opinion or b"")

    def _get_evidence(self):
        """Return what the evidence of a consent says of it."""
        self.ensure_one()
        return f"{self.name} ({self.id})"

    def _hand_out(self, people):
        """Give it to these persons, who have just consented. Here it is only noted in the evidence;
        an addon that knows vouchers makes one for each.
        """

    @api.model_create_multi
    def create(self, vals_list):
        if any(SIGNING & vals.keys() for vals in vals_list):
            self._refuse_signing()
        incentives = super().create(vals_list)
        if any(incentives.mapped("signed_off_on")):
            self._refuse_signing()
        return incentives

    def write(self, vals):
        if SIGNING & vals.keys() and not is_open(self):
            self._refuse_signing()
        if FROZEN & vals.keys():
            self._check_not_signed()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unsigned(self):
        self._check_not_signed()

    def _refuse_signing(self):
        raise UserError(self.env._("An incentive is signed off by “Sign Off” only."))

    def _check_not_signed(self):
        if any(incentive.signed_off_on for incentive in self):
            raise UserError(
                self.env._(
                    "This incentive is signed off, and stays as the lawyer saw it. Archive it and "
                    "make another one."
                )
            )
