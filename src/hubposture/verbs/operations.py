"""How hubposture itself does, from its ledger and the lake: runs, jobs, connectors, versions, and what cannot be seen.

Nothing is asked of any other system: what is told of one is what came of the last things that were asked of it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.ports.acts import ActLedger
from hubposture.ports.jobs import Job, Jobs
from hubposture.ports.lake import Snapshot
from hubposture.ports.ledger import Ledger, Run, RunStatus
from hubposture.ports.versions import Versions
from hubposture.ports.work import Delivery, SentMessage, WorkLedger
from hubposture.views.pages.operations import Blind, Connector, JobRow, LakeFacts, Operations, RunRow
from hubposture.work.ticket import State, Ticket

APPLIES = ("apply", "apply without writing", "run")
"""Verbs whose runs have a page among the changes."""
_SYNCS = ("sync", "run")
_RUNS = 50
_LATE = dt.timedelta(minutes=15)
"""How long a job may be due before it counts as late: whoever does it may be at another one."""
_SHOWN = "SELECT account, shown FROM accounts ORDER BY account"
_BLIND = """
SELECT t.account, t.region, t.sight, t.because, t.swept_at FROM targets t
WHERE t.sight IN ('unreadable', 'lost') ORDER BY t.account, t.region
"""
_LOST = """
SELECT account, region, COUNT(*) FROM subjects WHERE presence = 'lost' GROUP BY account, region ORDER BY account, region
"""


class Books(WorkLedger, ActLedger, Jobs, Versions, Ledger, Protocol):
    """What is used of the ledger."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A target that is known to be unreadable; Region `*` is every one."""

    account: str
    region: str
    reason: str
    review_by: dt.date


@dataclass(frozen=True)
class Means:
    """What telling needs. `now` is aware UTC, `today` the organization's day.

    `trackers` are by their names, `carriers` the carriers of messages that are set (`slack`, `mail`); `verbs` are further
    systems with the verb of the runs that speak with them. `needs_compaction` is asked of the lake.
    """

    organization: str
    ledger: Books
    now: dt.datetime
    today: dt.date
    trackers: Sequence[str]
    carriers: Sequence[str]
    verbs: Mapping[str, str]
    has_queue: bool
    needs_compaction: bool
    lake_bytes: int
    expected: Sequence[Expected] = ()


def read_operations(means: Means, snapshot: Snapshot) -> Operations:
    """Everything, as one page shows it; places are those that the snapshot holds."""
    runs = [one for one in means.ledger.runs(limit=_RUNS) if one.organization in (means.organization, "")]
    return Operations(
        runs=[_run(one) for one in runs],
        jobs=[_job(one, means.now) for one in means.ledger.jobs(means.organization)],
        connectors=list(_connectors(means, runs)),
        lake=_lake(means, snapshot, runs),
        blind=list(_blind(means, snapshot)),
    )


def _run(one: Run) -> RunRow:
    counts = {name: number for name, number in one.counts.items() if number}
    failures = [(failure.where, failure.what) for failure in one.failures]
    status = str(one.status)
    return RunRow(one.id, one.verb, one.who, one.started, one.ended, status, counts, failures, one.verb in APPLIES)


def _job(one: Job, now: dt.datetime) -> JobRow:
    is_late = one.enabled and one.next_at is not None and not one.holder and now - one.next_at > _LATE
    return JobRow(
        name=one.name,
        schedule=one.schedule,
        zone=one.zone,
        next_at=one.next_at,
        last_ended=one.last_ended,
        last_status=str(one.last_status or ""),
        last_detail=one.last_detail,
        holder=one.holder,
        is_late=is_late,
        is_failed=one.last_status in (RunStatus.FAILED, RunStatus.INTERRUPTED),
    )


# --- connectors ------------------------------------------------------------------------------------------------------


