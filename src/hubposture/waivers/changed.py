"""What an approval was given for, as far as its digest lets one tell: until when, and what was edited since.

A digest cannot be read backwards, but one edit can be undone on trial: if the digest fits then, that was it.
"""

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

from hubposture.waivers.digest import bound, digest_of, end_with, part, subjects_part
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import Approval, Effect, SubjectSet, Waiver

_DAYS = 1100
"""How far behind an approval its end is looked for; three years."""
_TRIED = 300
"""How many items of lists, and how many subjects, are taken away on trial."""
_AROUND = 92
"""How many days around `valid_from` are tried."""
_NEW = 50
"""Up to which `covers_new` is tried."""


def approved_until(waiver: Waiver, approval: Approval, subjects_text: str) -> dt.date | None:
    """The end for which an approval was given; None where the waiver or its set is not what was approved.

    Usually the entry's own `until`. It is another where the approver granted less than was asked for, or where the
    entry names none and `expires` was moved since.
    """
    parts = bound(waiver, approval.until, subjects_text)
    near = (approval.until, waiver.expires)
    days = (approval.on + dt.timedelta(days=n) for n in range(_DAYS))
    return end_with(parts, approval.digest, itertools.chain(near, days))


def what_changed(waiver: Waiver, approval: Approval, subjects: SubjectSet) -> str:
    """A sentence that says which edit broke an approval, or what it may have been where that cannot be told."""
    parts = bound(waiver, approval.until, to_text(subjects))
    for name, text, sentence in itertools.chain(_values(waiver), _lists(waiver), _sets(subjects)):
        if digest_of({**parts, name: text}) == approval.digest:
            return sentence
    return (
        "it is not what was approved: its id, controls, criteria, dates, covers_new, effect or the approved set "
        f"{approval.subjects} were edited"
    )


_Trial = tuple[str, str, str]
"""A part, its text before the edit, and the sentence that says so."""


def _values(waiver: Waiver) -> Iterator[_Trial]:
    for effect in Effect:
        yield "effect", part(effect.value), f"its effect was {effect} when it was approved"
    for count in range(_NEW + 1):
        yield "covers_new", part(count), f"its covers_new was {count} when it was approved"
    for days in range(-_AROUND, _AROUND + 1):
        day = waiver.valid_from + dt.timedelta(days=days)
        yield "valid_from", part(day.isoformat()), f"its valid_from was {day} when it was approved"


def _lists(waiver: Waiver) -> Iterator[_Trial]:
    criteria = waiver.criteria
    lists: Mapping[str, tuple[object, ...]] = {
        "controls": tuple(sorted(criteria.controls)),
        "resources": tuple(sorted(criteria.resources)),
        "accounts": tuple(sorted(criteria.accounts)),
        "ous": tuple(sorted(criteria.ous)),
        "regions": tuple(sorted(criteria.regions)),
        "tags": tuple(sorted(criteria.tags)),
    }
    for name, items in lists.items():
        if items:
            yield name, "[]", f"its {name} were added after it was approved"
        for at, item in enumerate(items[:_TRIED]):
            less = part([*items[:at], *items[at + 1 :]])
            shown = "=".join(item) if isinstance(item, tuple) else item
            yield name, less, f"{shown} was added to its {name} after it was approved"


def _sets(subjects: SubjectSet) -> Iterator[_Trial]:
    if subjects.accounts:
        text = subjects_part(to_text(replace(subjects, accounts=())))
        yield "subjects", text, "accounts were added to its approved set after it was approved"
    if len(subjects.subjects) > _TRIED:
        return
    lines = to_text(subjects).splitlines(keepends=True)
    for at, line in enumerate(lines):
        text = subjects_part("".join([*lines[:at], *lines[at + 1 :]]))
        yield "subjects", text, f"{line.strip()} was added to its approved set after it was approved"
