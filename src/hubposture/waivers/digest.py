"""What an approval is bound to: a digest of what was approved, and nothing else.

Bound are id, controls, criteria, dates, `covers_new`, effect and the approved set. Reason and owner are not: they may be
corrected without asking anew. Neither is the order in which a list is written.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping

from hubposture.waivers.waiver import Waiver

_PREFIX = "sha256:"


def digest(waiver: Waiver, until: dt.date, subjects_text: str) -> str:
    """`sha256:` and 64 hex digits of `canonical`; `subjects_text` is the normalized text of the approved set."""
    return digest_of(bound(waiver, until, subjects_text))


def canonical(waiver: Waiver, until: dt.date, subjects_text: str) -> str:
    """What is bound, as JSON in ASCII with sorted keys and no blanks."""
    return joined(bound(waiver, until, subjects_text))


def bound(waiver: Waiver, until: dt.date, subjects_text: str) -> dict[str, str]:
    """What is bound by name, each part as the JSON that `canonical` joins."""
    criteria = waiver.criteria
    parts = {
        "id": part(waiver.id),
        "controls": part(sorted(criteria.controls)),
        "resources": part(sorted(criteria.resources)),
        "accounts": part(sorted(criteria.accounts)),
        "ous": part(sorted(criteria.ous)),
        "regions": part(sorted(criteria.regions)),
        "tags": part(sorted(criteria.tags)),
        "valid_from": part(waiver.valid_from.isoformat()),
        "until": part(until.isoformat()),
        "covers_new": part(waiver.covers_new),
        "effect": part(waiver.effect.value),
        "subjects": subjects_part(subjects_text),
    }
    return dict(sorted(parts.items()))


def part(value: object) -> str:
    """One part as `canonical` has it."""
    return json.dumps(value, separators=(",", ":"))


def subjects_part(text: str) -> str:
    """The part of an approved set by its normalized text: the hex SHA-256 of its UTF-8."""
    return part(hashlib.sha256(text.encode("utf-8")).hexdigest())


def joined(parts: Mapping[str, str]) -> str:
    """Parts in the order of their names as one JSON object."""
    return "{" + ",".join(f'"{name}":{text}' for name, text in parts.items()) + "}"


def digest_of(parts: Mapping[str, str]) -> str:
    """The digest of parts in the order of their names."""
    return _PREFIX + hashlib.sha256(joined(parts).encode("ascii")).hexdigest()


def end_with(parts: Mapping[str, str], wanted: str, days: Iterable[dt.date]) -> dt.date | None:
    """The first of these days that, in the place of `until`, gives the wanted digest; None if none does."""
    before, _, after = joined({**parts, "until": "\n"}).partition("\n")
    start = hashlib.sha256(before.encode("ascii"))
    rest = after.encode("ascii")
    digits = wanted.removeprefix(_PREFIX)
    for day in days:
        tried = start.copy()
        tried.update(f'"{day.isoformat()}"'.encode("ascii"))
        tried.update(rest)
        if tried.hexdigest() == digits:
            return day
    return None
