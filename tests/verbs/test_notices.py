"""Notices: what people should hear of a waiver, with what it means for them, and once for each end."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.waivers import Notice
from hubposture.verbs.notices import NoticeRules, notices
from hubposture.verbs.waiver_book import Book
from hubposture.waivers.rule import Judged, Tally
from hubposture.waivers.standing import Confirmation, Verdict
from hubposture.waivers.waiver import Revocation, SystemOfApproval
from verbs.waivers_made import EXPIRES, TODAY, book_of, granted, site, waiver

NOW = dt.datetime(2026, 11, 24, 9)
RULES = NoticeRules()


def made(
    found: Book, tally: Tally | None = None, *, today: dt.date = TODAY, released: Mapping[str, int] | None = None
) -> list[Notice]:
    tallies = {tally.waiver: tally} if tally is not None else {}
    judged = Judged(1, (), tallies, (), 0, 0)
    return list(notices(found.standings, judged, RULES, now=NOW, today=today, released=released or {}))


def kinds(found: Book, tally: Tally | None = None, *, today: dt.date = TODAY) -> list[str]:
    return [one.kind for one in made(found, tally, today=today)]


@pytest.mark.parametrize(("left", "kind"), [(31, None), (30, "expires-30"), (8, "expires-30"), (7, "expires-7"), (1, "expires-1"), (0, "expires-1")])  # fmt: skip
def test_an_end_is_told_of_when_it_is_near_by_the_tightest_day(left: int, kind: str | None) -> None:
    today = EXPIRES - dt.timedelta(days=left)
    assert kinds(book_of(granted(waiver(), site()), today=today), today=today) == ([kind] if kind else [])


def test_a_waiver_that_ended_is_told_of_and_one_that_nobody_approved_is_not() -> None:
    after = EXPIRES + dt.timedelta(days=1)
    assert kinds(book_of(granted(waiver(), site()), today=after), today=after) == ["expired"]
    one, subjects = granted(waiver(revoked=Revocation(TODAY, "lee@example.com", "gone")), site())
    assert kinds(book_of((one, subjects))) == ["revoked"]
    assert kinds(book_of(waiver())) == []


def test_an_approval_that_its_system_took_back_or_shortened_is_told_of() -> None:
    one, subjects = granted(waiver(), site(), system=SystemOfApproval.SERVICENOW, number="PER7")
    said = Confirmation("W-1", one.approvals[0].digest, SystemOfApproval.SERVICENOW, "PER7", "lee@example.com",
                        Verdict.APPROVED, dt.date(2027, 3, 1), NOW)  # fmt: skip
    found = book_of((one, subjects), record=SystemOfApproval.SERVICENOW, confirmations=[said])
    assert found.standings[0].until == dt.date(2027, 3, 1)
    assert kinds(found) == ["shortened"]
    back = replace(said, verdict=Verdict.WITHDRAWN)
    assert kinds(book_of((one, subjects), record=SystemOfApproval.SERVICENOW, confirmations=[back])) == ["withdrawn"]


def test_surplus_and_what_is_not_needed_any_more_are_told_of_together() -> None:
    found = book_of(granted(waiver(), site()))
    idle = NOW - dt.timedelta(days=30)
    assert kinds(found, Tally("W-1", within=1, surplus=2)) == ["surplus"]
    assert kinds(found, Tally("W-1", within=1, surplus=2, passing_since=idle)) == ["surplus", "unneeded"]
    assert kinds(found, Tally("W-1", within=1, passing_since=idle + dt.timedelta(hours=1))) == []


def test_a_notice_says_for_whom_and_what_it_means() -> None:
    (one,) = made(book_of(granted(waiver(), site())), Tally("W-1", within=5, failing=3, surplus=2), released={"W-1": 4})
    assert (one.waiver, one.kind, one.until, one.at) == ("W-1", "surplus", EXPIRES, NOW)
    assert one.body == {
        "owner": "team-web", "controls": ["s3.8"], "within": 5, "failing": 3, "surplus": 2, "released": 4,
    }  # fmt: skip


def test_each_is_told_once_for_an_end_and_again_for_another(books: SqlLedger) -> None:
    today = EXPIRES - dt.timedelta(days=5)
    first = made(book_of(granted(waiver(), site()), today=today), today=today)
    assert [one.kind for one in books.notify("main", first)] == ["expires-7"]
    assert not books.notify("main", first)
    longer = waiver(expires=EXPIRES + dt.timedelta(days=90))
    later = longer.expires - dt.timedelta(days=5)
    again = made(book_of(granted(longer, site()), today=later), today=later)
    assert [one.kind for one in books.notify("main", again)] == ["expires-7"]
