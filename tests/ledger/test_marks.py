from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import StatementError

from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ports.ledger import LedgerUnavailable
from hubposture.ports.waivers import WaiverLedger
from ledger_world import NOON, mark, note

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_it_is_what_the_port_asks_for(ledger: SqlLedger) -> None:
    port: WaiverLedger = ledger
    assert (port.marks("main"), port.marks("main", ["f1"]), port.persons_notes(["f1"])) == ({}, {}, {})


def test_a_mark_is_read_back_as_it_was_put(ledger: SqlLedger) -> None:
    one, other = mark("f1", seen_at=NOON + HOUR), replace(mark("f2"), state="released", waiver="")
    ledger.put_marks([one, other])
    assert ledger.marks("main") == {"f1": one, "f2": other}


def test_marks_are_read_of_some_findings_or_of_all_and_of_one_organization(ledger: SqlLedger) -> None:
    ledger.put_marks([mark("f1"), mark("f2"), mark("f1", organization="gov")])
    assert ledger.marks("main", ["f2", "f2", "f3"]) == {"f2": mark("f2")}
    assert ledger.marks("main", []) == {}
    assert ledger.marks("gov") == {"f1": mark("f1", organization="gov")}


def test_a_later_mark_replaces_the_one_of_the_same_finding(ledger: SqlLedger) -> None:
    ledger.put_marks([mark(seen_at=NOON)])
    later = replace(mark(wanted="w2", written_at=NOON + HOUR), state="released", waiver="", run="02RUN")
    ledger.put_marks([later])
    assert ledger.marks("main") == {"f1": later}


def test_the_tries_of_a_mark_are_kept_as_they_are_given(ledger: SqlLedger) -> None:
    ledger.put_marks([replace(mark(), tries=3)])
    ledger.put_marks([replace(mark(written_at=NOON + HOUR), tries=4)])
    ledger.put_marks([mark(organization="gov")])
    assert (ledger.marks("main")["f1"].tries, ledger.marks("gov")["f1"].tries) == (4, 1)


def test_of_a_finding_that_is_named_twice_at_once_the_last_one_is_kept(ledger: SqlLedger) -> None:
    ledger.put_marks([mark(wanted="w1"), mark(wanted="w2")])
    assert ledger.marks("main") == {"f1": mark(wanted="w2")}


def test_marks_and_notes_are_put_together_or_not_at_all(ledger: SqlLedger) -> None:
    ledger.put_marks([mark("f1")], [note("f1")])
    aware = datetime(2026, 11, 24, tzinfo=UTC)
    with pytest.raises(StatementError, match="without a zone"):
        ledger.put_marks([mark("f1", wanted="w2"), mark("f2")], [note("f2"), replace(note("f3"), at=aware)])
    assert ledger.marks("main") == {"f1": mark("f1")}
    assert ledger.persons_notes(["f1", "f2", "f3"]) == {"f1": note("f1")}


def test_what_was_seen_is_news_once(ledger: SqlLedger) -> None:
    ledger.put_marks([mark("f1"), mark("f2"), mark("f3", organization="gov")])
    assert ledger.seen_marks("main", {"f1": NOON + HOUR, "f3": NOON + HOUR, "f4": NOON + HOUR}) == 1
    assert ledger.seen_marks("main", {"f1": NOON + DAY, "f2": NOON}) == 1
    assert ledger.seen_marks("main", {}) == 0
    seen = {finding: one.seen_at for finding, one in ledger.marks("main").items()}
    assert seen == {"f1": NOON + HOUR, "f2": NOON}


def test_what_was_seen_before_it_was_written_anew_is_not_seen(ledger: SqlLedger) -> None:
    ledger.put_marks([mark(written_at=NOON + HOUR)])
    assert ledger.seen_marks("main", {"f1": NOON}) == 0
    assert ledger.marks("main")["f1"].seen_at is None


def test_marks_of_findings_that_are_gone_are_forgotten(ledger: SqlLedger) -> None:
    ledger.put_marks([mark("f1"), mark("f2"), mark("f1", organization="gov")], [note("f1")])
    assert ledger.drop_marks("main", ["f1", "f1", "f9"]) == 1
    assert ledger.drop_marks("main", []) == 0
    assert (set(ledger.marks("main")), set(ledger.marks("gov"))) == ({"f2"}, {"f1"})
    assert ledger.persons_notes(["f1"]) == {"f1": note("f1")}


