"""What is decided for a subject, and what is remembered of it; the words that `decide` speaks in."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verb(StrEnum):
    """One of these for every subject (see docs/waivers.md)."""

    SUPPRESS = "suppress"
    KEEP = "keep"
    RE_NOTE = "re-note"
    ADOPT = "adopt"
    RELEASE = "release"
    UNRESOLVE = "unresolve"
    UNAPPROVED = "unapproved"
    HELD = "held"
    SURPLUS = "surplus"
    LEAVE = "leave"

    @property
    def writes(self) -> bool:
        """Whether something is written to Security Hub."""
        return self in (Verb.SUPPRESS, Verb.RE_NOTE, Verb.ADOPT, Verb.RELEASE, Verb.UNRESOLVE)


@dataclass(frozen=True, slots=True)
class FindingUpdate:
    """What BatchUpdateFindings is to set on findings by (ProductArn, Id); equal values are sent together.

    `fields` are all UserDefinedFields as they shall be, sorted; other people's are among them.
    """

    ids: tuple[tuple[str, str], ...]
    workflow: str
    note: str
    note_by: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided for one subject, why in a sentence, by which waiver ('' without), and the updates it takes."""

    subject: str
    verb: Verb
    reason: str
    waiver: str = ""
    updates: tuple[FindingUpdate, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """What the ledger knows of a finding that we wrote to: the truth behind the mark in its user fields.

    `state` is `suppressed` or `released`. `wanted` is a hash of the values that were written, `written_at` when;
    `seen_at` when they were seen, None while nobody has. `tries` counts writes of the same values within a day.
    """

    organization: str
    finding: str
    subject: str
    product: str
    id: str
    waiver: str
    until: dt.datetime
    state: str
    wanted: str
    written_at: dt.datetime
    seen_at: dt.datetime | None
    run: str
    tries: int = 1


@dataclass(frozen=True, slots=True)
class PersonsNote:
    """A note of a person as it was before ours was written over it; kept in full."""

    finding: str
    text: str
    by: str
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class ForeignRule:
    """An automation rule of somebody else that sets the workflow status: its name, order and criteria as AWS has them."""

    arn: str
    name: str
    region: str
    order: int
    status: str
    criteria: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of a subject beyond what its findings say, keyed by finding.

    Marks, people's notes in full, and since when a RESOLVED finding that fails has been seen so.
    """

    marks: Mapping[str, Mark] = field(default_factory=dict)
    notes: Mapping[str, PersonsNote] = field(default_factory=dict)
    resolved_since: Mapping[str, dt.datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What holds for all subjects of a run. `now` is naive UTC; `waivers` has the sentence of each waiver for notes.

    `lag` is how long reads may still show the old values after a write; `tries` how often the same values are written
    within a day before it is left to people. `zone` is the organization's: the days in notes and marks are days there.
    """

    instance: str
    now: dt.datetime
    rules: Sequence[ForeignRule] = ()
    release_unapproved: bool = False
    lag: dt.timedelta = dt.timedelta(minutes=15)
    tries: int = 5
    notes: Mapping[str, str] = field(default_factory=dict)
    zone: dt.tzinfo = dt.UTC
