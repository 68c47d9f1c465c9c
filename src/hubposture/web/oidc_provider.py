"""The OpenID provider over HTTP: where its doors are, its keys, and what it gives for a code."""

import base64
import datetime as dt
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import KeySet

from hubposture.connectors.http import Http, Patience
from hubposture.errors import RemoteError, RemoteUnavailable
from hubposture.settings.web import OidcSettings
from hubposture.web.oidc_claims import Identity, NotBelieved, UnknownKey, identity_of, key_set, read_id_token

_LOG = logging.getLogger("hubposture.web.sign_in")
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_FRESH_SECONDS: Final = 3_600
_PAUSE_SECONDS: Final = 5
"""For how long one that was away is not asked again: those who wait for it must not hold up the pages."""
_PATIENCE: Final = Patience(tries=2, first_pause_seconds=0.2, longest_told_seconds=1, budget_seconds=8, connect_seconds=5, answer_seconds=8)  # fmt: skip


class ProviderAway(RemoteUnavailable):
    """The provider cannot be reached, or answers with what is no answer."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the provider is asked for what (OpenID Connect Discovery 1.0); '' for what it does not have."""

    issuer: str
    authorize: str
    token: str
    keys: str
    userinfo: str
    sign_out: str
    is_secret_posted: bool
    says_issuer: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One sign-in as it was begun: what the provider and this browser alone can know."""

    state: str
    nonce: str
    verifier: str


@dataclass
class Provider:
    """One OpenID provider, for one client. Safe in threads; what it publishes is kept for an hour in this process."""

    settings: OidcSettings
    secret: str
    back: str
    now: Callable[[], dt.datetime]
    clock: Callable[[], float] = time.monotonic
    patience: Patience = _PATIENCE
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _failed: tuple[float, str] = (-math.inf, "")
    _doors: tuple[float, Doors] | None = None
    _keys: tuple[float, KeySet] | None = None

    @property
    def host(self) -> str:
        """The provider's host, for people."""
        return urlsplit(self.settings.issuer).netloc

    def leads_to(self, asked: Asked) -> str:
        """Where the browser is sent to sign in. Raises ProviderAway."""
        return str(
            prepare_grant_uri(
                self.doors().authorize, client_id=self.settings.client_id, response_type="code", redirect_uri=self.back,
                scope=" ".join(self.settings.scopes), state=asked.state, nonce=asked.nonce,
                code_challenge=create_s256_code_challenge(asked.verifier), code_challenge_method="S256",
            )
        )  # fmt: skip

    def identity(self, code: str, asked: Asked, *, issuer: str) -> Identity:
        """Who signed in, for the code that came back, with the issuer that came with it (RFC 9207), or ''.

        Raises ProviderAway, NotBelieved.
        """
        doors = self.doors()
        if issuer != doors.issuer and (issuer or doors.says_issuer):
            raise NotBelieved("the answer came from another sign-in provider than the one that was asked")
        given = self._for_code(doors, code, asked)
        id_token, access_token = given.get("id_token"), given.get("access_token")
        if not isinstance(id_token, str):
            raise NotBelieved("the sign-in provider gave no ID token; is openid among the scopes it allows?")
        access = access_token if isinstance(access_token, str) else ""
        claims = self._claims(doors, id_token, asked, access)
        wanted = {self.settings.name_claim, self.settings.groups_claim}
        if self.settings.name_claim == "email" and self.settings.require_verified:
            wanted.add("email_verified")
        if doors.userinfo and access and not wanted <= claims.keys():
            claims = {**self._userinfo(doors, access, str(claims["sub"])), **claims}
        return identity_of(claims, self.settings)

    def sign_out_url(self, back: str) -> str:
        """Where one signs out at the provider as well; '' where it has no such page, or cannot be reached now."""
        try:
            door = self.doors().sign_out
        except (ProviderAway, NotBelieved):
            return ""
        return logout_url(door, self.settings.client_id, back) if door else ""

    def doors(self) -> Doors:
        """What the provider publishes of itself. Raises ProviderAway."""
        with self._lock:
            if self._doors is None or self.clock() - self._doors[0] > _FRESH_SECONDS:
                try:
                    self._doors = (self.clock(), self._discovered())
                except ProviderAway as error:
                    self._failed = (self.clock(), str(error))
                    if self._doors is None:
                        raise
            return self._doors[1]

    def _discovered(self) -> Doors:
        issuer, (at, why) = self.settings.issuer, self._failed
        if self.clock() - at < _PAUSE_SECONDS:
            raise ProviderAway(why)
        found = self._ask("GET", f"{issuer}{_WELL_KNOWN}", "what it publishes of itself")
        said = found.get("issuer")
        if not isinstance(said, str) or said.rstrip("/") != issuer:
            raise self._away("it calls itself by another name than web.oidc.issuer")
        ways = found.get("token_endpoint_auth_methods_supported")
        is_posted = isinstance(ways, list) and "client_secret_basic" not in ways and "client_secret_post" in ways
        return Doors(
            issuer=said,
            authorize=self._door(found, "authorization_endpoint", is_needed=True),
            token=self._door(found, "token_endpoint", is_needed=True),
            keys=self._door(found, "jwks_uri", is_needed=True),
            userinfo=self._door(found, "userinfo_endpoint"),
            sign_out=self._door(found, "end_session_endpoint"),
            is_secret_posted=is_posted,
            says_issuer=found.get("authorization_response_iss_parameter_supported") is True,
        )

    def _door(self, found: Mapping[str, Any], name: str, *, is_needed: bool = False) -> str:
        value = found.get(name)
        if isinstance(value, str) and _is_address(value):
            return value
        if is_needed:
            raise self._away(f"it does not say where its {name} is")
        return ""

    def _claims(self, doors: Doors, id_token: str, asked: Asked, access_token: str) -> Mapping[str, Any]:
        def read(keys: KeySet) -> Mapping[str, Any]:
            return read_id_token(
                id_token, keys, issuer=doors.issuer, client=self.settings.client_id, nonce=asked.nonce, now=self.now(),
                access_token=access_token,
            )  # fmt: skip

        try:
            return read(self._published(doors))
        except UnknownKey:
            with self._lock:
                self._keys = None
            return read(self._published(doors))

    def _published(self, doors: Doors) -> KeySet:
        with self._lock:
            if self._keys is None or self.clock() - self._keys[0] > _FRESH_SECONDS:
                self._keys = (self.clock(), key_set(self._ask("GET", doors.keys, "its keys")))
            return self._keys[1]

    def _for_code(self, doors: Doors, code: str, asked: Asked) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.back, "code_verifier": asked.verifier,
            "client_id": self.settings.client_id,
        }  # fmt: skip
        headers = {}
        if self.secret and doors.is_secret_posted:
            form["client_secret"] = self.secret
        elif self.secret:
            pair = f"{quote(self.settings.client_id, safe='')}:{quote(self.secret, safe='')}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
        return self._ask("POST", doors.token, "a token for the code", form=form, headers=headers, answers=(400, 401))

    def _userinfo(self, doors: Doors, access_token: str, subject: str) -> Mapping[str, Any]:
        found = self._ask("GET", doors.userinfo, "who it is", headers={"authorization": f"Bearer {access_token}"})
        if found.get("sub") != subject:
            raise NotBelieved("the sign-in provider speaks of two different people")
        return found

    def _ask(
        self,
        method: str,
        url: str,
        what: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        answers: tuple[int, ...] = (),
    ) -> Mapping[str, Any]:
        """A JSON object from the provider; what it says beside that goes into no page and no log."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            with Http(
                f"{parts.scheme}://{parts.netloc}", headers=lambda: headers or {}, patience=self.patience, clock=self.clock,
                sleep=time.sleep, who="sign-in provider",
            ) as http:  # fmt: skip
                reply = http.request(method, path, form=form, repeatable=method == "GET", answers=answers)
        except RemoteError as error:
            raise self._away(f"asked for {what}, it gave no answer ({error.code or type(error).__name__})") from error
        if reply.status in answers:
            code = reply.body.get("error") if isinstance(reply.body, dict) else ""
            _LOG.warning("the sign-in provider refused %s: %.60r", what, code)
            raise NotBelieved(_REFUSED.get(str(code), "the sign-in provider refused this sign-in; begin again"))
        if not isinstance(reply.body, dict):
            raise self._away(f"asked for {what}, it answered with something else")
        return reply.body

    def _away(self, why: str) -> ProviderAway:
        _LOG.warning("sign-in provider %s: %s", self.host, why)
        return ProviderAway(f"the sign-in provider {self.host} cannot be used now: {why}")


_REFUSED: Final = {
    "invalid_grant": "the sign-in provider does not know this sign-in any more: it was used already, or took too long",
    "invalid_client": "the sign-in provider does not know hubposture: client_id or client_secret of web.oidc do not fit",
    "unauthorized_client": "the sign-in provider does not let hubposture ask: its client is set up for something else",
}


def _is_address(text: str) -> bool:
    """Whether it is an https address, or one of this machine, and nothing that a header or a page could be broken with."""
    parts = urlsplit(text)
    is_here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(' "<>\\^`{|}')
    return is_plain and bool(parts.hostname) and "@" not in parts.netloc and (parts.scheme == "https" or is_here)


def logout_url(door: str, client: str, back: str) -> str:
    """The address of a provider's sign-out that leads back to ours (OpenID Connect RP-Initiated Logout 1.0)."""
    mark = "&" if "?" in door else "?"
    return f"{door}{mark}client_id={quote(client, safe='')}&post_logout_redirect_uri={quote(back, safe='')}"
