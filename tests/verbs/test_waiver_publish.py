"""What was decided becomes a version of the lake: whole, for some subjects only, and while a file cannot be read."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from hubposture.catalog import load
from hubposture.errors import Problem
from hubposture.findings.tables import DECISIONS, WAIVERS
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ports.lake import Folded
from hubposture.verbs.waiver_book import Book, matching_rules
from hubposture.verbs.waiver_publish import admissions, publish, start_of
from hubposture.waivers.rule import Judged, Tally
from lake.lake_world import rows
from verbs.waivers_made import BERLIN, book_of, bucket, filled, granted, site, waiver

HELD = granted(waiver("W-1"), site(1), site(2))
MORE = granted(waiver("W-2"), site(2), site(3))
BROKEN = Problem("waivers/W-9.yaml:1:1", "it is not YAML")


def published(writer: Writer, reader: Reader, found: Book, only: Collection[str] | None = None) -> Folded | None:
    with reader.snapshot() as snapshot:
        judged = snapshot.judge(matching_rules(found, None, "main"), ours=(), only=only)
        return publish(writer, snapshot, found, judged, catalog=load(), zone=BERLIN, only=only)


def waived(reader: Reader) -> dict[str, str]:
    """Which waiver excuses which subject."""
    with reader.snapshot() as snapshot:
        return {row[0]: row[1] for row in rows(snapshot, DECISIONS)}


def known(reader: Reader) -> dict[str, tuple[Any, ...]]:
    """Every waiver that the lake knows, by id."""
    with reader.snapshot() as snapshot:
        return {row[0]: row for row in rows(snapshot, WAIVERS)}


def column(row: tuple[Any, ...], name: str) -> Any:
    return row[WAIVERS.names.index(name)]


def test_a_whole_decision_takes_the_place_of_the_one_before(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1), bucket(2), bucket(3))
    assert published(writer, reader, book_of(HELD)) is not None
    assert waived(reader) == {site(1).key: "W-1", site(2).key: "W-1"}
    published(writer, reader, book_of(MORE))
    assert waived(reader) == {site(2).key: "W-2", site(3).key: "W-2"}
    assert list(known(reader)) == ["W-2"]


def test_every_waiver_is_a_row_with_its_numbers_also_those_that_match_nothing(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1), bucket(2, compliance="PASSED"), bucket(3))
    published(writer, reader, book_of(HELD, waiver("W-8", resources=("arn:aws:s3:::nothing-*",))))
    one, other = known(reader)["W-1"], known(reader)["W-8"]
    assert [column(one, name) for name in ("state", "controls", "within", "failing", "surplus")] == [
        "holding", "S3.8", 2, 1, 1,
    ]  # fmt: skip
    assert (column(one, "approved_by"), column(one, "approval")) == ("lee@example.com", "file CHG-7")
    assert (column(other, "state"), column(other, "within"), column(other, "approved_by")) == (
        "waits for approval",
        0,
        "",
    )


def test_days_are_moments_of_the_organizations_zone(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1))
    published(writer, reader, book_of(HELD))
    row = known(reader)["W-1"]
    assert column(row, "valid_from") == start_of(dt.date(2026, 11, 1), BERLIN) == dt.datetime(2026, 10, 31, 23)
    assert column(row, "until") == dt.datetime(2027, 5, 1, 22)


# Some subjects only


def test_a_partial_decision_changes_its_subjects_and_leaves_all_others(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1), bucket(2), bucket(3))
    published(writer, reader, book_of(HELD))
    before = known(reader)
    both = book_of(HELD, granted(waiver("W-0"), site(1), site(2), site(3)))
    assert published(writer, reader, both, only={site(3).key}) is not None
    assert waived(reader) == {site(1).key: "W-1", site(2).key: "W-1", site(3).key: "W-0"}
    assert known(reader) == before, "its numbers would be those of a few subjects"
    assert published(writer, reader, book_of(), only={site(1).key}) is not None
    assert waived(reader) == {site(2).key: "W-1", site(3).key: "W-0"}


def test_a_partial_decision_that_changes_nothing_makes_no_version(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1), bucket(2), bucket(3))
    published(writer, reader, book_of(HELD))
    with reader.snapshot() as snapshot:
        number = snapshot.number
    assert published(writer, reader, book_of(HELD), only={site(1).key, site(3).key}) is None
    with reader.snapshot() as snapshot:
        assert snapshot.number == number


# Files that cannot be read


def test_while_a_file_cannot_be_read_what_may_be_in_it_stays_as_it_was_known(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1), bucket(2), bucket(3))
    published(writer, reader, book_of(HELD, granted(waiver("W-2"), site(3))))
    published(writer, reader, book_of(granted(waiver("W-2"), site(2)), problems=[BROKEN]))
    assert waived(reader) == {site(1).key: "W-1", site(2).key: "W-2"}
    assert list(known(reader)) == ["W-1", "W-2"]
    published(writer, reader, book_of(problems=[BROKEN]), only={site(1).key})
    assert waived(reader)[site(1).key] == "W-1"
    published(writer, reader, book_of(granted(waiver("W-2"), site(2))))
    assert waived(reader) == {site(2).key: "W-2"}, "once it is read it is known to be gone"


def test_admissions_are_those_of_waivers_that_took_something_in() -> None:
    tallies = {one: Tally(one, admitted=taken) for one, taken in (("W-2", ("b", "c")), ("W-1", ("a",)), ("W-3", ()))}
    assert admissions(Judged(1, (), tallies, (), 0, 0)) == [("W-1", ("a",)), ("W-2", ("b", "c"))]
