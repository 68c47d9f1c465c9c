"""A new workbook holds its texts as texts, and its sheets guide whoever fills them in."""

import datetime as dt
import io
import re

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.errors import InputErrors
from hubposture.matrix.cells import CellKind
from hubposture.matrix.columns import CONTROLS, COVERAGE, GUIDE, SCOPES, SHEETS
from hubposture.workbook.notes import guide_rows
from hubposture.workbook.read import read_book
from hubposture.workbook.text import tidy
from hubposture.workbook.write import SheetContent, write_book
from workbook.files import contents

CREATED = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
ROW = {
    "control": "S3.8",
    "disposition": "siem",
    "expires": "2027-05-01",
    "due_days": "30",
    "waivable": "90",
    "reason": '=HYPERLINK("http://x")',
    "reference": "0012",
    "notes": "https://example.com",
}


def written(*contents: SheetContent) -> bytes:
    """The bytes of a workbook with these sheets."""
    return write_book(contents, name="controls.xlsx", created=CREATED)


def test_every_sheet_of_the_matrix_is_written_in_order_with_its_headings() -> None:
    rows = {GUIDE.name: guide_rows(SHEETS), CONTROLS.name: [ROW]}
    book = read_book(written(*(SheetContent(spec, rows.get(spec.name, [])) for spec in SHEETS)), name="x")
    assert [sheet.name for sheet in book.sheets] == [spec.name for spec in SHEETS]
    for spec, sheet in zip(SHEETS, book.sheets, strict=True):
        headings = [sheet.cells[1, at].text for at in range(1, len(spec.columns) + 1)]
        assert headings == [column.heading for column in spec.columns]


def test_texts_never_become_formulas_links_or_numbers_but_dates_and_counts_become_what_they_are() -> None:
    cells = read_book(written(SheetContent(CONTROLS, [ROW])), name="x").sheets[0].cells
    found = {column.key: cells[2, at] for at, column in enumerate(CONTROLS.columns, 1) if (2, at) in cells}
    assert {key: cell.text for key, cell in found.items()} == ROW
    kinds = {key for key, cell in found.items() if cell.kind is not CellKind.TEXT}
    assert kinds == {"expires", "due_days", "waivable"}
    assert found["expires"].kind is CellKind.DATE


def test_the_same_rows_give_the_same_bytes() -> None:
    assert written(SheetContent(CONTROLS, [ROW])) == written(SheetContent(CONTROLS, [ROW]))


def test_headings_carry_notes_and_columns_offer_their_choices() -> None:
    data = written(SheetContent(CONTROLS, [ROW]), SheetContent(SCOPES, []), SheetContent(COVERAGE, []))
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Controls"]
    for column in CONTROLS.columns:
        at = CONTROLS.columns.index(column) + 1
        note = sheet.cell(1, at).comment
        assert note is not None
        assert column.help in note.text
    lists = {rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"}
    assert '"enforce,monitor,siem,compensated,not-applicable"' in lists
    assert "Scopes!$A$2:$A$3000" in lists
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:U3000"


def test_long_rows_are_high_enough_and_may_still_grow() -> None:
    data = written(SheetContent(CONTROLS, [{**ROW, "notes": "word " * 60}]))
    xml = contents(data)["xl/worksheets/sheet1.xml"].decode()
    (row,) = re.findall(r'<row r="2"[^>]*>', xml)
    assert float(re.findall(r' ht="([0-9.]+)"', row)[0]) > 60
    assert "customHeight" not in row


def test_every_text_that_is_too_long_is_named_with_its_cell() -> None:
    rows = [{"control": "S3.8", "notes": "x" * 40_000}, {"control": "S3.9", "reason": "y" * 32_768}]
    with pytest.raises(InputErrors) as caught:
        written(SheetContent(CONTROLS, rows))
    assert [problem.where for problem in caught.value.problems] == [
        "controls.xlsx!Controls!H3",
        "controls.xlsx!Controls!U2",
    ]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=60), max_size=20
    )
)
def test_any_text_reads_back_as_it_was_written(texts: list[str]) -> None:
    cells = read_book(written(SheetContent(CONTROLS, [{"notes": text} for text in texts])), name="x").sheets[0].cells
    read = [cells[row, 21].text if (row, 21) in cells else "" for row in range(2, len(texts) + 2)]
    assert read == [tidy(text) for text in texts]
