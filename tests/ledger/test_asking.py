from dataclasses import replace

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.asking import AskingLedger, Draft, Kind, Said, What
from hubposture.ports.ledger import Entry
from hubposture.ports.waivers import Request, RequestState
from hubposture.waivers.standing import Confirmation, Verdict
from hubposture.waivers.waiver import SystemOfApproval
from ledger_world import NOON

REQUEST = Request("r1", "W-1", "d1", "hubposture", RequestState.ASKED, "kim", NOON, NOON.date(), "subjects")
DRAFT = Draft("r1", "W-1", "main", Kind.NEW, "id: W-1", ("kim",), "kim", NOON)
SAID = Said("s1", "r1", NOON, "kim", What.ASKED, "please", "d1")
ENTRY = Entry("kim", "waiver W-1", "", "asked", "please")


def begun(ledger: SqlLedger) -> None:
    assert ledger.begin_ask(REQUEST, DRAFT, SAID, entries=[ENTRY])


def test_the_ledger_keeps_what_the_port_asks_for(ledger: SqlLedger) -> None:
    port: AskingLedger = ledger
    assert port.asked("main") == ()
    begun(ledger)
    assert port.asked("main") == ((REQUEST, DRAFT),)
    assert port.asked_by_id("r1") == (REQUEST, DRAFT)
    assert port.said_of("r1") == (SAID,)
    assert port.asked("gov") == ()
    assert port.said_of("r2") == ()
    assert port.asked_by_id("r2") is None
    assert [one.entry for one in ledger.trail()] == [ENTRY]


def test_an_id_is_taken_once_whatever_its_capitals(ledger: SqlLedger) -> None:
    begun(ledger)
    other = replace(REQUEST, id="r2", waiver="w-1")
    assert not ledger.begin_ask(other, replace(DRAFT, request="r2", waiver="w-1"), replace(SAID, id="s2"))
    assert ledger.requests() == (REQUEST,)
    assert len(list(ledger.trail())) == 1


def test_one_that_is_there_may_be_asked_for_again_and_again(ledger: SqlLedger) -> None:
    begun(ledger)
    for number in ("r2", "r3"):
        draft = replace(DRAFT, request=number, kind=Kind.AGAIN)
        assert ledger.begin_ask(replace(REQUEST, id=number), draft, replace(SAID, id=number, request=number))
    assert [request.id for request, _ in ledger.asked("main")] == ["r3", "r2", "r1"]


def test_of_two_who_decide_at_once_one_is_too_late_and_changes_nothing(ledger: SqlLedger) -> None:
    begun(ledger)
    approved = replace(REQUEST, state=RequestState.APPROVED, decided_by="lee", decided_at=NOON)
    confirmed = Confirmation("W-1", "d1", SystemOfApproval.SERVICENOW, "r1", "lee", Verdict.APPROVED, NOON.date(), NOON)
    said = replace(SAID, id="s2", who="lee", what=What.APPROVED)
    moved = ledger.move_ask(approved, DRAFT, said, confirmations=[confirmed], entries=[replace(ENTRY, who="lee")])
    assert moved == replace(DRAFT, revision=2)
    rejected = replace(REQUEST, state=RequestState.REJECTED, decided_by="max")
    assert ledger.move_ask(rejected, DRAFT, replace(said, id="s3", who="max"), entries=[ENTRY]) is None
    assert ledger.asked_by_id("r1") == (approved, moved)
    assert ledger.said_of("r1") == (SAID, said)
    assert ledger.confirmations() == (confirmed,)
    assert len(list(ledger.trail())) == 2
