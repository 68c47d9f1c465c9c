from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import StatementError

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.ledger import Entry
from hubposture.ports.work import Delivery, Hook, KeptAnswer, SentMessage
from hubposture.work.action import Answer
from ledger_world import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MESSAGE = SentMessage(
    key="run-1",
    organization="main",
    about="run",
    team="größe",
    carrier="slack",
    to="#storage",
    digest="d",
    state=Delivery.SENDING,
    at=NOON,
)
ANSWER = Answer("not mine", "shub-a", "storage", "label not-mine", "kim", NOON)


def hook(delivery: str = "d1", id_: str = "10001", at: datetime = NOON, tracker: str = "cloud") -> Hook:
    return Hook(tracker, delivery, id_, at)


def test_a_message_is_read_back_as_it_was_put_and_replaces_its_like(ledger: SqlLedger) -> None:
    sent = replace(MESSAGE, state=Delivery.SENT, where="C1 17.5", attempts=2, trouble="so \\ it's")
    for one in (MESSAGE, sent):
        ledger.put_messages([one])
        assert ledger.messages("main") == (one,)


def test_messages_are_read_by_key_or_all_and_of_one_organization(ledger: SqlLedger) -> None:
    gov, other = replace(MESSAGE, organization="gov"), replace(MESSAGE, key="a", state=Delivery.FAILED)
    ledger.put_messages([MESSAGE, gov, other])
    ledger.put_messages([])
    assert ledger.messages("main") == (other, MESSAGE)
    assert ledger.messages("main", keys=["a", "z"]) == (other,)
    assert ledger.messages("main", keys=[]) == ()
    assert ledger.messages("gov") == (gov,)


def test_one_message_that_cannot_be_kept_keeps_all_out(ledger: SqlLedger) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        ledger.put_messages([MESSAGE, replace(MESSAGE, key="b", at=datetime(2026, 1, 1, tzinfo=UTC))])
    assert ledger.messages("main") == ()


def test_an_answer_is_new_once_for_what_was_said_in_a_ticket(ledger: SqlLedger) -> None:
    later, more = replace(ANSWER, at=NOON + HOUR, by="lee"), replace(ANSWER, said="no " * 9000, at=NOON - HOUR)
    other = replace(ANSWER, kind="won't do")
    assert ledger.keep_answers("main", [ANSWER, later, more]) == (ANSWER, more)
    assert ledger.keep_answers("main", [later, more, other]) == (other,)
    assert ledger.keep_answers("gov", [later]) == (later,)
    assert ledger.answers("main") == (KeptAnswer(more), KeptAnswer(ANSWER), KeptAnswer(other))
    assert ledger.answers("gov") == (KeptAnswer(later),)


def test_an_open_answer_is_decided_once_and_never_becomes_new_again(ledger: SqlLedger) -> None:
    again = replace(ANSWER, said="really", at=NOON + HOUR)
    ledger.keep_answers("main", [ANSWER, again, replace(ANSWER, ticket="shub-b", at=NOON + DAY)])
    assert ledger.decide_answer("main", "not mine", "shub-a", state="accepted", by="lee", detail="f00")
    assert not ledger.decide_answer("main", "not mine", "shub-a", state="declined", by="kim", detail="")
    assert not ledger.decide_answer("main", "won't do", "shub-a", state="accepted", by="lee", detail="")
    assert not ledger.decide_answer("gov", "not mine", "shub-b", state="accepted", by="lee", detail="")
    assert ledger.keep_answers("main", [ANSWER]) == ()
    decided = [(one.answer.ticket, one.state, one.decided_by, one.detail) for one in ledger.answers("main")]
    assert decided == [
        ("shub-a", "accepted", "lee", "f00"),
        ("shub-a", "accepted", "lee", "f00"),
        ("shub-b", "open", "", ""),
    ]


