from odoo import models

FAILURE = "social_no_consent"


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _process_mail_values_state(self, mail_values_dict):
        """Leave out, with a visible trace, whom a mailing may not approach (rule 23).

        The refused are set apart before core looks for duplicates: a person who consented must
        not come out as the double of one who did not.
        """
        if not self._is_social_marketing():
            return super()._process_mail_values_state(mail_values_dict)
        allowed = self._get_social_allowed_ids(list(mail_values_dict))
        passed = {res_id: vals for res_id, vals in mail_values_dict.items() if res_id in allowed}
        super()._process_mail_values_state(passed)
        for res_id in mail_values_dict.keys() - allowed:
            mail_values_dict[res_id].update(
                {"state": "cancel", "failure_type": FAILURE, "is_notification": False}
            )
        return mail_values_dict

    def _is_social_marketing(self):
        """Every mailing is direct marketing (GDPR Art. 21(2), UWG section 7)."""
        return bool(self.composition_mode == "mass_mail" and self.mass_mailing_id)

    def _get_social_allowed_ids(self, res_ids):
        """Return the ids of the records that may be sent advertising by e-mail.

        A record of another kind (an order, a registration) is judged by the persons that it
        would be sent to; one that leads to nobody known counts as not consenting.
        """
        records = self.env[self.model].browse(res_ids)
        policy = self.env["social.policy"]
        if "social_subject_id" in records._fields:
            return set(policy._enforce("contact_email", records, partial=True).ids)
        persons = records._mail_get_partners()
        everybody = self.env["res.partner"].union(*persons.values())
        allowed = policy._enforce("contact_email", everybody, partial=True)
        if self.env["social.policy.rule"]._get_mode("contact_email") != "enforce":
            return set(res_ids)
        return {res_id for res_id, people in persons.items() if people and people <= allowed}
