from odoo import models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def _prepare_social_request_mails(self, letters):
        """Return the values of one mail for each letter, in its person's language.

        :param dict letters: what the template says, by the id of the consent
        """
        self.ensure_one()
        mails = []
        by_lang = {}
        for consent_id, letter in letters.items():
            by_lang.setdefault(letter["lang"], []).append(consent_id)
        for lang, consent_ids in by_lang.items():
            template = self.with_context(lang=lang, social_requests=letters)
            subjects = template._render_field("subject", consent_ids)
            bodies = template._render_field("body_html", consent_ids)
            mails += [
                {
                    "subject": subjects[consent_id],
                    "body_html": bodies[consent_id],
                    "email_to": letters[consent_id]["email"],
                    "email_from": letters[consent_id]["email_from"],
                    "author_id": False,
                    "auto_delete": True,
                }
                for consent_id in consent_ids
            ]
        return mails
