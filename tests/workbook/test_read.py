"""Reading is forgiving: what a person sees in a cell arrives as text, at the right place, with its kind."""

import datetime as dt
import io
import os
import random
import time
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from hubposture.errors import InputError
from hubposture.matrix.cells import Cell, CellKind, Sheet
from hubposture.workbook import read
from hubposture.workbook.limits import DEFAULT_LIMITS, MIB
from hubposture.workbook.read import read_book, read_file
from workbook.files import by_xlsxwriter, minimal


def only_sheet(data: bytes) -> Sheet:
    """The first sheet of a workbook."""
    return read_book(data, name="controls.xlsx").sheets[0]


def values(data: bytes) -> dict[tuple[int, int], tuple[str, CellKind]]:
    """Text and kind by place on the first sheet."""
    return {place: (cell.text, cell.kind) for place, cell in only_sheet(data).cells.items()}


def test_numbers_dates_and_truths_arrive_as_a_person_sees_them() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        day, clock = book.add_format({"num_format": "dd.mm.yyyy"}), book.add_format({"num_format": "hh:mm"})
        sheet.write_number("A1", 5.0)
        sheet.write_number("B1", 111122223333)
        sheet.write_number("C1", 0.1 + 0.2)
        sheet.write_number("D1", 1.5)
        sheet.write_datetime("A2", dt.datetime(2026, 5, 1), day)
        sheet.write_datetime("B2", dt.datetime(2026, 5, 1, 10, 30), day)
        sheet.write_number("C2", 0.5, clock)
        sheet.write_boolean("D2", True)

    assert values(by_xlsxwriter(fill)) == {
        (1, 1): ("5", CellKind.NUMBER),
        (1, 2): ("111122223333", CellKind.NUMBER),
        (1, 3): ("0.3", CellKind.NUMBER),
        (1, 4): ("1.5", CellKind.NUMBER),
        (2, 1): ("2026-05-01", CellKind.DATE),
        (2, 2): ("2026-05-01T10:30:00", CellKind.DATE),
        (2, 3): ("12:00:00", CellKind.DATE),
        (2, 4): ("TRUE", CellKind.BOOLEAN),
    }


def test_formulas_give_their_stored_value_and_say_when_there_is_none() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "=1+1"
    output = io.BytesIO()
    book.save(output)
    assert values(output.getvalue()) == {(1, 1): ("", CellKind.NO_CACHED_VALUE)}

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_formula("A1", '="S3."&8', None, "S3.8")
        sheet.write_formula("B1", "=1+1")
        sheet.write_formula("C1", "=1/0", None, "#DIV/0!")

    assert values(by_xlsxwriter(fill)) == {
        (1, 1): ("S3.8", CellKind.TEXT),
        (1, 2): ("", CellKind.NO_CACHED_VALUE),
        (1, 3): ("#DIV/0!", CellKind.ERROR),
    }


def test_a_formula_that_gave_zero_or_an_empty_text_has_been_computed() -> None:
    rows = '<row r="1"><c r="A1"><f>1-1</f><v>0</v></c><c r="B1" t="str"><f>""</f><v></v></c></row>'
    assert values(minimal(rows=rows)) == {(1, 1): ("0", CellKind.NUMBER)}


def test_blanks_and_invisible_characters_around_a_text_are_no_part_of_it() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet().write_column(
            0, 0, ["\u00a0 S3.8\u200b ", "a\u200bb", " \u2060\ufeff\u3000", "two\r\nlines\n", "\uff33\uff13"]
        )

    texts = [cell.text for cell in only_sheet(by_xlsxwriter(fill)).cells.values()]
    assert texts == ["S3.8", "a\u200bb", "two\nlines", "\uff33\uff13"]


def test_merged_cells_have_their_value_at_the_top_left_alone() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet().merge_range("B2:C4", "one")

    assert list(only_sheet(by_xlsxwriter(fill)).cells) == [(2, 2)]


def test_hidden_sheets_rows_and_columns_are_read_and_chart_sheets_are_not() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        first, hidden = book.add_worksheet("First"), book.add_worksheet("Hidden")
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=First!$A$1:$A$2"})
        book.add_chartsheet("Chart").set_chart(chart)
        first.write_column(0, 3, ["a", "b"])
        first.set_row(1, None, None, {"hidden": True})
        first.set_column(3, 3, None, None, {"hidden": True})
        hidden.write(4, 2, "c")
        hidden.very_hidden()

    book = read_book(by_xlsxwriter(fill), name="x")
    assert {sheet.name: list(sheet.cells) for sheet in book.sheets} == {"First": [(1, 4), (2, 4)], "Hidden": [(5, 3)]}


def test_cells_without_references_stand_one_after_the_other() -> None:
    rows = '<row><c><v>1</v></c><c r="D1"><v>2</v></c><c><v>3</v></c></row><row><c><v>4</v></c></row>'
    assert {place: text for place, (text, _) in values(minimal(rows=rows)).items()} == {
        (1, 1): "1", (1, 4): "2", (1, 5): "3", (2, 1): "4",
    }  # fmt: skip


def test_a_book_knows_its_name_and_the_digest_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "controls.xlsx"
    path.write_bytes(minimal())
    book = read_file(path)
    assert book.name == "controls.xlsx"
    assert book.digest.startswith("sha256:")
    assert book.sheets == (Sheet("Controls", {(1, 1): Cell("Controls", 1, 1, "1", CellKind.NUMBER)}),)


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_file(tmp_path / "controls.xlsx")


def test_the_same_text_in_very_many_cells_is_refused_in_bounded_memory() -> None:
    text = "x" * 30_000

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        for row in range(5_000):
            sheet.write_string(row, 0, text)

    with pytest.raises(InputError, match=r"controls\.xlsx: cannot be read"):
        read_book(by_xlsxwriter(fill), name="controls.xlsx")


def test_a_parser_without_enough_memory_dies_alone() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet().write_column(
            0, 0, [random.Random(number).randbytes(400).hex() for number in range(12_000)]
        )

    with pytest.raises(InputError, match="cannot be read"):
        read_book(by_xlsxwriter(fill), name="x", limits=replace(DEFAULT_LIMITS, reader_memory_bytes=40 * MIB))


def test_a_parser_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(read, "_CHILD", sleeper)
    began = time.monotonic()
    with pytest.raises(InputError, match="more than 1 seconds"):
        read_book(minimal(), name="x", limits=replace(DEFAULT_LIMITS, reader_seconds=1))
    assert time.monotonic() - began < 10


def test_a_parser_that_aborts_takes_nothing_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crasher = tmp_path / "crasher.py"
    crasher.write_text("import os, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.abort()")
    monkeypatch.setattr(read, "_CHILD", crasher)
    with pytest.raises(InputError, match="its parser stopped"):
        read_book(minimal(), name="x")
    assert os.getpid()


def test_a_foreign_workbook_reads_whole(shared_samples: Path) -> None:
    sheet = read_file(shared_samples / "foreign-controls-workbook.xlsx").sheets[0]
    assert sheet.name == "Security Controls"
    assert sheet.cells[1, 1].text == "Security Control ID"
    assert sheet.cells[2, 1].text == "ACM.1"
    assert sheet.cells[2, 8] == Cell("Security Controls", 2, 8, "3", CellKind.NUMBER)
    assert max(row for row, _ in sheet.cells) == 498
