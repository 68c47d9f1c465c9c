"""Adopt: somebody's own workbook under our headings; nothing is lost in silence."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from hubposture.catalog import load
from hubposture.errors import InputError, InputErrors
from hubposture.matrix.cells import Book, Cell, Sheet
from hubposture.model.controls import Disposition, control_id
from hubposture.verbs.adopt import Adopted, from_foreign
from hubposture.workbook.read import read_file
from verbs.worlds import matrix


def sheet(name: str, rows: Sequence[Sequence[str]]) -> Sheet:
    cells = {
        (at, column): Cell(name, at, column, text)
        for at, row in enumerate(rows, start=1)
        for column, text in enumerate(row, start=1)
        if text
    }
    return Sheet(name, cells)


def adopted(*sheets: Sheet, mapping: Mapping[str, str] | None = None) -> Adopted:
    return from_foreign(Book("theirs.xlsx", "sha256:0", sheets), load(), mapping=mapping or {})


THEIRS = sheet(
    "Security Controls",
    [
        ["Our cloud controls 2026"],
        ["Control ID", "Mood", "Disposition", "Reason"],
        ["s3.8", "good", "monitor", "shown only"],
        ["EC2.2", "bad", "", ""],
        ["CloudWatch.1", "", "", "ours"],
        ["S3.4", "", "enforce", ""],
        ["S3.999", "", "enforce", ""],
        ["", "", "", "a remark without a control"],
    ],
)


def test_known_controls_are_taken_over_with_what_their_row_said_and_our_columns_filled_in() -> None:
    rows = adopted(THEIRS).rows["Controls"]
    assert [row["control"] for row in rows] == ["S3.8", "EC2.2", "CloudWatch.1"]
    assert (rows[0]["disposition"], rows[0]["reason"]) == ("monitor", "shown only")
    assert rows[0]["title"] == load().controls[control_id("s3.8")].title
    assert rows[0]["severity"] == "HIGH"


def test_a_row_without_a_disposition_gets_the_proposed_one_and_keeps_its_own_reason() -> None:
    found = adopted(THEIRS)
    assert (found.taken, found.proposed) == (3, 2)
    assert found.rows["Controls"][1]["disposition"] == Disposition.ENFORCE
    assert (found.rows["Controls"][2]["disposition"], found.rows["Controls"][2]["reason"]) == ("siem", "ours")


def test_retired_and_unknown_controls_and_headings_without_a_meaning_are_named() -> None:
    retired = next(iter(load().retired.values())).shown
    found = adopted(sheet("Controls", [["Control", "Mood"], [retired, ""], ["S3.999", ""], ["S3.8", "x"]]))
    assert (found.retired, found.unknown, found.ignored) == ((retired,), ("S3.999",), ("Mood",))


def test_a_mapping_gives_meaning_to_foreign_sheets_and_headings() -> None:
    foreign = sheet("Kontrollen", [["Nummer", "Entscheid"], ["S3.8", "enforce"]])
    found = adopted(foreign, mapping={"Kontrollen": "Controls", "Nummer": "Control", "Entscheid": "Disposition"})
    assert [(row["control"], row["disposition"]) for row in found.rows["Controls"]] == [("S3.8", "enforce")]


def test_without_a_sheet_of_controls_the_error_names_the_sheets_that_are_there_and_what_to_do() -> None:
    with pytest.raises(InputErrors) as raised:
        adopted(sheet("Kontrollen", [["Nummer"], ["S3.8"]]), sheet("Notes", [["x"]]))
    assert "Kontrollen, Notes" in str(raised.value)
    assert "--map" in str(raised.value)


def test_a_sheet_whose_rows_name_no_control_is_an_error_that_says_what_to_map() -> None:
    with pytest.raises(InputError, match=r"theirs.xlsx!Controls: no row names a control.*--map"):
        adopted(sheet("Controls", [["Control", "Title"], ["", "Block public access"]]))


def test_what_was_adopted_reads_as_a_matrix_without_a_problem() -> None:
    read = matrix(adopted(THEIRS).rows)
    assert [(row.control, row.disposition) for row in read.controls] == [
        ("s3.8", Disposition.MONITOR),
        ("ec2.2", Disposition.ENFORCE),
        ("cloudwatch.1", Disposition.SIEM),
    ]
    assert {row.standard.key for row in read.standards if row.enabled} == {"cis-5.0.0", "fsbp-1.0.0"}


def test_clauses_and_scopes_of_the_foreign_workbook_come_along() -> None:
    clauses = sheet("Clauses", [["Clause", "Title"], ["CS-1", "No public buckets"]])
    scopes = sheet("Scopes", [["Scope", "Accounts"], ["prod", "222222222222"]])
    rows = adopted(THEIRS, clauses, scopes).rows
    assert rows["Clauses"] == [{"clause": "CS-1", "title": "No public buckets"}]
    assert rows["Scopes"] == [{"scope": "prod", "accounts": "222222222222"}]


def test_cells_that_do_not_read_as_ours_are_left_out_and_told_with_an_example() -> None:
    rows = [
        ["Control", "Disposition", "Parameters", "Due days"],
        ["S3.8", "perhaps", "Parameter: x\nType: y", "soon"],
        ["S3.1", "monitor", "", "7"],
    ]
    found = adopted(sheet("Controls", rows))
    assert [(one.heading, one.cells, one.first.where) for one in found.unfit] == [
        ("Disposition", 1, "theirs.xlsx!Controls!B2"),
        ("Parameters", 1, "theirs.xlsx!Controls!C2"),
        ("Due days", 1, "theirs.xlsx!Controls!D2"),
    ]
    assert found.proposed == 1
    first, second = found.rows["Controls"]
    assert not {"parameters", "due_days"} & set(first)
    assert (second["disposition"], second["due_days"]) == ("monitor", "7")
    matrix(found.rows)


def test_a_scope_that_does_not_exist_is_kept_so_that_the_row_does_not_grow_to_the_whole_organization() -> None:
    found = adopted(sheet("Controls", [["Control", "Disposition", "Scope"], ["S3.8", "siem", "nowhere"]]))
    assert found.rows["Controls"][0]["scope"] == "nowhere"


def test_the_foreign_workbook_beside_the_checkout_becomes_a_matrix(shared_samples: Path) -> None:
    found = from_foreign(read_file(shared_samples / "foreign-controls-workbook.xlsx"), load(), mapping={})
    assert (found.taken, len(found.retired), found.unknown) == (491, 6, ())
    assert [one.heading for one in found.unfit] == ["Parameters"]
    assert "Category" in found.ignored
    read = matrix(found.rows)
    assert len(read.controls) == found.taken
    assert all(row.disposition is not None for row in read.controls)
