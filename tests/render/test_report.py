"""The weekly report in every format: whatever is in it, nothing executes and nothing is a formula."""

import csv
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pytest

from hubposture.errors import InputError
from hubposture.render import report_csv, report_html, report_pdf, report_svg, report_xlsx
from hubposture.views.report.model import Report
from hubposture.views.report.section import Kind
from hubposture.views.report.sections import sections
from views.report_world import bare, hostile, report

ALL = [report(), bare(), hostile(), replace(report(), trend=report().trend[:1])]
NAMES = ["plain", "bare", "hostile", "one week"]
TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "header", "footer", "h1", "h2", "p", "dl", "div", "dt", "dd",
    "strong", "span", "nav", "ul", "li", "a", "section", "figure", "table", "thead", "tbody", "tr", "th", "td", "details",
    "summary", "code", "svg", "defs", "pattern", "rect", "line", "circle", "path", "polyline", "text", "desc",
}  # fmt: skip


class Page(HTMLParser):
    """What a browser finds in a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.ids: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]


@pytest.mark.parametrize("one", ALL, ids=NAMES)
def test_a_page_has_only_elements_of_ours_no_script_and_nothing_from_elsewhere(one: Report) -> None:
    page = Page(report_html.render(one))
    assert page.tags <= TAGS, page.tags - TAGS
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in ("src", "style", "srcdoc", "action"), (tag, name)
        if name == "href":
            assert value.startswith("#"), value
    assert len(page.ids) == len(set(page.ids))
    assert {value[1:] for _, name, value in page.attributes if name == "href"} <= set(page.ids)


def test_tables_of_a_page_say_what_their_cells_belong_to_and_pictures_what_they_show() -> None:
    text = report_html.render(report())
    page = Page(text)
    scopes = [value for tag, name, value in page.attributes if tag == "th" and name == "scope"]
    assert set(scopes) == {"col", "row"}
    assert len(scopes) == len(re.findall("<th[ >]", text))
    pictures = re.findall(r'<svg [^>]*role="img"[^>]*>', text)
    assert len(pictures) == len(re.findall("<figure>", text)) == 6
    assert all("aria-label=" in one for one in pictures)
    assert "open on 22 Nov 2026: 20; new and failing: +3; fixed: -6; waived: -2" in text


def test_a_long_table_says_how_much_is_left_out_and_where_it_is() -> None:
    many = replace(report(), late=report().late * 130, looked=replace(report().looked, came=report().looked.came * 20))
    text = report_html.render(many)
    assert "and 30 more rows, as XLSX, CSV or JSON" in text
    assert "and 18 more changes, told further on" in text
    assert 'id="looked-all"' in text


@pytest.mark.parametrize("one", ALL, ids=NAMES)
def test_pictures_are_well_formed_and_have_a_title_and_a_description(one: Report) -> None:
    drawn = [report_svg.waterfall(one), report_svg.trend(one)]
    drawn += [report_svg.ranking(section) for section in sections(one) if section.key == "ous"]
    for svg in filter(None, drawn):
        for text in (svg, report_svg.alone(svg)[0]):
            found = ET.fromstring(text)
            names = [child.tag.rpartition("}")[2] for child in found]
            assert {"title", "desc"} <= set(names)


def test_bars_of_a_waterfall_are_told_apart_by_signs_and_patterns_not_by_colour() -> None:
    svg = report_svg.waterfall(report())
    assert re.findall(r'class="value">([^<]+)<', svg) == ["20", "+3", "-6", "-2", "15"]
    assert svg.count("bar grown") == 1
    assert svg.count("bar shrunk") == 2


@pytest.mark.parametrize("one", ALL, ids=NAMES)
def test_csv_has_a_file_a_section_and_no_cell_that_a_spreadsheet_computes(one: Report) -> None:
    with zipfile.ZipFile(io.BytesIO(report_csv.render(one))) as archive:
        names = archive.namelist()
        found = {name: list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig")))) for name in names}
    assert len(names) == len(sections(one))
    for rows in found.values():
        assert len({len(row) for row in rows}) == 1
        for row in rows[1:]:
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r", "|")), cell
                assert not cell.startswith("-") or re.fullmatch(r"-\d+", cell), cell


def test_csv_is_the_same_bytes_each_time_and_its_numbers_are_plain() -> None:
    first = report_csv.render(report())
    assert first == report_csv.render(report())
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        said = archive.read("01-summary.csv").decode("utf-8-sig").splitlines()
    assert said[1] == "as is,0.85,0.8,85,100,15"


@pytest.mark.parametrize("one", ALL, ids=NAMES)
def test_a_workbook_has_a_sheet_a_section_real_tables_and_no_formula(one: Report) -> None:
    content = report_xlsx.render(one)
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = sections(one)
    assert len(book.sheetnames) == len(found) + 1
    for sheet, section in zip(book.worksheets, found, strict=False):
        cells: list[Any] = [cell for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
        assert len(sheet.tables) == (1 if section.rows else 0), section.key
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        texts = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    assert not [text for text in texts if b"<f>" in text]


def test_a_workbook_holds_numbers_days_and_charts_as_what_they_are() -> None:
    content = report_xlsx.render(report())
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book["Summary"]
    assert [cell.value for cell in sheet[5]] == ["as is", 0.85, 0.8, 85, 100, 15]
    assert sheet["B5"].number_format == "0.0 %"
    assert book["Waivers"]["D5"].is_date
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        charts = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
        drawn = b"".join(archive.read(name) for name in archive.namelist() if name.startswith("xl/drawings/drawing"))
    assert len(charts) == 6
    assert drawn.count(b"descr=") == 6


def test_a_text_that_is_too_long_for_a_cell_is_cut_and_says_so() -> None:
    late = replace(report().late[0], title="x" * 40_000)
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx.render(replace(report(), late=(late,)))))
    value = str(book["Late"]["B5"].value)
    assert len(value) == 32_767
    assert value.endswith("(cut here)")


@pytest.mark.parametrize("one", ALL, ids=NAMES)
def test_a_pdf_is_tagged_and_has_the_language_and_title_that_readers_need(one: Report) -> None:
    pytest.importorskip("typst")
    content = report_pdf.render(one)
    assert content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in content
    assert b"/Lang" in content
    assert b"/Alt" in content or not one.overdue


def test_without_typst_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(InputError, match=r"hubposture\[pdf\]"):
        report_pdf.render(report())


def test_every_share_in_a_section_lies_between_none_and_all() -> None:
    for section in sections(report()):
        for row in section.rows:
            for value, column in zip(row, section.columns, strict=True):
                if column.kind is Kind.SHARE and value is not None:
                    assert isinstance(value, float)
                    assert 0 <= value <= 1
