"""An OpenID provider on this machine that does what a test tells it, and is strict about what it is asked."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "hubposture", "the client's secret: ü/+"
Claims = dict[str, Any]


def _part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class FakeProvider:
    """`claims` are what it says of whoever signs in. `twist` may change them, `sign` how they are signed.

    `answers` replaces what a path answers: (status, media type, body), or a function that writes it. `asked` are the
    paths that were asked for.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.issuer = ""
        self.reset()

    def reset(self) -> None:
        """As it was at first: it tells the truth."""
        self.keys = [first_key()]
        self.published: list[RSAKey] | None = None
        self.claims: Claims = {
            "sub": "s-1",
            "email": "kim@example.com",
            "email_verified": True,
            "groups": ["Cloud Security"],
        }
        self.userinfo: Claims = {}
        self.twist: Callable[[Claims], None] = lambda claims: None
        self.sign: Callable[[Claims], str] = self.signed
        self.answers: dict[str, tuple[int, str, str] | Callable[[BaseHTTPRequestHandler], None]] = {}
        self.metadata: Claims = {}
        self.asked: list[str] = []
        self.codes: dict[str, Mapping[str, str]] = {}

    def grant(self, location: str) -> str:
        """Somebody agrees at the page that a redirect led to: gives the code."""
        parts = urlsplit(location)
        asked = dict(parse_qsl(parts.query))
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.issuer}/authorize"
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self.codes) + 1}"
        self.codes[code] = asked
        return code

    def signed(self, claims: Claims, *, key: RSAKey | None = None, kid: str | None = None) -> str:
        key = key or self.keys[-1]
        return jwt.encode({"alg": "RS256", "kid": kid or key.kid}, claims, key)

    def unsigned(self, claims: Claims) -> str:
        return f"{_part({'alg': 'none'})}.{_part(claims)}."

    def signed_with_the_public_key(self, claims: Claims) -> str:
        head = f"{_part({'alg': 'HS256', 'kid': self.keys[-1].kid})}.{_part(claims)}"
        public = self.keys[-1].as_pem(private=False)
        return f"{head}.{_part(hmac.new(public, head.encode(), hashlib.sha256).digest())}"

    def token(self, form: Mapping[str, str], authorization: str) -> tuple[int, Claims]:
        asked = self.codes.pop(form.get("code", ""), None)
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if (unquote(pair[0]), unquote(pair[2])) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        challenge = _part(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant", "error_description": "a secret of the provider"}
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        self.twist(claims)
        return 200, {"access_token": "an access token", "token_type": "Bearer", "id_token": self.sign(claims)}

    def document(self) -> Claims:
        issuer = self.issuer
        return {
            "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys", "userinfo_endpoint": f"{issuer}/userinfo", **self.metadata,
        }  # fmt: skip


@cache
def first_key() -> RSAKey:
    """Made once: that takes long."""
    return new_key("one")


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)


class Handler(BaseHTTPRequestHandler):
    """Answers for the provider of its server."""

    @property
    def idp(self) -> FakeProvider:
        assert isinstance(self.server, Server)
        return self.server.idp

    def log_message(self, *arguments: object) -> None: ...

    def do_GET(self) -> None:
        keys = self.idp.keys if self.idp.published is None else self.idp.published
        known: dict[str, Claims] = {
            "/.well-known/openid-configuration": self.idp.document(),
            "/keys": {"keys": [one.as_dict(private=False) for one in keys]},
        }
        if self.headers["authorization"] == "Bearer an access token":
            known["/userinfo"] = self.idp.userinfo
        path = urlsplit(self.path).path
        if not self.instead(path):
            self.say(200 if path in known else 404, known.get(path, {}))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not self.instead(urlsplit(self.path).path):
            form = {name: values[-1] for name, values in parse_qs(raw.decode()).items()}
            self.say(*self.idp.token(form, self.headers.get("authorization", "")))

    def instead(self, path: str) -> bool:
        """Whether a test wanted another answer, which is then given."""
        self.idp.asked.append(path)
        told = self.idp.answers.get(path)
        if callable(told):
            told(self)
        elif told is not None:
            self.write(told[0], told[1], told[2].encode())
        return told is not None

    def say(self, status: int, body: Claims) -> None:
        self.write(status, "application/json", json.dumps(body).encode())

    def write(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    def __init__(self, idp: FakeProvider) -> None:
        self.idp = idp
        super().__init__(("127.0.0.1", 0), Handler)


@contextmanager
def provider(clock: Callable[[], datetime]) -> Iterator[FakeProvider]:
    """The provider, served."""
    found = FakeProvider(clock)
    with Server(found) as server:
        found.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


def never_ends(handler: BaseHTTPRequestHandler) -> None:
    """An answer that comes drop by drop."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.end_headers()
    for _ in range(40):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)
