from odoo import api, fields, models
from odoo.tools import format_datetime


class SocialProcessingReport(models.AbstractModel):
    """Prints the record of processing (GDPR Art. 30) of the current company."""

    _name = "report.social_consent_monitoring.report_processing"
    _description = "Record of Processing, Printed"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what the page shows; the address of a report asks for no group, so this does."""
        record = self.env["social.processing"].sudo(False)
        record._check_reader()
        zone = self.env.user.tz or "UTC"
        now = format_datetime(self.env, fields.Datetime.now(), tz=zone, dt_format="medium")
        return {
            "doc_ids": self.env.company.ids,
            "doc_model": "res.company",
            "docs": self.env.company.sudo(),
            "sections": record._get_record(),
            "printed_at": f"{now} ({zone})",
        }
