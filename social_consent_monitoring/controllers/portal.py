from odoo import http
from odoo.http import request

from .pages import Pages


class SocialPortalDoor(Pages, http.Controller):
    """The door from the portal: whoever has logged in gets the own page, without a mail."""

    @http.route(
        "/my/social-consent", type="http", auth="user", website=True, methods=["GET"], sitemap=False
    )
    def show(self, **_query):
        record = self._get_record()
        if record.social_subject_id:
            return self._go(record)
        # Nobody has a key before the first decision, and looking makes none.
        return self._render(
            record.env,
            "consent_portal_page",
            company=record.env.company,
            csrf_token=request.csrf_token(),
        )

    @http.route(
        "/my/social-consent",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def begin(self, **_form):
        return self._refuse_form() or self._go(self._get_record())

    def _get_record(self):
        user = request.env.user
        lang = request.env["social.link"]._choose_lang(user.lang, request.best_lang)
        return user.partner_id.sudo().with_context(lang=lang).with_company(request.env.company)

    def _go(self, record):
        # Anybody may type in any address at the portal: logging in proves no mailbox.
        path = record.env["social.access"]._get_page_path(record, mailed=False)
        return request.redirect(path)
