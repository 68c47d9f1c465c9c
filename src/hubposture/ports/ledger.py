"""The ledger as the verbs see it: what people and jobs did.

Every method is one transaction of its own and none waits for anything but the database, so that no transaction is
ever open during a call to AWS. All times are aware and UTC; the ledger takes them from the clock it was opened with.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from hubposture.errors import HubpostureError, InputError, Refusal, RemoteUnavailable
from hubposture.reconcile.change import Change, Value
from hubposture.reconcile.outcome import Result


class LedgerIsNewer(InputError):
    """The ledger was written by a newer hubposture; this one must be updated before it may touch it."""


class LedgerUnavailable(RemoteUnavailable):
    """The ledger's database cannot be opened, is gone, or stays busy."""


class UnknownRun(HubpostureError):
    """A run id that the ledger does not hold."""


class UnknownIntent(HubpostureError):
    """A change was sent or recorded that was never intended: nothing may be written outside without an intent."""


class AlreadyRecorded(Refusal):
    """A change already has another result; results are never rewritten."""


class RunStatus(StrEnum):
    """How a run stands. `incomplete`: it ended, but something unexpected could not be read or written."""

    RUNNING = "running"
    DONE = "done"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that went wrong in a run: `where` as people read it, and `what`."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a verb.

    `id` is a ULID, so runs sort by start. `who` is the person, role or pipeline behind it. `organization` is empty
    for a verb over all of them. `commit` is the baseline's commit, or '' without one. `counts` are the verb's own
    figures, `calls` are API calls by operation; both are empty until the run is closed.
    """

    id: str
    verb: str
    organization: str
    who: str
    commit: str
    started: datetime
    ended: datetime | None
    status: RunStatus
    counts: Mapping[str, int]
    calls: Mapping[str, int]
    failures: tuple[Failure, ...]


class IntentState(StrEnum):
    """How far a change got.

    `intended`: written down, not sent. `sent`: may have happened, no answer recorded. The others are results.
    """

    INTENDED = "intended"
    SENT = "sent"
    APPLIED = "applied"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def is_final(self) -> bool:
        """Whether the result is known."""
        return self not in (IntentState.INTENDED, IntentState.SENT)


@dataclass(frozen=True, slots=True)
class Intent:
    """One change that a run meant to make, and what became of it; `run` and the change's place and key name it."""

    run: str
    change: Change
    state: IntentState
    detail: str
    intended: datetime
    sent: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written to the audit trail: who did what, from which state to which, why, in which run or ''."""

    who: str
    what: str
    before: Value
    after: Value
    why: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The end of the audit trail; kept elsewhere (a report, a pull request) it proves that nothing was rewritten."""

    seq: int
    digest: str


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One link of the audit chain: `digest` covers the entry, its number and time, and the `previous` digest."""

    seq: int
    at: datetime
    entry: Entry
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Sought:
    """Which records of the audit trail: from `since` on and before `until`, of a run, and with these texts in them.

    `who` and `what` are part of what is written there; letters of ASCII count alike, small or large. '' and None: all.
    """

    since: datetime | None = None
    until: datetime | None = None
    who: str = ""
    what: str = ""
    run: str = ""


ALL_RECORDS = Sought()
"""The whole trail."""


@dataclass(frozen=True, slots=True)
class Tampering:
    """One place where the audit trail is not what was written: the record's number and what is wrong with it."""

    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Lease:
    """A right held until a time. `token` grows with every holder of the name: a later holder has a larger one."""

    name: str
    holder: str
    until: datetime
    token: int


