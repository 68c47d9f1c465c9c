"""The weekly report as a workbook: a sheet a section, with tables and charts that are real ones."""

import datetime as dt
import io
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]

from hubposture.render.spans import clean
from hubposture.views.report.model import Report
from hubposture.views.report.section import Kind, Picture, Section, Value
from hubposture.views.report.sections import period, sections, steps, title

_LONGEST: Final = 32_767
"""The longest text that a cell takes."""
_CUT: Final = " (cut here)"
_SAFE: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_MOST: Final = 10
_HEADINGS: Final = 3
"""The row of the headings, counted from 0: title and sentences stand above."""
_FORMATS: Final = {Kind.NUMBER: "#,##0", Kind.CHANGE: "+#,##0;-#,##0;0", Kind.SHARE: "0.0 %", Kind.DAY: "yyyy-mm-dd"}
_INK, _MORE, _FEWER, _LEVEL = "#1C2128", "#CF5C36", "#2F7D6B", "#8B949E"


def render(report: Report) -> bytes:
    """The workbook. No text in it is ever a formula or a link."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _SAFE) as book:
        book.set_properties({"title": clean(title(report)), "created": report.made_at})
        formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
        bold, quiet = book.add_format({"bold": True, "font_size": 14}), book.add_format({"font_color": "#57606A"})
        for number, section in enumerate(sections(report)):
            sheet = book.add_worksheet(_sheet_name(section))
            sheet.write_string(0, 0, _text(title(report) if number == 0 else section.title), bold)
            said = " ".join([period(report)] if number == 0 else section.says)
            sheet.write_string(1, 0, _text(said or section.empty), quiet)
            _Table(book, sheet, section, formats, number).write()
            _picture(book, sheet, section, report)
        _sentences(book, report)
    return out.getvalue()


def _sheet_name(section: Section) -> str:
    return section.key.capitalize()[:31]


def _sentences(book: Any, report: Report) -> None:
    """What the sections say in words, on a sheet of its own."""
    sheet = book.add_worksheet("In words")
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 110)
    row = 0
    for section in sections(report):
        for line in section.says:
            sheet.write_string(row, 0, _text(section.title))
            sheet.write_string(row, 1, _text(line), wrapped)
            row += 1


class _Table:
    """One section's table in its sheet."""

    def __init__(self, book: Any, sheet: Any, section: Section, formats: dict[Kind, Any], number: int) -> None:
        self._book, self._sheet, self._section, self._formats = book, sheet, section, formats
        self._name = f"Report{number + 1}"

    def write(self) -> None:
        """Headings, rows, and the filters behind them as a last column."""
        section, has_lists = self._section, any(self._section.lists)
        headings = [*_headings(section), *(["List"] if has_lists else [])]
        kinds = [*(column.kind for column in section.columns), *([Kind.TEXT] if has_lists else [])]
        if not section.rows:
            return
        for at, row in enumerate(section.rows):
            values = (*row, *([section.lists[at]] if has_lists else []))
            for column, (value, kind) in enumerate(zip(values, kinds, strict=True)):
                self._cell(_HEADINGS + 1 + at, column, value, kind)
        for column, kind in enumerate(kinds):
            self._sheet.set_column(column, column, _width(headings[column], kind, section, column))
        columns = [
            {"header": heading, "format": self._formats.get(kind)}
            for heading, kind in zip(headings, kinds, strict=True)
        ]
        self._sheet.add_table(
            _HEADINGS, 0, _HEADINGS + len(section.rows), len(headings) - 1,
            {"name": self._name, "columns": columns, "style": "Table Style Light 1"},
        )  # fmt: skip
        self._sheet.freeze_panes(_HEADINGS + 1, 1)

    def _cell(self, row: int, column: int, value: Value, kind: Kind) -> None:
        form = self._formats.get(kind)
        if value is None:
            self._sheet.write_blank(row, column, None, form)
        elif isinstance(value, str):
            self._sheet.write_string(row, column, _text(value))
        elif isinstance(value, dt.date):
            self._sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), form)
        else:
            self._sheet.write_number(row, column, value, form)


def _headings(section: Section) -> list[str]:
    """The headings; a table takes no two that are alike, and none that is empty."""
    found: list[str] = []
    for column in section.columns:
        name = _text(column.heading) or "What"
        while name.lower() in (one.lower() for one in found):
            name += " "
        found.append(name)
    return found