def _connectors(means: Means, runs: Sequence[Run]) -> Iterator[Connector]:
    tickets = means.ledger.tickets(means.organization) if means.trackers else ()
    for name in sorted(means.trackers):
        yield _tracker(name, [one for one in tickets if one.route.tracker == name], runs)
    messages = means.ledger.messages(means.organization) if means.carriers else ()
    for name in sorted(means.carriers):
        pressed = len(means.ledger.acts(means.organization)) if name == "slack" else 0
        yield _carrier(name, [one for one in messages if one.carrier == name], pressed)
    for name, verb in sorted(means.verbs.items()):
        yield _by_runs(name, [one for one in runs if one.verb == verb])
    if means.has_queue:
        waiting = len(means.ledger.outbox(limit=1_000))
        yield Connector("queue of events", None, None, "", waiting, "what was published and is to be passed on")


def _tracker(name: str, tickets: Sequence[Ticket], runs: Sequence[Run]) -> Connector:
    written = max((one.written_at for one in tickets if one.written_at is not None), default=None)
    failed_at, failure = _failed(name, runs)
    troubled = next((f"{one.shown or one.key}: {one.trouble}" for one in tickets if one.trouble), "")
    waiting = sum(one.state is State.SENDING or bool(one.trouble) for one in tickets)
    return Connector(name, written, failed_at, failure or troubled, waiting, "tickets that are to be written")


def _failed(name: str, runs: Sequence[Run]) -> tuple[dt.datetime | None, str]:
    """The newest run with a failure at a system, by the place that the failure names."""
    for run in runs:
        for one in run.failures:
            if one.where == name or one.where.startswith((f"{name} ", f"{name}/", f"{name}:")):
                return _naive(run.ended or run.started), one.what
    return None, ""


def _carrier(name: str, messages: Sequence[SentMessage], pressed: int) -> Connector:
    sent = max((one.at for one in messages if one.state is Delivery.SENT), default=None)
    failed = [one for one in messages if one.state is not Delivery.SENT and one.trouble]
    newest = max(failed, key=lambda one: one.at, default=None)
    waiting = sum(one.state is not Delivery.SENT for one in messages) + pressed
    what = "messages that are to be sent" + (", and what people pressed" if name == "slack" else "")
    return Connector(name, sent, newest.at if newest else None, newest.trouble if newest else "", waiting, what)


def _by_runs(name: str, runs: Sequence[Run]) -> Connector:
    good = next((one for one in runs if one.status is RunStatus.DONE), None)
    bad = next((one for one in runs if one.failures), None)
    why = f"{bad.failures[0].where}: {bad.failures[0].what}" if bad else ""
    return Connector(name, _ended(good), _ended(bad), why, 0, "")


def _ended(run: Run | None) -> dt.datetime | None:
    return _naive(run.ended or run.started) if run is not None else None


def _naive(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC).replace(tzinfo=None)


# --- the lake, and what cannot be seen -------------------------------------------------------------------------------


def _lake(means: Means, snapshot: Snapshot, runs: Iterable[Run]) -> LakeFacts:
    kept = len(means.ledger.versions(means.organization, limit=10_000))
    synced = [one for one in runs if one.verb in _SYNCS and one.status in (RunStatus.DONE, RunStatus.INCOMPLETE)]
    last = max((_ended(one) or snapshot.at for one in synced), default=None)
    return LakeFacts(snapshot.number, snapshot.at, kept, means.lake_bytes, means.needs_compaction, last)


def _blind(means: Means, snapshot: Snapshot) -> Iterator[Blind]:
    names = dict(snapshot.execute(_SHOWN, {}))
    lost = {(account, region): number for account, region, number in snapshot.execute(_LOST, {})}
    told: set[tuple[str, str]] = set()
    for account, region, sight, because, swept_at in snapshot.execute(_BLIND, {}):
        told.add((account, region))
        known = _expected(means, account, region)
        yield Blind(
            account, names.get(account, account), region, sight, because, swept_at, lost.get((account, region), 0),
            known.reason if known else "", known.review_by if known else None,
            is_overdue=known is not None and known.review_by < means.today,
        )  # fmt: skip
    for (account, region), number in lost.items():
        if (account, region) not in told:
            yield Blind(account, names.get(account, account), region, "lost", "", None, number)


def _expected(means: Means, account: str, region: str) -> Expected | None:
    return next((one for one in means.expected if one.account == account and one.region in (region, "*")), None)
