"""A sheet as a workbook with a table in it; texts are texts, whatever they begin with."""

import datetime as dt
import io
import re

import xlsxwriter  # type: ignore[import-untyped]

from hubposture.views.pages.sheet import Sheet, SheetCell

_LONGEST = 32_767
"""Characters that a cell holds."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WIDEST, _NARROWEST, _LOOKED_AT = 60, 8, 200
_CUT = " (cut)"


def render(sheet: Sheet) -> bytes:
    """An xlsx file: frozen headings with filters; nothing in it is a formula or a link."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold, time = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        page = book.add_worksheet(sheet.name)
        for column, heading in enumerate(sheet.headings):
            page.write_string(0, column, heading, bold)
            seen = [len(str(row[column] or "")) for row in sheet.rows[:_LOOKED_AT]]
            page.set_column(column, column, min(_WIDEST, max(_NARROWEST, len(heading) + 2, *seen, 0)))
        for at, row in enumerate(sheet.rows, 1):
            for column, value in enumerate(row):
                _write(page, at, column, value, time)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(1, len(sheet.rows)), len(sheet.headings) - 1)
        if sheet.note:
            page.write_string(len(sheet.rows) + 2, 0, sheet.note, bold)
    return out.getvalue()


def _write(
    page: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: SheetCell, time: xlsxwriter.format.Format
) -> None:
    if value is None or value == "":
        return
    if isinstance(value, dt.datetime):
        page.write_datetime(row, column, value, time)
    elif isinstance(value, int):
        page.write_number(row, column, value)
    else:
        text = _CONTROL.sub("\ufffd", value)
        page.write_string(row, column, text if len(text) <= _LONGEST else text[: _LONGEST - len(_CUT)] + _CUT)
