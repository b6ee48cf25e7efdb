"""What the public pages share: how they are routed, rendered, and protected."""

from odoo.http import request

ROUTE = {"type": "http", "auth": "public", "save_session": False, "sitemap": False}
# GET and HEAD get a connection that cannot write, where the server has one.
READ = {**ROUTE, "methods": ["GET"], "readonly": True}
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

    def _refuse_method(self):
        """Return the answer to what is no POST, where only that acts; None for a POST.

        Odoo lets OPTIONS through to every route.
        """
        if request.httprequest.method == "POST":
            return None
        return request.make_response("", [("Allow", "POST")], status=405)

    def _refuse_link(self, reason):
        """Say what to do: 404 for what never was a link, 410 for what no longer is one."""
        env = request.env["social.consent"].sudo().env
        env = env(
            context={**env.context, "lang": env["social.link"]._choose_lang(request.best_lang)}
        )
        status = 404 if reason == "invalid" else 410
        return self._render(env, "consent_invalid_page", status, reason=reason)

    def _render(self, env, template, status=200, **values):
        values["html_lang"] = to_html_lang(env.context.get("lang"))
        html = env["ir.qweb"]._render(f"social_consent_monitoring.{template}", values)
        headers = {**HEADERS, "Content-Type": "text/html; charset=utf-8"}
        return request.make_response(
            f"<!DOCTYPE html>\n{html}", list(headers.items()), status=status
        )

    def _get_evidence(self, env):
        """Return how the person acted; the door shortens the address of the computer."""
        return {
            "medium": "web",
            "ip": request.httprequest.remote_addr,
            "user_agent": str(request.httprequest.user_agent),
            "lang": env.context.get("lang"),
        }


def to_html_lang(code):
    """Return "de-DE" for "de_DE", as HTML wants it."""
    return (code or "en_US").split("@")[0].replace("_", "-")
