"""New tickets: what joins one that is there, batches of the rest, and how many of them a team gets at once."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hubposture.work.candidates import Waiting
from hubposture.work.groups import place_of, rank, recency, since, turn
from hubposture.work.policy import Policy
from hubposture.work.saying import counted, day
from hubposture.work.subject import Subject
from hubposture.work.ticket import Group, Member, Route, State, Ticket


@dataclass(frozen=True, slots=True)
class Spot:
    """A ticket of a group that is not full yet: into which new subjects go, or for which they wait (`waits` says why)."""

    ticket: Ticket
    room: int
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Subjects for which a new ticket is wanted, oldest first, and the ticket that some of them had before."""

    group: Group
    part: int
    subjects: tuple[Subject, ...]
    previous: Ticket | None = None

    @property
    def turn(self) -> tuple[int, dt.datetime, Group, int]:
        """Who goes first where not all can: the gravest, then what fails the longest."""
        return (min(map(rank, self.subjects)), min(map(since, self.subjects)), self.group, self.part)


def spots(
    tickets: Iterable[tuple[Ticket, bool, str]], routes: Mapping[str, Route], policy: Policy
) -> Mapping[Group, Spot]:
    """The newest ticket of each group that takes subjects, or will.

    Each entry is a ticket as it will be, whether it takes subjects now, and why not. A ticket that is not where its team's
    tickets go by now takes none.
    """
    found: dict[Group, Spot] = {}
    for ticket, takes, why in sorted(tickets, key=lambda one: recency(one[0])):
        route = routes.get(ticket.group.owner)
        room = policy.batch - len(ticket.members)
        if room <= 0 or ticket.is_full or route is None or place_of(route) != place_of(ticket.route):
            continue
        if takes or why:
            found[ticket.group] = Spot(ticket, room, why)
    return found


def joined(
    wanted: Mapping[Group, Sequence[Subject]], spots: Mapping[Group, Spot], waiting: Waiting
) -> tuple[dict[str, Sequence[Subject]], dict[Group, Sequence[Subject]]]:
    """What joins which ticket, by its key, and what is left, by group."""
    joins: dict[str, Sequence[Subject]] = {}
    left: dict[Group, Sequence[Subject]] = {}
    for group, subjects in wanted.items():
        spot = spots.get(group)
        some = sorted(subjects, key=turn)
        if spot is None:
            left[group] = some
        elif spot.waits:
            waiting.add_all(some, spot.waits)
        else:
            joins[spot.ticket.key] = some[: spot.room]
            left[group] = some[spot.room :]
    return joins, {group: some for group, some in left.items() if some}


def batches(left: Mapping[Group, Sequence[Subject]], former: Mapping[str, Ticket], policy: Policy) -> list[Batch]:
    """What is left, cut into tickets."""
    return [
        Batch(group, part, some, _previous(some, former))
        for group, subjects in left.items()
        for part in range(-(-len(subjects) // policy.batch))
        for some in (tuple(subjects[part * policy.batch : (part + 1) * policy.batch]),)
    ]


def _previous(subjects: Iterable[Subject], former: Mapping[str, Ticket]) -> Ticket | None:
    """The newest ticket that one of them was in."""
    found = [former[one.subject] for one in subjects if one.subject in former]
    return max(found, key=recency, default=None)


def chosen(
    wanted: Iterable[Batch], working: Mapping[str, int], policy: Policy, waiting: Waiting
) -> Mapping[Group, Sequence[Batch]]:
    """The batches that get a ticket now, by group; `working` counts the open tickets of each team."""
    counts = dict(working)
    found: dict[Group, list[Batch]] = {}
    for batch in sorted(wanted, key=lambda one: one.turn):
        team = batch.group.owner
        limit = policy.team_limits.get(team, policy.in_progress)
        is_asked = any(one.subject in policy.asked for one in batch.subjects)
        if limit and counts.get(team, 0) >= limit and not is_asked:
            waiting.add_all(batch.subjects, f"{counted(limit, 'ticket')} at once: others of the team go first")
            continue
        counts[team] = counts.get(team, 0) + 1
        found.setdefault(batch.group, []).append(batch)
    return found


def made(batch: Batch, number: int, route: Route, policy: Policy, *, now: dt.datetime) -> Ticket:
    """A new ticket as it will be, but for its text."""
    return Ticket(
        key=batch.group.key(number),
        group=batch.group,
        number=number,
        route=route,
        state=State.OPEN,
        members=tuple(Member(one.subject, now) for one in batch.subjects),
        made_at=now,
        is_full=len(batch.subjects) >= policy.batch,
        attempts=1,
        previous="" if batch.previous is None else batch.previous.key,
    )


def made_said(batch: Batch) -> str:
    """Why a ticket is made."""
    number = counted(len(batch.subjects), "resource")
    said = f"{number} failing since {day(min(map(since, batch.subjects)))}"
    if batch.previous is None:
        return said
    name = batch.previous.shown or batch.previous.key
    match batch.previous.state:
        case State.LOST:
            return f"{said}; {name} was deleted there"
        case State.CLOSED:
            return f"{said}; {name} was closed on {day(batch.previous.closed_at)}, and is not opened again"
        case _:
            return f"{said}; {name} cannot be opened again"
