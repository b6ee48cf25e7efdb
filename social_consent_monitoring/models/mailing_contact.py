from odoo import models


class MailingContact(models.Model):
    _name = "mailing.contact"
    _inherit = [
        "mailing.contact",
        "social.subject.mixin",
        "social.consent.filter.mixin",
        "social.approach.mixin",
    ]

    # What the guard looks answers up by (rule 19).
    _social_guard_email = models.Index("(email_normalized)")
