"""hubposture's own columns and sheets are refreshed in place, in whatever order the user's columns stand."""

import datetime as dt

from hubposture.matrix.cells import CellKind
from hubposture.matrix.columns import CLAUSES, CONTROLS, COVERAGE
from hubposture.matrix.row_edits import appended_row
from hubposture.matrix.tables import Table, tables
from hubposture.workbook.edits import CellEdit
from hubposture.workbook.owned import refreshed_columns, rewritten_sheet
from hubposture.workbook.patch import apply_edits, refresh
from hubposture.workbook.read import read_book
from hubposture.workbook.write import SheetContent, write_book

ITEMS = [{"state": "gap", "group": "CIS v5.0.0", "item": str(number), "title": "t"} for number in range(1, 4)]


def workbook(*, coverage: int = 3) -> bytes:
    """A workbook of two controls, a clause and some rows of coverage."""
    controls = [{"control": "S3.8", "title": "old"}, {"control": "IAM.4", "disposition": "monitor"}]
    contents = [SheetContent(CONTROLS, controls), SheetContent(CLAUSES, []), SheetContent(COVERAGE, ITEMS[:coverage])]
    return write_book(contents, name="x", created=dt.datetime(2026, 11, 24, tzinfo=dt.UTC))


def controls(data: bytes) -> Table:
    """The Controls sheet as a table."""
    return tables(read_book(data, name="x"))[0][0]


def test_only_hubpostures_columns_are_refreshed() -> None:
    data = workbook()
    wanted = {2: {"title": "new", "severity": "HIGH", "disposition": "siem"}, 3: {"title": "two"}}
    patched = refresh(data, refreshed_columns(controls(data), wanted), name="x")
    rows = controls(patched.data).rows
    assert [(row.text("title"), row.text("severity"), row.text("disposition")) for row in rows] == [
        ("new", "HIGH", ""),
        ("two", "", "monitor"),
    ]
    assert not patched.left_out


def test_an_added_row_has_dates_and_counts_as_what_they_are() -> None:
    data = workbook()
    texts = {"control": "EC2.8", "expires": "2027-01-31", "due_days": "30", "nonsense": "x"}
    row = controls(apply_edits(data, [appended_row(controls(data), texts)], name="x")).rows[-1]
    assert (row.row, row.text("control"), row.text("expires"), row.text("due_days")) == (4, "EC2.8", "2027-01-31", "30")
    assert (row.cells["expires"].kind, row.cells["due_days"].kind) == (CellKind.DATE, CellKind.NUMBER)


def test_a_sheet_of_hubpostures_is_rewritten_whole_and_a_column_of_the_users_beside_it_stays() -> None:
    for before, after in ((3, 1), (1, 3), (0, 2)):
        data = apply_edits(workbook(coverage=before), [CellEdit("Coverage", 2, 12, "mine")], name="x")
        edits, problems = rewritten_sheet(read_book(data, name="x"), COVERAGE, ITEMS[:after])
        cells = read_book(refresh(data, edits, name="x").data, name="x").sheets[2].cells
        assert [cells[row, 3].text for row in range(2, after + 2)] == [item["item"] for item in ITEMS[:after]]
        assert max(row for row, _ in cells) == after + 1
        assert cells[2, 12].text == "mine"
        assert not problems


def test_a_sheet_that_the_user_deleted_or_emptied_is_reported_and_not_made_again() -> None:
    book = read_book(
        write_book([SheetContent(CONTROLS, [])], name="x", created=dt.datetime(2026, 11, 24, tzinfo=dt.UTC)), name="x"
    )
    edits, (problem,) = rewritten_sheet(book, COVERAGE, ITEMS)
    assert (edits, problem.where) == ([], "x!Coverage")
    emptied = apply_edits(workbook(), [CellEdit("Coverage", 1, 1, "")], name="x")
    edits, (problem,) = rewritten_sheet(read_book(emptied, name="x"), COVERAGE, ITEMS)
    assert edits == []
    assert "headings" in problem.what
