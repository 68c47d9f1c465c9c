"""Writing tickets: what was planned is done in the trackers, remembered before it is sent and after it is answered."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hubposture.ports.hub import Progress
from hubposture.ports.ledger import Failure, Ledger
from hubposture.ports.tracker import Made, Tracker, Wrote
from hubposture.ports.work import WorkLedger
from hubposture.reconcile.chunks import chunks
from hubposture.reconcile.outcome import Outcome as Ended
from hubposture.reconcile.outcome import Result
from hubposture.work.action import Action, Kind
from hubposture.work.changes import change_of
from hubposture.work.ticket import Outcome, Seen, State, Ticket

MOST_AT_ONCE = 50
"""Tickets of one creation: what trackers take in one request."""
_OPENING = "it is being opened again"
_NO_TRACKER = "its tracker is not in the settings any more"


@dataclass(frozen=True)
class Means:
    """What writing needs. `now` is naive UTC; `run` is the run under which it is recorded."""

    organization: str
    run: str
    journal: Ledger
    ledger: WorkLedger
    trackers: Mapping[str, Tracker]
    now: Callable[[], dt.datetime]


@dataclass
class Written:
    """What became of the actions: `done`, `failed` and `skipped` with why; `broken` places were set aside.

    `ended` are tickets that cannot be brought where they should be, and those that are gone: they need successors.
    """

    done: list[Action] = field(default_factory=list)
    failed: list[tuple[Action, str]] = field(default_factory=list)
    skipped: list[tuple[Action, str]] = field(default_factory=list)
    broken: dict[tuple[str, str], str] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What failed, a broken place once."""
        places = tuple(Failure(" ".join(place), why) for place, why in sorted(self.broken.items()))
        single = [
            Failure(where(action), why) for action, why in self.failed if place_of(action.after) not in self.broken
        ]
        return (*places, *single)

    def __add__(self, other: "Written") -> "Written":
        return Written(
            [*self.done, *other.done],
            [*self.failed, *other.failed],
            [*self.skipped, *other.skipped],
            {**self.broken, **other.broken},
            [*self.ended, *other.ended],
        )


def place_of(ticket: Ticket) -> tuple[str, str]:
    """Where a ticket is, or will be."""
    return ticket.route.tracker, ticket.route.place


def where(action: Action) -> str:
    """An action's ticket as people know it."""
    ticket = action.after
    return " ".join(filter(None, (ticket.route.tracker, ticket.shown or ticket.key, ticket.group.control)))


def write(actions: Sequence[Action], means: Means, *, progress: Progress | None = None) -> Written:
    """Do the actions in their order; one failing stops no other, a broken place is set aside. Raises nothing remote."""
    written = Written()
    done = 0
    for some in _batches(actions):
        left = [one for one in some if not _is_set_aside(one, written)]
        means.journal.intend(means.run, [change_of(one, means.organization) for one in left])
        if left and left[0].kind is Kind.CREATE:
            _create(left, means, written)
        else:
            for one in left:
                _settle(one, _do(one, means), means, written)
        done += len(some)
        if progress is not None:
            progress(done, len(actions))
    return written


def _batches(actions: Iterable[Action]) -> Iterable[list[Action]]:
    """Creations of one place together, everything else one by one."""
    together: dict[tuple[str, str], list[Action]] = {}
    for one in actions:
        if one.kind is Kind.CREATE:
            together.setdefault(place_of(one.after), []).append(one)
        else:
            yield [one]
    for some in together.values():
        yield from chunks(some, MOST_AT_ONCE)


def _is_set_aside(action: Action, written: Written) -> bool:
    why = written.broken.get(place_of(action.after))
    if why is not None:
        written.skipped.append((action, why))
    return why is not None


# Creating


def _create(actions: Sequence[Action], means: Means, written: Written) -> None:
    """Make tickets: remembered as being sent, sent, and answered one by one."""
    now = means.now()
    sending = {
        one.after.key: replace(
            one.after, state=State.SENDING, id="", sent_at=now, looked_at=None, lookups=0, written="", trouble=""
        )
        for one in actions
    }
    means.ledger.put_tickets(sending.values())
    means.journal.sent(means.run, [change_of(one, means.organization) for one in actions])
    tracker = means.trackers.get(actions[0].after.route.tracker)
    drafts = [one.draft for one in actions if one.draft is not None]
    made = tracker.create(drafts) if tracker is not None else {}
    unanswered = Wrote("no answer for this ticket", is_doubtful=True) if tracker is not None else Wrote(_NO_TRACKER)
    for one in actions:
        _answered(one, made.get(one.after.key, Made(wrote=unanswered)), means, sending[one.after.key], written)


