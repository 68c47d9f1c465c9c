from dataclasses import replace

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.acts import Act, ActLedger, ActState
from hubposture.ports.ledger import Entry
from hubposture.ports.work import Delivery, SentMessage
from hubposture.work.offers import Doing, Kind, Thing
from ledger_world import NOON

THING = Thing(Kind.TICKET, "shub-1", "SHOP-1 größe", "team-web")
ACT = Act("a" * 64, "main", Doing.NOT_MINE, "run/k", "C1 1.5", THING.ref, "U1", "T1", NOON, {"reason": "so \\ \n"})
SENT = SentMessage("run/k", "main", "run", "web", "slack", "#a", "d", Delivery.SENT, NOON, "C1 1.5", things=(THING,))


def test_the_ledger_keeps_what_the_port_asks_for(ledger: SqlLedger) -> None:
    port: ActLedger = ledger
    assert port.acts("main") == ()


def test_one_press_is_one_act_however_often_it_is_delivered(ledger: SqlLedger) -> None:
    assert ledger.take_act(ACT)
    assert not ledger.take_act(replace(ACT, message="another"))
    assert ledger.acts("main") == (ACT,)
    assert ledger.acts("gov") == ()
    assert ledger.acts("main", messages=["run/k"]) == (ACT,)
    assert ledger.acts("main", messages=["z"]) == ()


def test_an_act_ends_once_with_its_entry_in_the_audit_trail(ledger: SqlLedger) -> None:
    ledger.take_act(ACT)
    ledger.try_act(ACT, "the ledger was away")
    assert ledger.acts("main")[0].tries == 1
    done = replace(ACT, state=ActState.DONE, by="kim@example.com", detail="said")
    entry = Entry("kim@example.com (Slack U1)", "answer", "", "not mine", "pressed")
    assert ledger.end_act(done, [entry])
    assert not ledger.end_act(replace(done, state=ActState.REFUSED), [entry])
    (kept,) = ledger.acts("main")
    assert (kept.state, kept.by, kept.detail) == (ActState.DONE, "kim@example.com", "said")
    assert kept.ended_at is not None
    assert [one.entry for one in ledger.trail()] == [entry]
    ledger.try_act(ACT, "too late")
    assert ledger.acts("main") == (kept,)


def test_what_is_told_waits_no_more_and_stays_known_to_its_message(ledger: SqlLedger) -> None:
    ledger.take_act(ACT)
    ledger.told_act(ACT)
    assert ledger.acts("main") == (ACT,)
    ledger.end_act(replace(ACT, state=ActState.REFUSED), [])
    ledger.told_act(ACT)
    assert ledger.acts("main") == ()
    assert [one.is_told for one in ledger.acts("main", messages=["run/k"])] == [True]


def test_a_message_is_found_by_its_place_and_the_one_with_things_first(ledger: SqlLedger) -> None:
    ledger.put_messages([SENT, replace(SENT, key="covered", things=()), replace(SENT, key="x", where="C1 2.5")])
    ledger.put_messages([replace(SENT, key="unsent", where="")])
    assert ledger.message_at("main", "C1 1.5") == SENT
    assert ledger.message_at("main", "C1 9.5") is None
    assert ledger.message_at("gov", "C1 1.5") is None
    assert ledger.message_at("main", "") is None
