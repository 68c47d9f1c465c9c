"""Tickets that were asked for without an answer, and those of which there are two."""

from dataclasses import replace
from typing import Any

import pytest

from hubposture.work.action import Kind
from hubposture.work.subject import Standing
from hubposture.work.ticket import Route, Seen, State
from work.work_world import (
    NOW,
    ROUTES,
    WORDS,
    days,
    done,
    done_there,
    hours,
    names,
    only,
    planned,
    seen,
    settled,
    subject,
    ticket,
    whys,
    world,
    written,
)

SENT = ticket("a", state=State.SENDING, attempts=1)


def entry(id_: str, *, age: float = 1, **changes: Any) -> Seen:
    """Something that a look-up found."""
    found = seen(SENT, id=id_, shown=f"WEB-{id_}", url=f"https://x/{id_}", created=hours(-age))
    return replace(found, **changes)


def test_a_ticket_that_was_written_down_and_never_asked_for_is_made_at_once() -> None:
    action = only(planned(world(subject("a"), tickets=[replace(SENT, sent_at=None, trouble="a field is required")])))

    assert (action.kind, action.after.key, action.after.attempts) == (Kind.CREATE, SENT.key, 2)
    assert action.draft is not None
    assert action.before is not None


def test_what_was_never_asked_for_goes_where_the_team_is_now() -> None:
    routes = {**ROUTES, "web": Route("web", "jira-new", "NEW")}
    at = world(subject("a"), tickets=[replace(SENT, sent_at=None)], routes=routes)

    assert only(planned(at)).after.route.place == "NEW"
    assert planned(replace(at, routes={})).actions == ()


def test_a_successor_that_is_asked_for_once_more_is_still_tied_to_what_it_follows() -> None:
    closed = ticket("a", state=State.CLOSED, closed_at=days(-90))
    sent = ticket("a", number=2, state=State.SENDING, sent_at=None, previous=closed.key)

    action = only(planned(world(subject("a"), tickets=[closed, sent])))

    assert (action.kind, action.after.previous, action.other) == (Kind.CREATE, closed.key, closed.id)


def test_what_was_asked_for_of_late_waits_for_the_index() -> None:
    plan = planned(world(subject("a"), tickets=[replace(SENT, sent_at=hours(-0.1))], found={SENT.key: ()}))

    assert plan.actions == ()
    assert whys(plan) == {"its ticket was asked for without an answer, and is looked for first": 1}


def test_what_was_not_looked_up_is_unknown_and_waits() -> None:
    plan = planned(world(subject("a"), tickets=[SENT]))

    assert plan.actions == ()
    assert whys(plan) == {"its ticket was asked for without an answer, and could not be looked for": 1}


def test_an_empty_look_up_is_written_down_and_the_next_one_waits_as_long() -> None:
    at = world(subject("a"), tickets=[SENT], found={SENT.key: ()})

    action = only(planned(at))

    assert (action.kind, action.after) == (Kind.LOOK, replace(SENT, lookups=1, looked_at=NOW))
    assert planned(done(at, planned(at))).actions == ()


def test_after_the_second_empty_look_up_it_is_made_again() -> None:
    looked = replace(SENT, lookups=1, looked_at=hours(-0.5))

    action = only(planned(world(subject("a"), tickets=[looked], found={SENT.key: ()})))

    assert (action.kind, action.after.attempts, action.after.lookups) == (Kind.CREATE, 2, 0)
    assert action.reason == "asked for on 2026-11-24 09:40 UTC without an answer, and not found in 2 look-ups"


def test_the_oldest_that_is_found_is_taken_and_each_younger_one_is_tied_to_it_and_closed() -> None:
    found = [entry("12", age=0.8), entry("11", age=0.9), entry("13", age=0.7)]
    at = world(subject("a"), tickets=[SENT], found={SENT.key: found})

    adopt, one, two = planned(at).actions

    assert (adopt.kind, adopt.other, adopt.after.id, adopt.after.shown) == (Kind.ADOPT, "11", "11", "WEB-11")
    assert (adopt.after.state, adopt.after.url) == (State.OPEN, "https://x/11")
    assert adopt.draft is None
    assert [(each.kind, each.other, each.after) for each in (one, two)] == [
        (Kind.LINK, "12", adopt.after),
        (Kind.LINK, "13", adopt.after),
    ]
    assert only(planned(done(at, planned(at)))).kind is Kind.UPDATE
    assert settled(at)[1].actions == ()


