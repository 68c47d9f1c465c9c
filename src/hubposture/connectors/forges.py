"""What reading reviews of any forge needs: whole lists, answers taken apart, and who made a request."""

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from hubposture.connectors.http import Http, Reply
from hubposture.connectors.saying import Saying

_CO_AUTHOR: Final = re.compile(r"^[ \t]*co-authored-by:[ \t]*(.*?)[ \t]*<([^<>\n]*)>", re.IGNORECASE | re.MULTILINE)
_HIDDEN: Final = re.compile(r"(?:\d+[+-])?(.+)@users\.noreply\..+", re.IGNORECASE)
"""Addresses by which forges hide a person's own: they name the account."""


class Reader:
    """Reads objects and lists of a forge.

    `limited` says of an answer with the status `limits` how many seconds to wait, None where it is no limit: for forges
    that answer so what others say with 429.
    """

    def __init__(
        self, http: Http, who: str, *, limits: int | None = None, limited: Callable[[Reply], float | None] | None = None
    ) -> None:
        self._http = http
        self._who = who
        self._limits = () if limits is None else (limits,)
        self._limited = limited

    def one(self, path: str, params: Mapping[str, str | int] | None = None, *, none: Collection[int] = ()) -> Any:
        """An object; None where the answer's status is one of `none`. Raises RemoteError."""
        tries = 0
        while True:
            reply = self._http.request("GET", path, params=params, repeatable=True, answers=(*none, *self._limits))
            if reply.status in none:
                return None
            if reply.status not in self._limits:
                if not isinstance(reply.body, Mapping):
                    raise self._odd(path)
                return reply.body
            tries += 1
            self._wait(reply, path, tries)

    def items(
        self, path: str, params: Mapping[str, str | int] | None = None, *, none: Collection[int] = ()
    ) -> list[Any]:
        """All items of a list, over all its pages; [] where the answer's status is one of `none`. Raises RemoteError."""
        tries = 0
        while True:
            found: list[Any] = []
            for reply in self._http.pages(path, params, answers=(*none, *self._limits)):
                if reply.status in none:
                    return []
                if reply.status in self._limits:
                    tries += 1
                    self._wait(reply, path, tries)
                    break
                if not isinstance(reply.body, list):
                    raise self._odd(path)
                found.extend(reply.body)
            else:
                return found

    def _wait(self, reply: Reply, path: str, tries: int) -> None:
        """Wait as long as a limit asks; raises where it is none, or takes longer than our patience."""
        saying = Saying(self._who, "GET", path)
        trouble = saying.trouble(reply.status, reply.headers, reply.body)
        pause = self._limited(reply) if self._limited is not None else None
        if pause is None:
            raise saying.error(trouble, tries=tries, repeatable=True)
        patience = self._http.patience
        if tries >= patience.tries or pause > patience.longest_told_seconds:
            hint = f"it asks to wait {pause:.0f} seconds; run it again later, or use a token with a higher limit"
            raise saying.error(replace(trouble, is_passing=True, hint=hint), tries=tries, repeatable=True)
        self._http.sleep(pause)

    def _odd(self, path: str) -> Exception:
        why = "the answer is not what the API's documentation says; is the URL that of the API?"
        return Saying(self._who, "GET", path).refused(why, code="answer")


@dataclass(frozen=True, slots=True)
class Person:
    """An account: its login, and the name and address it shows; '' where it shows none."""

    login: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Authors:
    """Who made a request, by all the ways in which that is said, without regard to case.

    Commits say what their makers like, so this only ever excludes: whoever may be an author approves nothing.
    """

    logins: frozenset[str]
    names: frozenset[str]
    emails: frozenset[str]

    def has(self, person: Person) -> bool:
        """Whether a person may be one of them."""
        return (
            person.login.casefold() in self.logins
            or person.name.casefold() in self.names
            or person.email.casefold() in self.emails
        )


def authors(logins: Iterable[str], signatures: Iterable[tuple[str, str]], messages: Iterable[str]) -> Authors:
    """The authors of a request: accounts, (name, address) of its commits, and co-authors in their messages."""
    signed = {*signatures, *(found for message in messages for found in co_authors(message))}
    emails = {email.strip() for _, email in signed}
    hidden = {found[1] for email in emails if (found := _HIDDEN.fullmatch(email))}
    return Authors(
        logins=_folded((*logins, *hidden)),
        names=_folded(name for name, _ in signed),
        emails=_folded(emails),
    )


def co_authors(message: str) -> Iterator[tuple[str, str]]:
    """Names and addresses of co-authors, wherever they stand in a message."""
    for name, email in _CO_AUTHOR.findall(message):
        yield name.strip(), email.strip()


def at(value: Any, *names: str) -> Any:
    """What stands at a place in an answer; None where there is no such place."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def text(value: Any, *names: str) -> str:
    """The text at a place in an answer; '' where there is none."""
    found = at(value, *names)
    return found if isinstance(found, str) else ""


def moment(value: Any, *names: str) -> dt.datetime | None:
    """The moment at a place in an answer as naive UTC; None where there is none, or none with a zone."""
    try:
        found = dt.datetime.fromisoformat(text(value, *names))
    except ValueError:
        return None
    return None if found.tzinfo is None else found.astimezone(dt.UTC).replace(tzinfo=None)


def _folded(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(one.casefold() for one in texts if one.strip())
