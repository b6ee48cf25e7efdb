from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Take no match along to another contact (rule 2).

        A match rests on the consent of the person that it was made for, and core moves foreign
        keys in SQL, past every check. Matches of the remaining contact stay.
        """
        self.env["social.match"].sudo().search([("partner_id", "in", src_partners.ids)]).unlink()
        return super()._update_foreign_keys(src_partners, dst_partner)
