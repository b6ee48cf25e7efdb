from odoo import api, models

from ..door import open_door


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Join what the merged persons decided, and take nothing behind the wall along (rule 2).

        A match, a profile or a value rests on the consent of the person it was made for, and core moves foreign
        keys in SQL, past every check. Those of the remaining contact stay, as far as its consent
        does.
        """
        self.env["social.wall.mixin"]._drop([("partner_id", "in", src_partners.ids)])
        # Core fills in what is missing.
        missing = {
            name: name
            for names in src_partners._get_social_taken().values()
            for name in names
            if not dst_partner[name]
        }
        self.env["social.copy"]._follow(src_partners, dst_partner, missing)
        subjects = src_partners.sudo().social_subject_id
        target = dst_partner.sudo().social_subject_id or subjects[:1]
        if subjects:
            open_door(dst_partner.sudo()).social_subject_id = target
            target._join(subjects)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _merge(self, partner_ids, *args, **kwargs):
        """Pause what names by now a person who does not want it: names and handles joined (rule 24)."""
        result = super()._merge(partner_ids, *args, **kwargs)
        left = self.env["res.partner"].sudo().browse(partner_ids).exists()
        self.env["social.watch"]._note_subjects(left.social_subject_id)
        self.env["social.watch"]._note_persons(left)
        return result
