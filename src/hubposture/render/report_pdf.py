"""The weekly report as a tagged PDF, by typst: data goes in as JSON, so that nothing in it can be markup."""

import importlib
import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

from hubposture.errors import InputError
from hubposture.render.report_html import FEW
from hubposture.render.report_svg import alone, ranking, trend, waterfall
from hubposture.render.spans import clean
from hubposture.views.document import counted
from hubposture.views.report.model import Report
from hubposture.views.report.saying import headline
from hubposture.views.report.sections import FIRST, Kind, Picture, Section, period, sections, shown, title
from hubposture.views.words import share

_SHORT = 18
MOST = 50
"""Rows of a table in the PDF; XLSX, CSV and JSON have all."""
_MISSING = "--format pdf: typst is not installed here; `pip install 'hubposture[pdf]'` adds it, or print the HTML page"


def render(report: Report) -> bytes:
    """The PDF, for every reader by the rules of PDF/UA-1. Raises InputError where typst is not installed."""
    return compiled(report, "pdf", pdf_standards=["ua-1"])


def compiled(report: Report, form: str, **more: Any) -> bytes:
    """The report as typst writes it: `pdf`, or `png` where it has one page."""
    try:
        typst: Any = importlib.import_module("typst")
    except ImportError:
        raise InputError(_MISSING) from None
    source = resources.files("hubposture.render").joinpath("report.typ").read_bytes()
    found = typst.compile(source, format=form, sys_inputs={"report": json.dumps(_data(report))}, **more)
    return bytes(found)


def _data(report: Report) -> dict[str, Any]:
    found = sections(report)
    first = [one for one in found if one.key in FIRST]
    again = [one for one in first if one.key == "looked" and len(one.rows) > FEW]
    return {
        "title": clean(title(report)),
        "period": clean(period(report)),
        "made": f"{report.made_at:%Y-%m-%d %H:%M} UTC",
        "tiles": _tiles(report),
        "headline": [clean(line) for line in headline(report)],
        "first": [_section(report, one, FEW if one.key == "looked" else MOST) for one in first],
        "more": [_section(report, one, MOST) for one in (*again, *(one for one in found if one.key not in FIRST))],
    }


def _tiles(report: Report) -> list[Sequence[str]]:
    level, before, accounts = report.lines[0].now, report.lines[0].before, report.accounts
    late = report.overdue_before
    tiles = [
        ("Obligations met", share(level.met, level.of), share(before.met, before.of) if before else ""),
        ("Open", f"{report.open.now:,}", "" if report.open.before is None else f"{report.open.before:,}"),
        ("Accounts with all met", f"{accounts.now.met:,} of {accounts.now.of:,}",
         f"{accounts.before.met:,} of {accounts.before.of:,}" if accounts.before else ""),
        ("Overdue", f"{report.overdue_now:,}", "" if late is None else f"{late:,}"),
    ]  # fmt: skip
    return [(name, now, f"{was} a week ago" if was else "a week ago: not known") for name, now, was in tiles]


def _section(report: Report, section: Section, most: int) -> dict[str, Any]:
    told = report.notes if section.key == "summary" else section.says
    empty = [section.empty] if not section.rows and section.empty else []
    more = len(section.rows) - most
    drawn, said = _picture(report, section)
    return {
        "title": clean(section.title),
        "says": [clean(line) for line in (*told, *empty)],
        "headings": [clean(column.heading) for column in section.columns],
        "wide": [_is_wide(section, at, most) for at in range(len(section.columns))],
        "right": [column.kind is not Kind.TEXT and at > 0 for at, column in enumerate(section.columns)],
        "rows": [
            [clean(shown(value, column.kind)) for value, column in zip(row, section.columns, strict=True)]
            for row in section.rows[:most]
        ],
        "more": f"and {counted(more, 'more row')}; XLSX, CSV and JSON have all" if more > 0 else "",
        "picture": drawn,
        "alt": said,
    }


def _is_wide(section: Section, at: int, most: int) -> bool:
    """Whether a column holds texts so long that they must share what room is left."""
    texts = (row[at] for row in section.rows[:most])
    return any(isinstance(one, str) and len(one) > _SHORT for one in texts)


def _picture(report: Report, section: Section) -> tuple[str, str]:
    """A picture that stands alone, and what it shows in words."""
    match section.picture:
        case Picture.WATERFALL:
            return alone(waterfall(report))
        case Picture.TREND:
            return alone(trend(report))
        case Picture.BARS:
            return alone(ranking(section))
        case _:
            return "", ""
