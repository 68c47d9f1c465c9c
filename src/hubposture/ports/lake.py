"""The lake as the verbs see it."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hubposture.errors import HubpostureError, InputError, RemoteUnavailable
from hubposture.filters.tree import EVERYTHING, Filter
from hubposture.findings.finding import Finding, Rejected
from hubposture.ports.hub import Progress
from hubposture.ports.versions import Publication
from hubposture.waivers.rule import Judged, Match, Rule
from hubposture.work.subject import Subject

Execute = Callable[[str, Mapping[str, object]], list[tuple[Any, ...]]]
"""Runs one SQL statement with named parameters (`$name`) on a snapshot and gives its rows."""


class LakeDamaged(HubpostureError):
    """A file that a version names is missing or not what was written; says which, and how to recover."""


class LakeBusy(RemoteUnavailable):
    """Somebody else has been writing to the lake for too long; nothing was written."""


class NoSuchVersion(InputError):
    """A version, or a day, that the lake does not hold."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What a batch did: rows of findings by what became of them, subjects changed, and the version that has it.

    `version` is the head's number where nothing was news and so nothing was published.
    """

    version: int
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    transitions: int = 0

    def __add__(self, other: "Folded") -> "Folded":
        return Folded(
            max(self.version, other.version), self.new + other.new, self.changed + other.changed,
            self.unchanged + other.unchanged, self.rejected + other.rejected, self.transitions + other.transitions,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a bulk load did: rows of findings of controls and of other products; the first 10,000 rejected records."""

    folded: Folded
    control: int
    other: int
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The dimension tables of a moment, rows in the order of their columns (`findings.tables`), keyed by table name.

    Tables that are not among them stay as the newest version has them, as decisions and waivers do in a settling.
    `frozen` says that consolidated findings were switched less than 48 hours ago: nothing closes by archiving or
    missing. `recorded` are the (account, region) whose AWS Config recorder is known to run: without it a subject that
    is missed is not gone.
    """

    tables: Mapping[str, Sequence[tuple[object, ...]]]
    frozen: bool = False
    recorded: Collection[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Compacted:
    """What compaction did: the version, deltas merged, files and bytes before and after."""

    version: int
    deltas: int
    files: tuple[int, int]
    bytes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with the store: which file or version, what, and what to do."""

    where: str
    what: str
    hint: str


