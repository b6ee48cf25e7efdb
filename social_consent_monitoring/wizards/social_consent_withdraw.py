from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.social_gate import PERSONS

OFFICER = "social_consent_monitoring.group_privacy_officer"


class SocialConsentWithdrawWizard(models.TransientModel):
    """Staff records what a person said by phone or letter. Nothing but the click is required.

    The person is a contact, or another kind of record that knows consents: a lead, a newsletter
    recipient, the author of public posts.
    """

    _name = "social.consent.withdraw.wizard"
    _inherit = ["social.partner.wizard.mixin"]
    _description = "Withdraw a Consent"

    partner_id = fields.Many2one(required=False)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    person_name = fields.Char("Person", compute="_compute_person_name")
    kind = fields.Selection("_get_kinds", "The Person", default="withdraw", required=True)
    purpose_id = fields.Many2one("social.consent.purpose", help="Leave empty for everything.")
    purpose_code = fields.Selection(related="purpose_id.code")
    channel = fields.Selection(
        lambda self: self.env["social.consent"]._get_channels(),
        help="Leave empty for all channels.",
    )
    reason = fields.Text("Note", help="The person need not give a reason.")

    @api.depends("partner_id", "res_model", "res_id")
    def _compute_person_name(self):
        for wizard in self:
            wizard.person_name = wizard._get_people().display_name

    def _get_people(self):
        """Return the record of the person.

        :raises UserError: for a kind of record that knows no consents
        """
        if self.partner_id:
            return self.partner_id
        if self.res_model not in (*PERSONS, "social.author") or not self.res_id:
            raise UserError(self.env._("Choose whose withdrawal this is."))
        return self.env[self.res_model].browse(self.res_id)

    @api.model
    def _get_kinds(self):
        kinds = {
            "withdraw": self.env._("Withdraws a consent"),
            "object": self.env._("Does not want this at all, whether asked or not"),
        }
        if self.env.user.has_group(OFFICER):
            kinds["invalid"] = self.env._("Never gave it: the proof is wrong")
        return list(kinds.items())

    def action_withdraw(self):
        self.ensure_one()
        # The privacy officer keeps the record of consents, whoever edits the contact.
        person = self._get_people()
        person.check_access("read" if self.env.user.has_group(OFFICER) else "write")
        act = {
            "withdraw": person._withdraw_social_consent,
            "object": person._object_social,
            "invalid": person._invalidate_social_consent,
        }[self.kind]
        by_channel = self.purpose_id and self.purpose_id._needs_channel()
        consents = act(
            self.purpose_id.code or None,
            self.channel or None if by_channel else None,
            method="staff",
            reason=self.reason or None,
        )
        if not consents and self.kind != "object":
            raise UserError(
                self.env._(
                    "There is no such consent to withdraw. If the person does not want this at "
                    "all, choose “Does not want this at all”."
                )
            )
        return self._finish()
