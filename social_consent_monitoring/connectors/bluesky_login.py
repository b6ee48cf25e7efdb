"""Prove an account on Bluesky by logging in: OAuth as atproto has it (PAR, PKCE, DPoP).

The way leads from the handle to the account's lasting id (DID), from its document to the server
that has the account, and from there to the one where its owner logs in. The document has to name
the handle, too, so that neither the one who resolves handles nor the account alone can claim it.
What is asked for is to see who logs in (`atproto`), and nothing else; the answer to the exchange
of the code says that, so that the token is given back unused.

We are a public client: its description stands at `App.metadata`. On one's own machine, where no
other server could read that, atproto takes a name that says it all (`http://localhost?...`).

Limit: all that belongs to the server of the login has to lie at one address, as it does at
bsky.social and with the PDS.
"""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import replace
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from . import Account, ConnectorError, Login, http
from .bluesky import DID, _get, as_handle

DIRECTORY = "https://plc.directory"
SCOPE = "atproto"
SERVICE = "AtprotoPersonalDataServer"
CURVE = ec.SECP256R1()
ENDPOINTS = (
    "pushed_authorization_request_endpoint",
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
)


def describe(app):
    """Return what `App.metadata` has to answer with, as JSON's types."""
    return {
        "client_id": app.metadata,
        "client_name": app.name,
        "client_uri": app.website,
        "redirect_uris": [app.back],
        "scope": SCOPE,
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "application_type": "web",
        "token_endpoint_auth_method": "none",
        "dpop_bound_access_tokens": True,
    }


def begin(query, handle, app, state):
    """Announce the login to the account's server, and say where its owner logs in."""
    asks = _Asks(query)
    handle = as_handle(handle)
    did, home = _find_home(asks, handle)
    server = _find_server(asks, home)
    key = ec.generate_private_key(CURVE)
    kept = {
        "did": did,
        "server": server,
        "key": f"{key.private_numbers().private_value:x}",
        "verifier": secrets.token_urlsafe(48),
    }
    client = _get_client(app)
    answer = asks.post_bound(
        server["pushed_authorization_request_endpoint"],
        key,
        client_id=client,
        response_type="code",
        code_challenge=_encode(hashlib.sha256(kept["verifier"].encode()).digest()),
        code_challenge_method="S256",
        redirect_uri=app.back,
        scope=SCOPE,
        state=state,
        login_hint=handle,
    )
    asked = urlencode({"client_id": client, "request_uri": _get(answer, "request_uri") or ""})
    return Login(f"{server['authorization_endpoint']}?{asked}", kept)


def finish(query, handle, app, kept, answer):
    """The account, if whoever came back has logged in to it."""
    asks = _Asks(query)
    server = kept["server"]
    if answer.get("iss") != server["issuer"]:
        # Somebody else's answer, brought to us to be taken for this one (RFC 9207).
        raise _unexpected(server["issuer"])
    key = ec.derive_private_key(int(kept["key"], 16), CURVE)
    client = _get_client(app)
    said = asks.post_bound(
        server["token_endpoint"],
        key,
        client_id=client,
        grant_type="authorization_code",
        code=answer.get("code") or "",
        code_verifier=kept["verifier"],
        redirect_uri=app.back,
    )
    for name in ("access_token", "refresh_token"):
        if token := _get(said, name):
            _give_back(asks, server, key, client_id=client, token=token)
    if _get(said, "sub") != kept["did"]:
        return None
    seen = json.dumps({name: _get(said, name) for name in ("sub", "scope")}, sort_keys=True)
    return Account(as_handle(handle), kept["did"], hashlib.sha256(seen.encode()).hexdigest())


def _give_back(asks, server, key, **values):
    """Revoke a token. Where that fails it ends by itself; we forget it anyway."""
    try:
        asks.post_bound(server["revocation_endpoint"], key, repeatable=True, **values)
    except ConnectorError:
        return


def _find_home(asks, handle):
    """`(DID, address of the server)` of the account, each confirmed by the other side."""
    address = f"{http.origin_of(asks.query.address)}/xrpc/com.atproto.identity.resolveHandle"
    did = _get(asks.get(f"{address}?{urlencode({'handle': handle})}"), "did")
    if not isinstance(did, str) or not DID.fullmatch(did):
        raise _unexpected(address)
    document = asks.get(_get_document_address(asks.query, did))
    names = _get(document, "alsoKnownAs")
    if _get(document, "id") != did or f"at://{handle}" not in _lower(names):
        raise _unexpected(address)
    services = _get(document, "service")
    for service in services if isinstance(services, list) else ():
        if _get(service, "type") == SERVICE and isinstance(_get(service, "serviceEndpoint"), str):
            return did, asks.check(service["serviceEndpoint"])
    raise _unexpected(address)


