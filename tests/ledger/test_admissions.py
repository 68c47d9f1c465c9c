from dataclasses import replace
from datetime import date, timedelta

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.waivers import Notice
from ledger_world import NOON

HOUR = timedelta(hours=1)


def notice(kind: str = "expires-30", *, waiver: str = "W-1", until: date = date(2027, 5, 1)) -> Notice:
    return Notice(waiver, kind, until, NOON, {"subjects": ["größe \0", 1, None]})


def test_what_was_admitted_stays_in_and_is_known_by_waiver(ledger: SqlLedger) -> None:
    ledger.admit("main", "W-1", ["s1", "s2"], NOON)
    ledger.admit("main", "W-1", ["s2", "s3", "s3"], NOON)
    ledger.admit("main", "W-2", ["s1"], NOON)
    ledger.admit("gov", "W-1", ["s9"], NOON)
    ledger.admit("main", "W-3", [], NOON)
    assert ledger.admitted("main") == {"W-1": {"s1", "s2", "s3"}, "W-2": {"s1"}}
    assert ledger.admitted("gov") == {"W-1": {"s9"}}
    assert ledger.admitted("other") == {}


def test_an_admission_keeps_its_first_time(ledger: SqlLedger) -> None:
    for at in (NOON, NOON + HOUR, NOON - HOUR):
        ledger.admit("main", "W-1", ["s1"], at)
    with ledger.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*), min(at) FROM admitted_subjects").one()[0] == 1
        found = connection.exec_driver_sql("SELECT at FROM admitted_subjects").scalar_one()
    assert str(found).startswith("2026-11-24 12:00:00")


def test_when_waivers_were_decided_on_moves_on_and_never_back(ledger: SqlLedger) -> None:
    ledger.put_decided("main", ["W-1", "W-2"], NOON)
    ledger.put_decided("gov", ["W-1"], NOON - HOUR)
    ledger.put_decided("main", ["W-1"], NOON + HOUR)
    ledger.put_decided("main", ["W-2", "W-3"], NOON - HOUR)
    ledger.put_decided("main", [], NOON + 9 * HOUR)
    assert ledger.decided_at("main") == {"W-1": NOON + HOUR, "W-2": NOON, "W-3": NOON - HOUR}
    assert ledger.decided_at("gov") == {"W-1": NOON - HOUR}


def test_a_notice_is_new_once_for_each_waiver_kind_and_end(ledger: SqlLedger) -> None:
    first = [notice(), notice("surplus"), notice(waiver="W-2")]
    assert ledger.notify("main", [*first, first[0]]) == tuple(first)
    later = replace(notice(), at=NOON + HOUR, body={})
    extended = notice(until=date(2028, 1, 1))
    assert ledger.notify("main", [later, extended]) == (extended,)
    assert ledger.notify("gov", [notice()]) == (notice(),)
    assert ledger.notify("main", []) == ()
    assert set(map(repr, ledger.notices("main"))) == set(map(repr, [*first, extended]))


def test_notices_are_given_oldest_first_from_a_time_on(ledger: SqlLedger) -> None:
    kinds = ["b", "a", "c"]
    some = [replace(notice(kind), at=NOON + turn * HOUR) for turn, kind in enumerate(kinds)]
    ledger.notify("main", reversed(some))
    assert ledger.notices("main") == tuple(some)
    assert ledger.notices("main", since=NOON + HOUR) == tuple(some[1:])
    assert ledger.notices("main", since=NOON + 3 * HOUR) == ledger.notices("gov") == ()
