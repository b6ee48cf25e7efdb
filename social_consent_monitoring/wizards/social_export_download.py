from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from .. import policy

OFFICER = "social_consent_monitoring.group_privacy_officer"
# So long after pressing the button the archive can be fetched.
VALID = timedelta(hours=1)


class SocialExportDownload(models.TransientModel):
    """A pass to fetch all data of one person, once the button was pressed.

    Pressing the button (a POST) checks, logs and makes the pass; the address that it leads to
    only reads, and writes the archive into the answer. So a link that somebody is tricked into
    following, or that a scanner follows, logs and makes nothing, and no file with all data of a
    person is ever kept. The pass is its maker's, holds no personal data, and is gone in hours.
    """

    _name = "social.export.download"
    _description = "Pass for an Export"

    subject_id = fields.Many2one(
        "social.subject", "Data Subject", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")

    @api.model
    def _get_action(self, subject):
        """Log that all data of this person is given out, and return the action that fetches it.

        :param subject: a ``social.subject``
        :raises AccessError: for everybody but the privacy officer (rule 5)
        """
        self._check_officer()
        subject = subject.sudo()
        decision = policy.decide("export", policy.Facts(fields.Datetime.now()))
        self.env["social.policy"]._carry_out("export", subject, {subject.id: decision})
        # The receipts hold links; fetching must not have to make the secret that signs them.
        self.env["social.link"]._get_secret(make=True)
        row = self.sudo().create({"subject_id": subject.id, "company_id": self.env.company.id})
        return {
            "type": "ir.actions.act_url",
            "url": f"/social/export/{row.id}",
            "target": "download",
        }

    @api.model
    def _check_officer(self):
        if not self.env.user.has_group(OFFICER):
            raise AccessError(self.env._("Only the privacy officer exports all data of a person."))

    @api.model
    def _fetch_archive(self, number):
        """Return ``(file name, open file)`` for a pass of this user's; None for any other number."""
        self._check_officer()
        row = self.sudo().browse(number).exists()
        expired = row and row.create_date < fields.Datetime.now() - VALID
        if not row or expired or row.create_uid != self.env.user:
            return None
        company = row.company_id & self.env.user.company_ids
        if not company:
            return None
        lang = self.env["social.link"]._choose_lang(row.subject_id._get_lang(), self.env.lang)
        export = self.env["social.export"].with_company(company).with_context(lang=lang)
        return export._open_zip(row.subject_id)
