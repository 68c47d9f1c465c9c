"""The weekly report as CSV: a zip with one file a section, in which nothing is a formula."""

import csv
import io
import zipfile
from datetime import date
from typing import Final

from hubposture.render.spans import clean
from hubposture.views.report.model import Report
from hubposture.views.report.section import Column, Section, Value
from hubposture.views.report.sections import sections

_FORMULA: Final = ("=", "+", "-", "@", "|", "%", "'")
_BEGIN: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every file, so that a report is the same bytes whenever it is written."""
LIST: Final = "List"
"""The heading over the filters behind the rows."""


def render(report: Report) -> bytes:
    """The zip. Shares are numbers from 0 to 1, days are `2026-11-29`; what would be a formula begins with `'`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, section in enumerate(sections(report), start=1):
            entry = zipfile.ZipInfo(f"{number:02}-{section.key}.csv", _BEGIN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _file(section).encode("utf-8-sig"))
    return out.getvalue()


def _file(section: Section) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    has_lists = any(section.lists)
    writer.writerow([*(_heading(column) for column in section.columns), *([LIST] if has_lists else [])])
    for at, row in enumerate(section.rows):
        found = [section.lists[at]] if has_lists else []
        writer.writerow([_cell(value) for value in (*row, *found)])
    return out.getvalue()


def _heading(column: Column) -> str:
    return _cell(column.heading) or "What"


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        line = clean(value)
        return f"'{line}" if line.startswith(_FORMULA) else line
    return value.isoformat() if isinstance(value, date) else str(value)
