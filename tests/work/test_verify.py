"""What trackers show against what checks say: every disagreement, and none where there is none."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.reconcile.chunks import chunks
from hubposture.work.policy import Policy
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Missing, Route, Seen, State, Ticket
from hubposture.work.verify import Disagreement, disagreements
from hubposture.work.world import World
from work.content_world import DAY, GROUP, NOW, POLICY, ROUTE, subject, ticket

HOUR = dt.timedelta(hours=1)


def seen(one: Ticket, **changes: object) -> Seen:
    """The ticket as its tracker shows it: open, and as it should be."""
    made = Seen(
        id=one.id, shown=one.shown, url=one.url, place="WEB", keys=(one.key,), status="To Do", is_done=False,
        created=NOW - 20 * DAY, updated=NOW - DAY,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def world(tickets: Sequence[Ticket], subjects: Sequence[Subject], **changes: object) -> World:
    made = World(
        "acme",
        {one.subject: one for one in subjects},
        tickets,
        routes={"team-web": ROUTE},
        seen={one.key: seen(one) for one in tickets},
        found={one.key: (seen(one),) for one in tickets},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def rows(found: World, *, strange: Sequence[Seen] = (), policy: Policy = POLICY) -> list[tuple[str, str, str, str]]:
    said = disagreements(found, policy, now=NOW, strange=strange)
    return [(one.where, one.ticket, one.says, one.check) for one in said]


def hints(found: World) -> list[str]:
    return [one.hint for one in disagreements(found, POLICY, now=NOW)]


FAILING = subject(0), subject(1)
ONE = ticket(*FAILING)
DONE = seen(ONE, is_done=True, done_at=NOW - DAY, resolution="Done", status="Closed")


def test_an_open_ticket_of_what_fails_is_as_it_should_be() -> None:
    assert rows(world([ONE], FAILING)) == []


def test_a_ticket_that_is_done_there_while_the_check_fails() -> None:
    found = world([ONE], FAILING, seen={ONE.key: DONE})
    assert disagreements(found, POLICY, now=NOW) == (
        Disagreement(
            where="jira WEB",
            ticket="WEB-42",
            says="done (Done)",
            check="2 resources fail in it",
            since=NOW - DAY,
            hint="a sync opens it again from 2026-11-24 10:40 UTC on",
        ),
    )


def test_what_becomes_of_it_depends_on_whether_the_check_has_looked_since() -> None:
    just_now = replace(DONE, done_at=NOW - HOUR)
    assert hints(world([ONE], FAILING, seen={ONE.key: just_now})) == [
        "the check has not looked since; it is opened again if it still fails then"
    ]
    undated = replace(DONE, done_at=None)
    assert hints(world([ONE], FAILING, seen={ONE.key: undated})) == ["a sync opens it again"]
    left = replace(ONE, state=State.LEFT, hand_closed=2)
    assert hints(world([left], FAILING, seen={ONE.key: DONE})) == [
        "closed by hand 2 times, counted and left so; fix it or ask for a waiver"
    ]


@pytest.mark.parametrize("standing", [one for one in Standing if one.is_done])
def test_a_ticket_that_is_open_there_while_everything_in_it_is_done(standing: Standing) -> None:
    done = subject(0, standing), subject(1, Standing.PASSED)
    assert rows(world([ticket(*done)], done)) == [("jira WEB", "WEB-42", "open (To Do)", "everything in it is done")]


def test_what_flaps_must_have_passed_for_long_enough() -> None:
    calm = replace(subject(0, Standing.PASSED), returns=4, changed_at=NOW - dt.timedelta(hours=71))
    assert rows(world([ticket(calm)], [calm])) == []
    calm = replace(calm, changed_at=NOW - dt.timedelta(hours=72))
    assert len(rows(world([ticket(calm)], [calm]))) == 1


@pytest.mark.parametrize("others", [[], [subject(1, Standing.UNKNOWN)]])
def test_nothing_is_concluded_from_what_is_unknown(others: list[Subject]) -> None:
    some = ticket(subject(0, Standing.PASSED), subject(1))
    assert rows(world([some], [subject(0, Standing.PASSED), *others])) == []
    assert rows(world([some], [subject(0, Standing.PASSED), *others], seen={some.key: replace(DONE)})) == []
    assert rows(world([ONE], FAILING, seen={}, found={})) == []


def test_a_ticket_that_is_not_there_any_more() -> None:
    gone = world([ONE], FAILING, seen={ONE.key: Missing("404")}, found={})
    assert rows(gone) == [("jira WEB", "WEB-42", "is not there", "2 resources fail in it")]
    lost = world([replace(ONE, state=State.LOST)], FAILING, seen={ONE.key: Missing("404")}, found={})
    assert rows(lost) == [("team-web", "", "no ticket", "2 resources of S3.8 fail")]


def test_two_tickets_with_one_label() -> None:
    younger = seen(ONE, id="10099", shown="WEB-99", created=NOW - DAY)
    found = world([ONE], FAILING, found={ONE.key: (seen(ONE), younger)})
    assert rows(found) == [("jira WEB", "WEB-42", f"WEB-99 has its label {ONE.key}", "WEB-42 is the one")]
    closed = world([ONE], FAILING, found={ONE.key: (seen(ONE), replace(younger, is_done=True))})
    assert rows(closed) == []


def test_a_ticket_that_was_asked_for_and_exists() -> None:
    sending = replace(ONE, state=State.SENDING, id="", shown="")
    found = world([sending], FAILING, seen={}, found={ONE.key: (seen(ONE),)})
    assert rows(found) == [("jira WEB", ONE.key, "it exists as WEB-42", "it was asked for, without an answer")]
    two = world([sending], FAILING, seen={}, found={ONE.key: (seen(ONE), seen(ONE, id="2", shown="WEB-99"))})
    assert rows(two) == [("jira WEB", ONE.key, f"WEB-42, WEB-99 has its label {ONE.key}", "one ticket is enough")]


def test_what_fails_and_is_in_no_ticket() -> None:
    assert rows(world([], FAILING)) == [("team-web", "", "no ticket", "2 resources of S3.8 fail")]
    (found,) = disagreements(world([], FAILING), POLICY, now=NOW)
    assert found.since == NOW - 4 * DAY


@pytest.mark.parametrize(
    "reason",
    [
        {"failing_since": NOW - 23 * HOUR},
        {"failing_since": None, "changed_at": NOW - HOUR},
        {"is_observed": True},
        {"owner": "team-app"},
        {"owner": "", "is_team": False},
        {"standing": Standing.UNKNOWN},
        {"standing": Standing.WAIVED},
    ],
)
def test_what_waits_for_a_reason_is_no_disagreement(reason: dict[str, object]) -> None:
    assert rows(world([], [subject(0, **reason)])) == []  # type: ignore[arg-type]


def test_what_a_ticket_that_was_not_read_may_take_is_no_disagreement() -> None:
    assert rows(world([ONE], [*FAILING, subject(3)], seen={})) == []
    closed = replace(ONE, state=State.CLOSED, closed_at=NOW - DAY)
    assert rows(world([closed], FAILING, seen={})) == []
    assert len(rows(world([closed], FAILING, seen={ONE.key: DONE}))) == 1


def test_a_limit_and_a_broken_place_are_reasons() -> None:
    other = subject(3)
    full = replace(POLICY, in_progress=1)
    assert rows(world([ONE], [*FAILING, other]), policy=full) == []
    assert len(rows(world([ONE], [*FAILING, other]), policy=replace(full, team_limits={"team-web": 2}))) == 1
    assert len(rows(world([ONE], [*FAILING, other]), policy=replace(POLICY, in_progress=0))) == 1
    assert rows(world([], FAILING, broken={("jira", "WEB"): "no permission"})) == []


def test_a_resource_in_two_tickets() -> None:
    second = replace(ticket(FAILING[1], number=2), key=GROUP.key(2), id="2", shown="WEB-43")
    assert [row[1:] for row in rows(world([ONE, second], FAILING))] in (
        [("WEB-42", "1 resource of it in WEB-43 too", "one ticket is enough")],
        [("WEB-43", "1 resource of it in WEB-42 too", "one ticket is enough")],
    )
    assert rows(world([ONE, replace(second, state=State.CLOSED)], FAILING)) == []


def test_a_resource_that_belongs_to_another_team_now() -> None:
    moved = replace(FAILING[1], owner="team-app", is_team=True)
    assert rows(world([ONE], [FAILING[0], moved])) == [
        ("jira WEB", "WEB-42", "it is work of team-web", "1 resource in it of team-app")
    ]
    assert rows(world([ONE], [FAILING[0], moved], broken={("jira", "WEB"): "no permission"})) == []


def test_a_label_of_ours_that_the_ledger_does_not_know() -> None:
    stray = seen(ONE, id="7", shown="OPS-7", place="OPS", keys=("shub-ffffffffffff",))
    assert rows(world([ONE], FAILING), strange=[stray]) == [
        ("OPS", "OPS-7", "it has the label shub-ffffffffffff", "the ledger knows no such ticket")
    ]


def test_a_ticket_that_was_moved() -> None:
    found = world([ONE], FAILING, seen={ONE.key: seen(ONE, place="OPS")})
    assert rows(found) == [("jira WEB", "WEB-42", "it is in OPS", "it belongs into WEB")]
    assert rows(world([ONE], FAILING, seen={ONE.key: seen(ONE, place="web")})) == []


STANDINGS = st.sampled_from(list(Standing))


@st.composite
def converged(draw: st.DrawFn) -> World:
    """A world as it should be: what fails is in an open ticket of its team, or waits; what is done is in none that is open."""
    owners = draw(st.lists(st.sampled_from(["team-web", "team-app", "nobody"]), min_size=1, max_size=20))
    subjects = [
        subject(number, draw(STANDINGS), owner=owner, is_team=owner != "nobody", returns=draw(st.integers(0, 5)))
        for number, owner in enumerate(owners)
    ]
    tickets: list[Ticket] = []
    for owner, some in groupby(sorted(subjects, key=lambda one: one.owner), key=lambda one: one.owner):
        open_ones = [one for one in some if one.standing is Standing.FAILING and one.is_team]
        for number, batch in enumerate(chunks(open_ones, draw(st.integers(1, 5))), start=1):
            group = replace(GROUP, owner=owner)
            tickets.append(
                replace(ticket(*batch, group=group, number=number), key=group.key(number), id=f"{owner}{number}")
            )
    closed = [one for one in subjects if one.standing.is_done]
    if closed:
        old = replace(ticket(*closed, state=State.CLOSED), key=GROUP.key(99), id="99", closed_at=NOW - DAY)
        tickets.append(old)
    route = replace(ROUTE, team="team-app")
    shown = {one.key: seen(one, is_done=one.state is State.CLOSED) for one in tickets}
    return world(tickets, subjects, routes={"team-web": ROUTE, "team-app": route}, seen=shown)


@settings(deadline=None)
@given(converged())
def test_a_world_that_is_as_it_should_be_has_no_disagreement(found: World) -> None:
    assert disagreements(found, POLICY, now=NOW) == ()


@settings(deadline=None)
@given(converged(), st.randoms())
def test_the_order_in_which_things_are_read_changes_nothing(found: World, random: object) -> None:
    keys = list(found.tickets)
    random.shuffle(keys)  # type: ignore[attr-defined]
    spoilt = replace(found, routes={**found.routes, "nobody": Route("nobody", "jira", "WEB")}, seen={})
    again = replace(spoilt, tickets=keys, subjects=dict(reversed(list(found.subjects.items()))))
    assert disagreements(again, POLICY, now=NOW) == disagreements(spoilt, POLICY, now=NOW)


@settings(deadline=None)
@given(converged(), st.integers(0, 30))
def test_one_click_makes_exactly_one_disagreement(found: World, at: int) -> None:
    live = [one for one in found.tickets if one.state is State.OPEN]
    if live:
        clicked = live[at % len(live)]
        done = seen(clicked, is_done=True, done_at=NOW - HOUR)
        (row,) = disagreements(replace(found, seen={**found.seen, clicked.key: done}), POLICY, now=NOW)
        assert row.says == "done"
