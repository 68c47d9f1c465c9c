from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from hubposture.ledger.audit import EMPTY
from hubposture.ledger.engine import build_engine, ledger_url
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.ledger import AuditHead, Entry, Sought
from ledger_world import START, Clock


def entry(number: int = 0) -> Entry:
    return Entry(who="ci", what=f"thing {number}", before="on", after=("off", number, 1.5, None), why="why", run="")


@pytest.fixture
def attacker(database_url: str, tmp_path: Path, ledger: SqlLedger) -> Engine:
    """Somebody with the database's own rights, who has removed what refuses changes to the trail."""
    ledger.audit(entry(number) for number in range(1, 6))
    engine = build_engine(ledger_url(database_url, relative_to=tmp_path), warn=print)
    names = (
        ("audit_no_update", "audit_no_delete") if engine.dialect.name == "sqlite" else ("audit_append_only ON audit",)
    )
    with engine.begin() as connection:
        for name in names:
            connection.execute(text(f"DROP TRIGGER {name}"))
    return engine


def change(engine: Engine, statement: str) -> None:
    try:
        with engine.begin() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


def test_an_empty_trail_is_whole(ledger: SqlLedger) -> None:
    assert ledger.head() == EMPTY
    assert ledger.verify() == ()
    assert ledger.verify(EMPTY) == ()


def test_the_trail_gives_back_what_was_written_in_order(ledger: SqlLedger) -> None:
    head = ledger.audit([entry(1), entry(2)])
    head = ledger.audit([entry(3)])
    records = list(ledger.trail())
    assert [record.entry for record in records] == [entry(1), entry(2), entry(3)]
    assert [record.seq for record in records] == [1, 2, 3]
    assert {record.at for record in records} == {START}
    assert records[1].previous == records[0].digest
    assert head == ledger.head() == AuditHead(3, records[-1].digest)
    assert ledger.verify() == ledger.verify(head) == ()


def test_the_trail_is_read_from_a_place_and_up_to_a_number(ledger: SqlLedger) -> None:
    ledger.audit(entry(number) for number in range(1, 8))
    assert [record.seq for record in ledger.trail(after=2, limit=3)] == [3, 4, 5]
    assert list(ledger.trail(limit=0)) == []


def test_unstorable_text_in_an_entry_does_not_break_the_chain(ledger: SqlLedger) -> None:
    ledger.audit([Entry(who="\0", what="\ud83d half", before="\0", after=None, why="größe 🙂")])
    assert ledger.verify() == ()
    assert next(ledger.trail()).entry.before == "\0"


def test_the_database_itself_refuses_to_change_or_delete_a_record(
    ledger: SqlLedger, database_url: str, tmp_path: Path
) -> None:
    ledger.audit([entry()])
    engine = build_engine(ledger_url(database_url, relative_to=tmp_path), warn=print)
    for statement in ("UPDATE audit SET who = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="append-only"):
            change(engine, statement)
    assert [record.entry for record in ledger.trail()] == [entry()]


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE audit SET who = 'nobody' WHERE seq = 3", 3),
        ("UPDATE audit SET after = '\"on\"' WHERE seq = 1", 1),
        ("UPDATE audit SET after = 'no json' WHERE seq = 1", 1),
        ("UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE seq = 5", 5),
        ("DELETE FROM audit WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 5", 5),
        ("DELETE FROM audit", 1),
        ("UPDATE audit_head SET seq = 9", 6),
        (f"UPDATE audit_head SET digest = '{'f' * 64}'", 5),
        (
            "INSERT INTO audit SELECT 6, at, who, what, before, after, why, run, previous, digest FROM audit WHERE seq = 5",
            6,
        ),
    ],
)
def test_tampering_is_found_at_its_record(attacker: Engine, ledger: SqlLedger, statement: str, seq: int) -> None:
    change(attacker, statement)
    found = ledger.verify()
    assert found
    assert found[0].seq == seq


def test_a_trail_cut_together_with_its_head_is_found_by_the_head_kept_elsewhere(
    attacker: Engine, ledger: SqlLedger
) -> None:
    kept = ledger.head()
    change(attacker, "DELETE FROM audit WHERE seq = 5")
    change(attacker, "UPDATE audit_head SET seq = 4, digest = (SELECT digest FROM audit WHERE seq = 4)")
    assert ledger.verify() == ()
    assert [one.seq for one in ledger.verify(kept)] == [5]


def test_a_trail_that_grew_still_holds_the_head_kept_elsewhere(ledger: SqlLedger) -> None:
    kept = ledger.audit([entry(1)])
    ledger.audit([entry(2)])
    assert ledger.verify(kept) == ()
    assert ledger.verify(AuditHead(1, "f" * 64)) != ()


def test_records_are_found_by_who_what_run_and_time_newest_first(ledger: SqlLedger, clock: Clock) -> None:
    ledger.audit([replace(entry(1), who="Kim@example.com"), replace(entry(2), who="lee", run="01A")])
    clock.move(timedelta(hours=1))
    ledger.audit([replace(entry(3), who="KIM@example.com", what="50% of Ärger_1"), replace(entry(4), who="lee")])

    def seqs(**sought: Any) -> list[int]:
        asked = Sought(**sought)
        found = [record.seq for record in ledger.newest(asked)]
        assert found == [record.seq for record in ledger.trail(sought=asked)][::-1]
        return found

    assert seqs() == [4, 3, 2, 1]
    assert seqs(who="kim") == [3, 1]
    assert seqs(what="50%") == seqs(what="Ärger") == seqs(what="r_1") == [3]
    assert seqs(what="%") == [3]
    assert seqs(run="01A") == [2]
    assert seqs(since=clock.now) == [4, 3]
    assert seqs(until=clock.now) == [2, 1]
    assert seqs(who="kim", since=clock.now, what="thing") == []
    assert [record.seq for record in ledger.newest(before=4, limit=2)] == [3, 2]
