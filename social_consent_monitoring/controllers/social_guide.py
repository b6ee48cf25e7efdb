from odoo import http
from odoo.http import request

from .pages import HEADERS, READ, Pages

STAFF = ("administrator", "sales", "clerk", "officer")
# Whose guide comes first for whoever has several groups.
FIRST = {
    "base.group_system": "administrator",
    "social_consent_monitoring.group_social_manager": "administrator",
    "social_consent_monitoring.group_privacy_officer": "officer",
    "social_consent_monitoring.group_social_user": "clerk",
}
# Beside the style sheet a guide loads its pictures, from here as well.
POLICY = f"{HEADERS['Content-Security-Policy']}; img-src 'self'"
# Like READ, for whoever is logged in.
READ_STAFF = {**READ, "auth": "user", "readonly": True}


class SocialGuide(Pages, http.Controller):
    """What each kind of user does with this addon, step by step.

    A guide says how, and holds no data: colleagues read all of them, everybody that of the people.
    """

    @http.route("/social/guide", **READ_STAFF)
    def choose_guide(self, **_query):
        self._check_staff()
        return request.redirect(f"/social/guide/{self._get_own()}", 302)

    @http.route(f"/social/guide/<any({','.join(STAFF)}):who>", **READ_STAFF)
    def show_guide(self, who, **_query):
        self._check_staff()
        company = request.env.company.sudo()
        return self._show(request.env, who, company=company, guides=STAFF)

    @http.route("/social/guide/people", **READ)
    def show_people(self, **_query):
        # No company: whose customer reads it is not known, and it is the same for all.
        return self._show(self._get_strangers_env(), "people", company=None, guides=())

    def _check_staff(self):
        """Answer whoever is no colleague, such as a customer in the portal, like a wrong address."""
        if not request.env.user._is_internal():
            raise request.not_found()

    def _get_own(self):
        user = request.env.user
        return next((who for group, who in FIRST.items() if user.has_group(group)), "sales")

    def _show(self, env, who, **values):
        # The pictures of other languages are the English ones.
        ending = "_de" if (env.context.get("lang") or "").startswith("de") else ""
        response = self._render(env, f"guide_{who}", who=who, ending=ending, **values)
        response.headers["Content-Security-Policy"] = POLICY
        return response
