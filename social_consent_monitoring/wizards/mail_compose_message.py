from odoo import models
from odoo.tools import email_normalize_all

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
        allowed = self._get_social_allowed_ids(mail_values_dict)
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

    def _get_social_allowed_ids(self, mail_values_dict):
        """Return the ids of the records for which the mail may go out.

        Judged are the record, where it is a person, and everybody to whom its mail goes. A
        record that leads to nobody known, and an address that belongs to none of those judged,
        count as not consenting.
        """
        records = self.env[self.model].browse(mail_values_dict)
        is_person = "social_subject_id" in records._fields
        partners = self._get_social_partners(records, mail_values_dict, is_person)
        everybody = self.env["res.partner"].union(*partners.values())
        policy = self.env["social.policy"]
        allowed = policy._enforce("contact_email", records, partial=True) if is_person else records
        if records._name == "res.partner":
            others = policy._enforce("contact_email", everybody - records, partial=True)
            allowed_partners = allowed | others
        else:
            allowed_partners = policy._enforce("contact_email", everybody, partial=True)
        # Whoever is not known meets no condition: the default rule decides.
        strict = self.env["social.policy.rule"]._get_mode("contact_email") == "enforce"
        addresses = self._get_social_addresses(records, partners, is_person)
        recipients = self._get_recipients_data(mail_values_dict)
        return {
            record.id
            for record in allowed
            if partners[record.id] <= allowed_partners
            and not (
                strict
                and self._is_social_stranger(record, is_person, partners, recipients, addresses)
            )
        }

    def _is_social_stranger(self, record, is_person, partners, recipients, addresses):
        """Tell whether the mail goes to somebody of whom nobody knows who it is."""
        nobody = not is_person and not partners[record.id]
        return nobody or not (
            set(recipients[record.id]["mail_to_normalized"]) <= addresses[record.id]
        )

    def _get_social_partners(self, records, mail_values_dict, is_person):
        """Return ``{record id: contacts}`` to whom the mail of each record goes."""
        linked = {} if is_person else records._mail_get_partners()
        nobody = self.env["res.partner"]
        return {
            res_id: linked.get(res_id, nobody)
            | nobody.browse(command[1] for command in vals.get("recipient_ids") or [] if command[1])
            for res_id, vals in mail_values_dict.items()
        }

    def _get_social_addresses(self, records, partners, is_person):
        """Return ``{record id: addresses}`` of those who are judged, normalised."""
        own = records._mail_get_primary_email() if is_person else {}
        return {
            record.id: {
                address
                for text in [own.get(record.id), *partners[record.id].mapped("email")]
                for address in email_normalize_all(text or "")
            }
            for record in records
        }
