"""What the documents of tickets are made of."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hubposture.reconcile.guard import Exceeded
from hubposture.work.action import Action, Answer, TicketPlan


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket in a list.

    `shown` is how people call it ('' until it is known) and `control` as AWS writes it. `severity` is that of the gravest
    which fails, '' for none; `failing` of `subjects` fail. `due` is the earliest day, `overdue_days` how long that is past.
    `hand_closed` counts how often people closed it while something failed. `trouble` is why the last write failed; ''.
    """

    key: str
    shown: str
    team: str
    tracker: str
    place: str
    control: str
    severity: str
    state: str
    is_live: bool
    failing: int
    subjects: int
    due: dt.date | None = None
    overdue_days: int = 0
    url: str = ""
    hand_closed: int = 0
    trouble: str = ""


class Failed(Protocol):
    """What could not be read or done: where, and what."""

    @property
    def where(self) -> str: ...  # noqa: D102
    @property
    def what(self) -> str: ...  # noqa: D102


class Doubted(Protocol):
    """What will fail in a tracker, or may: where, what, and what to do."""

    @property
    def where(self) -> str: ...  # noqa: D102
    @property
    def what(self) -> str: ...  # noqa: D102
    @property
    def hint(self) -> str: ...  # noqa: D102
    @property
    def is_error(self) -> bool: ...  # noqa: D102


class _Written(Protocol):
    @property
    def done(self) -> Sequence[Action]: ...
    @property
    def failed(self) -> Sequence[tuple[Action, str]]: ...
    @property
    def skipped(self) -> Sequence[tuple[Action, str]]: ...
    @property
    def broken(self) -> Mapping[tuple[str, str], str]: ...


class _Looked(Protocol):
    @property
    def failures(self) -> Sequence[Failed]: ...


class _Outlook(Protocol):
    @property
    def plan(self) -> TicketPlan: ...
    @property
    def looked(self) -> _Looked: ...
    @property
    def exceeded(self) -> Sequence[Exceeded]: ...


class Proposed(Protocol):
    """A waiver that a ticket asked for and that was proposed: for which answer, its id, and the commit."""

    @property
    def answer(self) -> Answer: ...  # noqa: D102
    @property
    def waiver(self) -> str: ...  # noqa: D102
    @property
    def commit(self) -> str: ...  # noqa: D102


class Synced(Protocol):
    """What a run of syncing did."""

    @property
    def outlook(self) -> _Outlook: ...  # noqa: D102
    @property
    def written(self) -> _Written: ...  # noqa: D102
    @property
    def answers(self) -> Sequence[Answer]: ...  # noqa: D102
    @property
    def run(self) -> str: ...  # noqa: D102
    @property
    def calls(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def proposed(self) -> Sequence[Proposed]: ...  # noqa: D102
    @property
    def notified(self) -> int: ...  # noqa: D102
    @property
    def more(self) -> Sequence[Failed]: ...  # noqa: D102


@dataclass(frozen=True)
class SyncRow:
    """What a run planned and what became of it.

    `failed` and `skipped` have why. `broken` says why places were set aside, by (tracker, place). `failures` are what could
    not be read, `answers` those that are new. `calls` are requests by `TRACKER:REQUEST`. `run` is '' where nothing was to
    be written. `proposed` are waivers that tickets asked for, `notified` counts findings set to NOTIFIED, and `more` is what
    went wrong with these two.
    """

    plan: TicketPlan
    done: Sequence[Action] = ()
    failed: Sequence[tuple[Action, str]] = ()
    skipped: Sequence[tuple[Action, str]] = ()
    broken: Mapping[tuple[str, str], str] = field(default_factory=dict)
    exceeded: Sequence[Exceeded] = ()
    failures: Sequence[Failed] = ()
    answers: Sequence[Answer] = ()
    calls: Mapping[str, int] = field(default_factory=dict)
    run: str = ""
    proposed: Sequence[Proposed] = ()
    notified: int = 0
    more: Sequence[Failed] = ()


def sync_row(done: Synced) -> SyncRow:
    """The parts of a run that are shown."""
    return SyncRow(
        plan=done.outlook.plan,
        done=tuple(done.written.done),
        failed=tuple(done.written.failed),
        skipped=tuple(done.written.skipped),
        broken=dict(done.written.broken),
        exceeded=done.outlook.exceeded,
        failures=done.outlook.looked.failures,
        answers=done.answers,
        calls=done.calls,
        run=done.run,
        proposed=tuple(done.proposed),
        notified=done.notified,
        more=tuple(done.more),
    )
