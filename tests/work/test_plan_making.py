"""Which subjects get a ticket, how they are grouped and cut, how many tickets a team gets, and what waits instead."""

from dataclasses import replace

import pytest

from hubposture.work.action import Held, Kind
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import By, Missing, Outcome, Route, State
from work.work_world import (
    ACCOUNTS,
    NOW,
    POLICY,
    ROUTES,
    WORDS,
    days,
    done_there,
    group,
    hours,
    names,
    only,
    planned,
    said,
    seen,
    subject,
    ticket,
    whys,
    world,
    written,
)


def test_what_fails_of_a_control_and_a_team_gets_one_ticket_with_its_text() -> None:
    made = only(planned(world(subject("a"), subject("b"))))

    assert made.kind is Kind.CREATE
    assert made.before is None
    assert names(made.after) == {"a", "b"}
    assert (made.after.state, made.after.number, made.after.attempts) == (State.OPEN, 1, 1)
    assert made.after.key == group().key(1)
    assert made.after.route == ROUTES["web"]
    assert made.draft is not None
    assert made.after.written == made.draft.digest
    assert made.reason == "2 resources failing since 2026-11-14"


def test_what_passes_is_gone_or_is_unknown_gets_no_ticket() -> None:
    others = [subject(str(one), one) for one in Standing if one is not Standing.FAILING]

    assert planned(world(*others)).actions == ()


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (subject("a", failing_since=hours(-23)), "not settled: it fails for less than 24 hours"),
        (subject("a", failing_since=None, changed_at=hours(-1)), "not settled: it fails for less than 24 hours"),
        (subject("a", owner="shop"), "its findings go to DefectDojo"),
        (subject("a", owner="ops"), "no tracker is set for its team"),
        (subject("a", owner="lee@example.com", is_team=False), "its owner is no team"),
        (subject("a", owner="", is_team=False), "nobody owns it"),
        (subject("a", is_observed=True), "its scope is only observed"),
    ],
)
def test_what_gets_no_ticket_is_held_with_the_reason(one: Subject, why: str) -> None:
    plan = planned(world(one))

    assert plan.actions == ()
    assert plan.held == (Held(one.owner, "S3.8", why, 1),)


def test_what_failed_for_exactly_the_settling_time_is_settled() -> None:
    assert names(only(planned(world(subject("a", failing_since=hours(-24))))).after) == {"a"}


def test_tickets_are_made_by_control_and_owner_by_account_as_well_or_by_subject() -> None:
    at = world(subject("a"), subject("b", account=ACCOUNTS[1]), subject("c", account=ACCOUNTS[1]))

    def sizes(by: By) -> list[int]:
        return sorted(len(one.after.members) for one in planned(at, replace(POLICY, by=by)).actions)

    assert sizes(By.CONTROL_OWNER) == [3]
    assert sizes(By.CONTROL_ACCOUNT) == [1, 2]
    assert sizes(By.SUBJECT) == [1, 1, 1]


def test_a_large_group_is_cut_into_batches_the_oldest_first_and_full_ones_are_frozen() -> None:
    at = world(*(subject(f"s{number}", failing_since=days(-20 + number)) for number in range(7)))

    plan = planned(at)

    made = sorted((one.after for one in plan.actions), key=lambda one: one.number)
    assert [names(one) for one in made] == [{"s0", "s1", "s2"}, {"s3", "s4", "s5"}, {"s6"}]
    assert [one.number for one in made] == [1, 2, 3]
    assert [one.is_full for one in made] == [True, True, False]


def test_of_equally_old_ones_the_gravest_goes_in_first() -> None:
    at = world(*(subject(f"s{number}") for number in range(3)), subject("z", severity="CRITICAL"))

    first = min((one.after for one in planned(at).actions), key=lambda one: one.number)
    assert names(first) == {"z", "s0", "s1"}


