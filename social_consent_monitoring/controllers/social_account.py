import json

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .. import connectors
from ..connectors import ConnectorError
from ..connectors.http import host_of
from ..links import ACCESS, ACCOUNT, WITHDRAW, InvalidLink
from ..models.social_handle_proof import CODE_HOURS
from .pages import ACT, READ, LinkPages

COOKIE = "social_account_"
# As long as an account waits for its proof.
SECONDS_OPEN = CODE_HOURS * 3600
# The longest that another server sends along.
LONGEST = 2000


class SocialAccountPage(LinkPages, http.Controller):
    """A person proves on the own page that an account is theirs: by a code, or by logging in there.

    Adding takes the fresh link that shows the data, mailed to the address on record: the one to
    the own page never expires, and whoever finds it in an old mail binds no account to its person.
    Removing takes no more than that one.

    By logging in a person also consents on the platform itself (rule 22): to the text on the page
    that leads there.

    Who logs in comes back by a GET, which changes nothing and looks nothing up: its page has a
    button. All of it counts only in the browser in which the account was entered, which holds the
    link in a cookie that no other site's form brings along (SameSite=Strict): so nobody finishes
    what somebody else has begun, nor is lured into it.
    """

    @http.route("/social/consent/data/<string:token>/accounts", **READ)
    def account_begin(self, token, purpose=None, channel=None, **_query):
        return self._with_link(token, ACCESS, self._begin, purpose=purpose, channel=channel)

    @http.route("/social/consent/data/<string:token>/accounts/add", **ACT)
    def account_add(self, token, platform=None, handle=None, purpose=None, channel=None, **_form):
        said = {"platform": platform, "handle": handle, "purpose": purpose, "channel": channel}
        return self._act(token, ACCESS, self._add, **said)

    @http.route("/social/consent/<string:token>/accounts/remove", **ACT)
    def account_remove(self, token, account=None, **_form):
        return self._act(token, WITHDRAW, self._remove, "withdraw", account=account)

    @http.route("/social/consent/account/back", **READ)
    def account_back(self, state=None, code=None, iss=None, error=None, **_query):
        said = {"state": state, "code": code, "iss": iss, "error": error}
        return self._show_back({name: (value or "")[:LONGEST] for name, value in said.items()})

    @http.route("/social/consent/account/back", **ACT)
    def account_finish(self, state=None, code=None, iss=None, error=None, **_form):
        return self._refuse_form() or self._come_back(state, code, iss, error)

    @http.route("/social/consent/account/client.json", **READ)
    def account_client(self, **_query):
        return self._describe()

    @http.route("/social/consent/account/<string:token>", **READ)
    def account_show(self, token, **_query):
        return self._with_link(token, ACCOUNT, self._show)

    @http.route("/social/consent/account/<string:token>/check", **ACT)
    def account_check(self, token, **_form):
        return self._act(token, ACCOUNT, self._check, "prove")

    @http.route("/social/consent/account/<string:token>/login", **ACT)
    def account_login(self, token, notice=None, age=None, **_form):
        return self._act(token, ACCOUNT, self._leave, "prove", notice_hash=notice, age=age)

    @http.route("/social/consent/account/<string:token>/cancel", **ACT)
    def account_cancel(self, token, **_form):
        return self._act(token, ACCOUNT, self._cancel, "withdraw")

    # What the pages do: see LinkPages._with_link.

    def _begin(self, consents, link, token, purpose, channel, problem=None, **entered):
        """Ask for an account: to prove it, or to consent to one of the offers by logging in."""
        env = consents.env
        env["social.access"]._open(link)  # refuses whose mailbox is another by now
        proofs = env["social.handle.proof"]
        offers = proofs._get_source_offers(link)
        offer = proofs._find_source_offer(link, purpose, channel)
        platforms = offer.platforms if offer else proofs._get_addable(link)
        if not (platforms or offers or problem):
            return request.redirect(f"/social/consent/data/{token}")
        return self._render(
            env,
            "consent_account_add_page",
            400 if problem else 200,
            company=env.company,
            platforms=platforms,
            offer=offer,
            offers=[each for each in offers if each != offer],
            channels=dict(consents._get_channels()),
            problem=problem,
            chosen=entered.get("chosen"),
            handle=entered.get("handle"),
            base=f"/social/consent/data/{token}",
        )

    def _add(self, consents, link, token, platform, handle, purpose, channel):
        env = consents.env
        env["social.access"]._open(link)
        number = int(platform) if (platform or "").isdecimal() and len(platform) < 10 else 0
        chosen = env["social.platform"].sudo().browse(number).exists()
        offer = env["social.handle.proof"]._find_source_offer(link, purpose, channel)
        try:
            if purpose and not offer:
                raise UserError(env._("You cannot consent to this by logging in."))
            mine = env["social.handle.proof"]._open(link, chosen, handle, offer)
        except UserError as error:
            entered = {"chosen": chosen, "handle": handle}
            return self._begin(consents, link, token, purpose, channel, str(error), **entered)
        proof = env["social.handle.proof"]._get(env["social.link"]._read(mine, ACCOUNT))
        response = request.redirect(f"/social/consent/account/{mine}")
        response.set_cookie(
            f"{COOKIE}{proof.id}",
            mine,
            max_age=SECONDS_OPEN,
            path="/social/consent/account",
            httponly=True,
            samesite="Strict",
            secure=request.httprequest.scheme == "https",
        )
        return response

    def _remove(self, consents, link, token, account):
        if (account or "").isdecimal() and len(account) < 10:
            consents.env["social.handle.proof"]._remove(link, int(account))
        return request.redirect(f"/social/consent/{token}#accounts")

    def _show(self, consents, link, token, problem=None, status=200):
        env = consents.env
        proof = env["social.handle.proof"]._get(link)
        notice = proof.notice_id
        return self._render(
            env,
            "consent_account_page",
            status,
            company=env.company,
            platform=proof.platform_id.name,
            handle=proof.handle,
            notice=notice,
            text=notice and notice._get_text_for(proof.partner_id),
            channel=dict(consents._get_channels()).get(proof.channel),
            logs_in=proof._logs_in(proof.platform_id),
            shows_codes=proof._takes_code(),
            code=proof._get_code(link.key),
            problem=problem,
            base=f"/social/consent/account/{token}",
            page=self._get_page(proof, link),
        )

    def _check(self, consents, link, token):
        _ = consents.env._
        missing = _(
            "We did not find the code yet. Can everybody see it, and was it published just now? "
            "Then try again in a minute."
        )
        proof = consents.env["social.handle.proof"]._get(link)
        if not self._is_at_home(proof, token):
            return self._show(consents, link, token, self._say_over(consents.env), 403)
        return self._try(consents, link, token, lambda: proof._check(link), missing)

    def _is_at_home(self, proof, token):
        """Tell whether this is the browser in which the account was entered."""
        return bool(token) and request.cookies.get(f"{COOKIE}{proof.id}") == token

    def _say_over(self, env):
        return env._(
            "This is over, or was begun in another browser. Open your page again, by the "
            "link in our mail, and begin anew."
        )

    def _leave(self, consents, link, token, notice_hash, age):
        """Show where it goes: a form may not lead to another server, so a link does."""
        proof = consents.env["social.handle.proof"]._get(link)
        if not self._is_at_home(proof, token):
            return self._show(consents, link, token, self._say_over(consents.env), 403)
        if proof.purpose_id and not proof._agree(notice_hash, age):
            replaced = consents.env._(
                "The text was replaced by another one meanwhile. Begin anew, and read that one."
            )
            return self._show(consents, link, token, replaced, 400)
        try:
            url = proof._begin_login()
        except ConnectorError:
            return self._show(consents, link, token, self._say_silent(consents.env))
        return self._render(
            consents.env,
            "consent_account_leave_page",
            company=consents.env.company,
            handle=proof.handle,
            url=url,
            server=host_of(url),
            base=f"/social/consent/account/{token}",
        )

    def _show_back(self, said, problem=None, status=200):
        env = self._get_strangers_env()
        return self._render(
            env, "consent_account_back_page", status, company=None, said=said, problem=problem
        )

    def _come_back(self, state, code, iss, error):
        env = self._get_strangers_env()
        proof = env["social.handle.proof"]._find_state(state)
        token = request.cookies.get(f"{COOKIE}{proof.id}") if proof else None
        if not token:
            return self._refuse_often("bad") or self._show_back(
                {},
                self._say_over(env),
                status=404,
            )
        answer = {"code": code, "iss": iss, "error": error}
        return self._with_link(token, ACCOUNT, self._finish, "prove", state=state, answer=answer)

    def _finish(self, consents, link, token, state, answer):
        env = consents.env
        proof = env["social.handle.proof"]._get(link)
        if proof != env["social.handle.proof"]._find_state(state):
            raise InvalidLink
        if answer["error"] or not answer["code"]:
            proof._forget_login()
            return self._show(
                consents, link, token, env._("You did not log in there, so nothing was proven.")
            )
        other = env._(
            "You logged in with another account. Log out there first, or add the account that you "
            "have logged in with."
        )
        evidence = self._get_giving_evidence(env, proof.partner_id, proof.stated_age)
        return self._try(
            consents, link, token, lambda: proof._finish_login(answer, evidence), other
        )

    def _try(self, consents, link, token, prove, otherwise):
        """Prove it and go to the person's page; or say why not."""
        proof = consents.env["social.handle.proof"]._get(link)
        page, consents_too = self._get_page(proof, link), bool(proof.purpose_id)
        try:
            if prove():
                done = "?done=1&proven=1" if consents_too else "?proven=1#accounts"
                return request.redirect(page + done)
        except ConnectorError:
            otherwise = self._say_silent(consents.env)
        except UserError as error:
            otherwise = consents_too and str(error)
            otherwise = otherwise or consents.env._(
                "Nothing was stored: we may connect your account with you only while you consent "
                "to that."
            )
        return self._show(consents, link, token, otherwise)

    def _cancel(self, consents, link, _token):
        proof = consents.env["social.handle.proof"]._get(link)
        page = self._get_page(proof, link)
        proof._give_up()
        return request.redirect(f"{page}#accounts")

    def _describe(self):
        """Tell Bluesky's servers who asks people to log in: all public, and the same for all."""
        try:
            app = self._get_strangers_env()["social.handle.proof"]._get_app()
            said = connectors.describe_app("bluesky", app)
        except ConnectorError:
            return request.not_found()
        headers = {"Content-Type": "application/json", "X-Content-Type-Options": "nosniff"}
        return request.make_response(json.dumps(said), list(headers.items()))

    def _get_page(self, proof, link):
        return f"/social/consent/{proof._make_page_token(link)}"

    def _say_silent(self, env):
        return env._(
            "The other server does not answer us, or not as we need it. Try again later, or in the "
            "other way."
        )
