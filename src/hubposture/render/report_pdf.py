"""The weekly report as a tagged PDF, by typst: data goes in as JSON, so that nothing in it can be markup."""

import importlib
import json
import re
from collections.abc import Sequence
from importlib import resources
from typing import Any

from hubposture.errors import InputError
from hubposture.render.report_svg import WIDTH, alone, ranking, trend, waterfall
from hubposture.render.spans import clean
from hubposture.views.document import counted
from hubposture.views.report.model import Report
from hubposture.views.report.saying import headline
from hubposture.views.report.section import Kind, Picture, Section, shown
from hubposture.views.report.sections import on_paper, period, sections, title
from hubposture.views.words import share

_SHORT = 18
_LONG = re.compile(r"\S{30,}")
_BREAK = "\u200b"
_HIGHEST = 80
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
    first, others = on_paper(sections(report))
    return {
        "title": clean(title(report)),
        "heading": _fitting(title(report)),
        "period": _fitting(period(report)),
        "made": f"{report.made_at:%Y-%m-%d %H:%M} UTC",
        "tiles": _tiles(report),
        "headline": [_fitting(line) for line in headline(report)],
        "first": [_section(report, one) for one in first],
        "more": [_section(report, one) for one in others],
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


def _section(report: Report, section: Section) -> dict[str, Any]:
    told = report.notes if section.key == "summary" else section.says
    empty = [section.empty] if not section.rows and section.empty else []
    more = len(section.rows) - MOST
    drawn, said = _picture(report, section)
    return {
        "title": _fitting(section.title),
        "says": [_fitting(line) for line in (*told, *empty)],
        "headings": [_fitting(column.heading) for column in section.columns],
        "wide": [_is_wide(section, at) for at in range(len(section.columns))],
        "right": [column.kind is not Kind.TEXT and at > 0 for at, column in enumerate(section.columns)],
        "rows": [
            [_fitting(shown(value, column.kind)) for value, column in zip(row, section.columns, strict=True)]
            for row in section.rows[:MOST]
        ],
        "more": f"and {counted(more, 'more row')}; XLSX, CSV and JSON have all" if more > 0 else "",
        "picture": drawn,
        "size": _width(drawn),
        "alt": said,
    }


def _fitting(text: str) -> str:
    """Clean text in which a long word, such as an ARN, may end a line in its midst."""
    return _LONG.sub(lambda found: _BREAK.join(re.findall(".{1,16}", found[0])), clean(text))


def _width(drawn: str) -> float:
    """How wide a picture is shown, in millimetres, so that none is higher than the first page has room for."""
    height = re.search(r'viewBox="0 0 \d+ (\d+)"', drawn)
    return min(98.0, _HIGHEST * WIDTH / int(height[1])) if height else 98.0


def _is_wide(section: Section, at: int) -> bool:
    """Whether a column holds texts so long that they must share what room is left."""
    texts = (row[at] for row in section.rows[:MOST])
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