def test_the_newest_note_of_each_finding_is_given(ledger: SqlLedger) -> None:
    ledger.put_marks([], [note("f1", "new", NOON + DAY), note("f1", "old", NOON), note("f2", "only")])
    ledger.put_marks([], [note("f1", "no time", None), note("f3", "first", None)])
    ledger.put_marks([], [note("f3", "second", None)])
    found = {finding: one.text for finding, one in ledger.persons_notes(["f1", "f2", "f3", "f4"]).items()}
    assert found == {"f1": "new", "f2": "only", "f3": "second"}


def test_a_note_that_is_known_is_kept_once_with_its_latest_time(ledger: SqlLedger) -> None:
    ledger.put_marks([], [note("f1", "a", NOON), note("f1", "b", NOON + HOUR)])
    ledger.put_marks([], [note("f1", "a", NOON - DAY), note("f1", "b", NOON)])
    assert ledger.persons_notes(["f1"]) == {"f1": note("f1", "b", NOON + HOUR)}
    ledger.put_marks([], [note("f1", "a", NOON + DAY)])
    assert ledger.persons_notes(["f1"]) == {"f1": note("f1", "a", NOON + DAY)}


def test_a_note_is_kept_in_full_however_long_it_is(ledger: SqlLedger) -> None:
    long = "größe 🙂 'quoted' \\ \n" * 5000
    ledger.put_marks([], [note("f1", long)])
    assert ledger.persons_notes(["f1"])["f1"].text == long


def test_text_that_a_database_cannot_hold_is_replaced_and_found_again(ledger: SqlLedger) -> None:
    bad = "nul \0 and half a pair \ud83d"
    ledger.put_marks([mark(bad)], [note(bad, bad)])
    ledger.put_marks([mark(bad)], [note(bad, bad)])
    ((finding, found),) = ledger.marks("main", [bad]).items()
    assert (finding, found.finding) == ("nul \ufffd and half a pair \ufffd",) * 2
    assert [one.text for one in ledger.persons_notes([bad]).values()] == [finding]
    assert ledger.seen_marks("main", {bad: NOON}) == ledger.drop_marks("main", [bad]) == 1


def test_thousands_are_put_at_once_in_one_transaction(ledger: SqlLedger) -> None:
    many = {f"f{number}": mark(f"f{number}") for number in range(5001)}
    ledger.put_marks(many.values(), [note(finding) for finding in many])
    assert ledger.marks("main") == many
    assert len(ledger.persons_notes(many)) == 5001
    bad = replace(mark("bad"), until=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(StatementError, match="without a zone"):
        ledger.put_marks([*(replace(one, wanted="w2") for one in many.values()), bad])
    assert ledger.marks("main") == many


def test_more_findings_can_be_named_than_a_statement_takes_parameters(ledger: SqlLedger) -> None:
    # SQLite takes 32,766 and PostgreSQL's protocol 65,535.
    names = [f"f{number}" for number in range(66_000)]
    ledger.put_marks([mark("f0"), mark("f65999"), mark("other")], [note("f65999")])
    assert set(ledger.marks("main", names)) == {"f0", "f65999"}
    assert set(ledger.persons_notes(names)) == {"f65999"}
    assert ledger.suppressors("main", names) == {}
    assert ledger.drop_marks("main", names) == 2
    assert set(ledger.marks("main")) == {"other"}


def test_writers_of_the_same_marks_wait_for_one_another(database_url: str, ledger: SqlLedger) -> None:
    tried: list[int] = []
    with open_ledger(database_url, relative_to=Path("/"), busy_seconds=0.1) as other:

        @event.listens_for(ledger.engine, "after_cursor_execute")
        def between(connection: object, cursor: object, statement: str, *_: object) -> None:
            if "INSERT INTO waiver_marks" in statement:
                tried.append(1)
                with pytest.raises(LedgerUnavailable):
                    other.drop_marks("main", ["f1"])

        ledger.put_marks([mark("f1")])
        assert tried
        assert other.drop_marks("main", ["f1"]) == 1
