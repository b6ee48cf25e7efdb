from odoo import http
from odoo.http import request

from ..links import WITHDRAW, InvalidLink
from .pages import ACT, READ, Pages


class SocialOneClick(Pages, http.Controller):
    """The address in the header List-Unsubscribe (RFC 8058): a program posts, no person looks.

    A person who opens it gets a page with one button: GET changes nothing.
    """

    @http.route("/social/consent/<string:token>/one-click", **READ)
    def show_one_click(self, token, **_query):
        return self._with_subject(token, self._show)

    @http.route("/social/consent/<string:token>/one-click", **ACT)
    def stop_by_one_click(self, token, **form):
        # What programs send, and the button of the page does not.
        method = "unsubscribe" if "List-Unsubscribe" in form else "link"
        return self._refuse_method() or self._with_subject(token, self._stop, method=method)

    def _with_subject(self, token, act, **values):
        """Call ``act`` with the person whom a genuine link to one channel is about."""
        try:
            link = request.env["social.link"].sudo()._read(token, WITHDRAW)
            company = request.env["res.company"].sudo().browse(link.company)
            subject = request.env["social.subject"].sudo().with_company(company)
            subject = subject._get_by_key(link.subject)
            if not subject or not link.channel:
                raise InvalidLink
        except InvalidLink as error:
            return self._refuse_link(error.reason)
        lang = (
            request.env["social.link"].sudo()._choose_lang(subject._get_lang(), request.best_lang)
        )
        return act(subject.with_context(lang=lang), link, token, **values)

    def _show(self, subject, link, token, done=False):
        env = subject.env
        return self._render(
            env,
            "one_click_page",
            company=env.company,
            channel=dict(env["social.consent"]._get_channels())[link.channel],
            done=done,
            base=f"/social/consent/{token}",
        )

    def _stop(self, subject, link, token, method):
        """Answer with a page and no redirect: programs follow none (RFC 8058)."""
        evidence = self._get_evidence(subject.env)
        subject._stop_advertising(link.channel, method=method, evidence=evidence)
        return self._show(subject, link, token, done=True)
