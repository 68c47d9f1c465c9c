"""What the trackers show against what the checks say, worked out without a look at what was planned or written (pure).

Nothing is concluded from what could not be read: a ticket that was not read and a subject that is unknown agree with anything.
What waits for a reason that planning knows (not settled yet, no tracker, a limit, a broken place) is no disagreement.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubposture.work.groups import since
from hubposture.work.policy import Policy
from hubposture.work.saying import counted, moment
from hubposture.work.stood import Stood, is_flapping, stood
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Missing, Seen, State, Ticket
from hubposture.work.world import World


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One thing on which a tracker and the checks do not agree.

    `where` is the tracker and the place there, or the team where no ticket is meant. `ticket` is what people call it, its
    key where nobody does, '' for none. `says` is what the ticket says and `check` what the check says. `since` is naive
    UTC, None where that is not known. `hint` is what becomes of it, or what to do.
    """

    where: str
    ticket: str
    says: str
    check: str
    since: dt.datetime | None
    hint: str


def disagreements(
    world: World, policy: Policy, *, now: dt.datetime, strange: Sequence[Seen] = ()
) -> tuple[Disagreement, ...]:
    """Every disagreement, sorted by where and ticket.

    `strange` are tickets with a label of ours that the ledger does not know. `now` is naive UTC.
    """
    found: list[Disagreement] = []
    for ticket in world.tickets:
        found += _of_ticket(ticket, world, policy, now)
    found += (_strange(one) for one in strange)
    found += _in_two(world)
    found += _in_none(world, policy, now)
    return tuple(sorted(found, key=lambda one: (one.where, one.ticket, one.says, one.check)))


def _of_ticket(ticket: Ticket, world: World, policy: Policy, now: dt.datetime) -> Iterator[Disagreement]:
    seen = world.seen.get(ticket.key)
    members = stood(ticket, world.subjects)
    match seen:
        case Missing(why):
            if ticket.state in (State.OPEN, State.LEFT):
                yield _row(
                    ticket, "is not there", f"{_fail(members)} in it", ticket.written_at,
                    f"{why}; the next sync forgets it and what still fails gets a new one",
                )  # fmt: skip
        case Seen():
            yield from _of_seen(ticket, seen, members, policy, now)
            yield from _of_others(ticket, members, world)
    yield from _doubles(ticket, world)


def _of_seen(ticket: Ticket, seen: Seen, members: Stood, policy: Policy, now: dt.datetime) -> Iterator[Disagreement]:
    if seen.is_done and ticket.state.is_live and members.failing:
        says = " ".join(filter(None, ("done", f"({seen.resolution})" if seen.resolution else "")))
        at = seen.done_at or ticket.hand_closed_at
        yield _row(ticket, says, f"{_fail(members)} in it", at, _by_hand(ticket, members, at, policy))
    if not seen.is_done and _is_all_done(members, policy, now):
        yield _row(
            ticket, f"open ({seen.status})" if seen.status else "open", "everything in it is done",
            max(one.changed_at for one in members.done), "the next sync closes it",
        )  # fmt: skip
    if seen.place and seen.place.casefold() != ticket.route.place.casefold():
        yield _row(
            ticket, f"it is in {seen.place}", f"it belongs into {ticket.route.place}", seen.updated,
            "somebody moved it; move it back, or change the team's project",
        )  # fmt: skip


def _of_others(ticket: Ticket, members: Stood, world: World) -> Iterator[Disagreement]:
    """What fails in a live ticket of one team, and is work of another one."""
    moved = [one for one in members.failing if one.owner != ticket.group.owner]
    if moved and ticket.state.is_live and (ticket.route.tracker, ticket.route.place) not in world.broken:
        whose = ", ".join(sorted({one.owner or "nobody" for one in moved}))
        yield _row(
            ticket, f"it is work of {ticket.group.owner}", f"{counted(len(moved), 'resource')} in it of {whose}", None,
            "the next sync takes them out; where a team gets tickets they go there",
        )  # fmt: skip


def _by_hand(ticket: Ticket, members: Stood, at: dt.datetime | None, policy: Policy) -> str:
    if ticket.state is State.LEFT:
        return f"closed by hand {counted(ticket.hand_closed, 'time')}, counted and left so; fix it or ask for a waiver"
    if at is not None and all(one.seen_at is None or one.seen_at < at for one in members.failing):
        return "the check has not looked since; it is opened again if it still fails then"
    if at is None:
        return "a sync opens it again"
    return f"a sync opens it again from {moment(at + dt.timedelta(hours=policy.refresh_hours))} on"


def _is_all_done(members: Stood, policy: Policy, now: dt.datetime) -> bool:
    """Whether nothing is left to do in a ticket, by everything that is known, and nothing has to stay calm for longer."""
    if not members.done or members.failing or members.unseen:
        return False
    calm = now - dt.timedelta(hours=policy.calm_hours)
    return not any(
        one.standing is Standing.PASSED and is_flapping(one, policy) and one.changed_at > calm for one in members.done
    )


