"""Preview: what a waiver would do as things are now, and the set that would be approved, from the lake alone."""

from pathlib import Path

import pytest

from hubposture.errors import InputError, InputErrors, Problem
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import SqlLedger
from hubposture.verbs.waiver_book import Book
from hubposture.verbs.waiver_preview import Preview, accounts_under, preview, previews
from hubposture.waivers.digest import digest
from hubposture.waivers.standing import State
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import Approval, SubjectSet, Waiver
from lake.lake_world import ACCOUNTS_, REGIONS, T0
from verbs.waivers_made import approval, book_of, bucket, filled, granted, site, waiver

ONE, TWO = ACCOUNTS_


def seen(reader: Reader, found: Book, one: Waiver, ledger: SqlLedger | None = None) -> Preview:
    with reader.snapshot() as snapshot:
        return preview(one, snapshot, found, ledger=ledger, organization="main")


def test_a_waiver_that_is_in_no_baseline_proposes_all_it_matches_and_writes_nothing(
    writer: Writer, reader: Reader, books: SqlLedger, tmp_path: Path
) -> None:
    filled(writer, bucket(1), bucket(2, account=TWO, region=REGIONS[1]), bucket(3, compliance="PASSED"))
    before = sorted(path for path in tmp_path.rglob("*.parquet"))
    found = seen(reader, book_of(), waiver(), books)
    assert found.standing is None
    assert found.proposed.subjects == (site(1), site(3), site(2, account=TWO, region=REGIONS[1]))
    assert (found.beyond, found.barred, found.is_current) == ((), (), False)
    assert sorted(path for path in tmp_path.rglob("*.parquet")) == before
    assert books.admitted("main") == {}


def test_what_is_proposed_is_what_an_approval_is_bound_to(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1), bucket(2))
    found = seen(reader, book_of(waiver()), waiver())
    assert found.digest == digest(found.waiver, found.waiver.expires, to_text(found.proposed))
    entry: Approval = approval(found.waiver, found.proposed)
    assert entry.digest == found.digest
    (standing,) = book_of(granted(waiver(), *found.proposed.subjects)).standings
    assert standing.state is State.HOLDING


@pytest.mark.parametrize("ou", ["/Work", "ou-1"])
def test_an_ou_leads_to_accounts_that_are_part_of_the_set_also_those_without_a_match(
    writer: Writer, reader: Reader, ou: str
) -> None:
    filled(writer, bucket(1))
    found = seen(reader, book_of(), waiver(ous=(ou,)))
    assert found.proposed == SubjectSet((site(1),), ACCOUNTS_)
    with reader.snapshot() as snapshot:
        assert accounts_under((ou,), snapshot) == ACCOUNTS_
        assert accounts_under(("/Nowhere",), snapshot) == ()
        assert accounts_under((), snapshot) == ()


def test_an_ou_that_is_not_there_matches_nothing(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1))
    assert seen(reader, book_of(), waiver(ous=("/Nowhere",))).proposed == SubjectSet(())


def test_beyond_is_what_a_waiver_matches_and_nobody_approved(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1), bucket(2))
    found = seen(reader, book_of(granted(waiver(), site(1), site(9))), waiver())
    assert [one.resource for one in found.beyond] == [site(2).resource]
    assert found.held.subjects == (site(1), site(9))
    assert found.proposed.subjects == (site(1), site(2))
    assert not found.is_current


def test_what_was_taken_in_under_covers_new_is_not_beyond(writer: Writer, reader: Reader, books: SqlLedger) -> None:
    filled(writer, bucket(1), bucket(2), bucket(3))
    one, subjects = granted(waiver(covers_new=1), site(1))
    books.admit("main", "W-1", [site(2).key], T0)
    found = seen(reader, book_of((one, subjects)), one, books)
    assert [match.resource for match in found.beyond] == [site(3).resource]
    books.put_decided("main", ["W-1"], T0)
    other = granted(waiver("W-2", covers_new=1), site(1))
    books.put_decided("main", ["W-2"], T0)
    assert len(seen(reader, book_of(other), other[0], books).beyond) == 2, "what was there before is not new"


def test_a_set_that_lies_beside_a_waiver_nobody_approved_is_what_it_is_held_against(
    writer: Writer, reader: Reader
) -> None:
    filled(writer, bucket(1), bucket(2))
    lying = SubjectSet((site(1),))
    found = seen(reader, book_of((waiver(), lying)), waiver())
    assert [one.resource for one in found.beyond] == [site(2).resource]
    assert seen(reader, book_of((waiver(), SubjectSet((site(1), site(2))))), waiver()).is_current
    assert seen(reader, book_of(waiver()), waiver()).beyond == (), "without a set nothing is beyond it"


def test_what_the_matrix_bars_is_shown_and_not_proposed(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1), waivable=0)
    found = seen(reader, book_of(waiver()), waiver())
    assert [one.resource for one in found.barred] == [site(1).resource]
    assert (found.allowed, found.proposed, found.beyond) == ((), SubjectSet(()), ())


@pytest.mark.parametrize(("waivable", "barred"), [(180, 1), (181, 0)])
def test_a_row_that_limits_days_bars_what_asks_for_more(
    writer: Writer, reader: Reader, waivable: int, barred: int
) -> None:
    filled(writer, bucket(1), waivable=waivable)
    assert len(seen(reader, book_of(waiver()), waiver()).barred) == barred


def test_another_waiver_that_covers_it_already_is_named(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1), bucket(2))
    found = seen(reader, book_of(granted(waiver("W-2"), site(1)), waiver()), waiver())
    assert [one.other for one in found.matches] == ["W-2", ""]


def test_previews_by_id_name_those_that_are_not_there_or_what_keeps_them_from_being_read(
    writer: Writer, reader: Reader
) -> None:
    filled(writer, bucket(1))
    with reader.snapshot() as snapshot:
        assert [one.waiver.id for one in previews([], snapshot, book_of(waiver("W-2"), waiver("W-1")))] == [
            "W-1",
            "W-2",
        ]
        with pytest.raises(InputError, match="no waiver is called W-8, W-9; `hubposture waivers list`"):
            previews(["W-9", "W-1", "W-8"], snapshot, book_of(waiver("W-1")))
        broken = Problem("waivers/W-9.yaml:1:1", "it is not YAML")
        with pytest.raises(InputErrors, match="it is not YAML"):
            previews(["W-9"], snapshot, book_of(waiver("W-1"), problems=[broken]))


def test_many_are_previewed_as_each_would_be_alone(writer: Writer, reader: Reader, books: SqlLedger) -> None:
    filled(writer, bucket(1), bucket(2), bucket(3, account=TWO))
    found = book_of(
        granted(waiver("W-1", covers_new=1), site(1)),
        waiver("W-2"),
        waiver("W-3", accounts=(TWO,)),
        (waiver("W-4", resources=(site(2).resource,)), SubjectSet((site(2),))),
    )
    with reader.snapshot() as snapshot:
        together = previews([], snapshot, found, ledger=books, organization="main")
    assert [len(one.matches) for one in together] == [3, 3, 1, 1]
    for one in together:
        assert one == seen(reader, found, one.waiver, books)
