"""Which tickets should be made, changed, opened again and closed: posture, owners and policy against what exists."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from hubposture.work.action import Action, Kind, TicketPlan
from hubposture.work.answers import answers, heard
from hubposture.work.bearing import bearing
from hubposture.work.candidates import Waiting
from hubposture.work.claims import claims, vanished_places
from hubposture.work.course import Course, course, forgotten, waiting
from hubposture.work.finish import actions_of, creation
from hubposture.work.groups import last_numbers, place_of
from hubposture.work.making import Batch, batches, chosen, joined, made, made_said, spots
from hubposture.work.policy import Policy
from hubposture.work.sending import doubled, sending
from hubposture.work.subject import Subject
from hubposture.work.ticket import Group, Missing, State, Ticket
from hubposture.work.wanting import wanted
from hubposture.work.world import Words, World

_BUSY = {
    Kind.LOOK: "its ticket was asked for without an answer, and is looked for first",
    Kind.ADOPT: "which of several tickets is taken is settled first",
    Kind.LINK: "which of several tickets stays is settled first",
}


def plan_tickets(world: World, policy: Policy, words: Words, *, now: dt.datetime) -> TicketPlan:
    """What should be done to tickets now, sorted; equal worlds give equal plans, in whatever order they come.

    Tickets that exist come first: what each is on course for. Whatever fails, is settled and is in none of them then goes
    back into the closed ticket that it was in, or joins the open one of its group, or gets a new one within the limit of its
    team; what gets none is held, with the reason. `now` is naive UTC. Raises nothing.
    """
    world = replace(world, broken={**vanished_places(world), **world.broken})
    held = Waiting()
    courses = [_course(one, others, world, policy, now=now) for one, others in claims(world)]
    want = wanted(courses, world, policy, held, now=now)
    courses += want.recurring
    joins, left = joined(want.groups, spots(map(_spot, courses), world.routes, policy), held)
    fresh = chosen(batches(left, want.formers, policy), _working(courses), policy, held)
    actions = [
        action
        for one in courses
        for action in actions_of(one, joins.get(one.after.key, ()), world, policy, words, now=now)
    ]
    unchanged = _unchanged(world.tickets, actions)
    actions += _creations(fresh, world, policy, words, now=now)
    _count_waiting(courses, held)
    live = [one.before for one in courses if one.after.state.is_live]
    return TicketPlan(
        actions=tuple(sorted(actions, key=lambda one: (one.order, one.other))),
        held=held.rows,
        answers=answers(live, world.seen, policy),
        unchanged=unchanged,
        heard=heard(live, world.seen),
    )


def _course(ticket: Ticket, others: frozenset[str], world: World, policy: Policy, *, now: dt.datetime) -> Course:
    """What a live ticket is on course for. `others` are members that another ticket has."""
    stand = bearing(ticket, world.subjects, policy, now=now, doubled=others)
    was_asked_for = ticket.state is not State.SENDING or ticket.sent_at is not None
    if was_asked_for and (why := world.broken.get(place_of(ticket.route))):
        return waiting(ticket, stand, f"is in {ticket.route.place}: {why}")
    if ticket.state is State.SENDING:
        return sending(ticket, stand, world, policy, now=now)
    seen = world.seen.get(ticket.key)
    if seen is None:
        return waiting(ticket, stand, "could not be read there, and is left as it is")
    if isinstance(seen, Missing):
        return forgotten(ticket, stand, f"it is not there any more: {seen.why}", State.LOST)
    twice = doubled(ticket, seen, stand, world.found) if ticket.state is State.OPEN else None
    return twice or course(ticket, seen, stand, policy, now=now)


def _spot(one: Course) -> tuple[Ticket, bool, str]:
    """A ticket with whether it takes subjects, and why those that would go into it wait."""
    if one.takes or one.after.state not in (State.OPEN, State.SENDING):
        return one.after, one.takes, ""
    why = one.waits or (_BUSY.get(one.kind, "") if one.kind is not None else "")
    return one.after, False, f"it waits with others of its kind: {why}" if why else ""


def _working(courses: Iterable[Course]) -> Mapping[str, int]:
    """How many tickets each team has open, once what closes is closed."""
    return Counter(one.after.group.owner for one in courses if one.after.state in (State.OPEN, State.SENDING))


def _creations(
    fresh: Mapping[Group, Sequence[Batch]], world: World, policy: Policy, words: Words, *, now: dt.datetime
) -> Iterator[Action]:
    numbers = last_numbers(world.tickets)
    for group, some in fresh.items():
        for number, batch in enumerate(some, numbers.get(group, 0) + 1):
            ticket = made(batch, number, world.routes[group.owner], policy, now=now)
            yield creation(ticket, batch.previous, made_said(batch), world, words)


def _count_waiting(courses: Iterable[Course], held: Waiting) -> None:
    """Tickets with which something should be done and is not, by their subjects."""
    for one in courses:
        if one.waits and one.waiting:
            group = one.before.group
            held.count(group.owner, _shown(one, group.control), one.waits, one.waiting)


def _shown(one: Course, control: str) -> str:
    subjects: Sequence[Subject] = one.bearing.failing or one.bearing.restless
    return next((subject.shown for subject in subjects if subject.shown), control)


def _unchanged(tickets: Iterable[Ticket], actions: Iterable[Action]) -> int:
    touched = {one.after.key for one in actions}
    return sum(one.state.is_live and one.key not in touched for one in tickets)
