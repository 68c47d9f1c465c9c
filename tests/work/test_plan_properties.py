"""What holds of every plan, whatever the world is like."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.work.action import Kind
from hubposture.work.policy import Policy, Rung
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import By, Missing, Outcome, Seen, State, Ticket
from hubposture.work.world import World
from work.work_world import (
    ACCOUNTS,
    NOW,
    done,
    done_there,
    group,
    hours,
    planned,
    seen,
    settled,
    subject,
    ticket,
    world,
)

NAMES = [f"s{number}" for number in range(12)]
CONTROLS = ("s3.8", "ec2.2")
KINDS = [("web", "s3.8"), ("web", "ec2.2"), ("data", "s3.8")]
"""Whose and of which control every third subject is, mostly."""
PLACES = {"web": ("jira", "WEB"), "data": ("snow", "incident")}
_ago = st.sampled_from([-0.05, -1, -20, -30, -100, -800, -2000]).map(hours)


@st.composite
def subjects(draw: st.DrawFn) -> list[Subject]:
    """Some of twelve subjects, as they stand."""
    found: list[Subject] = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=4)):
        owner, control = KINDS[NAMES.index(name) % 3]
        if draw(st.integers(0, 5)) == 0:
            owner, control = draw(st.sampled_from(["web", "data", "shop", ""])), draw(st.sampled_from(CONTROLS))
        standing = draw(st.sampled_from([Standing.FAILING, Standing.FAILING, Standing.PASSED, *Standing]))
        found.append(
            subject(
                name,
                standing,
                owner=owner,
                is_team=bool(owner),
                control=control,
                shown="",
                account=draw(st.sampled_from(ACCOUNTS)),
                severity=draw(st.sampled_from(["CRITICAL", "HIGH", "LOW", "INFORMATIONAL"])),
                failing_since=draw(_ago) if standing is Standing.FAILING else None,
                changed_at=draw(_ago),
                seen_at=draw(st.none() | _ago),
                returns=draw(st.sampled_from([0, 5])),
                is_observed=draw(st.integers(0, 9)) == 0,
            )
        )
    return found


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Subjects and tickets in every state, shown in every way; no two live tickets have the same subject."""
    free = list(NAMES)
    numbers: Counter[object] = Counter()
    tickets: list[Ticket] = []
    shown: dict[str, Seen | Missing | None] = {}
    found: dict[str, list[Seen]] = {}
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.integers(0, 2))
        of = group(*KINDS[kind])
        numbers[of] += 1
        state = draw(st.sampled_from([State.OPEN, State.OPEN, *State]))
        names = _members(draw, NAMES[kind::3], free if state.is_live else NAMES)
        free = [name for name in free if name not in names] if state.is_live else free
        one = ticket(*names, number=numbers[of], state=state, of=of, **draw(_histories(state)))
        one = one if state is State.SENDING else replace(one, id=f"{of.owner}-{of.control}-{one.number}")
        tickets.append(one)
        shown[one.key] = draw(_shown(one))
        if draw(st.integers(0, 1 if state is State.SENDING else 6)) == 0:
            entries = draw(st.lists(st.sampled_from([-1, -30, -900]), max_size=3))
            found[one.key] = [
                replace(seen(one), id=f"{one.key}-{at}", shown=f"X-{at}", created=hours(age))
                for at, age in enumerate(entries)
            ]
    broken = {PLACES["web"]: "gone"} if draw(st.integers(0, 5)) == 0 else {}
    return world(*draw(subjects()), tickets=tickets, shown=shown, found=found, broken=broken)


def _members(draw: st.DrawFn, mostly: list[str], among: list[str]) -> list[str]:
    """One to four names, mostly of the kind of their ticket."""
    likely = [name for name in among if name in mostly and draw(st.integers(0, 2))]
    others = [name for name in among if name not in mostly and draw(st.integers(0, 9)) == 0]
    return [*likely, *others][:4]


def _histories(state: State) -> st.SearchStrategy[dict[str, Any]]:
    by_hand = st.sampled_from([(0, None), (1, None), (1, hours(-30)), (1, hours(-2)), (2, None)])
    if state in (State.OPEN, State.LEFT):
        return by_hand.map(lambda one: {"hand_closed": one[0], "hand_closed_at": one[1]})
    if state is State.SENDING:
        return st.fixed_dictionaries({"sent_at": st.none() | _ago, "lookups": st.integers(0, 1)})
    return _ago.map(lambda at: {"closed_at": at, "outcome": Outcome.FIXED})