def test_a_found_one_that_holds_the_text_already_is_not_written_at_all() -> None:
    digest = WORDS.draft(SENT, {"a": subject("a")}).digest
    at = world(subject("a"), tickets=[SENT], found={SENT.key: [entry("11", digest=digest)]})

    assert only(planned(at)).after.written == digest
    assert planned(done(at, planned(at))).actions == ()


def test_nothing_is_made_when_all_of_it_is_done_before_it_was_found() -> None:
    one = subject("a", Standing.PASSED)
    looked = replace(SENT, lookups=1, looked_at=hours(-0.5))

    first = only(planned(world(one, tickets=[SENT], found={SENT.key: ()})))
    second = only(planned(world(one, tickets=[looked], found={SENT.key: ()})))
    never_sent = only(planned(world(one, tickets=[replace(SENT, sent_at=None)])))

    assert first.kind is Kind.LOOK
    assert [(each.kind, each.after.state) for each in (second, never_sent)] == [(Kind.FORGET, State.ENDED)] * 2


def test_new_subjects_wait_for_the_ticket_that_is_being_made() -> None:
    plan = planned(world(subject("a"), subject("b"), tickets=[SENT]))

    assert plan.actions == ()
    assert sum(whys(plan).values()) == 2


def test_what_is_in_a_ticket_that_was_asked_for_stays_there_even_if_it_belongs_to_another_team() -> None:
    plan = planned(world(subject("a", owner="data"), subject("b"), tickets=[ticket("a", "b", state=State.SENDING)]))

    assert plan.actions == ()


# Twice


@pytest.mark.parametrize("order", [1, -1])
def test_ours_stays_if_it_is_the_oldest_and_the_younger_ones_are_closed(order: int) -> None:
    one = written(ticket("a"), subject("a"))
    found = [seen(one), entry("11", created=days(-3))][::order]
    at = world(subject("a"), tickets=[one], found={one.key: found})

    action = only(planned(at))

    assert (action.kind, action.other, action.after) == (Kind.LINK, "11", one)
    assert planned(done(at, planned(at))).actions == ()


def test_an_older_one_takes_the_place_of_ours_and_ours_is_closed() -> None:
    one = ticket("a")
    found = [seen(one), entry("11", created=days(-30))]
    at = world(subject("a"), tickets=[one], found={one.key: found})

    adopt, link = planned(at).actions

    assert (adopt.kind, adopt.after.id, link.kind, link.other) == (Kind.ADOPT, "11", Kind.LINK, one.id)
    assert only(planned(done(at, planned(at)))).kind is Kind.UPDATE
    assert settled(at)[1].actions == ()


def test_of_two_made_at_once_the_one_with_the_lower_id_stays() -> None:
    one = written(ticket("a"), subject("a"))

    action = only(planned(world(subject("a"), tickets=[one], found={one.key: [entry("2", created=one.made_at)]})))

    assert (action.kind, action.after.id, action.other) == (Kind.LINK, one.id, "2")


def test_a_double_that_is_closed_is_left_alone() -> None:
    one = written(ticket("a"), subject("a"))
    found = [seen(one), entry("11", created=days(-30), is_done=True)]

    assert planned(world(subject("a"), tickets=[one], found={one.key: found})).actions == ()


def test_a_double_that_is_open_takes_the_place_of_ours_that_people_closed() -> None:
    one = ticket("a")
    at = world(
        subject("a"), tickets=[one], shown={one.key: done_there(one, hours(-50))}, found={one.key: [entry("11")]}
    )

    action = only(planned(at))

    assert (action.kind, action.after.id) == (Kind.ADOPT, "11")
    assert names(action.after) == {"a"}
