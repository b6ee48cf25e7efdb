from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..models.social_erasure_scope import PERSONS

OFFICER = "social_consent_monitoring.group_privacy_officer"
# What proves what was done, or goes with the person only.
STAYING = (
    "social.consent",
    "social.consent.evidence",
    "social.first.contact",
    "social.existing.customer",
    "social.privacy.request",
    "social.contract",
)


class PrivacyLookupWizardLine(models.TransientModel):
    """Erases a person as a whole: Odoo's own lookup would leave half of one behind."""

    _inherit = "privacy.lookup.wizard.line"

    @api.depends("res_model", "res_id")
    def _compute_res_name(self):
        """Say the kind and number of our records: names tell more than is needed to erase."""
        own = self.filtered(lambda line: (line.res_model or "").startswith("social."))
        for line in own:
            line.res_name = f"{line.res_model_id.name} {line.res_id}"
        return super(PrivacyLookupWizardLine, self - own)._compute_res_name()

    def action_unlink(self):
        """Erase the person to whom a contact, lead, recipient or author belongs (GDPR Art. 17).

        :raises UserError: for what goes with the person, and not by itself
        """
        self.ensure_one()
        if self.res_model in STAYING:
            raise UserError(
                self.env._(
                    "This goes when its person is erased, and not by itself: delete the contact, "
                    "lead or newsletter recipient. What proves the consents stays, without a name."
                )
            )
        if self.res_model not in PERSONS or self.is_unlinked:
            return super().action_unlink()
        return self._erase_social_person()

    def _erase_social_person(self):
        if not self.env.user.has_group(OFFICER):
            raise AccessError(self.env._("Only the privacy officer erases a person."))
        wizard = self.wizard_id
        record = self.env[self.res_model].sudo().browse(self.res_id)
        [(_record, subject)] = record._ensure_subjects()
        requests = self.env["social.privacy.request"]
        request = requests._open(subject, "erase", method="staff")
        if request.state == "received":
            request._check_identity(self.env._("Found and deleted with Odoo's privacy lookup."))
        requests._erase_person(request, [record])
        wizard._forget()
        is_gone = not record.exists()
        done = self.env._("Deleted") if is_gone else self.env._("Made anonymous")
        self.execution_details = f"{done} {self.res_model_id.name} #{self.res_id}"
        self.is_unlinked = True
        return None

    def action_unlink_all(self):
        """Erase the persons first; what has to stay is left out."""
        persons = self.filtered(lambda line: line.res_model in PERSONS)
        super(PrivacyLookupWizardLine, persons).action_unlink_all()
        rest = (self - persons).filtered(lambda line: line.res_model not in STAYING)
        rest._mark_social_gone()
        return super(PrivacyLookupWizardLine, rest).action_unlink_all()

    def _mark_social_gone(self):
        """Mark the lines of records that are gone; the others lose the name that was noted."""
        for line in self:
            model = self.env.get(line.res_model)
            if model is not None and not model.sudo().browse(line.res_id).exists():
                line.is_unlinked = True
            line.res_name = f"{line.res_model_id.name} {line.res_id}"
