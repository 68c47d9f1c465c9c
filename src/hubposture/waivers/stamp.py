"""The mark that we leave in a finding's UserDefinedFields, among those of other people."""

import datetime as dt
from functools import lru_cache
from typing import NamedTuple

import orjson

PREFIX = "hubposture/"
WAIVER, UNTIL, INSTANCE = f"{PREFIX}waiver", f"{PREFIX}until", f"{PREFIX}instance"
RELEASED = "released"
MOST_FIELDS = 50
"""UserDefinedFields that a finding takes."""

Fields = tuple[tuple[str, str], ...]
"""UserDefinedFields as sorted (name, value) pairs."""

_OURS = (INSTANCE, UNTIL, WAIVER)
_KNOWN = 4096
"""Many findings carry the same fields, those of one waiver for a start: they are read once."""


class Stamp(NamedTuple):
    """The mark as it stands on a finding, '' where a field is missing: whose, under which waiver, until which day.

    After a release `waiver` is `released` and `until` the day of the release.
    """

    instance: str = ""
    waiver: str = ""
    until: str = ""

    @property
    def stands(self) -> bool:
        """Whether it says that the finding is suppressed under a waiver."""
        return self.waiver not in ("", RELEASED)


def stamp(instance: str, waiver: str, until: dt.date) -> Stamp:
    """The mark of a waiver until the end of a day, or of a release on a day."""
    return Stamp(instance, waiver, until.isoformat())


@lru_cache(maxsize=_KNOWN)
def stamp_of(user_fields: str) -> Stamp:
    """The mark in UserDefinedFields as the lake has them (JSON, '' if none)."""
    if PREFIX not in user_fields:
        return Stamp()
    found = dict(read_fields(user_fields))
    return Stamp(found.get(INSTANCE, ""), found.get(WAIVER, ""), found.get(UNTIL, ""))


@lru_cache(maxsize=_KNOWN)
def read_fields(user_fields: str) -> Fields:
    """UserDefinedFields as sorted pairs; a value that is no text (AWS allows none) is taken as its JSON."""
    if not user_fields:
        return ()
    found = orjson.loads(user_fields)
    return tuple(sorted((name, _text(value)) for name, value in found.items()))


def has_room(user_fields: str) -> bool:
    """Whether the whole mark fits beside what other people wrote."""
    return not user_fields or len(_of_others(user_fields)) + len(_OURS) <= MOST_FIELDS


def with_stamp(user_fields: str, mark: Stamp) -> Fields:
    """All fields with the mark in them; all as they are where there is no room for it."""
    others = _of_others(user_fields)
    if len(others) + len(_OURS) > MOST_FIELDS:
        return read_fields(user_fields)
    return tuple(sorted((*others, (INSTANCE, mark.instance), (UNTIL, mark.until), (WAIVER, mark.waiver))))


def ours(fields: Fields) -> Fields:
    """Those of the fields that are ours."""
    return tuple(pair for pair in fields if pair[0] in _OURS)


@lru_cache(maxsize=_KNOWN)
def _of_others(user_fields: str) -> Fields:
    return tuple(pair for pair in read_fields(user_fields) if pair[0] not in _OURS)


def _text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
