"""Patching changes the cells it was asked to change, and nothing else in the file."""

import datetime as dt
import io
import re
import warnings

import openpyxl
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.errors import InputErrors
from hubposture.matrix.cells import Book, CellKind
from hubposture.workbook.edits import CellEdit, Edit, NewCell, RowAppend, RowDelete
from hubposture.workbook.patch import apply_edits, refresh
from hubposture.workbook.read import read_book
from hubposture.workbook.text import tidy
from workbook.files import (
    MAIN,
    PARTS,
    SHEET,
    by_xlsxwriter,
    contents,
    decorated_by_openpyxl,
    decorated_by_xlsxwriter,
    minimal,
    raw_entries,
    sheet_xml,
    with_parts,
    zipped,
)

DECORATED = {"xlsxwriter": decorated_by_xlsxwriter(), "openpyxl": decorated_by_openpyxl()}
EDITS: list[Edit] = [CellEdit("Controls", row, 2, f"new title {row}") for row in range(2, 7)]
EDITS += [CellEdit("Controls", 2, 3, "HIGH"), CellEdit("Controls", 4, 9, "far right")]


def texts(data: bytes, sheet: str = "Controls") -> dict[tuple[int, int], str]:
    """Text by place on a sheet."""
    book: Book = read_book(data, name="x")
    return {place: cell.text for found in book.sheets if found.name == sheet for place, cell in found.cells.items()}


