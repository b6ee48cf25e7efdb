from odoo import api, models
from odoo.exceptions import AccessError

OFFICER = "social_consent_monitoring.group_privacy_officer"


class SocialInformationLetter(models.AbstractModel):
    """The information of GDPR Art. 14 as a letter, in the same words as the mail."""

    _name = "report.social_consent_monitoring.report_information"
    _description = "Information of a Person"

    @api.model
    def _get_report_values(self, docids, data=None):
        if not self.env.user.has_group(OFFICER):
            raise AccessError(self.env._("Only the privacy officer prints this letter."))
        rows = self.env["social.information"].browse(docids or (data or {}).get("ids", []))
        rows.check_access("read")
        letters = {row.id: row.sudo()._prepare_letter() for row in rows}
        return {
            "doc_ids": rows.ids,
            "doc_model": rows._name,
            "docs": rows,
            "letters": letters,
            "texts": {row.id: row.sudo()._render_letter(letters[row.id]) for row in rows},
        }
