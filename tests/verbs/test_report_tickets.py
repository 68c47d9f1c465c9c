"""Tickets of a week, counted from what the ledger knows."""

import datetime as dt
from dataclasses import replace

from hubposture.verbs.report_tickets import counted_tickets
from hubposture.views.report.model import Tickets
from hubposture.work.subject import Standing
from hubposture.work.ticket import By, Group, Member, Outcome, Route, State, Ticket

MONDAY = dt.datetime(2026, 11, 23)
END = MONDAY + dt.timedelta(days=7)
DAY = dt.timedelta(days=1)


def ticket(key: str, made: dt.datetime, *subjects: str, **more: object) -> Ticket:
    members = tuple(Member(one, made, next(iter(Standing))) for one in subjects)
    group = Group("acme", next(iter(By)), "s3.8", "web", "", "")
    made_ = Ticket(key, group, 1, Route("web", "jira", "WEB"), State.OPEN, members, made)
    return replace(made_, **more)  # type: ignore[arg-type]


def test_tickets_are_counted_by_what_happened_in_the_week_and_what_was_open_at_its_end() -> None:
    found = [
        ticket("old", MONDAY - DAY, "a"),
        ticket("new", MONDAY, "b"),
        ticket("next", END, "a"),
        ticket("closed", MONDAY - DAY, "a", state=State.CLOSED, closed_at=MONDAY + DAY, outcome=Outcome.FIXED),
        ticket("closed later", MONDAY - DAY, "a", state=State.CLOSED, closed_at=END, outcome=Outcome.GONE),
        ticket("by hand", MONDAY - DAY, "b", state=State.LEFT, hand_closed_at=END - DAY, hand_closed=2),
        ticket("asked for", MONDAY, "a", state=State.SENDING),
        ticket("deleted", MONDAY - DAY, "a", state=State.LOST),
        ticket("taken over", MONDAY - DAY, "a", state=State.ENDED),
    ]
    said = counted_tickets(found, {"a"}, begin=MONDAY, end=END)
    assert said == Tickets(made=1, closed=1, by_hand=1, open=4, late=2, outcomes=(("fixed", 1),))


def test_without_tickets_all_counts_are_nothing() -> None:
    assert counted_tickets([], {"a"}, begin=MONDAY, end=END) == Tickets()
