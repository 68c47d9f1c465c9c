"""A sheet as CSV that no spreadsheet takes for formulas."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from hubposture.views.pages.sheet import Sheet, SheetCell

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What is no text; tabs and line ends stay, quoted."""


def render(sheet: Sheet) -> bytes:
    """UTF-8 with a byte order mark, by which spreadsheets know it; what could be a formula has an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(sheet.headings)
    writer.writerows([_cell(value) for value in row] for row in sheet.rows)
    if sheet.note:
        writer.writerow([sheet.note])
    return out.getvalue().encode("utf-8-sig")


def lines(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The same of rows as they come, line by line, for lists of any length; lists in cells are joined by commas."""
    yield "\ufeff".encode()
    for row in chain([headings], rows):
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerow(_cell(_plain(value)) for value in row)
        yield out.getvalue().encode()


def _plain(value: object) -> SheetCell:
    if value is None or isinstance(value, str | int | dt.datetime):
        return value
    return ", ".join(str(_plain(one)) for one in value) if isinstance(value, tuple) else str(value)


def _cell(value: SheetCell) -> str | int:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, int):
        return value
    text = _CONTROL.sub("\ufffd", value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