def test_new_subjects_join_the_newest_open_ticket_that_is_not_full_and_the_rest_gets_another_one() -> None:
    some = [subject(f"s{number}", failing_since=days(-9 + number)) for number in range(5)]
    full = written(ticket("x", is_full=True), subject("x"))
    there = written(ticket("s0", number=2), some[0])

    plan = planned(world(subject("x"), *some, tickets=[full, there]))

    update, create = plan.actions
    assert (update.kind, create.kind) == (Kind.UPDATE, Kind.CREATE)
    assert (update.after.key, names(update.after), update.after.is_full) == (there.key, {"s0", "s1", "s2"}, True)
    assert update.reason == "2 resources joined"
    assert (create.after.number, names(create.after)) == (3, {"s3", "s4"})


def test_a_full_ticket_takes_nothing_even_when_all_but_one_of_it_is_done() -> None:
    parts = [subject("a"), subject("b", Standing.PASSED), subject("c", Standing.GONE)]
    full = written(ticket("a", "b", "c", is_full=True), *parts)

    made = only(planned(world(*parts, subject("d"), tickets=[full])))

    assert (made.kind, made.after.number, names(made.after)) == (Kind.CREATE, 2, {"d"})


def test_a_ticket_that_people_closed_takes_nothing_new() -> None:
    closed = written(ticket("a", hand_closed=1, hand_closed_at=hours(-1)), subject("a"))

    made = only(
        planned(world(subject("a"), subject("b"), tickets=[closed], shown={closed.key: done_there(closed, hours(-1))}))
    )

    assert (made.kind, names(made.after)) == (Kind.CREATE, {"b"})


def test_a_team_gets_no_more_tickets_than_its_limit_critical_first_then_the_oldest() -> None:
    kinds = [
        ("a.1", "LOW", -90),
        ("a.2", "HIGH", -50),
        ("a.3", "HIGH", -60),
        ("a.4", "CRITICAL", -2),
        ("a.5", "LOW", -80),
    ]
    at = world(
        *(
            subject(name, control=name, shown=name.upper(), severity=severity, failing_since=days(age))
            for name, severity, age in kinds
        )
    )

    plan = planned(at, replace(POLICY, in_progress=3))

    assert [one.after.group.control for one in plan.actions] == ["a.2", "a.3", "a.4"]
    assert {(one.control, one.why) for one in plan.held} == {
        (name, "3 tickets at once: others of the team go first") for name in ("A.1", "A.5")
    }


def test_tickets_of_other_teams_ended_and_left_ones_take_no_place_of_the_limit() -> None:
    some = [ticket("a", of=group("data")), ticket("b", state=State.LEFT), ticket("c", number=2, state=State.CLOSED)]
    there = [subject("a", owner="data"), subject("b"), subject("c", Standing.PASSED)]

    plan = planned(world(*there, subject("new"), tickets=some), replace(POLICY, in_progress=1))

    assert names(next(one.after for one in plan.actions if one.kind is Kind.CREATE)) == {"new"}


def test_open_and_sent_tickets_take_places_of_the_limit_and_those_that_close_now_do_not() -> None:
    opened, sent = ticket("a", of=group(control="a.1")), ticket("b", of=group(control="a.2"), state=State.SENDING)
    at = world(
        subject("a", Standing.PASSED, control="a.1"), subject("b", control="a.2"), subject("c"), subject("d", control="a.3"),
        tickets=[opened, sent],
    )  # fmt: skip

    plan = planned(at, replace(POLICY, in_progress=2))

    assert [one.kind for one in plan.actions] == [Kind.CLOSE, Kind.CREATE]
    assert whys(plan)["2 tickets at once: others of the team go first"] == 1


def test_a_team_has_a_limit_of_its_own_and_nought_is_none() -> None:
    some = [subject(f"s{number}", control=f"a.{number}") for number in range(9)]

    assert len(planned(world(*some), replace(POLICY, in_progress=1, team_limits={"web": 0})).actions) == 9
    assert len(planned(world(*some), replace(POLICY, in_progress=0, team_limits={"web": 2})).actions) == 2