def _get_document_address(query, did):
    method, name = did.split(":", 2)[1:]
    if method == "plc":
        return f"{http.origin_of(query.directory or DIRECTORY)}/{quote(did, safe=':')}"
    if method == "web" and all(part.isalnum() for part in name.replace(".", "-").split("-")):
        return f"https://{name}/.well-known/did.json"
    raise ConnectorError("no_login")


def _find_server(asks, home):
    """What has to be known of the server where the owners of this server's accounts log in."""
    about = asks.get(f"{home}/.well-known/oauth-protected-resource")
    servers = _get(about, "authorization_servers")
    if not isinstance(servers, list) or not servers or not isinstance(servers[0], str):
        raise ConnectorError("no_login", {"host": http.host_of(home)})
    issuer = asks.check(servers[0])
    about = asks.get(f"{issuer}/.well-known/oauth-authorization-server")
    found = {name: _get(about, name) for name in ENDPOINTS}
    if _get(about, "issuer") != issuer or any(
        not isinstance(each, str) or asks.check(each) != issuer for each in found.values()
    ):
        raise _unexpected(issuer)
    return {"issuer": issuer, **found}


class _Asks:
    """Asks servers that nobody vouches for, each as far as it may be reached at all.

    All of it together has `Query.deadline`.
    """

    def __init__(self, query):
        self.query = query
        self._own = {http.host_of(address) for address in (query.address, query.directory)}
        self._nonces = {}
        self._end = time.monotonic() + query.deadline

    def check(self, address):
        """The origin of an address that somebody named. Raises `ConnectorError` unless safe."""
        http.check_address(address)
        if not address.startswith("https://") and not self._is_own(address):
            raise ConnectorError("address", {"host": http.host_of(address)})
        return http.origin_of(address)

    def get(self, address):
        """The JSON object at an address."""
        self.check(address)
        with self._session(address) as session:
            return _object(session.request("GET", address), address)

    def post_bound(self, address, key, *, repeatable=False, **values):
        """Send a form, bound to a key (DPoP, RFC 9449), and return the JSON object in the answer.

        Sent once more where the server wants its own word in the proof, which it tells then.
        """
        host = http.host_of(address)
        for is_last in (False, True):
            headers = {"DPoP": _make_proof(key, address, self._nonces.get(host))}
            try:
                with self._session(address) as session:
                    response = session.request(
                        "POST",
                        address,
                        repeatable=repeatable,
                        data=values,
                        headers=headers,
                        allow_redirects=False,
                    )
                    return _object(response, address) if response.content else {}
            except ConnectorError as error:
                if error.code != "nonce" or is_last:
                    raise
        raise AssertionError("the second try returns or raises")

    def _is_own(self, address):
        """Whether the company chose this server: only then it may lie in its own network."""
        return self.query.allow_private and http.host_of(address) in self._own

    def _session(self, address):
        left = self._end - time.monotonic()
        if left <= 0:
            detail = {"host": http.host_of(address), "limit": self.query.deadline}
            raise ConnectorError("timeout", detail)
        query = replace(self.query, allow_private=self._is_own(address), deadline=left)
        return http.Session(query, explain=self._explain)

    def _explain(self, response):
        host, nonce = http.host_of(response.url), response.headers.get("DPoP-Nonce")
        if nonce and nonce != self._nonces.get(host) and b"use_dpop_nonce" in response.content:
            self._nonces[host] = nonce
            return ConnectorError("nonce", {"host": host})
        return None


def _make_proof(key, address, nonce=None):
    """A proof of the key for one POST, as a signed token (RFC 9449)."""
    numbers = key.public_key().public_numbers()
    x, y = (_encode(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    header = {
        "typ": "dpop+jwt",
        "alg": "ES256",
        "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y},
    }
    claims = {
        "jti": secrets.token_urlsafe(16),
        "htm": "POST",
        "htu": address.partition("?")[0],
        "iat": int(time.time()),
    }
    if nonce:
        claims["nonce"] = nonce
    signed = ".".join(_encode(json.dumps(part).encode()) for part in (header, claims))
    pair = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{_encode(b''.join(number.to_bytes(32, 'big') for number in pair))}"


def _get_client(app):
    if app.metadata.startswith("https://"):
        return app.metadata
    return f"http://localhost?{urlencode({'redirect_uri': app.back, 'scope': SCOPE})}"


def _object(response, address):
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _unexpected(address)
    return answer


def _lower(names):
    return [str(name).lower() for name in names] if isinstance(names, list) else []


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unexpected(address):
    detail = {"host": http.host_of(address), "reason": "answer"}
    return ConnectorError("unexpected_answer", detail)
