"""What went wrong with a request, said without its secrets."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hubposture.connectors.patience import told_pause
from hubposture.errors import AnswerLost, RemoteError, RemoteRefused, RemoteUnavailable

_TOO_MANY: Final = 429
_PASSING: Final = frozenset({408, 425, _TOO_MANY, 500})
_NOT_PASSING: Final = frozenset({501, 505})
_HINTS: Final = {
    400: "the request was not understood; check names of tables, fields and repositories in the settings",
    401: "check the credentials: they are wrong, expired, or not allowed this way of signing in",
    403: "the credentials are good but do not reach this; give their user the missing role or scope",
    404: "check the URL and the name; what one may not see is often said not to exist",
    409: "somebody else changed it at the same moment; run it again",
    _TOO_MANY: "it asks for fewer requests; run it again later, or have the limit raised",
}
_LATER: Final = "run it again later"
_SECRET_NAMES: Final = ("secret", "password", "token")
_SHORTEST_SECRET: Final = 4
_LONGEST_WORDS: Final = 300


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failed try: `code` is the status or a word, `told` the seconds the server asks us to wait."""

    code: str
    why: str
    hint: str = _LATER
    is_passing: bool = True
    was_surely_not_done: bool = False
    told: float | None = None


@dataclass(slots=True)
class Saying:
    """Words about one request: who was asked for what. The path carries no secret, the query is never said."""

    who: str
    method: str
    path: str
    _secrets: set[str] = field(default_factory=set)

    def never_say(self, headers: Mapping[str, str], form: Mapping[str, str] | None) -> None:
        """Remember what must not stand in any message, wherever the other side may repeat it."""
        for value in headers.values():
            self._secrets |= {value, value.partition(" ")[2], *_basic(value)}
        for name, value in (form or {}).items():
            if any(word in name for word in _SECRET_NAMES):
                self._secrets.add(value)

    def said(self, body: Any) -> str:
        """The message in a JSON error, without what must not be said; ''."""
        return self._without_secrets(said_by(body))[:_LONGEST_WORDS]

    def trouble(self, status: int, headers: Mapping[str, str], body: Any) -> Trouble:
        """What an answer that is none means."""
        said = self.said(body)
        is_passing = status in _PASSING or (status > max(_PASSING) and status not in _NOT_PASSING)
        return Trouble(
            code=str(status),
            why=f"HTTP {status}" + (f", {said}" if said else ""),
            hint=_HINTS.get(status, _LATER if is_passing else "correct the settings of this system"),
            is_passing=is_passing,
            was_surely_not_done=status == _TOO_MANY,
            told=told_pause(headers),
        )

    def not_reached(self, error: Exception) -> Trouble:
        """No connection, so nothing was done."""
        why = f"it cannot be reached ({self._without_secrets(str(error)) or type(error).__name__})"
        hint = "check the URL, the network and the proxy, then run it again"
        return Trouble("unreachable", why, hint, was_surely_not_done=True)

    def cut_off(self, error: Exception) -> Trouble:
        """The request went out and no whole answer came."""
        return Trouble("no answer", f"no whole answer came ({type(error).__name__})")

    def error(self, trouble: Trouble, *, tries: int, repeatable: bool) -> RemoteError:
        """The error of a request that is given up after so many tries."""
        after = f" after {tries} tries" if tries > 1 else ""
        if not trouble.is_passing:
            return self.refused(f"{trouble.why}; {trouble.hint}", code=trouble.code)
        if not repeatable and not trouble.was_surely_not_done:
            why = f"{trouble.why}; it may have been done all the same, so it is looked for before it is done again"
            return AnswerLost(f"{self._where()}: {why}", code=trouble.code)
        return RemoteUnavailable(
            f"{self._where()}: {trouble.why.rstrip('.')}{after}; {trouble.hint}", code=trouble.code
        )

    def refused(self, why: str, *, code: str) -> RemoteRefused:
        """An error that another try will not help."""
        return RemoteRefused(f"{self._where()}: {why}", code=code)

    def _where(self) -> str:
        return f"{self.who}: {self.method} {self.path}"

    def _without_secrets(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, "***")
        return text


def said_by(body: Any) -> str:
    """The message in a JSON error as ServiceNow, GitHub, GitLab, Jira, OAuth and Django write it, on one line; ''."""
    if not isinstance(body, Mapping):
        return ""
    error = body.get("error")
    places = (error, body) if isinstance(error, Mapping) else (body,)
    found = [place.get(name) for place in places for name in ("message", "error", "error_description", "detail")]
    found += _by_jira(body)
    said = [one.strip() for one in found if isinstance(one, str) and one.strip()] or _by_field(body)
    text = " - ".join(dict.fromkeys(said))
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text)


def _by_field(body: Mapping[str, Any]) -> list[str]:
    """What Django says of fields: lists of sentences by the field's name."""
    lists = [(name, some) for name, some in body.items() if isinstance(some, list)]
    return [f"{name}: {one.strip()}" for name, some in lists for one in some if isinstance(one, str) and one.strip()]


def _by_jira(body: Mapping[str, Any]) -> list[str]:
    """Jira's sentences, and those that it has for single fields."""
    messages, fields = body.get("errorMessages"), body.get("errors")
    found = [one for one in messages if isinstance(one, str)] if isinstance(messages, list) else []
    if isinstance(fields, Mapping):
        found += [f"{name}: {one}" for name, one in fields.items() if isinstance(one, str)]
    return found


def _basic(value: str) -> tuple[str, ...]:
    """The password in a Basic header, and the pair it is in."""
    kind, _, rest = value.partition(" ")
    if kind.casefold() != "basic":
        return ()
    try:
        pair = base64.b64decode(rest, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ()
    return pair, pair.partition(":")[2]
