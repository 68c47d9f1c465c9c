"""Looking before tickets are planned: subjects from the lake, tickets from the ledger, and what the trackers show."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hubposture.errors import RemoteError
from hubposture.model.targets import Target
from hubposture.ports.lake import Snapshot
from hubposture.ports.ledger import Failure
from hubposture.ports.tracker import Tracker
from hubposture.ports.work import WorkLedger
from hubposture.work.policy import Policy
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Missing, Route, Seen, State, Ticket
from hubposture.work.world import World

_SWEPT = dt.timedelta(hours=24)
"""How long after a ticket was asked for a second one with its key is looked for on every run."""


@dataclass(frozen=True)
class Means:
    """What looking needs. `now` is naive UTC. `broken` are places to which nothing can be written, by (tracker, place)."""

    organization: str
    ledger: WorkLedger
    trackers: Mapping[str, Tracker]
    routes: Mapping[str, Route]
    unrouted: Mapping[str, str]
    policy: Policy
    is_observed: Callable[[Target], bool]
    now: Callable[[], dt.datetime]
    broken: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Looked:
    """The world, and what of it could not be read."""

    world: World
    failures: tuple[Failure, ...] = ()


def look_around(means: Means, snapshot: Snapshot, *, sweeps: bool = False) -> Looked:
    """The world now. What a tracker does not answer is unknown, and a failure. With `sweeps` every key is looked up."""
    tickets = means.ledger.tickets(means.organization)
    subjects = _subjects(means, snapshot, tickets)
    failures: list[Failure] = []
    seen: dict[str, Seen | Missing] = {}
    found: dict[str, Sequence[Seen]] = {}
    for name, some in _by_tracker(tickets).items():
        tracker = means.trackers.get(name)
        if tracker is None:
            if any(one.state.is_live for one in some):
                failures.append(Failure(name, "its tickets cannot be read: it is not in the settings any more"))
            continue
        try:
            asked = [one for one in some if _is_read(one, subjects, means)]
            seen |= _seen(tracker, asked)
            failures += _unanswered(name, asked, seen)
            found |= _found(tracker, [one for one in some if sweeps or _is_looked_for(one, means)])
        except RemoteError as error:
            failures.append(Failure(name, str(error)))
    world = World(
        organization=means.organization,
        subjects=subjects,
        tickets=tickets,
        routes=means.routes,
        unrouted=means.unrouted,
        seen=seen,
        found=found,
        broken=means.broken,
    )
    return Looked(world, tuple(failures))


def _subjects(means: Means, snapshot: Snapshot, tickets: Iterable[Ticket]) -> dict[str, Subject]:
    tracked = {member.subject for ticket in tickets for member in ticket.members if _is_followed(ticket, means)}
    found: dict[str, Subject] = {}
    observed: dict[tuple[str, str], bool] = {}
    for one in snapshot.work(tracked):
        place = (one.account, one.region)
        if place not in observed:
            observed[place] = means.is_observed(Target(means.organization, *place))
        found[one.subject] = replace(one, is_observed=True) if observed[place] else one
    return found


def _is_followed(ticket: Ticket, means: Means) -> bool:
    """Whether what became of a ticket's subjects still matters."""
    return ticket.state.is_live or _is_recent(ticket, means)


def _is_recent(ticket: Ticket, means: Means) -> bool:
    """Whether a closed ticket would be opened again."""
    if ticket.state is not State.CLOSED or ticket.closed_at is None:
        return False
    return means.now() - ticket.closed_at <= dt.timedelta(days=means.policy.reopen_days)


def _by_tracker(tickets: Iterable[Ticket]) -> dict[str, list[Ticket]]:
    found: dict[str, list[Ticket]] = {}
    for one in tickets:
        found.setdefault(one.route.tracker, []).append(one)
    return found


def _is_read(ticket: Ticket, subjects: Mapping[str, Subject], means: Means) -> bool:
    """Whether the tracker is asked about a ticket: it is live there, or what fails again would open it again."""
    if not ticket.id:
        return False
    if ticket.state.is_live:
        return True
    return _is_recent(ticket, means) and any(
        member.subject in subjects and subjects[member.subject].standing is Standing.FAILING
        for member in ticket.members
    )


def _is_looked_for(ticket: Ticket, means: Means) -> bool:
    """Whether a ticket is looked for by its key: one without an answer once the index had time, one of late for doubles."""
    if ticket.sent_at is None:
        return False
    age = means.now() - ticket.sent_at
    if ticket.state is State.SENDING:
        waited = means.now() - (ticket.looked_at or ticket.sent_at)
        return waited >= dt.timedelta(minutes=means.policy.lookup_minutes)
    return ticket.state is State.OPEN and age <= _SWEPT


def _seen(tracker: Tracker, tickets: Collection[Ticket]) -> dict[str, Seen | Missing]:
    if not tickets:
        return {}
    shown = tracker.read([one.id for one in tickets])
    return {one.key: shown[one.id] for one in tickets if one.id in shown}


def _unanswered(tracker: str, asked: Iterable[Ticket], seen: Collection[str]) -> Iterator[Failure]:
    """Places of which tickets were asked for and not told of, each once."""
    for place, number in sorted(Counter(one.route.place for one in asked if one.key not in seen).items()):
        said = "1 of our tickets there" if number == 1 else f"{number:,} of our tickets there"
        why = f"{said} could not be read, and is left alone: was a project deleted, or a permission taken away?"
        yield Failure(f"{tracker} {place}", why)


def _found(tracker: Tracker, tickets: Collection[Ticket]) -> dict[str, Sequence[Seen]]:
    return dict(tracker.find([one.key for one in tickets])) if tickets else {}


def strange(trackers: Iterable[Tracker], tickets: Sequence[Ticket]) -> Iterator[Seen]:
    """Tickets with labels of ours that the ledger does not know. Raises RemoteError."""
    known = {one.key for one in tickets}
    for tracker in trackers:
        for one in tracker.changed(dt.datetime(2000, 1, 1)):  # noqa: DTZ001 - naive UTC as the others
            if one.keys and not known.intersection(one.keys):
                yield one