def _answered(action: Action, made: Made, means: Means, sending: Ticket, written: Written) -> None:
    if made.seen is None:
        if not made.wrote.is_doubtful:  # surely not made: it may be asked for again at once
            means.ledger.put_tickets([replace(sending, sent_at=None, trouble=made.wrote.error)])
        _settle_failed(action, made.wrote, means, written)
        return
    ticket = _taken(replace(action.after, sent_at=sending.sent_at), made.seen, means.now())
    if action.draft is not None:
        ticket = replace(ticket, written=action.draft.digest)
    ticket = replace(ticket, trouble=made.wrote.error)
    means.ledger.put_tickets([ticket])
    _record(
        action, Ended.APPLIED, f"made as {made.seen.shown}" + (f"; {made.wrote.error}" if ticket.trouble else ""), means
    )
    written.done.append(replace(action, after=ticket))
    if ticket.trouble:  # it is there, but something of it was not kept: told once, and shown in lists
        written.failed.append((written.done[-1], f"made, but: {ticket.trouble}"))
    if action.other:
        _follow(action, ticket, means, written)


def _taken(ticket: Ticket, seen: Seen, now: dt.datetime) -> Ticket:
    """A ticket as it is once the tracker has it."""
    return replace(
        ticket, state=State.OPEN, id=seen.id, shown=seen.shown, url=seen.url, written_at=now, trouble="", lookups=0
    )


def _follow(action: Action, ticket: Ticket, means: Means, written: Written) -> None:
    """Tie a successor to what it follows, and say so there; one that was deleted is not followed.

    It exists already, so what fails here is told and not tried again.
    """
    tracker = means.trackers[ticket.route.tracker]
    known = means.ledger.tickets(means.organization, keys=[ticket.previous]) if ticket.previous else ()
    if any(one.state is State.LOST for one in known):
        return
    wrote = tracker.link(ticket.id, action.other, is_duplicate=False)
    if not wrote.error and action.comment is not None:
        wrote = tracker.comment(action.other, action.comment, mark=f"followed/{ticket.key}")
    if wrote.error:
        written.failed.append((action, f"made, but not linked to what it follows: {wrote.error}"))


# Everything else


def _do(action: Action, means: Means) -> Wrote:
    """Do one action in its tracker; steps that were done before a crash are done again without harm."""
    ticket = action.after
    means.journal.sent(means.run, [change_of(action, means.organization)])
    tracker = means.trackers.get(ticket.route.tracker)
    if tracker is None:
        return Wrote(_NO_TRACKER)
    if action.kind is Kind.REOPEN and action.before is not None:
        # Once it is open there, only this says that it was us, and that more is to follow.
        means.ledger.put_tickets([replace(action.before, trouble=_OPENING)])
    for step in _steps(action, tracker):
        wrote = step()
        if wrote.error:
            return wrote
    return Wrote()


def _steps(action: Action, tracker: Tracker) -> Iterable[Callable[[], Wrote]]:
    """The writes of an action, in their order: text before status, so that whoever is told sees what it says."""
    ticket, outcome, draft, comment = action.after, action.outcome, action.draft, action.comment
    if action.kind is Kind.REOPEN:
        yield lambda: tracker.reopen(ticket.id, ticket.route)
    if draft is not None:
        yield lambda: tracker.update(ticket.id, draft)
    if action.kind is Kind.LINK:
        yield lambda: tracker.link(action.other, ticket.id, is_duplicate=True)
        yield lambda: tracker.close(action.other, Outcome.NOT_REQUIRED, ticket.route)
    if comment is not None:
        yield lambda: tracker.comment(ticket.id, comment, mark=mark_of(action))
    if action.kind is Kind.CLOSE and outcome is not None:
        yield lambda: tracker.close(ticket.id, outcome, ticket.route)


def mark_of(action: Action) -> str:
    """By what a comment is known: the same for the same action planned again after a crash, another for the next one."""
    before = action.before or action.after
    parts = (action.kind, before.key, before.written, before.closed_at, before.hand_closed, action.after.rung)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _settle(action: Action, wrote: Wrote, means: Means, written: Written) -> None:
    if wrote.error:
        _settle_failed(action, wrote, means, written)
        return
    ticket = replace(action.after, trouble="")
    if action.draft is not None:
        ticket = replace(ticket, written=action.draft.digest, written_at=means.now())
    means.ledger.put_tickets([ticket])
    _record(action, Ended.APPLIED, "", means)
    written.done.append(replace(action, after=ticket))
    if ticket.state is State.LOST:
        written.ended.append(ticket.key)


def _settle_failed(action: Action, wrote: Wrote, means: Means, written: Written) -> None:
    """Record a failure. What can never be reopened is ended: its successor is planned next."""
    if wrote.is_place_broken:
        written.broken.setdefault(place_of(action.after), wrote.error)
    before = action.before
    if wrote.is_impossible and action.kind is Kind.REOPEN and before is not None:
        means.ledger.put_tickets([replace(before, state=State.ENDED, trouble=wrote.error)])
        _record(action, Ended.FAILED, f"a successor follows: {wrote.error}", means)
        written.ended.append(before.key)
        written.skipped.append((action, f"it cannot be opened again, so a successor follows: {wrote.error}"))
        return
    if before is not None and action.kind is not Kind.CREATE:
        means.ledger.put_tickets([replace(before, trouble=wrote.error)])
    _record(action, Ended.FAILED, wrote.error, means)
    written.failed.append((action, wrote.error))


def _record(action: Action, ended: Ended, detail: str, means: Means) -> None:
    means.journal.record(means.run, [Result(change_of(action, means.organization), ended, detail)])
