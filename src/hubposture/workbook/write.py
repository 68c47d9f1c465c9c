"""A new workbook from plain rows: drop-downs, notes, filters and colours, all from the definitions of the columns."""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from hubposture.errors import InputErrors, Problem
from hubposture.matrix.cells import column_letters
from hubposture.matrix.columns import GUIDE, Column, SheetSpec, Takes
from hubposture.workbook.formats import WORDS, Palette
from hubposture.workbook.heights import row_height, with_elastic_rows
from hubposture.workbook.names import reference
from hubposture.workbook.notes import heading_note
from hubposture.workbook.text import MAX_CELL_CHARACTERS, storable

ROOM_ROWS: Final = 3_000
"""Down to this row (or the last one, if that is further) drop-downs, colours and filters reach: room for new rows."""

_A3, _A4 = 8, 9
_FIRST_WIDEST: Final = 28
_SERIES_END = dt.date(9999, 12, 31)
_SERIES_START = dt.date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class SheetContent:
    """A sheet to write: its definition and its rows, each a text by column key; keys that are absent stay blank."""

    spec: SheetSpec
    rows: Sequence[Mapping[str, str]]


def write_book(sheets: Sequence[SheetContent], *, name: str, created: dt.datetime) -> bytes:
    """The bytes of a new .xlsx workbook with these sheets in this order; the same input gives the same bytes.

    Texts stay texts: none becomes a formula or a link. ISO dates in date columns become dates, whole numbers in number
    columns numbers. `name` is shown in errors. Raises InputErrors with every text that is too long for a cell.
    """
    _check_lengths(sheets, name)
    output = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(output, options) as workbook:
        workbook.set_properties({"title": "Security Hub controls", "created": created.replace(tzinfo=None)})
        workbook.set_size(30_000, 18_000)
        palette = Palette(workbook)
        for content in sheets:
            _write_sheet(workbook, palette, content, names={other.spec.name for other in sheets})
    return with_elastic_rows(output.getvalue(), name=name)


def _check_lengths(sheets: Sequence[SheetContent], name: str) -> None:
    problems = [
        Problem(
            f"{name}!{content.spec.name}!{reference(row, column)}",
            f"cannot hold {len(text)} characters; a cell takes {MAX_CELL_CHARACTERS}",
            "shorten the text",
        )
        for content in sheets
        for row, texts in enumerate(content.rows, start=2)
        for column, definition in enumerate(content.spec.columns, start=1)
        if len(text := texts.get(definition.key, "")) > MAX_CELL_CHARACTERS
    ]
    if problems:
        raise InputErrors(problems)


def _write_sheet(workbook: Workbook, palette: Palette, content: SheetContent, *, names: set[str]) -> None:
    spec = content.spec
    sheet = workbook.add_worksheet(spec.name)
    last = max(len(content.rows) + 1, ROOM_ROWS if not spec.ours else 0)
    _write_headings(sheet, palette, content)
    for row, texts in enumerate(content.rows, start=1):
        sheet.set_row(row, row_height(spec.columns, texts))
        for at, column in enumerate(spec.columns):
            _write_cell(sheet, (row, at), storable(texts.get(column.key, "")), column=column, palette=palette)
    for at, column in enumerate(spec.columns):
        area = f"{column_letters(at + 1)}2:{column_letters(at + 1)}{max(last, 2)}"
        _mark_words(sheet, palette, column, area=area)
        if not column.ours:
            _offer_choices(sheet, column, area=area, names=names)
    if spec.name == GUIDE.name:
        area = f"A2:{column_letters(len(spec.columns))}{max(last, 2)}"
        criteria = '=AND($A2<>"",$B2="")'
        sheet.conditional_format(area, {"type": "formula", "criteria": criteria, "format": palette.group()})
    _arrange(sheet, spec, last=last)


