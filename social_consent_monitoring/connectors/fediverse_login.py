"""Prove an account on the fediverse by logging in at its own server: OAuth 2 with PKCE.

Each login registers an application of its own at the server, so nothing of it is kept here, and
no server is told of another one. It asks for the right to see who logs in and nothing else
(`profile`; `read:accounts` where that is not known). The token is given back as soon as it has
said whose it is. Addresses follow from the account's server alone: nothing that a server says
leads us, or the person, elsewhere.
"""

import base64
import hashlib
import json
import secrets
from urllib.parse import urlencode

from . import ConnectorError, Login, http
from .fediverse import (
    CLOSED,
    _get,
    _json,
    _list,
    find_home,
    for_stranger,
    is_account,
    make_account,
    split_handle,
)

SMALLEST, OLDER = "profile", "read:accounts"
LONGEST = 500  # characters of what a server may give us to keep


def begin(query, handle, app, state):
    """Register with the account's server, and say where its owner logs in."""
    user, host = split_handle(handle)
    query, base = for_stranger(query, host)
    with http.Session(query) as session:
        home, actor = find_home(session, base, user, host)
        scope = _get_scope(session, home)
        answer = _post(
            session,
            f"{home}/api/v1/apps",
            repeatable=True,
            client_name=app.name,
            redirect_uris=app.back,
            scopes=scope,
            website=app.website,
        )
    kept = {"home": home, "actor": actor, "scope": scope, "verifier": secrets.token_urlsafe(48)}
    for name in ("client_id", "client_secret"):
        kept[name] = _text(answer, name, home)
    asked = {
        "response_type": "code",
        "client_id": kept["client_id"],
        "redirect_uri": app.back,
        "scope": scope,
        "state": state,
        "code_challenge": challenge(kept["verifier"]),
        "code_challenge_method": "S256",
    }
    return Login(f"{home}/oauth/authorize?{urlencode(asked)}", kept)


def finish(query, handle, app, kept, answer):
    """The account, if whoever came back has logged in to it."""
    user, host = split_handle(handle)
    query, _base = for_stranger(query, host)
    home, own = kept["home"], {name: kept[name] for name in ("client_id", "client_secret")}
    with http.Session(query) as session:
        token = _text(
            _post(
                session,
                f"{home}/oauth/token",
                grant_type="authorization_code",
                code=answer.get("code") or "",
                redirect_uri=app.back,
                scope=kept["scope"],
                code_verifier=kept["verifier"],
                **own,
            ),
            "access_token",
            home,
        )
        try:
            account = _ask_who(session, home, token)
        finally:
            _give_back(session, home, token, own)
    if str(_get(account, "username")).lower() != user or not is_account(account, user, host):
        return None
    said = {name: _get(account, name) for name in ("id", "username", "acct", "url")}
    return make_account(user, host, kept["actor"], json.dumps(said, sort_keys=True))


def challenge(verifier):
    """The challenge that goes with a verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _get_scope(session, home):
    """The smallest right that this server knows; older ones say nothing of theirs."""
    try:
        known = _json(session, f"{home}/.well-known/oauth-authorization-server")
    except ConnectorError as error:
        if error.code not in CLOSED:
            raise
        return OLDER
    return SMALLEST if SMALLEST in _list(known, "scopes_supported") else OLDER


def _ask_who(session, home, token):
    """Whose token it is. Never asked anywhere else, whatever the server answers."""
    response = session.request(
        "GET",
        f"{home}/api/v1/accounts/verify_credentials",
        headers={"Authorization": f"Bearer {token}"},
        allow_redirects=False,
    )
    return _object(response, home)


def _give_back(session, home, token, own):
    """Revoke the token. A server that cannot do that lets it end by itself; we forget it anyway."""
    try:
        _post(session, f"{home}/oauth/revoke", repeatable=True, token=token, **own)
    except ConnectorError:
        return


def _post(session, address, *, repeatable=False, **values):
    response = session.request(
        "POST", address, repeatable=repeatable, data=values, allow_redirects=False
    )
    return _object(response, address)


def _object(response, address):
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _unexpected(address)
    return answer


def _text(answer, name, address):
    value = answer.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST or not value.isprintable():
        raise _unexpected(address)
    return value


def _unexpected(address):
    detail = {"host": http.host_of(address), "reason": "answer"}
    return ConnectorError("unexpected_answer", detail)
