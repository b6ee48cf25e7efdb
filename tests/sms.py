"""Helpers for tests of codes by SMS: they are taken where Odoo hands them to its provider."""

import re
from unittest.mock import patch

from odoo.addons.sms.tools.sms_api import SmsApi


class Sms:
    """For tests with Odoo's web server; mixed in before ``CommonHttp``."""

    def setUp(self):
        super().setUp()
        self.sent = []
        # What the provider answers; an exception: it does not.
        self.provider_says = "success"
        self.enterContext(patch.object(SmsApi, "_contact_iap", self._take_sms))
        self.env.company.country_id = self.env.ref("base.de")

    def _take_sms(self, _endpoint, params, timeout=15):  # pylint: disable=unused-argument
        if isinstance(self.provider_says, Exception):
            raise self.provider_says
        answers = []
        for message in params["messages"]:
            for number in message["numbers"]:
                answers.append({"uuid": number["uuid"], "state": self.provider_says, "credit": 1})
                if self.provider_says in ("success", "processing"):
                    self.sent.append((number["number"], message["content"]))
        return answers

    def read_code(self, number=None):
        """Return the code of the last SMS, which went to this number."""
        reached, text = self.sent[-1]
        if number:
            self.assertEqual(reached, number)
        [code] = re.findall(r"\b\d{6}\b", text)
        return code
