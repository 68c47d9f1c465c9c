"""When a ticket closes and as what, what closing by hand leads to, and what people answer."""

from dataclasses import replace
from typing import Any

import pytest

from hubposture.work.action import Answer, Kind
from hubposture.work.subject import Standing
from hubposture.work.ticket import Missing, Outcome, State, Ticket
from work.work_world import (
    NOW,
    POLICY,
    days,
    done,
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

P, W, G, N = Standing.PASSED, Standing.WAIVED, Standing.GONE, Standing.NOT_REQUIRED


@pytest.mark.parametrize(
    ("standings", "outcome"),
    [
        ([P, P], Outcome.FIXED),
        ([P, W], Outcome.WAIVED),
        ([W, G, N], Outcome.WAIVED),
        ([P, G], Outcome.FIXED),
        ([P, N], Outcome.FIXED),
        ([G, G], Outcome.GONE),
        ([G, N], Outcome.GONE),
        ([N, N], Outcome.NOT_REQUIRED),
    ],
)
def test_a_ticket_closes_once_all_of_it_is_done_with_the_outcome_that_counts_most(
    standings: list[Standing], outcome: Outcome
) -> None:
    some = [subject(f"s{number}", one) for number, one in enumerate(standings)]

    action = only(planned(world(*some, tickets=[ticket(*(one.subject for one in some))])))

    assert (action.kind, action.outcome, action.after.outcome) == (Kind.CLOSE, outcome, outcome)
    assert (action.after.state, action.after.closed_at) == (State.CLOSED, NOW)
    assert said(action.comment) == f"closing as {outcome}"
    assert action.reason.startswith("all of it is done: ")


def test_nothing_closes_while_something_is_unknown_or_not_known_of_at_all() -> None:
    unknown = world(subject("a", P), subject("b", Standing.UNKNOWN), tickets=[ticket("a", "b")])
    absent = world(subject("a", P), tickets=[ticket("a", "b")])

    assert only(planned(unknown)).kind is Kind.UPDATE
    assert only(planned(absent)).kind is Kind.UPDATE


def test_what_flaps_is_done_only_when_it_has_passed_for_the_calm_hours() -> None:
    def kinds(passing_since: float) -> tuple[list[Kind], list[str]]:
        one = subject("a", P, returns=3, changed_at=hours(-passing_since))
        plan = planned(world(one, tickets=[written(ticket("a"), one)]))
        return [action.kind for action in plan.actions], list(whys(plan))

    assert kinds(71) == ([], ["its ticket stays open: it came back 3 times or more, and must pass for 72 hours"])
    assert kinds(72) == ([Kind.CLOSE], [])


def test_what_flaps_and_is_waived_or_gone_is_done_at_once() -> None:
    some = [subject("a", W, returns=9, changed_at=NOW), subject("b", G, returns=9, changed_at=NOW)]

    assert only(planned(world(*some, tickets=[ticket("a", "b")]))).kind is Kind.CLOSE


def test_new_subjects_get_a_ticket_of_their_own_when_the_one_of_their_group_closes_now() -> None:
    close, create = planned(world(subject("a", P), subject("b"), tickets=[ticket("a")])).actions

    assert (close.kind, create.kind, names(create.after)) == (Kind.CLOSE, Kind.CREATE, {"b"})


def test_what_belongs_to_another_team_now_is_done_here_and_gets_a_ticket_there() -> None:
    moved = subject("a", owner="data")

    close, create = planned(world(moved, tickets=[ticket("a")])).actions

    assert (close.kind, close.outcome) == (Kind.CLOSE, Outcome.NOT_REQUIRED)
    assert said(close.comment) == "moving to data"
    assert (create.kind, create.after.group.owner, create.after.previous) == (Kind.CREATE, "data", "")


def test_what_belongs_to_another_team_leaves_a_ticket_that_goes_on_without_a_comment() -> None:
    some = [subject("a", owner="data"), subject("b")]

    update, create = planned(world(*some, tickets=[written(ticket("a", "b"), *some)])).actions

    assert (update.kind, names(update.after), update.comment) == (Kind.UPDATE, {"b"}, None)
    assert update.reason == "1 resource with another owner or ticket"
    assert names(create.after) == {"a"}


def test_what_is_done_or_unknown_stays_in_its_ticket_whoever_owns_it_now() -> None:
    some = [subject("a", P, owner="data"), subject("b", Standing.UNKNOWN, owner="data"), subject("c")]

    assert planned(world(*some, tickets=[written(ticket("a", "b", "c"), *some)])).actions == ()


def test_of_two_tickets_with_the_same_subject_the_older_one_keeps_it() -> None:
    both = [ticket("a", "b"), ticket("b", "c", number=2)]
    some = [subject("a"), subject("b"), subject("c")]

    plan = planned(world(*some, tickets=[written(one, *some) for one in both]))

    assert (only(plan).after.key, names(only(plan).after)) == (both[1].key, {"c"})


def test_of_two_tickets_with_the_same_subject_the_one_of_its_team_keeps_it() -> None:
    some = [subject("a"), subject("b", owner="data")]
    both = [ticket("a", "b"), ticket("b", of=group("data"), made_at=days(-1), id="20001")]

    plan = planned(world(*some, tickets=[written(one, *some) for one in both]))

    assert (only(plan).after.key, names(only(plan).after)) == (both[0].key, {"a"})


def test_a_ticket_that_was_deleted_is_forgotten_and_what_fails_gets_another_one() -> None:
    lost = ticket("a", "b")
    at = world(subject("a"), subject("b", P), tickets=[lost], shown={lost.key: Missing("no such issue")})

    forget, create = planned(at).actions

    assert (forget.kind, forget.after.state) == (Kind.FORGET, State.LOST)
    assert forget.reason == "it is not there any more: no such issue"
    assert (create.kind, create.after.number, names(create.after)) == (Kind.CREATE, 2, {"a"})
    assert (create.after.previous, create.other) == (lost.key, "")
    assert create.reason.endswith("; WEB-1 was deleted there")


def test_a_ticket_that_was_left_and_deleted_is_forgotten_as_well() -> None:
    left = ticket("a", state=State.LEFT)
    at = world(subject("a"), tickets=[left], shown={left.key: Missing("no such issue")})

    assert [one.kind for one in planned(at).actions] == [Kind.FORGET, Kind.CREATE]


def test_a_place_in_which_every_one_of_many_tickets_is_gone_is_not_believed() -> None:
    some = [subject(f"s{number}", control=f"a.{number}") for number in range(5)]
    lost = [ticket(one.subject, of=group(control=one.control)) for one in some]
    at = world(*some, subject("new"), tickets=lost, shown={one.key: Missing("no such issue") for one in lost})

    plan = planned(at)

    assert plan.actions == ()
    assert sum(whys(plan).values()) == 6
    assert all("none of our 5 tickets there can be seen any more" in why for why in whys(plan))
    assert len(planned(replace(at, tickets=lost[:4])).actions) > 0


def test_a_ticket_that_people_moved_elsewhere_is_followed_by_its_id() -> None:
    one = written(ticket("a"), subject("a"))

    assert planned(world(subject("a"), tickets=[one], shown={one.key: seen(one, place="ELSE")})).actions == ()


def test_a_ticket_that_could_not_be_read_is_left_as_it_is() -> None:
    one = ticket("a")

    plan = planned(world(subject("a"), subject("b"), tickets=[one], shown={one.key: None}))

    assert plan.actions == ()
    assert whys(plan) == {
        "its ticket could not be read there, and is left as it is": 1,
        "it waits with others of its kind: its ticket could not be read there, and is left as it is": 1,
    }


# Closed by hand


def by_hand(*, closed_hours_ago: float, looked_hours_ago: float = 1, **changes: Any) -> tuple[list[Kind], list[Ticket]]:
    """What is done with a ticket that people closed: kinds, and the tickets after it."""
    one = subject("a", seen_at=hours(-looked_hours_ago))
    closed = written(replace(ticket("a"), **changes), one)
    plan = planned(world(one, tickets=[closed], shown={closed.key: done_there(closed, hours(-closed_hours_ago))}))
    return [action.kind for action in plan.actions], [action.after for action in plan.actions]


def test_closing_by_hand_while_something_fails_is_first_written_down() -> None:
    one = subject("a")
    closed = written(ticket("a"), one)

    action = only(planned(world(one, tickets=[closed], shown={closed.key: done_there(closed, hours(-2))})))

    assert (action.kind, action.draft, action.comment) == (Kind.UPDATE, None, None)
    assert action.after == replace(closed, hand_closed=1, hand_closed_at=hours(-2))
    assert action.reason == "closed by hand on 2026-11-24 08:40 UTC; the check is to look again first"


def test_what_was_written_down_waits_without_an_action_until_the_check_has_looked() -> None:
    known: dict[str, Any] = {"hand_closed": 1, "hand_closed_at": hours(-30)}

    assert by_hand(closed_hours_ago=30, looked_hours_ago=31, **known) == ([], [])
    assert by_hand(closed_hours_ago=20, **{**known, "hand_closed_at": hours(-20)}) == ([], [])


def test_it_is_opened_again_with_evidence_once_the_check_has_looked_and_it_still_fails() -> None:
    one = subject("a", seen_at=hours(-1))
    closed = written(ticket("a", hand_closed=1, hand_closed_at=hours(-24)), one)

    action = only(planned(world(one, tickets=[closed], shown={closed.key: done_there(closed, hours(-24))})))

    assert (action.kind, action.after.state) == (Kind.REOPEN, State.OPEN)
    assert (action.after.hand_closed, action.after.hand_closed_at) == (1, None)
    assert said(action.comment) == f"reopening, closed by people: {hours(-24)!s}"
    assert action.reason.endswith(", and 1 resource still failing")


def test_a_closing_of_long_ago_is_written_down_and_undone_at_once() -> None:
    kinds, (after,) = by_hand(closed_hours_ago=50)

    assert kinds == [Kind.REOPEN]
    assert (after.hand_closed, after.hand_closed_at) == (1, None)


def test_the_second_time_it_is_left_with_a_last_word_and_stays_so() -> None:
    one = subject("a")
    closed = written(ticket("a", hand_closed=1), one)
    at = world(one, tickets=[closed], shown={closed.key: done_there(closed, hours(-50))})

    action = only(planned(at))

    assert (action.kind, action.after.state, action.after.hand_closed) == (Kind.LEAVE, State.LEFT, 2)
    assert said(action.comment) == "leaving"
    assert "by hand for the second time" in action.reason
    assert planned(done(at, planned(at))).actions == ()


def test_the_last_word_is_said_once() -> None:
    one = subject("a")
    closed = written(ticket("a", hand_closed=2), one)

    action = only(planned(world(one, tickets=[closed], shown={closed.key: done_there(closed, hours(-50))})))

    assert (action.kind, action.comment) == (Kind.LEAVE, None)


def test_a_left_ticket_keeps_its_subjects_from_another_one() -> None:
    plan = planned(world(subject("a"), subject("b"), tickets=[ticket("a", state=State.LEFT)]))

    assert names(only(plan).after) == {"b"}


def test_a_left_ticket_that_people_open_again_is_open_and_the_count_stays() -> None:
    left = ticket("a", state=State.LEFT, hand_closed=2, hand_closed_at=days(-3))

    action = only(planned(world(subject("a"), tickets=[left], shown={left.key: seen(left)})))

    assert (action.kind, action.after.state) == (Kind.UPDATE, State.OPEN)
    assert (action.after.hand_closed, action.after.hand_closed_at) == (2, None)
    assert action.reason == "people opened it again"


@pytest.mark.parametrize("state", [State.OPEN, State.LEFT])
def test_what_people_closed_is_closed_without_a_word_once_all_of_it_is_done(state: State) -> None:
    closed = ticket("a", state=state, hand_closed=1, hand_closed_at=hours(-40))
    at = world(subject("a", P), tickets=[closed], shown={closed.key: done_there(closed, hours(-40))})

    action = only(planned(at))

    assert (action.kind, action.after.state, action.after.hand_closed_at) == (Kind.CLOSE, State.CLOSED, None)
    assert (action.outcome, action.draft, action.comment, action.after.outcome) == (None, None, None, Outcome.FIXED)


def test_closing_what_cannot_be_seen_now_counts_for_nothing_yet() -> None:
    closed = ticket("a")
    at = world(subject("a", Standing.UNKNOWN), tickets=[closed], shown={closed.key: done_there(closed, hours(-40))})

    assert planned(at).actions == ()


def test_a_ticket_that_is_open_there_again_forgets_when_it_was_closed() -> None:
    one = subject("a")
    closed = written(ticket("a", hand_closed=1, hand_closed_at=hours(-3)), one)

    action = only(planned(world(one, tickets=[closed])))

    assert (action.kind, action.draft, action.reason) == (Kind.UPDATE, None, "people opened it again")
    assert (action.after.hand_closed, action.after.hand_closed_at) == (1, None)


# Answers


def test_a_label_or_a_resolution_says_that_it_is_not_theirs() -> None:
    one = written(ticket("a"), subject("a"))
    labelled = seen(one, labels=("security-hub", "Not-Mine"), updated=hours(-3))
    policy = replace(POLICY, not_mine=("not-mine", "wrong team"))

    plan = planned(world(subject("a"), tickets=[one], shown={one.key: labelled}), policy)
    closed = done_there(one, hours(-2), resolution="Wrong Team")
    other = planned(world(subject("a"), tickets=[one], shown={one.key: closed}), policy)

    assert plan.answers == (Answer("not mine", one.key, "web", "Not-Mine", "", hours(-3)),)
    assert other.answers == (Answer("not mine", one.key, "web", "Wrong Team", "lee", hours(-2)),)


def test_which_tickets_were_listened_to_is_said_so_that_an_answer_can_be_taken_back() -> None:
    one, unseen = written(ticket("a"), subject("a")), written(ticket("b", key="shub-b"), subject("b"))
    both = world(subject("a"), subject("b"), tickets=[one, unseen], shown={unseen.key: None})
    assert (planned(both).answers, planned(both).heard) == ((), (one.key,))
    closing = world(subject("a", P), tickets=[one], shown={one.key: seen(one)})
    assert planned(closing).heard == ()


def test_a_resolution_says_that_it_will_not_be_done_and_waives_nothing_by_itself() -> None:
    one = written(ticket("a"), subject("a"))
    closed = done_there(one, hours(-50), resolution="won't do")

    plan = planned(world(subject("a"), tickets=[one], shown={one.key: closed}))

    assert plan.answers == (Answer("won't do", one.key, "web", "won't do", "lee", hours(-50)),)
    assert only(plan).kind is Kind.REOPEN
    assert "as won't do, which waives nothing by itself" in only(plan).reason


def test_a_resolution_of_a_ticket_that_is_open_again_answers_nothing() -> None:
    one = written(ticket("a"), subject("a"))

    assert planned(world(subject("a"), tickets=[one], shown={one.key: seen(one, resolution="Won't Do")})).answers == ()


def test_tickets_that_close_now_answer_nothing() -> None:
    one = ticket("a")
    labelled = seen(one, labels=("not-mine",))

    assert planned(world(subject("a", P), tickets=[one], shown={one.key: labelled})).answers == ()
