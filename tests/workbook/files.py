"""Workbooks for tests: honest ones by two libraries, and hand-made ones with single parts replaced."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping

import openpyxl
import xlsxwriter  # type: ignore[import-untyped]
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import DataBarRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

PARTS: Mapping[str, str] = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="a" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Controls" sheetId="1" r:id="s"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="s" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>',
}
"""The least a workbook consists of."""

SHEET = "xl/worksheets/sheet1.xml"


def sheet_xml(rows: str, *, after: str = "") -> str:
    """A worksheet's XML around its rows."""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def zipped(parts: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these parts."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return output.getvalue()


def minimal(**replaced: str) -> bytes:
    """The least workbook, with the sheet's rows or whole parts replaced."""
    parts = dict(PARTS)
    if "rows" in replaced:
        parts[SHEET] = sheet_xml(replaced["rows"])
    if "sheet" in replaced:
        parts[SHEET] = replaced["sheet"]
    return zipped(parts)


def with_parts(data: bytes, parts: Mapping[str, str | bytes]) -> bytes:
    """A workbook with parts added or replaced, in the order it had."""
    held: dict[str, str | bytes] = dict(contents(data))
    return zipped({**held, **parts})


def contents(data: bytes) -> dict[str, bytes]:
    """Every part's unpacked bytes, in the file's order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def raw_entries(data: bytes) -> dict[str, tuple[bytes, tuple[int, ...], int, int]]:
    """Every part as it lies in the file: packed bytes, date, flags, attributes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found: dict[str, tuple[bytes, tuple[int, ...], int, int]] = {}
        for entry in archive.infolist():
            start = entry.header_offset
            name, extra = (int.from_bytes(data[start + at : start + at + 2], "little") for at in (26, 28))
            packed = data[start : start + 30 + name + extra + entry.compress_size]
            found[entry.filename] = (packed, entry.date_time, entry.flag_bits, entry.external_attr)
        return found


def by_xlsxwriter(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    """A workbook filled through xlsxwriter."""
    output = io.BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
        fill(book)
    return output.getvalue()


# 1x1 PNG
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6260000000"
    "000005000165a5f6450000000049454e44ae426082"
)


def decorated_by_xlsxwriter() -> bytes:
    """A Controls sheet with formats, cached formulas, comments, data bars, sparklines, a chart, a picture, rich text."""

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet, extra = book.add_worksheet("Controls"), book.add_worksheet("Our own")
        bold, red = book.add_format({"bold": True}), book.add_format({"bg_color": "#FF0000"})
        for column, heading in enumerate(("Control", "Title", "Severity", "Weight", "Double")):
            sheet.write_string(0, column, heading, bold)
        for row in range(1, 6):
            sheet.write_string(row, 0, f"S3.{row}")
            sheet.write_string(row, 1, f"old title {row}", red)
            sheet.write_number(row, 3, row * 1.5)
            sheet.write_formula(row, 4, f"=D{row + 1}*2", None, row * 3)
        sheet.write_rich_string("G1", "plain ", bold, "bold")
        sheet.write_comment("B2", "look at this")
        sheet.conditional_format("D2:D6", {"type": "data_bar", "data_bar_2010": True})
        sheet.conditional_format("D2:D6", {"type": "icon_set", "icon_style": "3_traffic_lights"})
        sheet.add_sparkline("F2", {"range": "Controls!D2:E2"})
        sheet.data_validation("C2:C9", {"validate": "list", "source": ["LOW", "HIGH"]})
        sheet.merge_range("A9:C9", "merged", bold)
        sheet.insert_image("H2", "dot.png", {"image_data": io.BytesIO(PICTURE)})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Controls!$D$2:$D$6"})
        sheet.insert_chart("H8", chart)
        sheet.insert_textbox("J2", "a text box")
        extra.write_formula("A1", "=COUNTA(Controls!A:A)", None, 6)
        extra.hide()

    return by_xlsxwriter(fill)


def decorated_by_openpyxl() -> bytes:
    """The same kind of workbook by the other library, which writes namespaces and dates in another way."""
    book = openpyxl.Workbook()
    del book["Sheet"]
    sheet: Worksheet = book.create_sheet("Controls")
    sheet.append(["Control", "Title", "Severity", "Weight"])
    for row in range(2, 7):
        sheet.append([f"S3.{row}", f"old title {row}", None, row])
        sheet.cell(row, 2).fill = PatternFill("solid", fgColor="FFFF00")
    sheet["A1"].font = Font(bold=True)
    sheet["B2"].comment = Comment("look at this", "kim")
    sheet["H1"] = "=SUM(D2:D6)"
    bar = DataBarRule("min", None, "max", None, "FF638EC6")  # type: ignore[no-untyped-call]
    sheet.conditional_formatting.add("D2:D6", bar)
    rule = DataValidation(type="list", formula1='"LOW,HIGH"')
    rule.add("C2:C9")
    sheet.add_data_validation(rule)
    sheet.add_table(Table(displayName="Matrix", ref="A1:D6"))
    sheet.freeze_panes = "B2"
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=4, min_row=2, max_row=6))
    sheet.add_chart(chart, "J2")
    book.create_sheet("Our own")["A1"] = dt.date(2026, 5, 1)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()
