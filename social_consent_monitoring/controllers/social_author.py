import json

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..connectors import ConnectorError
from ..links import InvalidLink
from .pages import ACT, HEADERS, READ, Pages


class SocialAuthorPage(Pages, http.Controller):
    """The way in for somebody who is no customer: prove an account, then see, object, erase.

    Before the proof the pages say the same whether or not anything is kept (GDPR Art. 12(6)).
    """

    @http.route("/social/author", **READ)
    def author_start(self, **_query):
        return self._show_start()

    @http.route("/social/author/ask", **ACT)
    def author_ask(self, platform=None, handle=None, **_form):
        return self._refuse_form() or self._ask(platform, handle)

    @http.route("/social/author/<string:token>", **READ)
    def author_request(self, token, **_query):
        return self._with_request(token, "prove", self._show_request)

    @http.route("/social/author/<string:token>/check", **ACT)
    def author_check(self, token, **_form):
        return self._refuse_form() or self._with_request(token, "prove", self._check)

    @http.route("/social/author/<string:token>/by-hand", **ACT)
    def author_by_hand(self, token, **_form):
        return self._refuse_form() or self._with_request(token, "prove", self._ask_for_check)

    @http.route("/social/author/<string:token>/posts", **READ)
    def author_posts(self, token, **_query):
        return self._with_request(token, "show", self._show_posts)

    @http.route("/social/author/<string:token>/posts.json", **READ)
    def author_download(self, token, **_query):
        return self._with_request(token, "show", self._download)

    @http.route("/social/author/<string:token>/object", **ACT)
    def author_object(self, token, **_form):
        return self._refuse_form() or self._with_request(token, "show", self._object)

    @http.route("/social/author/<string:token>/erase", **ACT)
    def author_erase(self, token, **_form):
        return self._refuse_form() or self._with_request(token, "show", self._erase)

    # What the pages do

    def _with_request(self, token, purpose, act):
        """Call ``act`` with the request that a genuine link is about; all others say the same."""
        requests = self._get_requests()
        try:
            found, key = requests._read_token(token, purpose)
            if purpose == "show" and not found._is_proven():
                raise InvalidLink
        except InvalidLink as error:
            return self._refuse_link(error.reason)
        return act(found, key, token)

    def _get_requests(self):
        return self._get_strangers_env()["social.author.request"]

    def _show_start(self, problem=None, platform=None, handle=None, status=200):
        requests = self._get_requests()
        return self._render(
            requests.env,
            "author_start_page",
            status,
            company=requests.env.company,
            platforms=requests._get_platforms(),
            chosen=platform,
            handle=handle,
            problem=problem,
        )

    def _ask(self, platform, handle):
        requests = self._get_requests()
        if refusal := self._refuse_often("author"):
            return refusal
        number = int(platform) if (platform or "").isdecimal() and len(platform) < 10 else 0
        chosen = requests._get_platforms().filtered(lambda each: each.id == number)
        try:
            token = requests._open(chosen, handle)
        except UserError as error:
            return self._show_start(str(error), chosen, handle, status=400)
        return request.redirect(f"/social/author/{token}")

    def _show_request(self, found, key, token, problem=None):
        env = found.env
        if found._is_proven():
            return self._go_to_posts(found, key)
        return self._render(
            env,
            "author_request_page",
            company=found.company_id,
            state=found.state if found.state != "open" or found._is_code_valid() else "expired",
            platform=found.platform_id,
            handle=found.handle,
            code=found._get_code(key),
            problem=problem,
            base=f"/social/author/{token}",
        )

    def _check(self, found, key, token):
        """Look at the other server, before anything is written."""
        _ = found.env._
        if refusal := self._refuse_often("prove", found.digest):
            return refusal
        try:
            if found._check(key):
                return self._go_to_posts(found, key)
            problem = _(
                "We did not find the code yet. Is the post public, and was it published just now? "
                "Then try again in a minute."
            )
        except ConnectorError:
            problem = _(
                "The other server does not answer us. Try again later, or let us check by hand."
            )
        return self._show_request(found, key, token, problem)

    def _ask_for_check(self, found, _key, token):
        found._ask_for_check()
        return request.redirect(f"/social/author/{token}")

    def _go_to_posts(self, found, key):
        return request.redirect(f"/social/author/{found._make_show_token(key)}/posts")

    def _show_posts(self, found, _key, token):
        return self._render(
            found.env,
            "author_posts_page",
            company=found.company_id,
            data=found._get_data(),
            done=None,
            base=f"/social/author/{token}",
        )

    def _download(self, found, _key, _token):
        headers = {
            **HEADERS,
            "Content-Type": "application/json; charset=utf-8",
            "Content-Disposition": 'attachment; filename="posts.json"',
        }
        data = json.dumps(found._get_data(), indent=2, ensure_ascii=False)
        return request.make_response(data, list(headers.items()))

    def _object(self, found, _key, _token):
        return self._act(found, found._object, "objected")

    def _erase(self, found, _key, _token):
        return self._act(found, found._erase, "erased")

    def _act(self, found, act, done):
        """Do it, and say so: the posts, and the request itself, are gone then."""
        company = found.company_id
        act(self._get_evidence(found.env))
        return self._render(found.env, "author_posts_page", company=company, data=None, done=done)
