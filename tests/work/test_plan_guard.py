"""Limits on what one run may do to tickets, and actions as changes."""

from dataclasses import replace

import pytest

from hubposture.reconcile.guard import Exceeded
from hubposture.reconcile.plan import DuplicateEdit
from hubposture.work.action import TicketPlan
from hubposture.work.changes import KINDS, change_of
from hubposture.work.changes import planned as as_plan
from hubposture.work.guard import guard
from hubposture.work.subject import Standing
from work.work_world import POLICY, WORDS, days, done_there, hours, only, planned, seen, subject, ticket, world, written

FREE = replace(POLICY, in_progress=0)


def closings(count: int, *, by_hand: bool = False) -> TicketPlan:
    """A plan that closes so many tickets."""
    some = [subject(f"s{number}", Standing.PASSED) for number in range(count)]
    tickets = [ticket(one.subject, number=number) for number, one in enumerate(some, 1)]
    shown = {one.key: done_there(one, hours(-1)) for one in tickets} if by_hand else {}
    return planned(world(*some, tickets=tickets, shown=shown))


def limits(plan: TicketPlan, *, max_new: int = 500, open_tickets: int = 10) -> tuple[Exceeded, ...]:
    return guard(plan, max_new=max_new, max_close_share=0.5, share_from=4, open_tickets=open_tickets)


def test_too_many_new_tickets_are_named_with_the_option_that_allows_them() -> None:
    plan = planned(world(*(subject(f"s{number}", control=f"a.{number}") for number in range(3))), FREE)

    assert limits(plan, max_new=3) == ()
    assert limits(plan, max_new=2) == (Exceeded("new tickets", "2", "3", "--allow-new 3"),)


def test_too_large_a_share_of_closings_is_named_with_the_option_that_allows_it() -> None:
    assert limits(closings(5)) == ()
    assert limits(closings(6)) == (Exceeded("closings", "50%", "6 of 10 (60.0%)", "--allow-close-share 61"),)


def test_a_few_closings_are_no_share_and_those_by_hand_do_not_count() -> None:
    assert limits(closings(3), open_tickets=3) == ()
    assert limits(closings(6, by_hand=True)) == ()


def test_an_action_is_a_change_of_its_ticket_at_the_organization() -> None:
    action = only(planned(world(subject("a"), subject("b"))))

    change = change_of(action, "acme")

    assert (change.place.organization, change.place.account, change.place.region) == ("acme", "", "")
    assert (change.edit.kind, change.edit.key) == ("ticket.create", (action.after.key,))
    assert change.edit.kind in KINDS
    assert change.edit.current is None
    assert change.edit.weight == 2
    assert change.edit.reason == action.reason


def test_a_change_does_not_depend_on_words_and_does_on_what_is_in_the_ticket() -> None:
    action = only(planned(world(subject("a"))))
    other = only(planned(world(subject("a"), subject("b"))))

    assert change_of(replace(action, draft=None), "acme") == change_of(action, "acme")
    assert change_of(other, "acme").edit.desired != change_of(action, "acme").edit.desired


def test_a_plan_of_tickets_is_a_plan_with_a_digest_and_with_what_waits() -> None:
    one = written(ticket("a"), subject("a"))
    found = [seen(one), replace(seen(one), id="7", created=days(-1)), replace(seen(one), id="8", created=days(-1))]
    plan = planned(world(subject("a"), subject("b", owner="shop"), tickets=[one], found={one.key: found}))

    made = as_plan(plan, "acme")

    assert made.count == len(plan.actions) == 2
    assert made.digest == as_plan(plan, "acme").digest
    assert [(one.key, one.why) for one in made.held] == [(("S3.8", "shop"), "1: its findings go to DefectDojo")]
    with pytest.raises(DuplicateEdit):
        as_plan(replace(plan, actions=(*plan.actions, *plan.actions)), "acme")


def test_an_empty_plan_is_an_empty_plan() -> None:
    assert as_plan(planned(world()), "acme").count == 0


def test_words_are_asked_of_the_ticket_as_it_will_be() -> None:
    action = only(planned(world(subject("a"))))

    assert action.draft == WORDS.draft(action.after, {"a": subject("a")})
