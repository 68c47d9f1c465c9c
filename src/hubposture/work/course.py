"""What becomes of a ticket that exists, by what its tracker shows and by how its subjects stand."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hubposture.work.action import Kind
from hubposture.work.bearing import Bearing, without
from hubposture.work.policy import Policy
from hubposture.work.saying import counted, day, moment
from hubposture.work.ticket import Outcome, Seen, State, Ticket


@dataclass(frozen=True, slots=True)
class Course:
    """What a ticket is on course for.

    `after` is the ticket as it will be, but for its text and for what joins it. `kind` is None where only its text may have
    to change. `is_written` says that its text is brought in line; not where people closed it. `takes` says that new subjects
    may join it. `reason` is that of the action; where there is none it is found once the text is known. `waits` says why
    something is due and not done, `waiting` for how many subjects; its members stay in it. `outcome` is that of a closing
    in the tracker, `other` the id that is adopted, `doubles` are ids of younger ones that are tied to it and closed.
    `hand_closed_at` is when people closed what is opened again.
    """

    before: Ticket
    after: Ticket
    bearing: Bearing
    kind: Kind | None = None
    reason: str = ""
    is_written: bool = False
    takes: bool = False
    waits: str = ""
    waiting: int = 0
    outcome: Outcome | None = None
    other: str = ""
    doubles: tuple[str, ...] = ()
    hand_closed_at: dt.datetime | None = None


def waiting(ticket: Ticket, bearing: Bearing, why: str) -> Course:
    """Nothing can be done with a ticket now, and nothing is."""
    return Course(ticket, ticket, bearing, waits=f"its ticket {why}", waiting=len(bearing.failing))


def forgotten(ticket: Ticket, bearing: Bearing, why: str, state: State) -> Course:
    """A ticket that is not there: what still fails in it gets another one."""
    return Course(ticket, replace(ticket, state=state), bearing, Kind.FORGET, why)


def course(ticket: Ticket, seen: Seen, bearing: Bearing, policy: Policy, *, now: dt.datetime) -> Course:
    """What becomes of a ticket that is OPEN or LEFT and that its tracker shows."""
    kept = without(ticket, {*(one.subject for one in bearing.moved), *bearing.doubled})
    if bearing.is_over:
        return _over(ticket, seen, bearing, now)
    if seen.is_done:
        return _closed_there(ticket, kept, seen, bearing, policy, now=now)
    if ticket.state is State.OPEN and ticket.trouble and ticket.hand_closed_at is not None and bearing.failing:
        return _opened_in_part(ticket, kept, bearing, policy)
    return _open_there(ticket, kept, bearing, policy, now.date())


def _over(ticket: Ticket, seen: Seen, bearing: Bearing, now: dt.datetime) -> Course:
    """All of it is done; it is moved there only if people did not do so already."""
    after = replace(ticket, state=State.CLOSED, closed_at=now, outcome=bearing.outcome, hand_closed_at=None)
    said = f"all of it is done: {bearing.said}"
    if seen.is_done:
        return Course(ticket, after, bearing, Kind.CLOSE, f"{said}; it is closed there already")
    is_written = not bearing.moved and not bearing.doubled
    return Course(ticket, after, bearing, Kind.CLOSE, said, is_written=is_written, outcome=bearing.outcome)


def _open_there(ticket: Ticket, kept: Ticket, bearing: Bearing, policy: Policy, today: dt.date) -> Course:
    after = replace(kept, state=State.OPEN, hand_closed_at=None)
    takes = not _is_full(after, policy)
    waits = _calming(bearing, policy) if not bearing.failing else ""
    rung = _rung(bearing, policy, today)
    if rung > ticket.rung:
        due = bearing.due
        reason = (
            f"due on {due}, and {counted(len(bearing.failing), 'resource')} still failing: step {rung} of the ladder"
        )
        after = replace(after, rung=rung)
        return Course(ticket, after, bearing, Kind.ESCALATE, reason, is_written=True, takes=takes)
    is_opened = ticket.state is State.LEFT or ticket.hand_closed_at is not None
    reason = "people opened it again" if is_opened else ""
    return Course(
        ticket, after, bearing, None, reason, is_written=True, takes=takes, waits=waits, waiting=len(bearing.restless)
    )


def _opened_in_part(ticket: Ticket, kept: Ticket, bearing: Bearing, policy: Policy) -> Course:
    """We opened what was closed by hand, and did not come to say why: all of it is done once more, which does no harm."""
    after = replace(kept, state=State.OPEN, hand_closed_at=None)
    reason = f"closed by hand on {moment(ticket.hand_closed_at)}; opening it again was not brought to its end"
    takes, at = not _is_full(after, policy), ticket.hand_closed_at
    return Course(ticket, after, bearing, Kind.REOPEN, reason, is_written=True, takes=takes, hand_closed_at=at)


def _is_full(ticket: Ticket, policy: Policy) -> bool:
    return ticket.is_full or len(ticket.members) >= policy.batch


def _calming(bearing: Bearing, policy: Policy) -> str:
    if not bearing.restless:
        return ""
    often = counted(policy.flapping_returns, "time")
    return (
        f"its ticket stays open: it came back {often} or more, and must pass for {counted(policy.calm_hours, 'hour')}"
    )


def _rung(bearing: Bearing, policy: Policy, today: dt.date) -> int:
    """The highest step of the ladder that is reached, counted from 1; 0 for none."""
    due = bearing.due if policy.ladder else None
    if due is None:
        return 0
    reached = (
        number for number, rung in enumerate(policy.ladder, 1) if due + dt.timedelta(days=rung.after_days) < today
    )
    return max(reached, default=0)


# Closed by hand


_OFTEN = 2
"""At which closing by hand a ticket is left."""


def _closed_there(
    ticket: Ticket, kept: Ticket, seen: Seen, bearing: Bearing, policy: Policy, *, now: dt.datetime
) -> Course:
    """People closed it while not all of it is done."""
    if ticket.state is State.LEFT or not bearing.failing:
        return Course(ticket, kept, bearing)
    closed, is_new = _by_hand(kept, seen)
    often = "by hand" if closed.hand_closed == 1 else f"by hand for the {_th(closed.hand_closed)} time"
    said = f"closed {often} on {moment(closed.hand_closed_at)}{_answered(seen, policy)}"
    if not _has_looked(closed, bearing, policy, now):
        reason = f"{said}; the check is to look again first" if is_new else ""
        return Course(ticket, closed, bearing, Kind.UPDATE if is_new else None, reason)
    still = f"{said}, and {counted(len(bearing.failing), 'resource')} still failing"
    if closed.hand_closed < _OFTEN:
        after, at = replace(closed, hand_closed_at=None), closed.hand_closed_at
        takes = not _is_full(after, policy)
        noted, _ = _by_hand(ticket, seen)  # should it not be brought to its end, the closing is known all the same
        return Course(noted, after, bearing, Kind.REOPEN, still, is_written=True, takes=takes, hand_closed_at=at)
    return Course(
        ticket, replace(closed, state=State.LEFT), bearing, Kind.LEAVE, f"{still}: it is left so, and counted"
    )


def _by_hand(ticket: Ticket, seen: Seen) -> tuple[Ticket, bool]:
    """The ticket with the closing written down, and whether that is new."""
    if ticket.hand_closed_at is not None:
        return ticket, False
    at = seen.done_at or seen.updated
    return replace(ticket, hand_closed=ticket.hand_closed + 1, hand_closed_at=at), True


def _th(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")


def _answered(seen: Seen, policy: Policy) -> str:
    asks = {one.casefold() for one in policy.wont_do}
    return f" as {seen.resolution}, which waives nothing by itself" if seen.resolution.casefold() in asks else ""


def _has_looked(ticket: Ticket, bearing: Bearing, policy: Policy, now: dt.datetime) -> bool:
    """Whether the check looked again since it was closed, and something fails still by what it saw."""
    at = ticket.hand_closed_at
    if at is None or now < at + dt.timedelta(hours=policy.refresh_hours):
        return False
    return any(one.seen_at is not None and one.seen_at > at for one in bearing.failing)


# Opened again because something came back


def recurring(ticket: Ticket, seen: Seen, bearing: Bearing, policy: Policy, *, lost: frozenset[str]) -> Course:
    """A closed ticket in which something fails again. `lost` are members that other tickets have by now, or other teams."""
    closed = day(ticket.closed_at)
    after = replace(
        without(ticket, lost),
        state=State.OPEN,
        closed_at=None,
        outcome=None,
        hand_closed=0,
        hand_closed_at=None,
        rung=0,
    )
    takes = not _is_full(after, policy)
    said = f"{counted(len(bearing.failing), 'resource')} failing again since it was closed on {closed}"
    if not seen.is_done and not ticket.trouble:  # with trouble it may have been us, who did not come to say why
        reason = f"{said}; people opened it again already"
        return Course(ticket, after, bearing, Kind.UPDATE, reason, is_written=True, takes=takes)
    return Course(ticket, after, bearing, Kind.REOPEN, said, is_written=True, takes=takes)


# Places in which nothing of ours can be seen any more


_SEVERAL = 5
"""From how many tickets on it is no accident that all of them are gone at once."""


def vanished(
    missing: Mapping[tuple[str, str], int], there: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], str]:
    """Places whose tickets are all gone at once, with why nothing is done there: unknown is not absent.

    `missing` and `there` count the live tickets of each place that were read and are gone, or are there.
    """
    return {
        place: f"none of our {number:,} tickets there can be seen any more: was it deleted, or a permission taken away?"
        for place, number in missing.items()
        if number >= _SEVERAL and not there.get(place, 0)
    }