class Ledger(Protocol):
    """Runs, intended changes, audit trail, first sightings of controls, and leases."""

    # Runs

    def open_run(self, verb: str, *, organization: str = "", who: str, commit: str = "") -> Run:
        """Begin a run; it stays `running` until it is closed, also if the process dies."""

    def close_run(
        self,
        run: str,
        *,
        status: RunStatus,
        counts: Mapping[str, int],
        calls: Mapping[str, int],
        failures: Sequence[Failure] = (),
    ) -> Run:
        """End a run. Raises UnknownRun. Closing again replaces what was said before."""

    def run(self, run: str) -> Run:
        """One run by id. Raises UnknownRun."""

    def runs(self, *, verb: str | None = None, status: RunStatus | None = None, limit: int = 20) -> tuple[Run, ...]:
        """The newest runs first, at most `limit`."""

    def runs_between(self, begin: datetime, end: datetime) -> tuple[Run, ...]:
        """Every run that wrote something down, or may have, from `begin` on and before `end`; the oldest first."""

    def applied(self, organization: str, *, limit: int = 10) -> Sequence[str]:
        """The commits of the newest runs that wrote by a baseline and ended (done or incomplete), each once, newest first.

        Runs of the verbs `apply`, `run` and `waivers enforce`, of this organization or of all.
        """

    # Changes

    def intend(self, run: str, changes: Iterable[Change]) -> int:
        """Write down what a run is about to do, before anything is sent; all or nothing. Gives their number.

        `changes` are data at hand: they are iterated inside the transaction.
        Raises UnknownRun, and Refusal if a change (place, kind and key) is intended twice in the run.
        """

    def sent(self, run: str, changes: Iterable[Change]) -> None:
        """Note that these are about to be sent: from here on they may have happened. Raises UnknownIntent."""

    def record(self, run: str, results: Iterable[Result]) -> None:
        """Record results, and an audit record for each one applied or failed; all or nothing.

        The same result again changes nothing. A change that is skipped needs no intent, for nothing is sent.
        Raises UnknownIntent, and AlreadyRecorded for a different result.
        """

    def intents(self, run: str, *, states: Sequence[IntentState] | None = None) -> Iterator[Intent]:
        """A run's intents in the given states (all by default), in the order in which they were intended."""

    def unfinished(self, run: str | None = None, *, kinds: Collection[str] | None = None) -> tuple[Intent, ...]:
        """Intents without a result, of one run or of all: what a crash left; `sent` ones may have happened.

        With `kinds` only edits of these kinds.
        """

    # Audit

    def audit(self, entries: Iterable[Entry]) -> AuditHead:
        """Append entries to the audit trail; safe under concurrent writers. Gives the new head."""

    def trail(self, *, after: int = 0, limit: int | None = None, sought: Sought = ALL_RECORDS) -> Iterator[AuditRecord]:
        """Audit records in order, from the one behind `after` on."""

    def newest(
        self, sought: Sought = ALL_RECORDS, *, before: int | None = None, limit: int = 100
    ) -> Sequence[AuditRecord]:
        """At most `limit` audit records, the newest first; with `before` only those with a smaller number."""

    def head(self) -> AuditHead:
        """The end of the audit trail; number 0 and a fixed digest when it is empty."""

    def verify(self, anchor: AuditHead | None = None) -> tuple[Tampering, ...]:
        """Recompute the whole chain; empty means it is what was written.

        `anchor` is a head kept elsewhere: the trail must still hold exactly that record. Without one, somebody who
        can rewrite the whole table and its head cannot be found out.
        """

    # Controls

    def first_seen(self, organization: str, controls: Iterable[str]) -> Mapping[str, datetime | None]:
        """Remember the controls that exist, and say since when each has been known.

        None means it was there when the organization was first looked at, so that its age is unknown and not young.
        Every given control is a key.
        """

    # Leases

    def take_lease(self, name: str, holder: str, *, ttl: timedelta) -> Lease | None:
        """Take a lease that nobody holds; None if somebody does, also if it is the same holder.

        The holder must stop its work before `until` by its own clock, or renew.
        """

    def renew_lease(self, lease: Lease, *, ttl: timedelta) -> Lease | None:
        """Hold on for another `ttl` from now; None if it was lost to somebody else."""

    def release_lease(self, lease: Lease) -> bool:
        """Give it back at once; False if it was already lost, and then nothing changes."""