def test_what_was_decided_counts_as_new_once_it_was_taken_back_and_is_said_again(ledger: SqlLedger) -> None:
    other = replace(ANSWER, ticket="shub-b")
    ledger.keep_answers("main", [ANSWER, other])
    for ticket in ("shub-a", "shub-b"):
        ledger.decide_answer("main", "not mine", ticket, state="declined", by="lee", detail="it is yours")
    assert ledger.keep_answers("main", [ANSWER], heard=["shub-a"]) == ()  # it was said all the time
    assert ledger.keep_answers("main", [ANSWER]) == ()  # nobody looked
    assert ledger.keep_answers("gov", [], heard=["shub-a"]) == ()
    again = replace(ANSWER, at=NOON + HOUR)
    for _ in range(2):
        assert ledger.keep_answers("main", [], heard=["shub-a"]) == ()
    assert ledger.keep_answers("main", [again, other], heard=["shub-a", "shub-b"]) == (again,)
    assert ledger.keep_answers("main", [again], heard=["shub-a"]) == ()
    kept = [(one.answer.ticket, one.answer.at, one.state) for one in ledger.answers("main")]
    assert kept == [("shub-a", NOON, "declined"), ("shub-b", NOON, "declined"), ("shub-a", again.at, "open")]


def test_what_waits_for_somebody_to_decide_stays_when_it_is_not_said_any_more(ledger: SqlLedger) -> None:
    ledger.keep_answers("main", [ANSWER])
    ledger.keep_answers("main", [], heard=["shub-a"])
    assert ledger.answers("main") == (KeptAnswer(ANSWER),)


def test_who_decided_on_an_answer_and_why_is_in_the_audit_trail_once(ledger: SqlLedger) -> None:
    ledger.keep_answers("main", [ANSWER])
    for _ in range(2):
        ledger.decide_answer("main", "not mine", "shub-a", state="declined", by="lee", detail="it is yours")
    (record,) = ledger.trail()
    assert record.entry == Entry("lee", "answer 'not mine' in ticket shub-a", "open", "declined", "it is yours")
    assert ledger.verify() == ()


def test_text_that_a_database_cannot_hold_is_replaced_and_known_again(ledger: SqlLedger) -> None:
    bad = "nul \0 and half a pair \ud83d"
    assert len(ledger.keep_answers("main", [replace(ANSWER, said=bad)])) == 1
    assert ledger.keep_answers("main", [replace(ANSWER, said=bad)]) == ()
    assert ledger.answers("main")[0].answer.said == "nul \ufffd and half a pair \ufffd"
    assert ledger.take_hook(hook(bad, bad))
    assert not ledger.take_hook(hook(bad, bad))
    ledger.settle_hooks("cloud", [bad], until=NOON)
    assert ledger.hooks("cloud") == {}


def test_a_delivery_counts_once_also_after_it_was_looked_at(ledger: SqlLedger) -> None:
    assert ledger.take_hook(hook())
    assert not ledger.take_hook(hook())
    assert ledger.take_hook(hook(tracker="other"))
    ledger.settle_hooks("cloud", ["10001"], until=NOON)
    assert not ledger.take_hook(hook())
    assert (ledger.hooks("cloud"), ledger.hooks("other")) == ({}, {"10001": NOON})


def test_of_a_ticket_the_last_time_that_it_was_spoken_of_is_told(ledger: SqlLedger) -> None:
    for delivery, id_, hours in (("d1", "1", 2), ("d2", "1", 1), ("d3", "2", 0)):
        ledger.take_hook(hook(delivery, id_, NOON + hours * HOUR))
    assert ledger.hooks("cloud") == {"1": NOON + 2 * HOUR, "2": NOON}


def test_what_was_told_after_it_was_looked_at_stays(ledger: SqlLedger) -> None:
    ledger.take_hook(hook("d1"))
    ledger.take_hook(hook("d2", at=NOON + HOUR))
    ledger.take_hook(hook("d3", "2"))
    ledger.settle_hooks("cloud", ["10001", "absent"], until=NOON)
    assert ledger.hooks("cloud") == {"10001": NOON + HOUR, "2": NOON}
    ledger.settle_hooks("cloud", [], until=NOON + DAY)
    assert set(ledger.hooks("cloud")) == {"10001", "2"}


def test_what_was_looked_at_is_forgotten_after_a_month_and_what_was_not_never(ledger: SqlLedger) -> None:
    ledger.take_hook(hook("d1"))
    ledger.take_hook(hook("d2", "2"))
    ledger.settle_hooks("cloud", ["10001"], until=NOON + HOUR)
    ledger.settle_hooks("cloud", [], until=NOON + 30 * DAY)
    assert not ledger.take_hook(hook("d1"))
    ledger.settle_hooks("cloud", [], until=NOON + 30 * DAY + HOUR)
    assert ledger.take_hook(hook("d1"))
    assert not ledger.take_hook(hook("d2", "2"))
