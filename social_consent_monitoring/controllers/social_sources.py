from odoo import http
from odoo.http import request

from .pages import READ, Pages

# It names nobody, and is the same for all: caches may keep it for an hour, one for each language.
CACHED = {"Cache-Control": "public, max-age=3600", "Vary": "Accept-Language"}


class SocialSourcesPage(Pages, http.Controller):
    """What the company reads in public, for everybody (GDPR Art. 14 and 21): no login, no person."""

    @http.route("/social/sources", **READ)
    def show_sources(self, company=None, **_query):
        env = self._get_strangers_env()
        if company is None:
            # Each company has an address of its own, so that no cache mistakes one for another.
            path = env.company._get_social_sources_path()
            return request.redirect(path, 302) if path else self._show_none(env)
        found = env["social.sources.page"]._get_company(company)
        return self._show(found) if found else self._show_none(env)

    def _show_none(self, env):
        return self._render(env, "sources_none_page", 404)

    def _show(self, company):
        page = company.env["social.sources.page"].with_company(company)
        response = self._render(
            page.env, "sources_page", company=company.with_env(page.env), **page._get_data()
        )
        response.headers.update(CACHED)
        response.headers.pop("X-Robots-Tag", None)
        return response
