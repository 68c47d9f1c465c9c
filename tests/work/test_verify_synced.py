"""Right after a sync that had nothing more to do, trackers and checks agree, whatever people and checks did before."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hubposture.work.action import Action, Kind
from hubposture.work.content import TicketWords
from hubposture.work.plan import plan_tickets
from hubposture.work.policy import Policy, Rung
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import By, Missing, Route, Seen, State, Ticket
from hubposture.work.verify import disagreements
from hubposture.work.world import World
from work.content_world import DAY, NOW, subject

HOUR = dt.timedelta(hours=1)
TEAMS = ("team-web", "team-app", "team-none", "unknown")
ROUTES = {team: Route(team, "jira", team.upper()) for team in ("team-web", "team-app")}
POLICIES = st.builds(
    Policy,
    by=st.sampled_from(list(By)),
    batch=st.integers(1, 4),
    in_progress=st.integers(0, 3),
    ladder=st.sampled_from([(), (Rung(3, raise_priority=1),)]),
)
CLICKS = st.sampled_from(["", "close", "delete", "double"])


def begun(owners: list[str]) -> World:
    """Everything fails, and there are no tickets."""
    subjects = [subject(number, owner=owner, is_team=owner != "unknown") for number, owner in enumerate(owners)]
    return World(
        "acme",
        {one.subject: replace(one, failing_since=NOW - 5 * DAY) for one in subjects},
        routes=ROUTES,
        unrouted={"team-none": "via: none"},
    )


def converged(world: World, policy: Policy, now: dt.datetime) -> World:
    """The world once syncs have nothing more to do, with trackers that do what they are asked."""
    for _ in range(12):
        plan = plan_tickets(world, policy, TicketWords(policy), now=now)
        if not plan.actions:
            return world
        for action in plan.actions:
            world = done(world, action, now)
    raise AssertionError([(one.kind, one.reason) for one in plan.actions])


def done(world: World, action: Action, now: dt.datetime) -> World:
    """The world with an action done."""
    ticket = action.after
    if action.kind is Kind.CREATE:
        ticket = replace(ticket, state=State.OPEN, id=ticket.key, shown=ticket.key.upper(), sent_at=now)
    if action.draft is not None:
        ticket = replace(ticket, written=action.draft.digest, written_at=now)
    tickets = {**{one.key: one for one in world.tickets}, ticket.key: ticket}
    seen = {**world.seen}
    found = {**world.found}
    if action.kind is Kind.CREATE or (action.kind is Kind.REOPEN):
        seen[ticket.key] = shown(ticket, now)
    elif action.kind is Kind.CLOSE:
        seen[ticket.key] = replace(shown(ticket, now), is_done=True, done_at=now)
    elif action.kind is Kind.LINK:
        found[ticket.key] = [replace(one, is_done=True) if one.id == action.other else one for one in found[ticket.key]]
    return replace(world, tickets=list(tickets.values()), seen=seen, found=found)


def shown(ticket: Ticket, now: dt.datetime) -> Seen:
    return Seen(ticket.id, ticket.shown, "", ticket.route.place, (ticket.key,), "To Do", False, now, now)


def clicked(world: World, clicks: list[str], now: dt.datetime) -> World:
    """The world after people went through the tickets."""
    seen: dict[str, Seen | Missing] = {**world.seen}
    found: Mapping[str, list[Seen]] = {}
    for ticket, click in zip(world.tickets, clicks, strict=False):
        there = seen.get(ticket.key)
        if isinstance(there, Seen) and click == "close":
            seen[ticket.key] = replace(there, is_done=True, done_at=now, updated=now)
        elif click == "delete" and ticket.state is State.OPEN:
            seen[ticket.key] = Missing("404")
        elif isinstance(there, Seen) and click == "double" and ticket.state is State.OPEN:
            double = replace(there, id=f"{there.id}-2", shown=f"{there.shown}-2", created=now)
            found = {**found, ticket.key: [there, double]}
    return replace(world, seen=seen, found=found)


def turned(world: World, standings: list[Standing], moves: list[str], now: dt.datetime) -> World:
    """The world after checks ran again, and owners changed."""
    subjects: dict[str, Subject] = {}
    for number, one in enumerate(world.subjects.values()):
        standing = standings[number] if number < len(standings) else one.standing
        owner = moves[number] if number < len(moves) and moves[number] else one.owner
        owned = replace(one, owner=owner, is_team=owner != "unknown")
        changed = now - 2 * DAY if standing is not one.standing else one.changed_at
        subjects[one.subject] = replace(
            owned, standing=standing, changed_at=changed, seen_at=now - HOUR,
            failing_since=now - 2 * DAY if standing is Standing.FAILING else None,
        )  # fmt: skip
    return replace(world, subjects=subjects)


ROUNDS = st.tuples(
    st.lists(st.sampled_from(list(Standing)), max_size=12),
    st.lists(st.sampled_from(["", "", "", *TEAMS]), max_size=12),
    st.lists(CLICKS, max_size=8),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(TEAMS), max_size=10), POLICIES, st.lists(ROUNDS, max_size=3))
@example(["team-web"], Policy(), [([Standing.FAILING], [], ["close"]), ([Standing.PASSED], [], [])])
def test_after_a_sync_trackers_and_checks_agree(
    owners: list[str], policy: Policy, rounds: list[tuple[list[Standing], list[str], list[str]]]
) -> None:
    now = NOW
    world = converged(begun(owners), policy, now)
    assert disagreements(world, policy, now=now) == ()
    for standings, moves, clicks in rounds:
        world = clicked(world, clicks, now + HOUR)
        now += 4 * DAY
        world = converged(turned(world, standings, moves, now), policy, now)
        left = {one.shown or one.key for one in world.tickets if one.state is State.LEFT}
        assert [one for one in disagreements(world, policy, now=now) if one.ticket not in left] == []
