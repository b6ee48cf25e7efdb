from odoo import models

from ..kinds import with_kind

# What a template's text may be replaced with.
TEXT = {"subject", "body", "body_html"}


class MailTemplate(models.Model):
    _name = "mail.template"
    _inherit = ["mail.template", "social.kind.mixin"]
    _service_text = ("subject", "body_html", "model_id")

    def _needs_service_mark(self):
        """What is about a document is a service without a mark."""
        about = self.env["mail.mail"]._get_social_kind_about(self.sudo().model_id.model)
        return super()._needs_service_mark() and about != "service"

    def send_mail_batch(self, res_ids, *args, email_values=None, **kwargs):
        """Let the mails know what they are for (rule 23); a text from elsewhere is no service."""
        kind = self.sudo().social_kind
        if kind == "service" and not TEXT.isdisjoint(email_values or {}):
            kind = None
        marked = with_kind(self, kind)
        return super(MailTemplate, marked).send_mail_batch(
            res_ids, *args, email_values=email_values, **kwargs
        )

    def _prepare_social_request_mails(self, letters):
        """Return the values of one mail for each letter, in its person's language.

        :param dict letters: what the template says, by the id of the record that it is about
        """
        self.ensure_one()
        mails = []
        by_lang = {}
        for record_id, letter in letters.items():
            by_lang.setdefault(letter["lang"], []).append(record_id)
        for lang, record_ids in by_lang.items():
            template = self.with_context(lang=lang, social_requests=letters)
            subjects = template._render_field("subject", record_ids)
            bodies = template._render_field("body_html", record_ids)
            mails += [
                {
                    "subject": subjects[record_id],
                    "body_html": bodies[record_id],
                    "email_to": letters[record_id]["email"],
                    "email_from": letters[record_id]["email_from"],
                    "author_id": False,
                    "auto_delete": True,
                }
                for record_id in record_ids
            ]
        return mails