def _width(heading: str, kind: Kind, section: Section, column: int) -> int:
    if kind is not Kind.TEXT:
        return max(12, len(heading) + 3)
    texts = [row[column] for row in section.rows if column < len(row)]
    longest = max((len(one) for one in texts if isinstance(one, str)), default=0)
    return min(60, max(12, len(heading) + 3, longest + 2))


def _text(words: str) -> str:
    line = clean(words)
    return line if len(line) <= _LONGEST else line[: _LONGEST - len(_CUT)] + _CUT


# --- charts -----------------------------------------------------------------------------------------------------------


def _picture(book: Any, sheet: Any, section: Section, report: Report) -> None:
    if not section.rows:
        return
    chart: Any = None
    match section.picture:
        case Picture.WATERFALL:
            chart = _waterfall(book, sheet, section, report)
        case Picture.TREND:
            chart = _trend(book, section)
        case Picture.BARS:
            chart = _ranking(book, section)
        case Picture.NONE:
            return
    chart.set_title({"name": _text(section.title), "overlay": False})
    chart.set_size({"width": 720, "height": 380})
    below = _HEADINGS + 3 + len(section.rows)
    place = (below, 0) if section.picture is not Picture.BARS else (_HEADINGS, len(section.columns) + 2)
    sheet.insert_chart(*place, chart, {"description": f"{_text(section.title)}: the numbers are in the table."})


def _waterfall(book: Any, sheet: Any, section: Section, report: Report) -> Any:
    """Stacked columns on one that is not seen; its numbers stand beside the table."""
    first, count, side = _HEADINGS + 1, len(section.rows), len(section.columns) + 1
    for at, name in enumerate(("below", "open", "more", "fewer")):
        sheet.write_string(_HEADINGS, side + at, name)
    running = report.movement.before.open if report.movement else 0
    rows = [(0, running, 0, 0)]
    for _, change in steps(report):
        rows.append((min(running, running + change), 0, max(change, 0), max(-change, 0)))
        running += change
    rows.append((0, running, 0, 0))
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write_number(first + at, side + column, value)
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    name = _sheet_name(section)
    fills: tuple[dict[str, Any], ...] = (
        {"fill": {"none": True}},
        {"fill": {"color": _LEVEL}},
        {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": "#FFFFFF", "bg_color": _MORE}},
        {"pattern": {"pattern": "dotted_diamond", "fg_color": "#FFFFFF", "bg_color": _FEWER}},
    )
    for at, fill in enumerate(fills):
        values = [name, first, side + at, first + count - 1, side + at]
        chart.add_series({"name": [name, _HEADINGS, side + at], "categories": [name, first, 0, first + count - 1, 0],
                          "values": values, "gap": 40, **fill})  # fmt: skip
    chart.set_legend({"position": "bottom", "delete_series": [0]})
    return chart


def _trend(book: Any, section: Section) -> Any:
    chart = book.add_chart({"type": "line"})
    first, last, name = _HEADINGS + 1, _HEADINGS + len(section.rows), _sheet_name(section)
    for column, (dash, mark) in enumerate(
        (("solid", "circle"), ("dash", "square"), ("round_dot", "triangle")), start=1
    ):
        chart.add_series({
            "name": [name, _HEADINGS, column],
            "categories": [name, first, 0, last, 0],
            "values": [name, first, column, last, column],
            "line": {"color": _INK, "dash_type": dash, "width": 1.75},
            "marker": {"type": mark, "size": 7, "border": {"color": _INK}, "fill": {"color": "#FFFFFF"}},
        })  # fmt: skip
    chart.set_y_axis({"num_format": "0.0 %"})
    chart.set_legend({"position": "bottom"})
    return chart


def _ranking(book: Any, section: Section) -> Any:
    names = [column.heading for column in section.columns]
    column, name = names.index("Open"), _sheet_name(section)
    first, last = _HEADINGS + 1, _HEADINGS + min(_MOST, len(section.rows))
    chart = book.add_chart({"type": "bar"})
    chart.add_series({
        "name": [name, _HEADINGS, column],
        "categories": [name, first, 0, last, 0],
        "values": [name, first, column, last, column],
        "fill": {"color": _LEVEL},
        "data_labels": {"value": True},
        "gap": 40,
    })  # fmt: skip
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"none": True})
    return chart
