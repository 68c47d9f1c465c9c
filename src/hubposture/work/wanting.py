"""What should be in a ticket and is in none: back into the closed ticket that it was in, or into one of its group."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hubposture.work.bearing import bearing
from hubposture.work.candidates import Waiting, formers, is_recent, loose, why_none
from hubposture.work.course import Course, recurring
from hubposture.work.groups import group_of, place_of, recency
from hubposture.work.policy import Policy
from hubposture.work.subject import Subject
from hubposture.work.ticket import Group, Missing, Seen, Ticket
from hubposture.work.world import World


@dataclass(frozen=True, slots=True)
class Wanted:
    """Closed tickets that are opened again, and by group what needs another one; `formers` are earlier tickets of it."""

    recurring: tuple[Course, ...]
    groups: Mapping[Group, Sequence[Subject]]
    formers: Mapping[str, Ticket]


def wanted(courses: Sequence[Course], world: World, policy: Policy, held: Waiting, *, now: dt.datetime) -> Wanted:
    """Everything that fails and is in no ticket: what goes where. What gets no ticket is counted in `held`."""
    homes = {
        member.subject: one.after.key for one in courses if one.after.state.is_live for member in one.after.members
    }
    free, refused = _sorted(loose(world, homes), world, policy, now)
    before = formers(_as_they_will_be(courses, world), free)
    returning: dict[str, Ticket] = {}
    for one in free:
        ticket = before.get(one.subject)
        if ticket is None or not _returns(ticket, world, policy, now):
            continue
        if ticket.key in world.seen:
            returning[ticket.key] = ticket
            homes[one.subject] = ticket.key
        else:
            refused[one.subject] = (one, "its closed ticket could not be read")
    again = _recurring(returning, homes, world, policy, now=now)
    for key, (one, why) in refused.items():
        if key not in homes:
            held.add(one, why)
    groups: dict[Group, list[Subject]] = {}
    for one in free:
        if one.subject not in homes and one.subject not in refused:
            groups.setdefault(group_of(one, world.organization, policy.by), []).append(one)
    return Wanted(again, groups, before)


def _sorted(
    subjects: Iterable[Subject], world: World, policy: Policy, now: dt.datetime
) -> tuple[list[Subject], dict[str, tuple[Subject, str]]]:
    """What gets a ticket, and what gets none, with why."""
    settled = now - dt.timedelta(hours=policy.settle_hours)
    free: list[Subject] = []
    refused: dict[str, tuple[Subject, str]] = {}
    for one in subjects:
        if why := why_none(one, world, settled, policy):
            refused[one.subject] = (one, why)
        else:
            free.append(one)
    return free, refused


def _as_they_will_be(courses: Sequence[Course], world: World) -> list[Ticket]:
    after = {one.after.key: one.after for one in courses}
    return [after.get(one.key, one) for one in world.tickets]


def _returns(ticket: Ticket, world: World, policy: Policy, now: dt.datetime) -> bool:
    """Whether a closed ticket is opened again: not long ago, where its team's tickets go still, and not deleted there."""
    route = world.routes[ticket.group.owner]
    is_gone = isinstance(world.seen.get(ticket.key), Missing)
    return is_recent(ticket, policy, now) and place_of(ticket.route) == place_of(route) and not is_gone


def _recurring(
    returning: Mapping[str, Ticket], homes: dict[str, str], world: World, policy: Policy, *, now: dt.datetime
) -> tuple[Course, ...]:
    """Tickets opened again with all that is theirs still; `homes` learns of it."""
    found: list[Course] = []
    for ticket in sorted(returning.values(), key=recency):
        seen = world.seen[ticket.key]
        if not isinstance(seen, Seen):
            continue
        elsewhere = frozenset(one.subject for one in ticket.members if homes.get(one.subject, ticket.key) != ticket.key)
        stand = bearing(ticket, world.subjects, policy, now=now, doubled=elsewhere)
        lost = elsewhere | {one.subject for one in stand.moved}
        homes |= dict.fromkeys((one.subject for one in ticket.members if one.subject not in lost), ticket.key)
        found.append(recurring(ticket, seen, stand, policy, lost=lost))
    return tuple(found)
