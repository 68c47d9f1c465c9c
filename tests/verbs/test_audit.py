"""A copy of the audit trail: whatever is changed in it is found out, without the ledger."""

import datetime as dt
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.errors import InputError
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.ledger import Entry, Sought
from hubposture.verbs.audit import checked_copy, copied, sought_of
from ledger_world import START


def entries(count: int) -> list[Entry]:
    return [
        Entry(
            f"person-{number % 3}",
            f"thing {number} ü",
            before=number / 3,
            after=(None, True, "x"),
            why="\ud83d",
            run="",
        )
        for number in range(1, count + 1)
    ]


@pytest.fixture
def lines(ledger: SqlLedger) -> list[bytes]:
    ledger.audit(entries(12))
    return [line.encode() for line in copied(ledger, Sought())]


def faults(some: Sequence[bytes]) -> list[str]:
    return [one.what for one in checked_copy(some).faults]


def test_a_copy_of_the_whole_trail_is_whole(ledger: SqlLedger, lines: list[bytes]) -> None:
    found = checked_copy(lines, anchor=ledger.head())
    assert (found.records, found.seq, list(found.faults)) == (12, 12, [])
    ledger.audit(entries(2))
    later = checked_copy(lines, anchor=ledger.head())
    assert "not in the copy" in later.faults[0].what


def test_a_copy_of_a_part_tells_what_was_left_out(ledger: SqlLedger) -> None:
    ledger.audit(entries(12))
    part = [line.encode() for line in copied(ledger, Sought(who="person-1"))]
    found = checked_copy(part)
    assert (found.records, list(found.faults)) == (4, [])
    assert "6 records" in " ".join(found.says)
    assert "not in this copy" in " ".join(checked_copy(part, anchor=ledger.head()).says)


def test_lines_taken_out_put_in_or_moved_are_found(lines: list[bytes]) -> None:
    assert faults(lines[:5] + lines[6:])
    assert faults(lines[:-1])
    assert faults([*lines[:5], lines[5], *lines[5:]])
    assert faults([lines[0], lines[2], lines[1], *lines[3:]])
    assert faults([*lines, b"{}\n"])
    assert faults([*lines, b"[" * 100_000])


@pytest.mark.parametrize("field", ["seq", "at", "who", "what", "before", "after", "why", "run", "previous", "digest"])
def test_every_field_of_a_record_is_bound(lines: list[bytes], field: str) -> None:
    record = json.loads(lines[6])
    value = record[field]
    record[field] = value + 1 if isinstance(value, int | float) else f"{value}0"
    if field == "at":
        record[field] = (dt.datetime.fromisoformat(value) + dt.timedelta(microseconds=1)).isoformat()
    assert faults([*lines[:6], json.dumps(record).encode(), *lines[7:]])


def test_what_is_no_copy_is_said() -> None:
    for text in (
        [],
        [b""],
        [b"{}"],
        [b"\xff"],
        [b'{"hubposture":"audit trail","format":2}'],
        [b'{"hubposture":"audit trail","format":1}'],
    ):
        with pytest.raises(InputError):
            checked_copy(text)


@given(st.binary(max_size=200))
def test_no_line_takes_the_check_down(raw: bytes) -> None:
    header = b'{"hubposture":"audit trail","format":1,"head":{"seq":0,"digest":"' + b"0" * 64 + b'"},"is_whole":true}'
    assert checked_copy([header, raw]).faults


def test_a_day_counts_as_a_whole() -> None:
    found = sought_of({"since": "2026-11-24", "until": "2026-11-24"})
    assert (found.since, found.until) == (START.replace(hour=0), START.replace(hour=0) + dt.timedelta(days=1))
    assert sought_of({"until": "2026-11-24T10:00+01:00"}).until == START