def test_what_comes_back_within_the_days_opens_its_closed_ticket_again_with_all_that_is_in_it() -> None:
    some = [subject("a"), subject("b", Standing.PASSED), subject("c", failing_since=hours(-1))]
    closed = ticket("a", "b", "c", state=State.CLOSED, closed_at=days(-30), rung=2, hand_closed=1)

    action = only(planned(world(*some, tickets=[closed])))

    assert action.kind is Kind.REOPEN
    assert action.after == replace(
        closed, state=State.OPEN, closed_at=None, outcome=None, rung=0, hand_closed=0, written=action.after.written,
        members=action.after.members,
    )  # fmt: skip
    assert {one.subject: one.standing for one in action.after.members}["b"] is Standing.PASSED
    assert said(action.comment) == "reopening, closed by people: None"
    assert action.reason == "2 resources failing again since it was closed on 2026-10-25"


def test_opening_again_is_not_limited() -> None:
    closed = ticket("a", state=State.CLOSED)
    at = world(subject("a"), subject("b", control="a.1"), tickets=[closed, ticket("b", of=group(control="a.1"))])

    assert Kind.REOPEN in {one.kind for one in planned(at, replace(POLICY, in_progress=1)).actions}


def test_what_comes_back_later_gets_a_ticket_that_follows_the_closed_one() -> None:
    closed = ticket("a", state=State.CLOSED, closed_at=days(-31), outcome=Outcome.FIXED)

    action = only(planned(world(subject("a"), tickets=[closed])))

    assert (action.kind, action.after.number) == (Kind.CREATE, 2)
    assert (action.after.previous, action.other) == (closed.key, closed.id)
    assert said(action.comment) == "WEB-1 is followed"
    assert action.reason.endswith("; WEB-1 was closed on 2026-10-24, and is not opened again")


def test_a_ticket_that_cannot_be_opened_again_is_followed() -> None:
    ended = ticket("a", state=State.ENDED)

    action = only(planned(world(subject("a"), tickets=[ended])))

    assert (action.kind, action.after.previous, action.other) == (Kind.CREATE, ended.key, ended.id)


def test_a_closed_ticket_that_people_opened_again_is_open_again_and_is_not_moved_or_commented() -> None:
    closed = ticket("a", state=State.CLOSED)

    action = only(planned(world(subject("a"), tickets=[closed], shown={closed.key: seen(closed)})))

    assert (action.kind, action.after.state, action.comment) == (Kind.UPDATE, State.OPEN, None)
    assert action.reason.endswith("people opened it again already")


def test_a_closed_ticket_that_was_deleted_is_followed_and_nothing_is_tied_to_it() -> None:
    closed = ticket("a", state=State.CLOSED)

    action = only(planned(world(subject("a"), tickets=[closed], shown={closed.key: Missing("no such issue")})))

    assert (action.kind, action.after.previous, action.other) == (Kind.CREATE, closed.key, "")


def test_what_was_in_a_closed_ticket_that_cannot_be_read_waits() -> None:
    closed = ticket("a", state=State.CLOSED)

    plan = planned(world(subject("a"), tickets=[closed], shown={closed.key: None}))

    assert (plan.actions, whys(plan)) == ((), {"its closed ticket could not be read": 1})


def test_a_closed_ticket_in_which_all_is_done_stays_as_people_left_it() -> None:
    closed = ticket("a", state=State.CLOSED)

    assert (
        planned(world(subject("a", Standing.PASSED), tickets=[closed], shown={closed.key: seen(closed)})).actions == ()
    )


def test_a_reopened_ticket_leaves_out_what_another_one_has_by_now() -> None:
    closed, other = ticket("a", "b", state=State.CLOSED), ticket("b", of=group("data"))
    both = [subject("a"), subject("b", owner="data")]

    plan = planned(world(*both, tickets=[closed, written(other, both[1])]))

    assert names(only(plan).after) == {"a"}


def test_new_subjects_join_a_ticket_that_is_opened_again_in_the_same_plan() -> None:
    closed = ticket("a", state=State.CLOSED)

    assert names(only(planned(world(subject("a"), subject("b"), tickets=[closed]))).after) == {"a", "b"}


