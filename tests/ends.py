"""Base class of the tests that look at what really goes out: envelopes, SMS, letters."""

from unittest.mock import patch

from odoo.addons.sms.tools.sms_api import SmsApi

from common import Common
from counterparts.smtp import Postbox


class Ends(Common):
    """Mails go to a real SMTP server; SMS are taken where Odoo hands them to its provider."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.postbox = cls.enterClassContext(Postbox())
        cls.numbers = []
        # In a test Odoo sends nothing, and refuses to call its SMS service.
        server = type(cls.env["ir.mail_server"])
        cls.enterClassContext(patch.object(server, "_disable_send", lambda *_args: False))
        cls.enterClassContext(patch.object(SmsApi, "_contact_iap", cls._take_sms))
        # What the demo data left in the queue.
        cls.env["mail.mail"].search([]).unlink()
        cls.env["ir.mail_server"].search([]).active = False
        cls.env["ir.mail_server"].create(
            {"name": "Postbox", "smtp_host": "127.0.0.1", "smtp_port": cls.postbox.port}
        )
        cls.env.company.country_id = cls.env.ref("base.de")
        cls.partner.phone = "+49 30 123456"

    def setUp(self):
        super().setUp()
        self.postbox.envelopes.clear()
        self.postbox.refused.clear()
        self.postbox.is_busy = False
        self.numbers.clear()
        # What an earlier test left for the end of its transaction, which never came.
        self.env.cr.postcommit.clear()

    @classmethod
    def _take_sms(cls, _endpoint, params, timeout=15):  # pylint: disable=unused-argument
        """Answer as the provider does, and keep the numbers."""
        numbers = [number for message in params["messages"] for number in message["numbers"]]
        cls.numbers.extend(number["number"] for number in numbers)
        return [{"uuid": number["uuid"], "state": "success", "credit": 1} for number in numbers]

    def send_queue(self):
        """Let the cron jobs send what is queued, in this transaction."""
        queued = self.env["mail.mail"].search([("state", "=", "outgoing")])
        queued.send()
        self.env["sms.sms"].search([("state", "=", "outgoing")]).send()

    def assertReached(self, *addresses):
        self.assertEqual(self.postbox.reached, sorted(addresses))