class LakeWriter(Protocol):
    """One folder-in at a time, under a lease; every method publishes at most one version, all or nothing."""

    def fold(
        self, findings: Sequence[Finding], *, rejected: Sequence[Rejected] = (), also: Publication | None = None
    ) -> Folded:
        """Merge a batch. Twice the same changes nothing the second time; any order gives the same end.

        Rebases on a moved head. Where nothing is news, only `also` is written. Raises LakeDamaged, LeaseLost.
        """

    def missed(
        self, accounts: Sequence[str], seen: Collection[str], *, started: dt.datetime, also: Publication | None = None
    ) -> Folded:
        """A complete sweep of these accounts that began at `started` saw exactly these findings (keys) ACTIVE.

        Findings not seen, and not updated since `started`, get one more miss. What that means for their subjects is
        decided in `settle`.
        """

    def settle(self, dimensions: Dimensions, *, also: Publication | None = None) -> Folded:
        """Write the dimensions, bring every subject's presence in line with them, and renew the rollup."""

    def decided(
        self,
        decisions: Sequence[tuple[object, ...]],
        waivers: Sequence[tuple[object, ...]],
        *,
        also: Publication | None = None,
    ) -> Folded:
        """Write which subjects are waived (DECISIONS) and what every waiver is (WAIVERS); cube and rollup follow.

        Where both are as they were nothing is published but `also`.
        """

    def load(
        self,
        files: Sequence[Path],
        *,
        observed_at: dt.datetime,
        progress: Progress | None = None,
        also: Publication | None = None,
    ) -> Loaded:
        """Bulk load of files: as `fold`, but by all cores and set by set; one version."""

    def compact(self) -> Compacted:
        """Merge deltas into new base files while others go on folding; the last step rebases on the head."""

    def needs_compaction(self) -> bool:
        """Whether so much lies on top of the base files that reading suffers."""

    def tidy(self, *, keep_days: int) -> tuple[int, int]:
        """Retire old versions that nothing pins and delete files that no version names: (versions, files).

        The last version of every day is kept for `keep_days`; dimension files, cubes and transitions stay with it.
        Files younger than 24 hours are never deleted.
        """

    def check(self, *, deep: bool = False) -> tuple[Fault, ...]:
        """Every version's files are there and as written; `deep` also recounts the cube and reads every file."""


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one control (or one product's title) under a filter.

    `failing` of `subjects` are FAILED (other products: open); `since` is the oldest failing since. `waived` are failing,
    and `waived_until` is when the first of their waivers ends.
    """

    control: str
    shown: str
    title: str
    severity: str
    failing: int
    subjects: int
    accounts: int
    suppressed: int
    waived: int
    since: dt.datetime | None
    waived_until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One subject in a list; `fields` is a row of `findings.tables.SUBJECTS` by name, with account, control texts."""

    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many subjects a filter has, and how many of them are failing."""

    subjects: int
    failing: int


@dataclass(frozen=True, slots=True)
class OwnerCount:
    """What is whose, counted over subjects of controls that are in sight; '' stands for all owners, links, accounts.

    `link` is an `owners.chain.Link`; `owner` is '' too where nobody was named. `obligations` are measured, `failing` of them
    failed and are not waived, `critical` and `high` of these by our severity.
    """

    owner: str = ""
    is_team: bool = False
    link: str = ""
    account: str = ""
    accounts: int = 0
    resources: int = 0
    obligations: int = 0
    failing: int = 0
    critical: int = 0
    high: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Owned:
    """Who owns what: all of it, by owner, by the link that decided, and by owner, link and account. Sorted by name."""

    everything: OwnerCount
    owners: Sequence[OwnerCount]
    links: Sequence[OwnerCount]
    places: Sequence[OwnerCount]


@dataclass(frozen=True, slots=True)
class TagUse:
    """A tag of resources that nobody owns in an account: on how many, how many values it has, and the most common one."""

    account: str
    tag: str
    resources: int
    values: int
    common: str


class Snapshot(Protocol):
    """One version, read; it stays as it is whatever others publish."""

    @property
    def number(self) -> int:
        """The version's number."""

    @property
    def at(self) -> dt.datetime:
        """The version's time, naive UTC."""

    @property
    def within(self) -> Filter:
        """What of the version is there: every relation holds only what belongs to these subjects."""

    def execute(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Run a portable query: the tables of `findings.tables` are there by name, `rollup` too."""

    def groups(self, wanted: Filter, *, limit: int = 50, offset: int = 0) -> Sequence[Group]:
        """Groups by control, worst first."""

    def page(self, wanted: Filter, *, limit: int = 50, after: str = "") -> Sequence[Item]:
        """Subjects, failing and severe and new first; `after` is the subject the page before ended with."""

    def count(self, wanted: Filter) -> Counts:
        """How many a filter has."""

    def judge(self, rules: Sequence[Rule], *, ours: Collection[str], only: Collection[str] | None = None) -> Judged:
        """Match waivers against every subject of a control, and gather what deciding needs.

        `ours` are subjects that the ledger knows; they are cases whatever they are like. `only` restricts everything to
        these subjects: tallies then speak of them alone. Other products' findings are never matched.
        """

    def matched(self, rules: Sequence[Rule], waivers: Collection[str]) -> Mapping[str, Sequence[Match]]:
        """Every subject that each of these waivers of the rules matches, sorted by name; all are matched at once."""

    def item(self, subject: str) -> Item | None:
        """One subject, whatever its presence, with the fields of `page`; None if there is none."""

    def owned(self) -> Owned:
        """Who owns what, by the teams and the settings that the reader was given."""

    def loose_tags(self) -> Sequence[TagUse]:
        """By which tags what nobody owns could have an owner, by account, the most used first."""

    def work(self, tracked: Collection[str]) -> Sequence[Subject]:
        """Every obligation that fails and is not waived, and what became of the `tracked` subjects; sorted by subject.

        Each is there once, with one standing; a tracked subject that the lake does not have is not among them. What is
        out of sight or not measured is unknown. `is_observed` is not said here.
        """

    def tags_of(self, tagset: str) -> Sequence[tuple[str, str]]:
        """The tags behind a subject's `tagset`, by name."""

    def findings_of(self, subject: str) -> Sequence[Mapping[str, Any]]:
        """The findings of a subject, rows of `findings.tables.FINDINGS` by name, ACTIVE and worst first."""

    def history_of(self, subject: str) -> Sequence[Mapping[str, Any]]:
        """The transitions of a subject, oldest first, rows by name."""


class LakeReader(Protocol):
    """Snapshots; opening one takes no lock and is never in anybody's way."""

    def snapshot(
        self, *, number: int | None = None, day: dt.date | None = None, within: Filter = EVERYTHING
    ) -> AbstractContextManager[Snapshot]:
        """The newest version, one by number, or the last one of a past day (UTC).

        `within` leaves only the subjects of a filter in it, and of everything else what belongs to them: accounts without
        such a subject are not there, the rollup and every score speak of these subjects alone.

        For a day whose files are no longer kept, subjects and cube are computed from the transitions and that day's
        dimensions. Raises NoSuchVersion, LakeDamaged.
        """

    def between(self, first: "Snapshot", last: "Snapshot") -> AbstractContextManager[Execute]:
        """Queries over two open snapshots at once: what movement is computed from.

        Relations: `state_from` and `state_to` (columns of `findings.fold.STATE_AT`), the dimensions of the first as
        `from_targets`, `from_wishes`, ..., those of the last as `to_targets`, ..., and `controls` of the last.
        """

    def days(self) -> Sequence[dt.date]:
        """The days that can be asked for, oldest first."""
