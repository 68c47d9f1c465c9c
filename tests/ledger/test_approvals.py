from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import StatementError

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.waivers import Request, RequestState
from hubposture.waivers.standing import Confirmation, Verdict
from hubposture.waivers.waiver import SystemOfApproval
from ledger_world import NOON

HOUR = timedelta(hours=1)
REQUEST = Request(
    id="01KAFZZZZZZZZZZZZZZZZZZZZA",
    waiver="W-1",
    digest="sha256:" + "a" * 64,
    system="servicenow",
    state=RequestState.SENDING,
    asked_by="kim@example.com",
    asked_at=NOON,
    until=date(2027, 5, 1),
    subjects="111122223333 eu-central-1 s3.8 arn:aws:s3:::größe\n" * 3000,
)
CONFIRMATION = Confirmation(
    waiver="W-1",
    digest=REQUEST.digest,
    system=SystemOfApproval.SERVICENOW,
    number="PER0010042",
    by="lee@example.com",
    verdict=Verdict.APPROVED,
    until=date(2027, 5, 1),
    checked_at=NOON,
)


def test_a_request_is_read_back_as_it_was_put(ledger: SqlLedger) -> None:
    whole = replace(REQUEST, number="PER1", record="r", decided_by="lee", decided_at=NOON, detail="x", commit="c")
    for one in (REQUEST, whole):
        ledger.put_request(one)
        assert ledger.requests() == (one,)


def test_every_state_of_a_request_can_be_kept(ledger: SqlLedger) -> None:
    for state in RequestState:
        ledger.put_request(replace(REQUEST, state=state))
        assert ledger.requests()[0].state is state


def test_requests_are_listed_oldest_first_and_by_waiver(ledger: SqlLedger) -> None:
    late = replace(REQUEST, id="01KAFZZZZZZZZZZZZZZZZZZZZ0", asked_at=NOON + HOUR)
    other = replace(REQUEST, id="01KAFZZZZZZZZZZZZZZZZZZZZB", waiver="W-2")
    for one in (late, other, REQUEST):
        ledger.put_request(one)
    assert ledger.requests() == (REQUEST, other, late)
    assert ledger.requests(waiver="W-1") == (REQUEST, late)
    assert ledger.requests(waiver="W-9") == ()


def test_a_confirmation_replaces_what_the_same_system_said_of_the_same_waiver_and_digest(ledger: SqlLedger) -> None:
    git = replace(CONFIRMATION, system=SystemOfApproval.GIT, number="17")
    older = replace(CONFIRMATION, digest="sha256:0")
    ledger.put_confirmations([CONFIRMATION, git, older])
    taken_back = replace(CONFIRMATION, verdict=Verdict.WITHDRAWN, until=date(2026, 12, 1), checked_at=NOON + HOUR)
    ledger.put_confirmations([CONFIRMATION, taken_back])
    ledger.put_confirmations([])
    assert ledger.confirmations() == (older, git, taken_back)


def test_every_verdict_can_be_kept(ledger: SqlLedger) -> None:
    for verdict in Verdict:
        ledger.put_confirmations([replace(CONFIRMATION, verdict=verdict)])
        assert ledger.confirmations()[0].verdict is verdict


def test_one_confirmation_that_cannot_be_kept_keeps_all_out(ledger: SqlLedger) -> None:
    aware = replace(CONFIRMATION, waiver="W-2", checked_at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(StatementError, match="without a zone"):
        ledger.put_confirmations([CONFIRMATION, aware])
    assert ledger.confirmations() == ()


def test_text_that_a_database_cannot_hold_is_replaced_and_not_lost(ledger: SqlLedger) -> None:
    ledger.put_request(replace(REQUEST, detail="nul \0 and half a pair \ud83d"))
    ledger.put_confirmations([replace(CONFIRMATION, by="\0")])
    assert ledger.requests()[0].detail == "nul \ufffd and half a pair \ufffd"
    assert ledger.confirmations()[0].by == "\ufffd"
