"""Who asks, and how we know: the person of this machine, a session after sign-in, or a token."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from fastapi import Request

from hubposture.access.actions import Action
from hubposture.access.people import Person
from hubposture.web.limits import Gate

_READING = ("GET", "HEAD")


class Way(StrEnum):
    """How somebody came in."""

    LOCAL = "local"
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 (a kind of way)


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who was let in.

    `name` is as it is shown and written into records, `person` is for the rules. `is_asked` says that the rules are asked at
    all: the one person of this machine may do what they may do on its command line. `secret` is this session's own: forms
    carry a token made of it. `actions` are the only ones that a token is for; None for all that the person may do.
    """

    name: str
    person: Person
    way: Way
    secret: str
    is_asked: bool = True
    actions: frozenset[Action] | None = None
    session: str = ""

    @property
    def form_token(self) -> str:
        """What a form of this session carries."""
        return self.sealed("form")

    @property
    def rights(self) -> tuple[object, ...]:
        """What decides what they may do: people for whom it is the same are shown the same."""
        return (self.person, self.actions) if self.is_asked else ()

    def sealed(self, text: str) -> str:
        """What only this session can have made of a text: 64 hexadecimal signs."""
        return hmac.new(self.secret.encode(), text.encode("utf-8", "replace"), sha256).hexdigest()

    def may_use(self, action: Action) -> bool:
        """Whether a token is for this action at all."""
        return self.actions is None or action in self.actions


class Door(Protocol):
    """Lets people in."""

    @property
    def sign_in(self) -> str:
        """The path at which one signs in, '' where nobody has to."""

    def caller(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Caller | None:
        """Who asks, None for nobody that is known. Raises HubpostureError where that cannot be told now."""


@dataclass(frozen=True, slots=True)
class LocalDoor:
    """Everybody who reaches this machine's own address is the same person; `is_asked` where the rules hold for them too."""

    name: str
    person: Person
    secret: str
    is_asked: bool = False

    @property
    def sign_in(self) -> str:
        """See `Door`."""
        return ""

    def caller(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Caller | None:
        """See `Door`."""
        del headers, cookies
        return Caller(self.name, self.person, Way.LOCAL, self.secret, is_asked=self.is_asked)


class NotSignedIn(Exception):
    """Nobody is known to ask; pages lead to the sign-in, machines are told."""


def caller_of(request: Request) -> Caller:
    """Who asks. Raises NotSignedIn, and TooMany where they ask for too much; the first call of a request counts it."""
    found: Caller | None = getattr(request.state, "caller", None)
    if found is None:
        found = _let_in(request)
        request.state.caller = found
        gate: Gate | None = getattr(request.state, "gate", None)
        if gate is not None:
            gate.let_in(found.name, is_write=request.method not in _READING)
    return found


def _let_in(request: Request) -> Caller:
    """Who asks; a token that is none counts against the address that showed it."""
    door: Door = request.app.state.door
    gate: Gate | None = getattr(request.state, "gate", None)
    is_counted = gate is not None and bears_token(request)
    if gate is not None and is_counted:
        gate.shows_token(request.state.address)
    found = door.caller(request.headers, request.cookies)
    if found is not None:
        return found
    if gate is not None and is_counted:
        gate.refused_token(request.state.address)
    raise NotSignedIn


def bears_token(request: Request) -> bool:
    """Whether a program asks, and no browser."""
    return request.headers.get("authorization", "").partition(" ")[0].lower() == "bearer"
