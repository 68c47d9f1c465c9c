"""Differences as lines that people read: where, what it was, what it is; nothing that looks like a secret."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from hubposture.timeline.differences import NOTHING, Difference, Step

NOT_SHOWN: Final = "(not shown)"
MOST_LINES: Final = 40
LONGEST: Final = 160
_NOISE: Final = frozenset({"configurationItemCaptureTime", "lastUpdatedTime", "lastModified", "revisionId"})
"""Places that every record changes and that say nothing."""

_SECRET_NAME = re.compile(
    r"secret(?!.?(arn|id$))|passw|passphrase|api.?key|private.?key|access.?key|credential|auth.?token|session.?token|"
    r"bearer|connection.?string|user.?data|master.?user.?pass|^token$|authorization",
    re.IGNORECASE,
)
_VARIABLES = ("environment", "variables")
_SECRET_TEXT = re.compile(
    r"(AKIA|ASIA)[A-Z0-9]{12,}|-----BEGIN|gh[pousr]_[A-Za-z0-9]{20,}|xox[abprs]-|eyJ[A-Za-z0-9_-]{20,}\.|"
    r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^@\s]+@",
)
_KEYS = re.compile(r"[A-Za-z0-9+/=_-]{40,}")
_HEX = re.compile(r"[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One difference in words: `before` and `after` are texts, '' where there was or is nothing."""

    where: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.before:
            return f"{self.where}: added {self.after}"
        if not self.after:
            return f"{self.where}: removed {self.before}"
        return f"{self.where}: {self.before} -> {self.after}"


def lines(found: Sequence[Difference], *, most: int = MOST_LINES) -> tuple[Sequence[Line], int]:
    """The first differences as lines, and how many more there are; what says nothing is left out."""
    told = [one for one in found if not (one.path and one.path[-1] in _NOISE)]
    return [line(one) for one in told[:most]], max(0, len(told) - most)


def line(one: Difference) -> Line:
    """A difference as a line; a change between two values that are not shown says so."""
    before, after = shown(one.path, one.before), shown(one.path, one.after)
    if before == after == NOT_SHOWN:
        after = "another value (not shown)"
    return Line(where(one.path), before, after)


def where(path: Sequence[Step]) -> str:
    """`policy.Statement[2].Action`; the document itself is `everything`."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{_plain(step)}" if text else _plain(step)
    return _cut(text, LONGEST) or "everything"


def shown(path: Sequence[Step], value: Any) -> str:
    """A value as people may see it, at most `LONGEST` characters; '' for nothing."""
    if value is NOTHING:
        return ""
    kept = _masked([step for step in path if isinstance(step, str)], value)
    if isinstance(kept, str):
        return _cut(_plain(kept), LONGEST) if kept else '""'
    try:
        text = json.dumps(kept, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = "(too deep to be shown)"
    return _cut(_plain(text), LONGEST)


def _masked(names: Sequence[str], value: Any, depth: int = 0) -> Any:
    """A value without what looks like a secret: texts under telling names, variables of programs, keys by their form."""
    if depth > 60:  # noqa: PLR2004 (deeper than any document is opened)
        return NOT_SHOWN
    if isinstance(value, dict):
        return {str(name): _masked([*names, str(name)], one, depth + 1) for name, one in value.items()}
    if isinstance(value, list):
        return [_masked(names, one, depth + 1) for one in value]
    if isinstance(value, str) and value and (_is_secret_place(names) or _is_secret_text(value)):
        return NOT_SHOWN
    return value


def _is_secret_place(names: Sequence[str]) -> bool:
    if any(_SECRET_NAME.search(name) for name in names):
        return True
    lowered = [name.casefold() for name in names]
    first, second = _VARIABLES
    at = lowered.index(first) if first in lowered else -1
    return at >= 0 and len(lowered) > at + 1 and (second in lowered[at + 1 :] or lowered[-1] in ("value", first))


def _is_secret_text(text: str) -> bool:
    if _SECRET_TEXT.search(text):
        return True
    # Long texts without any word in them are keys, unless they are digests and ids, which are hex.
    return any(
        not _HEX.fullmatch(one) and re.search(r"\d", one) and re.search(r"[a-z]", one) and re.search(r"[A-Z]", one)
        and "/" not in one and "-" not in one
        for one in _KEYS.findall(text)
    )  # fmt: skip


def _plain(text: str) -> str:
    """A text without line ends, control characters and what turns the direction of writing."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}… ({len(text):,} characters)"