def _write_headings(sheet: Worksheet, palette: Palette, content: SheetContent) -> None:
    sheet.set_row(0, 32)
    for at, column in enumerate(content.spec.columns):
        longest = max((len(texts.get(column.key, "")) for texts in content.rows), default=0)
        width = max(column.width, min(longest + 3, _FIRST_WIDEST)) if at == 0 else column.width
        sheet.set_column(at, at, width, palette.cell(column))
        sheet.write_string(0, at, column.heading, palette.heading(column))
        note = heading_note(column)
        lines = sum(1 + len(line) // 42 for line in note.split("\n"))
        size = {"width": 260, "height": 20 + 17 * lines, "font_size": 9, "color": "#FFFFE1"}
        sheet.write_comment(0, at, note, {**size, "author": "hubposture"})


def _write_cell(sheet: Worksheet, place: tuple[int, int], text: str, *, column: Column, palette: Palette) -> None:
    shape = palette.cell(column)
    number = column.takes in (Takes.INTEGER, Takes.WAIVABLE) and text.isascii() and text.isdigit()
    day = _date(text) if column.takes is Takes.DATE else None
    if not text:
        sheet.write_blank(*place, None, shape)
    elif day is not None:
        sheet.write_datetime(*place, day, shape)
    elif number and str(int(text)) == text:
        sheet.write_number(*place, int(text), shape)
    else:
        sheet.write_string(*place, text, shape)


def _date(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= _SERIES_START and day.isoformat() == text else None


def _mark_words(sheet: Worksheet, palette: Palette, column: Column, *, area: str) -> None:
    for word, colours in WORDS.get(column.key, {}).items():
        criteria = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": palette.mark(*colours)}
        sheet.conditional_format(area, criteria)
    if column.key in ("expires", "review_by"):
        first = area.partition(":")[0]
        past = f"=AND(ISNUMBER({first}),{first}<TODAY())"
        sheet.conditional_format(area, {"type": "formula", "criteria": past, "format": palette.overdue()})


def _offer_choices(sheet: Worksheet, column: Column, *, area: str, names: set[str]) -> None:
    """A drop-down or a check while typing, where the column takes one of few things."""
    rule: dict[str, object]
    match column.takes:
        case Takes.CHOICE | Takes.YES_NO if column.choices:
            rule = {"validate": "list", "source": list(column.choices), "error_message": "Choose one of the list."}
        case Takes.WAIVABLE:
            rule = {"validate": "list", "source": ["yes", "no", "30", "90", "180", "365"], "error_type": "information"}
            rule["error_message"] = "yes, no, or the longest waiver in days."
        case Takes.SCOPE if "Scopes" in names:
            rule = {"validate": "list", "source": f"=Scopes!$A$2:$A${ROOM_ROWS}", "error_type": "warning"}
            rule["error_message"] = "There is no such scope on the sheet Scopes yet."
        case Takes.DATE:
            rule = {"validate": "date", "criteria": "between", "minimum": _SERIES_START, "maximum": _SERIES_END}
            rule |= {"error_type": "warning", "error_message": "A date such as 2027-05-01."}
        case Takes.INTEGER:
            rule = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 999_999}
            rule["error_message"] = "A whole number."
        case _:
            return
    sheet.data_validation(area, {**rule, "ignore_blank": True, "error_title": column.heading})


def _arrange(sheet: Worksheet, spec: SheetSpec, *, last: int) -> None:
    """What the sheet looks like on a screen and on paper."""
    width = len(spec.columns)
    pinned = 2 if width > 10 else 0 if spec.ours else 1  # noqa: PLR2004 - a wide sheet scrolls sideways
    sheet.freeze_panes(1, pinned)
    sheet.autofilter(0, 0, max(last - 1, 1), width - 1)
    sheet.set_tab_color("#7F7F7F" if spec.ours else "#1F3864")
    sheet.ignore_errors({"number_stored_as_text": f"A1:{column_letters(width)}{max(last, 2)}"})
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(_A3 if width > 10 else _A4)  # noqa: PLR2004 - as above
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&9&F, &A&R&9&P of &N")
