from odoo import models

from ..kinds import with_kind


class MailingMailingTest(models.TransientModel):
    _inherit = "mailing.mailing.test"

    def send_mail_test(self):
        """A test goes to whoever prepares the mailing: it is no advertising."""
        return super(MailingMailingTest, with_kind(self, "service")).send_mail_test()