def _shown(one: Ticket) -> st.SearchStrategy[Seen | Missing | None]:
    if not one.id:
        return st.none()
    done_at: st.SearchStrategy[dt.datetime] = st.sampled_from([hours(-1), hours(-40)])
    ways: list[st.SearchStrategy[Seen | Missing | None]] = [
        st.just(seen(one)),
        st.just(seen(one)),
        done_at.map(lambda at: done_there(one, at)),
        done_at.map(lambda at: done_there(one, at)),
        st.just(Missing("no such issue")),
        st.none(),
    ]
    return st.one_of(ways)


policies = st.builds(
    Policy,
    by=st.sampled_from(By),
    batch=st.integers(1, 4),
    in_progress=st.integers(0, 3),
    ladder=st.sampled_from([(), (Rung(7), Rung(14))]),
)


def live(at: World) -> list[Ticket]:
    return [one for one in at.tickets if one.state.is_live]


def homes(at: World) -> Counter[str]:
    """In how many live tickets each subject is."""
    return Counter(member.subject for one in live(at) for member in one.members)


@given(at=worlds(), policy=policies, data=st.data())
def test_the_order_in_which_the_world_comes_does_not_matter(at: World, policy: Policy, data: st.DataObject) -> None:
    def shuffled(some: Mapping[Any, Any]) -> dict[Any, Any]:
        return dict(data.draw(st.permutations(list(some.items()))))

    other = replace(
        at,
        subjects=shuffled(at.subjects),
        tickets=data.draw(st.permutations(list(at.tickets))),
        seen=shuffled(at.seen),
        found={key: data.draw(st.permutations(list(some))) for key, some in shuffled(at.found).items()},
    )

    assert planned(other, policy) == planned(at, policy)


@given(at=worlds(), policy=policies)
@settings(max_examples=120)
def test_whatever_fails_is_in_one_ticket_or_is_held_and_never_both(at: World, policy: Policy) -> None:
    plan = planned(at, policy)
    after = done(at, plan)

    found = homes(after)
    assert max(found.values(), default=0) <= 1
    loose = Counter(
        (one.owner, one.control)
        for one in after.subjects.values()
        if one.standing is Standing.FAILING and one.subject not in found
    )
    held = Counter[tuple[str, str]]()
    for one in plan.held:
        if not one.why.startswith("its ticket"):
            held[(one.owner, one.control)] += one.subjects
    assert held == loose


@given(at=worlds(), policy=policies)
@settings(max_examples=120)
def test_doing_what_is_planned_leaves_nothing_to_do(at: World, policy: Policy) -> None:
    _, last = settled(at, policy, rounds=6)

    assert last.actions == ()


@given(at=worlds(), policy=policies)
@settings(max_examples=120)
def test_a_plan_closes_nothing_that_fails_and_touches_nothing_that_cannot_be_read(at: World, policy: Policy) -> None:
    plan = planned(at, policy)
    tickets = {one.key: one for one in at.tickets}

    for action in plan.actions:
        before = tickets.get(action.after.key)
        if action.kind is Kind.CLOSE:
            assert before is not None
            for member in before.members:
                one = at.subjects[member.subject]
                moved = (one.owner, one.control) != (before.group.owner, before.group.control)
                assert one.standing.is_done or (one.standing is Standing.FAILING and moved)
        if before is not None and before.state is not State.SENDING:
            assert before.key in at.seen
            assert (before.route.tracker, before.route.place) not in at.broken
        if action.kind in (Kind.UPDATE, Kind.ESCALATE):
            assert before is not None
            assert before.state is not State.SENDING
    main = Counter(one.after.key for one in plan.actions if one.kind is not Kind.LINK)
    assert max(main.values(), default=0) <= 1


@given(at=worlds(), policy=policies)
def test_new_tickets_keep_within_the_batch_and_the_limit_of_their_team(at: World, policy: Policy) -> None:
    plan = planned(at, policy)
    after = done(at, plan)

    fresh = [one.after for one in plan.actions if one.kind is Kind.CREATE and one.before is None]
    assert all(len(one.members) <= policy.batch for one in fresh)
    assert len({one.key for one in fresh} | {one.key for one in at.tickets}) == len(fresh) + len(at.tickets)
    for team in {one.group.owner for one in fresh}:
        working = sum(one.state in (State.OPEN, State.SENDING) for one in after.tickets if one.group.owner == team)
        assert not policy.in_progress or working <= policy.in_progress


@given(at=worlds(), policy=policies)
def test_actions_are_sorted_and_each_says_why(at: World, policy: Policy) -> None:
    plan = planned(at, policy)

    assert [one.order for one in plan.actions] == sorted(one.order for one in plan.actions)
    assert all(one.reason for one in plan.actions)
    assert plan.unchanged <= len(live(at))
    assert all(one.after.closed_at is None or one.after.closed_at <= NOW for one in plan.actions)
