"""Sheets as files: texts stay texts, whatever they begin with and hold."""

import csv as reading
import datetime as dt
import io
import re
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from hubposture.render import csv, xlsx
from hubposture.views.pages.sheet import Sheet

AT = dt.datetime(2026, 11, 24, 9, 30)


def sheet(*texts: str) -> Sheet:
    return Sheet("Findings", ["Text", "Number", "When"], [[text, 7, AT] for text in texts])


def cells(found: Sheet) -> list[str]:
    return [row[0] for row in list(reading.reader(io.StringIO(csv.render(found).decode("utf-8-sig"))))[1:]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "|cmd", "%0"])
def test_what_could_be_a_formula_has_an_apostrophe_before_it(text: str) -> None:
    assert cells(sheet(text))[0].startswith("'")


@given(st.text())
def test_any_text_is_one_cell_and_no_formula(text: str) -> None:
    (found,) = cells(sheet(text))
    assert not found.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    if re.fullmatch(r"[a-z ,;\"']+", text):
        assert found == text


def test_a_workbook_holds_texts_numbers_and_times_and_nothing_that_computes() -> None:
    texts = ["=1+1", "https://example.com", "007", "\x00\x1b\ud800", "x" * 40_000, "<a>&"]
    data = xlsx.render(sheet(*texts))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[1:]
    assert [row[0] for row in rows][:3] == texts[:3]
    assert rows[3][0] == "\ufffd" * 3
    assert str(rows[4][0]).endswith(" (cut)")
    assert {(row[1], row[2]) for row in rows} == {(7.0, AT)}
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        page = book.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in page
    assert b"hyperlink" not in page