def load(data: bytes) -> openpyxl.Workbook:
    """The workbook as the other library sees it, which warns of the extensions it does not know."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return openpyxl.load_workbook(io.BytesIO(data))


@pytest.mark.parametrize("data", DECORATED.values(), ids=DECORATED)
def test_every_part_but_the_edited_sheet_stays_byte_for_byte_as_it_lay_in_the_file(data: bytes) -> None:
    patched = apply_edits(data, EDITS, name="controls.xlsx")
    before, after = raw_entries(data), raw_entries(patched)
    assert list(before) == list(after), "same parts, same order"
    assert [name for name in before if before[name] != after[name]] == [SHEET]
    assert before[SHEET][1] == after[SHEET][1], "and its date"


@pytest.mark.parametrize("data", DECORATED.values(), ids=DECORATED)
def test_all_of_the_edited_sheet_but_the_edited_cells_stays_byte_for_byte(data: bytes) -> None:
    cells = re.compile(rb'<c r="(?:B[2-6]|C2|I4)"[^>]*?(?:/>|>.*?</c>)| spans="[^"]*"|<dimension[^>]*>', re.DOTALL)
    before = cells.sub(b"", contents(data)[SHEET])
    after = cells.sub(b"", contents(apply_edits(data, EDITS, name="x"))[SHEET])
    assert before == after


@pytest.mark.parametrize("data", DECORATED.values(), ids=DECORATED)
def test_edited_cells_hold_the_new_text_in_their_old_look_and_all_others_keep_their_values(data: bytes) -> None:
    patched = apply_edits(data, EDITS, name="x")
    expected = (
        texts(data) | {(row, 2): f"new title {row}" for row in range(2, 7)} | {(2, 3): "HIGH", (4, 9): "far right"}
    )
    assert texts(patched) == expected
    old, new = load(data)["Controls"], load(patched)["Controls"]
    assert [old.cell(row, 2).fill.fgColor.rgb for row in range(2, 7)] == [
        new.cell(row, 2).fill.fgColor.rgb for row in range(2, 7)
    ]


def test_stored_results_of_formulas_are_kept() -> None:
    patched = apply_edits(DECORATED["xlsxwriter"], EDITS, name="x")
    assert {texts(patched)[row, 5] for row in range(2, 7)} == {"3", "6", "9", "12", "15"}
    assert texts(patched, "Our own") == {(1, 1): "6"}


@pytest.mark.parametrize("data", DECORATED.values(), ids=DECORATED)
def test_applying_the_same_edits_twice_changes_nothing_the_second_time(data: bytes) -> None:
    once = apply_edits(data, EDITS, name="x")
    assert apply_edits(once, EDITS, name="x") == once
    assert refresh(once, EDITS, name="x").data == once


def test_no_edit_gives_back_the_same_bytes() -> None:
    assert apply_edits(DECORATED["openpyxl"], [], name="x") == DECORATED["openpyxl"]


def test_appended_rows_stand_below_the_last_one_look_like_it_and_join_its_table() -> None:
    rows = [
        RowAppend("Controls", (NewCell(1, f"EC2.{n}"), NewCell(2, "t"), NewCell(4, str(n), CellKind.NUMBER)))
        for n in (8, 9)
    ]
    data = DECORATED["openpyxl"]
    patched = apply_edits(data, rows, name="x")
    sheet = openpyxl.load_workbook(io.BytesIO(patched))["Controls"]
    assert [[cell.value for cell in row] for row in sheet["A7:D8"]] == [
        ["EC2.8", "t", None, 8],
        ["EC2.9", "t", None, 9],
    ]
    assert sheet["B8"].fill.fgColor.rgb == sheet["B6"].fill.fgColor.rgb
    assert sheet.tables["Matrix"].ref == "A1:D8"
    assert sheet.tables["Matrix"].autoFilter.ref == "A1:D8" if sheet.tables["Matrix"].autoFilter else True
    changed = [name for name, part in contents(data).items() if contents(patched)[name] != part]
    assert changed == [SHEET, "xl/tables/table1.xml"]


def test_a_row_below_merged_cells_is_appended_below_all_of_them() -> None:
    patched = apply_edits(DECORATED["xlsxwriter"], [RowAppend("Controls", (NewCell(1, "S3.9"),))], name="x")
    assert texts(patched)[10, 1] == "S3.9"


def test_a_deleted_row_is_emptied_and_nothing_below_it_moves() -> None:
    data = DECORATED["xlsxwriter"]
    patched = apply_edits(data, [RowDelete("Controls", 3)], name="x")
    assert texts(patched) == {place: text for place, text in texts(data).items() if place[0] != 3}


def test_an_emptied_cell_keeps_its_look() -> None:
    patched = apply_edits(DECORATED["openpyxl"], [CellEdit("Controls", 3, 2, "")], name="x")
    cell = openpyxl.load_workbook(io.BytesIO(patched))["Controls"]["B3"]
    assert cell.value is None
    assert cell.fill.fgColor.rgb == "00FFFF00"


def test_dates_are_stored_as_dates_where_the_cell_shows_dates_and_as_text_elsewhere() -> None:
    data = DECORATED["openpyxl"]
    edits = [
        CellEdit("Our own", 1, 1, "2027-01-31", CellKind.DATE),
        CellEdit("Our own", 2, 2, "2027-01-31", CellKind.DATE),
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(apply_edits(data, edits, name="x")))["Our own"]
    assert sheet["A1"].value == dt.datetime(2027, 1, 31)
    assert sheet["B2"].value == "2027-01-31"


def test_dates_that_count_from_1904_stay_right() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.epoch = book.date_1904 = True
        book.add_worksheet("Controls").write_datetime(
            "A1", dt.date(2026, 5, 1), book.add_format({"num_format": "yyyy-mm-dd"})
        )

    edit = CellEdit("Controls", 1, 1, "2027-01-31", CellKind.DATE)
    cell = read_book(apply_edits(by_xlsxwriter(fill), [edit], name="x"), name="x").sheets[0].cells[1, 1]
    assert (cell.text, cell.kind) == ("2027-01-31", CellKind.DATE)


def test_refresh_leaves_a_persons_formulas_and_hidden_cells_and_says_so() -> None:
    edits = [CellEdit("Controls", 2, 5, "x"), CellEdit("Controls", 9, 2, "x"), CellEdit("Controls", 2, 2, "new")]
    patched = refresh(DECORATED["xlsxwriter"], edits, name="c.xlsx")
    assert [problem.where for problem in patched.left_out] == ["c.xlsx!Controls!B9", "c.xlsx!Controls!E2"]
    assert texts(patched.data) == texts(DECORATED["xlsxwriter"]) | {(2, 2): "new"}


def test_edits_that_cannot_be_made_are_all_named_and_none_is_made() -> None:
    edits = [
        CellEdit("Controls", 9, 2, "in merged cells"),
        CellEdit("Nowhere", 1, 1, "x"),
        CellEdit("Controls", 2, 2, "x" * 40_000),
        CellEdit("Controls", 0, 2, "x"),
    ]
    with pytest.raises(InputErrors) as caught:
        apply_edits(DECORATED["xlsxwriter"], edits, name="c.xlsx")
    assert len(caught.value.problems) == 4
    with pytest.raises(InputErrors, match="heading of a table"):
        apply_edits(DECORATED["openpyxl"], [CellEdit("Controls", 1, 2, "x")], name="c.xlsx")


CHAIN = '<calcChain xmlns="{}"><c r="A1" i="1"/><c r="B1"/><c r="C1" i="2"/></calcChain>'.format(MAIN)  # noqa: UP032 - braces
FORMULAS = '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>1+2</f><v>3</v></c></row>'


def with_chain(chain: str, rows: str = FORMULAS) -> bytes:
    """A workbook of formulas with a calculation chain."""
    relation = f'<Relationship Id="k" Type="{MAIN}/calcChain" Target="calcChain.xml"/></Relationships>'
    relations = PARTS["xl/_rels/workbook.xml.rels"].replace("</Relationships>", relation)
    types = PARTS["[Content_Types].xml"].replace(
        "/>", '><Override PartName="/xl/calcChain.xml" ContentType="c"/></Types>'
    )
    parts = {"[Content_Types].xml": types, "xl/_rels/workbook.xml.rels": relations, SHEET: sheet_xml(rows)}
    return with_parts(zipped(PARTS), {**parts, "xl/calcChain.xml": chain})


def test_a_replaced_formula_leaves_the_calculation_chain_and_the_next_entry_keeps_its_sheet() -> None:
    patched = apply_edits(with_chain(CHAIN), [CellEdit("Controls", 1, 1, "text")], name="x")
    assert b'><c i="1" r="B1"/><c r="C1" i="2"/><' in contents(patched)["xl/calcChain.xml"]
    assert texts(patched) == {(1, 1): "text", (1, 2): "3"}


def test_a_chain_without_formulas_left_is_dropped_with_all_that_names_it() -> None:
    edits = [CellEdit("Controls", 1, 1, "a"), CellEdit("Controls", 1, 2, "b")]
    chain = CHAIN.replace('<c r="C1" i="2"/>', "")
    held = contents(apply_edits(with_chain(chain), edits, name="x"))
    assert "xl/calcChain.xml" not in held
    assert b"calcChain" not in held["[Content_Types].xml"] + held["xl/_rels/workbook.xml.rels"]
    assert b"worksheets/sheet1.xml" in held["xl/_rels/workbook.xml.rels"]


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ('<f t="shared" ref="A1:B1" si="0">1+1</f>', "shared with other cells"),
        ('<f t="array" ref="A1:B1">1</f>', "formula of A1:B1"),
    ],
)
def test_formulas_of_several_cells_are_not_torn_apart(formula: str, says: str) -> None:
    data = minimal(rows=f'<row r="1"><c r="A1">{formula}<v>2</v></c><c r="B1"><v>2</v></c></row>')
    with pytest.raises(InputErrors, match=says):
        apply_edits(data, [CellEdit("Controls", 1, 1, "x")], name="x")


SHAPES = {
    "no rows": f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData/></worksheet>',
    "rows without cells": sheet_xml('<row r="2" spans="1:1" ht="30"/><row r="4"></row>'),
    "no references": sheet_xml("<row><c><v>1</v></c></row><row/>"),
    "prefix": f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="3"><x:c r="C3" s="0"/></x:row></x:sheetData></x:worksheet>',
    "pretty": sheet_xml('\n <row r="1">\n  <c r="A1"><v>1</v></c>\n  <c r="D1"><v>4</v></c>\n </row>\n'),
    "odd quotes": sheet_xml("<row r='1' customFormat='1' dummy='>'><c r='B1' t='str'><v>b</v></c></row>"),
    "merged below": sheet_xml(
        '<row r="1"><c r="A1"><v>1</v></c></row>', after='<mergeCells><mergeCell ref="A3:B4"/></mergeCells>'
    ),
}


@pytest.mark.parametrize("xml", SHAPES.values(), ids=SHAPES)
def test_any_shape_of_a_sheets_xml_takes_new_cells_in_order(xml: str) -> None:
    edits = [CellEdit("Controls", row, column, f"{row}.{column}") for row in (1, 2) for column in (3, 1, 2)]
    edits += [CellEdit("Controls", 5, 30, "5.30")]
    patched = apply_edits(minimal(sheet=xml), edits, name="x")
    assert texts(patched) == texts(minimal(sheet=xml)) | {(edit.row, edit.column): edit.text for edit in edits}
    sheet = openpyxl.load_workbook(io.BytesIO(with_types(patched)))["Controls"]
    assert sheet["B2"].value == "2.2"
    numbers = [int(number) for number in re.findall(rb'row r="(\d+)"', contents(patched)[SHEET])]
    assert numbers == sorted(set(numbers))


def with_types(data: bytes) -> bytes:
    """The least workbook with the content types that the other library insists on."""
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types = PARTS["[Content_Types].xml"].replace(
        "/>",
        f'><Override PartName="/xl/workbook.xml" ContentType="{main}.sheet.main+xml"/>'
        f'<Override PartName="/{SHEET}" ContentType="{main}.worksheet+xml"/></Types>',
    )
    return with_parts(data, {"[Content_Types].xml": types})


def test_a_sheet_in_another_encoding_is_read_but_not_written() -> None:
    data = with_parts(zipped(PARTS), {SHEET: PARTS[SHEET].encode("utf-16")})
    with pytest.raises(InputErrors, match="UTF-8"):
        apply_edits(data, [CellEdit("Controls", 1, 1, "x")], name="x")


place = st.tuples(st.integers(1, 14), st.integers(1, 8))
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=12)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(place, words, max_size=12), st.sampled_from(sorted(SHAPES)))
def test_any_edits_of_any_text_read_back_and_leave_all_else(edits: dict[tuple[int, int], str], shape: str) -> None:
    data = minimal(sheet=SHAPES[shape])
    hidden = {(3, 2), (4, 1), (4, 2)} if shape == "merged below" else set()
    wanted = {where: text for where, text in edits.items() if where not in hidden}
    patched = apply_edits(data, [CellEdit("Controls", *where, text) for where, text in wanted.items()], name="x")
    expected = texts(data) | {where: tidy(text) for where, text in wanted.items()}
    assert texts(patched) == {where: text for where, text in expected.items() if text}
