"""What the public pages share: how they are routed, rendered, and protected."""

import math

from odoo.http import request

from ..links import InvalidLink
from ..notice_text import to_html_lang


def _reads_only(_controller, _rule, values):
    """Tell whether a connection will do that cannot write: a link that is none is counted."""
    token = values.get("token")
    return token is None or request.env["social.link"].sudo()._is_genuine(token)


ROUTE = {"type": "http", "auth": "public", "save_session": False, "sitemap": False}
# GET and HEAD get a connection that cannot write, where the server has one.
READ = {**ROUTE, "methods": ["GET"], "readonly": _reads_only}
# No CSRF token: the signed link is the authority, no cookie counts, so another site's form gains
# nothing that its maker could not do with the link itself. Without a session there is none to
# protect. A form sent twice changes nothing.
ACT = {**ROUTE, "methods": ["POST"], "csrf": False}
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}


class Pages:
    """The bare pages that need neither login nor JavaScript; mixed into their controllers.

    They load nothing but a style sheet, so that a signed link reaches no other server.
    """

    def _refuse_form(self):
        """Return the answer to what is no form of ours, where only that acts; None for one.

        Odoo lets OPTIONS through to every route, and gives a file for a text. None of these pages
        takes a file.
        """
        if request.httprequest.method != "POST":
            return request.make_response("", [("Allow", "POST")], status=405)
        if request.httprequest.files:
            return request.make_response("", status=400)
        return None

    def _refuse_link(self, reason):
        """Say what to do: 404 for what is no link, 410 for a request that is open no longer.

        Whatever is wrong with the first kind, it gets this page: nobody learns who exists here.
        Whoever brings many is stopped for a while.
        """
        if reason != "invalid":
            return self._render(
                self._get_strangers_env(), "consent_invalid_page", 410, reason=reason
            )
        return self._refuse_often("bad") or self._render(
            self._get_strangers_env(), "consent_invalid_page", 404, reason=reason
        )

    def _refuse_often(self, act, person=""):
        """Return the answer to whoever did this too often within an hour; None: go on.

        Counts the act, see ``social.rate.limit``.
        """
        if request.env.cr.readonly:
            # A genuine link at the wrong place: nobody guessed it.
            return None
        limits = request.env["social.rate.limit"].sudo()
        seconds = limits._hit(act, person, request.httprequest.remote_addr)
        if not seconds:
            return None
        response = self._render(
            self._get_strangers_env(), "consent_busy_page", 429, minutes=math.ceil(seconds / 60)
        )
        response.headers["Retry-After"] = str(seconds)
        return response

    def _get_strangers_env(self):
        """Return the environment to speak in with somebody who is not known: the browser's language."""
        env = request.env["social.consent"].sudo().env
        lang = env["social.link"]._choose_lang(request.best_lang)
        return env(context={**env.context, "lang": lang})

    def _render(self, env, template, status=200, **values):
        values["html_lang"] = to_html_lang(env.context.get("lang"))
        values["to_html_lang"] = to_html_lang
        html = env["ir.qweb"]._render(f"social_consent_monitoring.{template}", values)
        headers = {**HEADERS, "Content-Type": "text/html; charset=utf-8"}
        return request.make_response(
            f"<!DOCTYPE html>\n{html}", list(headers.items()), status=status
        )

    def _get_evidence(self, env):
        """Return how the person acted; the door shortens the address of the computer."""
        return env["social.consent.evidence"]._describe_request()


class LinkPages(Pages):
    """Pages behind a signed link."""

    def _act(self, token, kind, act, limit="act", **values):
        """Do something by a link; only a POST does.

        :param limit: how often it may happen, one of the limits of ``social.rate.limit``
        """
        return self._refuse_form() or self._with_link(token, kind, act, limit, **values)

    def _with_link(self, token, kind, act, limit=None, **values):
        """Call ``act`` for a genuine link; all others get a page that says what to do.

        It gets the consents as superuser in the link's company and in the person's language, the
        link and the token.
        """
        try:
            link = request.env["social.link"].sudo()._read(token, kind)
            refusal = limit and self._refuse_often(limit, link.subject)
            company = request.env["res.company"].sudo().browse(link.company)
            consents = request.env["social.consent"].sudo().with_company(company)
            return refusal or act(self._in_language(consents, link), link, token, **values)
        except InvalidLink as error:
            return self._refuse_link(error.reason)

    def _in_language(self, consents, link):
        """Speak the person's language, or else that of the notice, or else the browser's."""
        mine = consents._get_of_link(link)
        subject = consents.env["social.subject"]._get_by_key(link.subject)
        lang = consents.env["social.link"]._choose_lang(
            subject._get_lang(), mine.notice_id[:1].lang, request.best_lang
        )
        return consents.with_context(lang=lang)

    def _get_giving_evidence(self, env, record, age):
        """Return what proves a yes: the address that the link went to, and the age as it was said."""
        evidence = {**self._get_evidence(env), "address": record._get_social_address()}
        if isinstance(age, str) and age.isdecimal():
            # Four digits are enough for the door to see that this is nobody's age.
            evidence["age"] = int(age.lstrip("0")[:4] or 0)
        return evidence