def test_open_tickets_stay_where_they_are_when_a_team_moves_and_new_ones_go_to_the_new_place() -> None:
    there = written(ticket("a"), subject("a"))
    routes = {**ROUTES, "web": Route("web", "jira-new", "NEW")}

    made = only(planned(world(subject("a"), subject("b"), tickets=[there], routes=routes)))

    assert (made.kind, made.after.route.place, names(made.after)) == (Kind.CREATE, "NEW", {"b"})


def test_a_successor_in_another_tracker_is_not_tied_to_what_it_follows() -> None:
    closed = ticket("a", state=State.CLOSED)
    routes = {**ROUTES, "web": Route("web", "jira-new", "NEW")}

    made = only(planned(world(subject("a"), tickets=[closed], routes=routes)))

    assert (made.kind, made.after.previous, made.other, made.comment) == (Kind.CREATE, closed.key, "", None)


def test_nothing_is_planned_for_a_broken_place_and_the_others_go_on() -> None:
    there = ticket("a")
    some = [subject("a", Standing.FAILING), subject("b"), subject("c", owner="data")]

    plan = planned(world(*some, tickets=[there], broken={("jira", "WEB"): "nothing may be written there"}))

    assert names(only(plan).after) == {"c"}
    assert whys(plan) == {
        "WEB: nothing may be written there": 1,
        "its ticket is in WEB: nothing may be written there": 1,
    }


def test_changing_how_tickets_are_grouped_closes_and_doubles_nothing() -> None:
    some = [subject("a"), subject("b", account=ACCOUNTS[1])]
    there = written(ticket("a", "b"), *some)

    plan = planned(world(*some, subject("c"), tickets=[there]), replace(POLICY, by=By.CONTROL_ACCOUNT))

    assert names(only(plan).after) == {"c"}
    assert only(plan).kind is Kind.CREATE


def test_a_draft_that_the_tracker_has_is_not_written_again() -> None:
    there = written(ticket("a"), subject("a"))

    plan = planned(world(subject("a"), tickets=[there]))

    assert (plan.actions, plan.unchanged) == ((), 1)


def test_what_is_done_while_others_fail_is_an_update_without_a_comment() -> None:
    before = [subject("a"), subject("b"), subject("c")]
    after = [before[0], subject("b", Standing.PASSED), subject("c", Standing.WAIVED)]
    there = written(ticket("a", "b", "c", is_full=True), *before)

    action = only(planned(world(*after, tickets=[there])))

    assert (action.kind, action.comment) == (Kind.UPDATE, None)
    assert action.reason == "1 passed and 1 waived"
    assert action.draft is not None
    assert (
        action.after.written
        == action.draft.digest
        == WORDS.draft(action.after, {one.subject: one for one in after}).digest
    )


def test_a_resource_that_fails_again_in_an_open_ticket_needs_no_comment() -> None:
    some = [subject("a"), subject("b")]
    there = ticket("a", "b", written="before")

    assert only(planned(world(*some, tickets=[there]))).comment is None


@pytest.mark.parametrize(("rung", "due_ago", "reached"), [(0, 7, 0), (0, 8, 1), (1, 14, 1), (0, 15, 2), (2, 90, 2)])
def test_the_ladder_is_climbed_to_the_highest_step_that_is_reached_and_told_once(
    rung: int, due_ago: int, reached: int
) -> None:
    one = subject("a", failing_since=days(-30 - due_ago))
    there = written(ticket("a", rung=rung), one)

    plan = planned(world(one, tickets=[there]))

    if reached == rung:
        assert plan.actions == ()
        return
    action = only(plan)
    assert (action.kind, action.after.rung) == (Kind.ESCALATE, reached)
    assert said(action.comment).startswith(f"escalation after {(7, 14)[reached - 1]} days, due ")
    assert action.draft is not None
    assert action.draft.raised == reached


def test_what_is_never_due_or_done_climbs_no_ladder() -> None:
    some = [subject("a", due_days=-1, failing_since=days(-400)), subject("b", Standing.WAIVED)]

    assert planned(world(*some, tickets=[written(ticket("a", "b"), *some)])).actions == ()


def test_now_is_the_only_clock() -> None:
    one = subject("a", failing_since=NOW)

    assert planned(world(one)).actions == ()
    assert len(planned(world(one), now=days(2)).actions) == 1
