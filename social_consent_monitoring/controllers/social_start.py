import time

from odoo import http
from odoo.tools import email_normalize

from .pages import ACT, READ, Pages

# Seconds that an answer takes at least: longer than finding somebody and writing a mail.
PATIENCE = 1.0


class SocialStartPage(Pages, http.Controller):
    """Where who lost the link gets another one: mailed to the address, if it is on record.

    It answers the same, in about the same time, whether anybody has that address or not.
    """

    @http.route("/social/consent", **READ)
    def show(self, **_query):
        return self._show()

    @http.route("/social/consent", **ACT)
    def send(self, email=None, **_form):
        return self._refuse_form() or self._send(email_normalize(email or "") or "")

    def _show(self, problem=None):
        env = self._get_strangers_env()
        return self._render(env, "consent_start_page", company=env.company, problem=problem)

    def _send(self, address):
        env = self._get_strangers_env()
        if not address:
            return self._show(problem=env._("Enter an e-mail address, such as name@example.com."))
        if refusal := self._refuse_often("ask", address):
            return refusal
        started = time.monotonic()
        env["social.access"]._send_to_address(address)
        env.flush_all()
        time.sleep(max(0, started + PATIENCE - time.monotonic()))
        return self._render(env, "consent_sent_page", company=env.company, back="/social/consent")
