from odoo import models


class MailingContact(models.Model):
    _name = "mailing.contact"
    _inherit = [
        "mailing.contact",
        "social.subject.mixin",
        "social.consent.filter.mixin",
        "social.approach.mixin",
    ]
