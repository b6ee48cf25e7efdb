from odoo import http

from ..links import WITHDRAW, InvalidLink
from .pages import ACT, READ, LinkPages


class SocialOneClick(LinkPages, http.Controller):
    """The address in the header List-Unsubscribe (RFC 8058): a program posts, no person looks.

    A person who opens it gets a page with one button: GET changes nothing.
    """

    @http.route("/social/consent/<string:token>/one-click", **READ)
    def show_one_click(self, token, **_query):
        return self._with_link(token, WITHDRAW, self._show)

    @http.route("/social/consent/<string:token>/one-click", **ACT)
    def stop_by_one_click(self, token, **form):
        # What programs send, and the button of the page does not.
        method = "unsubscribe" if "List-Unsubscribe" in form else "link"
        return self._act(token, WITHDRAW, self._stop, limit="withdraw", method=method)

    def _show(self, consents, link, token, done=False):
        self._get_subject(consents, link)
        return self._render(
            consents.env,
            "one_click_page",
            company=consents.env.company,
            channel=dict(consents._get_channels())[link.channel],
            done=done,
            base=f"/social/consent/{token}",
        )

    def _stop(self, consents, link, token, method):
        """Answer with a page and no redirect: programs follow none (RFC 8058)."""
        evidence = self._get_evidence(consents.env)
        subject = self._get_subject(consents, link)
        subject._stop_advertising(link.channel, method=method, evidence=evidence)
        return self._show(consents, link, token, done=True)

    def _get_subject(self, consents, link):
        """Return the person whom a link to one channel is about; others have no place here."""
        subject = consents.env["social.subject"]._get_by_key(link.subject)
        if not subject or not link.channel:
            raise InvalidLink
        return subject