def _doubles(ticket: Ticket, world: World) -> Iterator[Disagreement]:
    """Open tickets with the key of another one; one that is asked for and exists."""
    others = [one for one in world.found.get(ticket.key, ()) if not one.is_done and one.id != ticket.id]
    if not others:
        return
    shown = ", ".join(one.shown or one.id for one in others)
    if not ticket.id and len(others) == 1:
        if ticket.state is State.SENDING:
            yield _row(
                ticket, f"it exists as {shown}", "it was asked for, without an answer", others[0].created,
                "the next sync takes it",
            )  # fmt: skip
        return
    ours = f"{ticket.shown} is the one" if ticket.shown else "one ticket is enough"
    yield _row(
        ticket, f"{shown} has its label {ticket.key}", ours, min(one.created for one in others),
        "the next sync ties the younger to the older one and closes it",
    )  # fmt: skip


def _strange(seen: Seen) -> Disagreement:
    return Disagreement(
        where=seen.place,
        ticket=seen.shown or seen.id,
        says=f"it has the label {', '.join(seen.keys)}",
        check="the ledger knows no such ticket",
        since=seen.created,
        hint="made by another installation, or the ledger was replaced; take the label off, or adopt it",
    )


def _in_two(world: World) -> Iterator[Disagreement]:
    """Subjects in several live tickets, by those tickets."""
    tickets: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in world.tickets:
        if ticket.state.is_live:
            for subject in {member.subject for member in ticket.members}:
                tickets[subject].append(ticket)
    several = Counter(tuple(sorted(one.key for one in some)) for some in tickets.values() if len(some) > 1)
    by_key = {one.key: one for one in world.tickets}
    for keys, number in several.items():
        first, *others = (by_key[key] for key in keys)
        names = ", ".join(one.shown or one.key for one in others)
        yield _row(
            first, f"{counted(number, 'resource')} of it in {names} too", "one ticket is enough", None,
            "close one of them by hand; the other has the work",
        )  # fmt: skip


def _in_none(world: World, policy: Policy, now: dt.datetime) -> Iterator[Disagreement]:
    """What fails, should have a ticket and has none, by team and control."""
    covered = {member.subject for one in world.tickets if one.state.is_live for member in one.members}
    full, unread = _full(world, policy), _unread(world)
    left: dict[tuple[str, str], list[Subject]] = defaultdict(list)
    for one in world.subjects.values():
        if one.subject in covered or one.owner in full or (one.owner, one.control) in unread:
            continue
        if _is_due_one(one, world, policy, now):
            left[one.owner, one.control].append(one)
    for (owner, _), some in left.items():
        yield Disagreement(
            where=owner,
            ticket="",
            says="no ticket",
            check=f"{counted(len(some), 'resource')} of {some[0].shown} {'fails' if len(some) == 1 else 'fail'}",
            since=min(since(one) for one in some),
            hint="the next sync makes one, or opens one again",
        )


def _is_due_one(one: Subject, world: World, policy: Policy, now: dt.datetime) -> bool:
    """Whether a subject fails long enough, is not only observed, and its team gets tickets into a place that works."""
    route = world.routes.get(one.owner)
    return (
        one.standing is Standing.FAILING
        and not one.is_observed
        and one.is_team
        and route is not None
        and (route.tracker, route.place) not in world.broken
        and now - since(one) >= dt.timedelta(hours=policy.settle_hours)
    )


def _full(world: World, policy: Policy) -> frozenset[str]:
    """Teams that have as many open tickets as they may have."""
    now = Counter(one.group.owner for one in world.tickets if one.state in (State.OPEN, State.SENDING))
    limits = {team: policy.team_limits.get(team, policy.in_progress) for team in now}
    return frozenset(team for team, number in now.items() if 0 < limits[team] <= number)


def _unread(world: World) -> frozenset[tuple[str, str]]:
    """Teams and controls with a ticket that was not read: what fails may be opened again in it, or join it."""
    return frozenset(
        (one.group.owner, one.group.control)
        for one in world.tickets
        if one.key not in world.seen and (one.state.is_live or _holds_failing(one, world))
    )


def _holds_failing(ticket: Ticket, world: World) -> bool:
    return ticket.state is State.CLOSED and bool(stood(ticket, world.subjects).failing)


def _fail(members: Stood) -> str:
    number = len(members.failing)
    return f"{counted(number, 'resource')} {'fails' if number == 1 else 'fail'}"


def _row(ticket: Ticket, says: str, check: str, at: dt.datetime | None, hint: str) -> Disagreement:
    where = f"{ticket.route.tracker} {ticket.route.place}"
    return Disagreement(where, ticket.shown or ticket.key, says, check, at, hint)
