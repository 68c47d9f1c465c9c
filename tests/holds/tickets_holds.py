"""What must be true of tickets: after each run, and once everything is calm."""

from collections import Counter, defaultdict

from holds.tickets_world import DAY, HOUR, TicketsWorld
from hubposture.verbs.tickets import Synced
from hubposture.work.action import Kind
from hubposture.work.subject import Standing
from hubposture.work.ticket import State
from hubposture.work.verify import Disagreement


def after_a_run(world: TicketsWorld, done: Synced) -> None:
    """Nothing was closed while something in it failed that no other ticket has, and nothing was tried again and again."""
    elsewhere = {member.subject for one in world.tickets() if one.state.is_live for member in one.members}
    for action in done.written.done:
        if action.kind is Kind.CLOSE and action.outcome is not None:
            failing = [
                member.subject
                for member in action.after.members
                if (one := world.checks.subjects.get(member.subject)) is not None
                and one.standing in (Standing.FAILING, Standing.UNKNOWN)
                and one.owner == action.after.group.owner
                and member.subject not in elsewhere
            ]
            assert not failing, f"{action.after.shown} was closed while {failing} fails: {action.reason}"
    tried = Counter(one.after.key for one in done.outlook.plan.actions)
    assert all(number <= 3 for number in tried.values()), tried
    nothing_twice(world)


def nothing_twice(world: TicketsWorld) -> None:
    """No subject is in two live tickets."""
    homes: dict[str, list[str]] = defaultdict(list)
    for ticket in world.tickets():
        if ticket.state.is_live:
            for member in ticket.members:
                one = world.checks.subjects.get(member.subject)
                if one is not None and one.owner == ticket.group.owner and one.standing is Standing.FAILING:
                    homes[member.subject].append(ticket.shown or ticket.key)
    assert not {name: some for name, some in homes.items() if len(some) > 1}


def calm_down(world: TicketsWorld) -> None:
    """Nobody does anything any more, everything answers, and time passes."""
    world.site.mend()
    world.site.lag(0)
    for _ in range(10):
        world.advance(13 * HOUR)
        done = world.sync()
        assert done is not None
        after_a_run(world, done)
    world.advance(HOUR)


def once_calm(world: TicketsWorld) -> None:
    """Every failing subject is in exactly one ticket that is open there, no key has two, and the next run does nothing."""
    first = world.sync()
    assert first is not None
    assert not first.failures
    done = world.sync()
    assert done is not None
    assert not done.failures
    assert not done.outlook.plan.actions, [(one.kind, one.after.shown, one.reason) for one in done.outlook.plan.actions]
    issues = world.open_issues()
    assert not {key: some for key, some in issues.items() if len(some) > 1}, "two open tickets have one key"
    nothing_lost(world)
    for ticket in world.tickets():
        if ticket.state is State.CLOSED:
            assert ticket.closed_at is not None
    found = world.verify()
    assert not found.failures
    assert not [one for one in found.disagreements if not _is_peoples(one)], found


def _is_peoples(one: Disagreement) -> bool:
    """Whether it is people's doing, which is told and not undone."""
    said = one.says + one.check + one.hint
    return "closed by hand" in said or "somebody moved it" in said


def nothing_lost(world: TicketsWorld) -> None:
    """Every failing subject of a team is in a ticket of that team, which is open there, or waits for others of the team."""
    tickets = [one for one in world.tickets() if one.state.is_live]
    homes = {member.subject: ticket for ticket in tickets for member in ticket.members}
    working = Counter(one.group.owner for one in tickets if one.state is not State.LEFT)
    limit = world.policy.in_progress
    for name, one in world.checks.subjects.items():
        is_due = one.failing_since is not None and world.now - one.failing_since > DAY
        if one.standing is not Standing.FAILING or not is_due or one.owner not in world.routes:
            continue
        ticket = homes.get(name)
        if ticket is None and limit and working[one.owner] >= limit:
            continue
        assert ticket is not None, f"{name} fails and is in no ticket"
        assert ticket.group.owner == one.owner
        if ticket.state is State.OPEN:
            assert world.is_open(ticket.id), f"{ticket.shown} is not open there, and {name} fails"
