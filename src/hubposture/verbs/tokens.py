"""Tokens of the API: made, and shown once; what lets somebody in is kept as a digest alone."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hubposture.access.actions import Action
from hubposture.access.sessions import Token
from hubposture.errors import InputErrors, Problem
from hubposture.ports.people import PeopleLedger

PREFIX = "hubp_"
"""With what every token begins, so that scanners find those that were left lying about."""
LONGEST_LABEL = 100
_BYTES = 32


def new_secret() -> str:
    """256 bits at random, as text of a cookie or a token."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(secret: str) -> str:
    """How the ledger knows a secret: its SHA-256, 64 hexadecimal signs."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Wish:
    """A token as it is asked for: for whom, what it is called, what it may do, for how many days, and who asks."""

    person: str
    label: str
    actions: Sequence[str]
    days: int
    by: str
    groups: tuple[str, ...] = ()


def make_token(
    ledger: PeopleLedger, wish: Wish, *, most_days: int, now: dt.datetime, secret: Callable[[], str] = new_secret
) -> tuple[Token, str]:
    """A new token, and what is to be shown once. Raises InputErrors with everything that is wrong with the wish."""
    problems = list(problems_of(wish, most_days=most_days))
    if problems:
        raise InputErrors(problems)
    shown = f"{PREFIX}{secret()}"
    token = Token(
        id="", digest=digest_of(shown), person=wish.person.strip(), label=wish.label.strip(),
        actions=tuple(sorted(set(wish.actions))), groups=wish.groups, made_by=wish.by, made_at=now,
        ends_at=now + dt.timedelta(days=wish.days),
    )  # fmt: skip
    return ledger.keep_token(token), shown


def problems_of(wish: Wish, *, most_days: int) -> Iterator[Problem]:
    """What is wrong with a wish; places are the names of its fields."""
    label = wish.label.strip()
    if not wish.person.strip():
        yield Problem("person", "a token is for somebody", "name a person of access.users")
    if not label or len(label) > LONGEST_LABEL or not label.isprintable():
        yield Problem("label", f"say in up to {LONGEST_LABEL} characters what the token is for")
    if not wish.actions:
        yield Problem("actions", "a token is for one action at least")
    known = {str(action) for action in Action}
    if unknown := sorted(set(wish.actions) - known):
        yield Problem("actions", f"{', '.join(unknown)[:200]}: no such action", f"one of {', '.join(sorted(known))}")
    if not 1 <= wish.days <= most_days:
        yield Problem("days", f"a token holds for 1 to {most_days} days", "web.token_days sets the most")


def actions_of(names: Iterable[str]) -> frozenset[Action]:
    """The actions that a token is for; one that there is no more is none."""
    known = {str(action): action for action in Action}
    return frozenset(known[name] for name in names if name in known)
