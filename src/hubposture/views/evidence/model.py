"""What a pack of evidence tells, as data: every renderer and the zip take it from here."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

FORMAT = 1
"""The format of a pack; it grows when one can no longer be checked as another."""


@dataclass(frozen=True, slots=True)
class About:
    """What a pack is of.

    `of` names the standard (`CIS AWS Foundations Benchmark v5.0.0`), `key` is its key (`cis-5.0.0`; `clauses` for the
    organization's own). `scope` is how the part reads, '' for the whole organization. `begin` and `end` are its first and
    last day, UTC.
    """

    organization: str
    of: str
    key: str
    begin: dt.date
    end: dt.date
    scope: str = ""

    @property
    def title(self) -> str:
        """The pack's title."""
        return f"Evidence for {self.of}, {self.scope + ' of ' if self.scope else ''}{self.organization}"

    @property
    def period(self) -> str:
        """`2026-07-01 to 2026-09-30`."""
        return f"{self.begin.isoformat()} to {self.end.isoformat()}"


@dataclass(frozen=True, slots=True)
class Held:
    """A version of the workbook: the commit that brought it, when (aware), and where its file is in the pack ('').

    `id` is '' for the working tree where there is no history. `trouble` says why it could not be read, '' if it could.
    """

    id: str
    at: dt.datetime | None
    author: str
    subject: str
    digest: str = ""
    file: str = ""
    trouble: str = ""

    @property
    def shown(self) -> str:
        """The commit as people know it."""
        return self.id[:12] or "working tree"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the workbook: the cell of its disposition (`controls.xlsx!Controls!G7`), and every cell that says something."""

    cell: str
    scope: str
    disposition: str
    cells: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RowsAt:
    """The rows of a control from a commit on, which brought them or found them so."""

    held: Held
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Counts:
    """How a control stood on a day. Obligations first: as `hubposture posture --by control` counts them.

    `suppressed` are part of `failed`; `not_measured` said neither passed nor failed; `missing` are places (account and
    Region) in force without a result. `seen_passed` and `seen_failed` count all resources in sight, obligations or not.
    `on` of `places` have the control switched on; `unknown` could not be read.
    """

    passed: int = 0
    failed: int = 0
    waived: int = 0
    suppressed: int = 0
    not_measured: int = 0
    missing: int = 0
    lost: int = 0
    overdue: int = 0
    seen_passed: int = 0
    seen_failed: int = 0
    on: int = 0
    places: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Lived:
    """What was wanted on a day in so many places: the disposition ('' for no row), its cell, whether it was an obligation."""

    disposition: str
    cell: str
    in_force: bool
    places: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day that was looked at: the version (its number and naive UTC time) and how the control stood."""

    day: dt.date
    version: int
    at: dt.datetime
    counts: Counts
    lived: Sequence[Lived] = ()


@dataclass(frozen=True, slots=True)
class Covered:
    """A waiver on a control over the days that were looked at: the first and the last on which it covered something, the most it did."""

    waiver: str
    first: dt.date
    last: dt.date
    days: int
    most: int


@dataclass(frozen=True, slots=True)
class Done:
    """A change of one kind in one run, in every place in which it was the same. Times are aware.

    `places` are accounts with their Regions.
    """

    run: str
    verb: str
    at: dt.datetime
    who: str
    commit: str
    kind: str
    key: str
    before: str
    after: str
    reason: str
    source: str
    outcome: str
    detail: str
    places: Sequence[tuple[str, Sequence[str]]]

    @property
    def number(self) -> int:
        """In how many places."""
        return sum(len(regions) for _, regions in self.places)


@dataclass(frozen=True, slots=True)
class Failing:
    """A resource that failed at the end of the period, or said nothing; `waiver` covers it, ''."""

    account: str
    alias: str
    region: str
    resource: str
    resource_type: str
    severity: str
    status: str
    since: dt.datetime | None
    suppressed: bool
    waiver: str
    until: dt.datetime | None
    obligation: bool
    subject: str


@dataclass(frozen=True, slots=True)
class Text:
    """A requirement or clause that a control serves, as it reads."""

    number: str
    title: str
    statement: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """Everything a pack tells of one control but what fails. `first` and `last` are the days on which it belonged to the standard."""

    control: str
    shown: str
    title: str
    severity: str
    texts: Sequence[Text]
    rows: Sequence[RowsAt]
    days: Sequence[Day]
    waivers: Sequence[Covered]
    done: Sequence[Done]
    exceptions: Sequence[str]
    first: dt.date | None = None
    last: dt.date | None = None

    @property
    def latest(self) -> Day | None:
        """The last day that was looked at."""
        return self.days[-1] if self.days else None

    @property
    def disposition(self) -> str:
        """The last dispositions that were written, each once; '' for none."""
        if not self.rows:
            return ""
        said = (f"{one.disposition}{f' in {one.scope}' if one.scope else ''}" for one in self.rows[-1].rows)
        return ", ".join(dict.fromkeys(one for one in said if one))


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval as a waiver's file has it."""

    system: str
    number: str
    by: str
    on: dt.date
    until: dt.date
    digest: str
    subjects: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a system of record last said of an approval; naive UTC."""

    system: str
    number: str
    verdict: str
    by: str
    checked_at: dt.datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Told:
    """A file of a waiver as a commit had it: where it is in the pack, '' where it was left out, and why."""

    held: Held
    file: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver that held on a day that was looked at; `states` are its states with their first and last such day."""

    waiver: str
    fields: Sequence[tuple[str, str]]
    states: Sequence[tuple[str, dt.date, dt.date]]
    controls: Sequence[str]
    approvals: Sequence[Approval]
    confirmed: Sequence[Confirmed]
    files: Sequence[Told]


@dataclass(frozen=True, slots=True)
class Item:
    """A requirement or clause at the end of the period, and what covers it; texts as in the Coverage sheet."""

    group: str
    item: str
    title: str
    state: str
    controls: str
    detections: str
    measures: str
    why: str


@dataclass(frozen=True, slots=True)
class Looked:
    """The days of the period: those looked at, by their versions, and those that could not be, with why, as spans of days."""

    days: Sequence[tuple[dt.date, int, dt.datetime]]
    unknown: Sequence[tuple[dt.date, dt.date, str]]
    every: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a pack tells as a whole; controls are read and told one by one. `notes` are what the reader must know first."""

    about: About
    looked: Looked
    held: Sequence[Held]
    items: Sequence[Item]
    waivers: Sequence[Waiver]
    notes: Sequence[str]
    audit: tuple[int, str]
    made_by: str
