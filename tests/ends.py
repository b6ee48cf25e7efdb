"""Base class of the tests that look at what really goes out: envelopes, SMS, letters."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from odoo.addons.sms.tools.sms_api import SmsApi
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import Common
from counterparts.smtp import Postbox

STATES = ("never", "requested", "given", "refused", "withdrawn", "expired", "invalidated")


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

    def bring_to(self, state, channel="email"):
        """Bring the person's consent to advertising into a state."""
        consents = self.env["social.consent"]
        if state == "requested":
            consents = self.partner._request_social_consent("contact", channel)
        elif state == "refused":
            self.partner._object_social("contact", channel, method="staff")
        elif state == "expired":
            past = fields.Datetime.now() - timedelta(days=2)
            self.give("contact", channel, given_at=past, valid_until=past + timedelta(days=1))
        elif state != "never":
            self.give("contact", channel)
        if state == "withdrawn":
            self.withdraw("contact", channel)
        elif state == "invalidated":
            self.partner.with_user(self.officer)._invalidate_social_consent(
                "contact", channel, method="staff", reason="A forged form."
            )
        # The request itself is a mail that may go out.
        self.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()
        return consents

    def try_states(self, send, allowed):
        """Send in each state of consent; in those that are allowed it arrives, and in no other."""
        for state in STATES:
            with self.subTest(state=state):
                savepoint = self.env.cr.savepoint()
                try:
                    self.bring_to(state)
                    try:
                        send()
                    except ConsentRequired:
                        self.assertNotIn(state, allowed)
                    self.send_queue()
                    # Core sends the mail of a cart to the contact and to the address.
                    own = {self.partner.email}.intersection(self.postbox.reached)
                    self.assertEqual(own, {self.partner.email} if state in allowed else set())
                finally:
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()
                    self.postbox.envelopes.clear()

    def assertAdvertising(self, send):
        """It arrives with a valid consent only."""
        self.try_states(send, {"given"})

    def assertService(self, send):
        """It always arrives."""
        self.try_states(send, set(STATES))

    def send_queue(self):
        """Let the cron jobs send what is queued, in this transaction."""
        queued = self.env["mail.mail"].search([("state", "=", "outgoing")])
        queued.send()
        self.env["sms.sms"].search([("state", "=", "outgoing")]).send()

    def assertReached(self, *addresses):
        self.assertEqual(self.postbox.reached, sorted(addresses))
