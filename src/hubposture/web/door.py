"""Lets people in by their session, and programs by their token."""

import datetime as dt
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from fastapi.responses import Response

from hubposture.access.people import Person
from hubposture.access.sessions import Session
from hubposture.ports.people import PeopleLedger
from hubposture.settings.web import WebSettings
from hubposture.verbs.tokens import PREFIX, actions_of, digest_of
from hubposture.web.caller import Caller, Way
from hubposture.web.oidc_provider import Provider

SIGN_IN = "/sign-in"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Cookies:
    """The names of our cookies: over https with the prefix that browsers hold to this one host, and to https."""

    is_https: bool

    @property
    def session(self) -> str:
        """Holds what a session is known by."""
        return "__Host-hubposture" if self.is_https else "hubposture_session"

    @property
    def sign_in(self) -> str:
        """Holds what sign-ins that were begun in this browser are known by."""
        return "__Host-hubposture-sign-in" if self.is_https else "hubposture_sign_in"

    def put(self, response: Response, name: str, value: str, *, seconds: int) -> None:
        """Give a cookie to a browser: scripts do not see it, and no form of another site sends it."""
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self.is_https, httponly=True, samesite="lax")

    def drop(self, response: Response, name: str) -> None:
        """Take it back."""
        response.delete_cookie(name, path="/", secure=self.is_https, httponly=True, samesite="lax")


@dataclass(frozen=True, slots=True)
class SessionDoor:
    """A `Door` for a service that people sign in to. `named` gives a person with what the settings say of them.

    Nothing is kept in this process, so several may answer side by side.
    """

    ledger: PeopleLedger
    settings: WebSettings
    provider: Provider
    named: Callable[[str, Iterable[str]], Person]
    now: Callable[[], dt.datetime]

    @property
    def sign_in(self) -> str:
        """See `web.caller.Door`."""
        return SIGN_IN

    @property
    def cookies(self) -> Cookies:
        """Its cookies."""
        return Cookies(self.settings.is_https)

    def caller(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Caller | None:
        """See `web.caller.Door`. What bears a token is asked for nothing else."""
        kind, _, rest = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self._by_token(rest.strip())
        return self._by_session(cookies.get(self.cookies.session, ""))

    def _by_session(self, secret: str) -> Caller | None:
        if _SECRET.fullmatch(secret) is None:
            return None
        found, now = self.ledger.session(digest_of(secret)), self.now()
        if found is None:
            return None
        if not self._holds(found, now):
            self.ledger.end_sessions(by=found.person, id_=found.id, why="not used for too long")
            return None
        if now - found.seen_at >= _MINUTE:
            self.ledger.seen_session(found.id, now)
        person = self.named(found.person, found.groups)
        return Caller(found.person, person, Way.SESSION, forms_secret(secret), session=found.id)

    def _holds(self, found: Session, now: dt.datetime) -> bool:
        """Whether it was used lately, and is not older than is allowed now: both may have been shortened since."""
        is_used = now - found.seen_at < dt.timedelta(minutes=self.settings.idle_minutes)
        return is_used and now - found.made_at < dt.timedelta(hours=self.settings.session_hours)

    def _by_token(self, secret: str) -> Caller | None:
        if not secret.startswith(PREFIX) or _SECRET.fullmatch(secret.removeprefix(PREFIX)) is None:
            return None
        found, now = self.ledger.token(digest_of(secret)), self.now()
        if found is None:
            return None
        if not found.holds(now):
            why = "it was revoked" if found.revoked_at is not None else "its time is over"
            self.ledger.refused(f"token {found.id}", who=found.person, why=why)
            return None
        if found.used_at is None or now - found.used_at >= _MINUTE:
            self.ledger.used_token(found.id, now)
        person, actions = self.named(found.person, found.groups), actions_of(found.actions)
        return Caller(found.person, person, Way.TOKEN, forms_secret(secret), actions=actions, session=found.id)


def forms_secret(secret: str) -> str:
    """What forms of a session are sealed with: made of what its browser keeps, so that it stands nowhere else."""
    return hmac.new(secret.encode(), b"forms", sha256).hexdigest()
