"""A waiver as matching takes it, and what matching finds."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from hubposture.waivers.waiver import Criteria, Effect


@dataclass(frozen=True, slots=True)
class Rule:
    """One waiver with what its approval covers; times are naive UTC.

    `holds` says whether it excuses now; one that does not is matched all the same, so that a decision can say why.
    `approved` are keys of the approved subjects, `accounts` those that the OUs led to at approval (() where it has no
    OUs), `admitted` keys of subjects taken in under `covers_new` before. A subject first seen after `new_since` may be
    taken in; None where nothing may. `days` is how long the approval runs, for rows that limit it.
    """

    waiver: str
    criteria: Criteria
    effect: Effect
    holds: bool
    until: dt.datetime
    days: int = 0
    why: str = ""
    approved: Collection[str] = ()
    accounts: Collection[str] = ()
    admitted: Collection[str] = ()
    covers_new: int = 0
    new_since: dt.datetime | None = None


class Fit(StrEnum):
    """How a waiver that matches a subject stands to it, best first.

    `covers`: it holds, and the subject is within what was approved (or admitted). `surplus`: it holds, but this was
    not approved. `barred`: it holds, but the row of the matrix allows no waiver there, or none so long. `ended`: it does
    not hold.
    """

    COVERS = "covers"
    SURPLUS = "surplus"
    BARRED = "barred"
    ENDED = "ended"


class Cover(NamedTuple):
    """The best waiver of a subject.

    Covering before surplus before barred before ended; suppressing before visible; the latest end; the smallest id.
    """

    waiver: str
    fit: Fit
    effect: Effect
    until: dt.datetime
    why: str


class FindingFacts(NamedTuple):
    """One ACTIVE finding of a subject, as in `findings.tables.FINDINGS`.

    `is_shared` says that it also speaks of a subject that no waiver covers with effect `suppress` now.
    """

    finding: str
    product: str
    id: str
    compliance: str
    workflow: str
    note: str
    note_by: str
    note_at: dt.datetime | None
    user_fields: str
    severity: str
    updated_at: dt.datetime
    observed_at: dt.datetime
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One subject that may need something, with its cover and its ACTIVE findings (worst first)."""

    subject: str
    account: str
    region: str
    control: str
    resource: str
    resource_type: str
    presence: str
    status: str
    severity: str
    failing_since: dt.datetime | None
    first_seen_at: dt.datetime
    cover: Cover | None
    findings: tuple[FindingFacts, ...]
    tags: Mapping[str, str] = field(default_factory=dict)


class Match(NamedTuple):
    """One subject that a waiver matches, present or unsure.

    `fit` is as to what was approved: covers, surplus or barred, whether or not the waiver holds. `other` is the other
    waiver that covers it now; ''.
    """

    account: str
    region: str
    control: str
    resource: str
    resource_type: str
    status: str
    severity: str
    failing_since: dt.datetime | None
    is_suppressed: bool
    fit: Fit
    other: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What one waiver matches now: subjects that are present or unsure.

    `within` are approved or admitted, of them `failing` do not pass. `surplus` are beyond, `surplus_failing` of them
    do not pass. `admitted` are the keys newly taken in under `covers_new`. `missing` are approved subjects that it no longer
    matches or that are gone. `passing_since` is since when all within pass; None where one fails or none is left.
    """

    waiver: str
    matched: int = 0
    within: int = 0
    failing: int = 0
    surplus: int = 0
    surplus_failing: int = 0
    barred: int = 0
    missing: int = 0
    admitted: tuple[str, ...] = ()
    passing_since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What matching found in one version.

    `cases` are the subjects that may need something: those a waiver covers, or that surplus, barred and ended ones
    match, if they do not pass; those with a SUPPRESSED or RESOLVED finding that does not pass; those with a mark
    (`hubposture/` in the user fields); and those named as ours. All other failing subjects are only counted in `open`.
    `covered` are rows of `findings.tables.DECISIONS`: every subject that a waiver covers, passing ones too.
    """

    version: int
    cases: Sequence[Case]
    tallies: Mapping[str, Tally]
    covered: Sequence[tuple[object, ...]]
    failing: int
    open: int
