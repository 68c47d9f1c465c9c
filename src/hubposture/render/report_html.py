"""The weekly report as one HTML page: no script, nothing from elsewhere, for light and dark screens and for paper."""

from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources

from hubposture.render.report_svg import PATTERNS, ranking, trend, waterfall
from hubposture.render.spans import clean
from hubposture.views.document import counted
from hubposture.views.report.model import Report
from hubposture.views.report.section import Kind, Picture, Section, Value, shown
from hubposture.views.report.sections import on_paper, period, sections, title
from hubposture.views.words import share

MOST = 100
"""Rows of a table in the page; the other formats have all."""
_UNNAMED = "<span class=quiet>What</span>"


def render(report: Report) -> str:
    """The whole page. Everything that comes from outside is text in it."""
    first, others = on_paper(sections(report))
    name = _text(title(report))
    style = resources.files("hubposture.render").joinpath("report.css").read_text(encoding="utf-8")
    body = "\n".join((_first_page(report, first), _contents(others), *(_section(report, one) for one in others)))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{name}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{PATTERNS}\n<main>\n{body}\n"
        f"<footer><p>{_text(_made(report))}</p></footer>\n</main>\n</body>\n</html>\n"
    )


def _made(report: Report) -> str:
    return f"Made by hubposture at {report.made_at:%Y-%m-%d %H:%M} UTC. The filters under the tables open the lists they count: hubposture findings 'FILTER'."


def _first_page(report: Report, found: Sequence[Section]) -> str:
    head = f'<header>\n<h1>{_text(title(report))}</h1>\n<p class="period">{_text(period(report))}</p>\n</header>'
    told = (_section(report, one, anchor=one.key) for one in found)
    parts = [head, _tiles(report), *told]
    return '<div class="first">\n' + "\n".join(parts) + "\n</div>"


def _tiles(report: Report) -> str:
    level, before = report.lines[0].now, report.lines[0].before
    accounts = report.accounts
    late = report.overdue_before
    tiles = (
        ("Obligations met", share(level.met, level.of), share(before.met, before.of) if before else ""),
        ("Open", f"{report.open.now:,}", "" if report.open.before is None else f"{report.open.before:,}"),
        (
            "Accounts with all met",
            f"{accounts.now.met:,} of {accounts.now.of:,}",
            f"{accounts.before.met:,} of {accounts.before.of:,}" if accounts.before else "",
        ),
        ("Overdue", f"{report.overdue_now:,}", "" if late is None else f"{late:,}"),
    )
    made = "\n".join(
        f"<div><dt>{name}</dt><dd><strong>{now}</strong> "
        f'<span class="was">{f"{was} a week ago" if was else "a week ago: not known"}</span></dd></div>'
        for name, now, was in tiles
    )
    return f'<dl class="tiles">\n{made}\n</dl>'


def _contents(found: Sequence[Section]) -> str:
    items = "".join(f'<li><a href="#{one.key}-all">{_text(one.title)}</a></li>' for one in found)
    return f'<nav aria-label="Contents"><ul>{items}</ul></nav>'


def _section(report: Report, section: Section, *, anchor: str = "") -> str:
    anchor = anchor or f"{section.key}-all"
    picture = _picture(report, section)
    parts = [
        f'<section id="{anchor}" aria-labelledby="{anchor}-h">',
        f'<h2 id="{anchor}-h">{_text(section.title)}</h2>',
    ]
    told = report.notes if section.key == "summary" else section.says  # the tiles say the rest
    says = [*told, *([section.empty] if not section.rows and section.empty else [])]
    parts += [f"<p>{_text(line)}</p>" for line in says]
    table = _table(section, MOST, named=f"{anchor}-h") if section.rows else ""
    parts.append(f'<div class="two">{picture}{table}</div>' if picture and table else picture or table)
    if len(section.rows) > MOST:
        parts.append(f'<p class="more">and {counted(len(section.rows) - MOST, "more row")}, as XLSX, CSV or JSON</p>')
    parts += [_lists(section), "</section>"]
    return "\n".join(part for part in parts if part)


def _picture(report: Report, section: Section) -> str:
    drawn = ""
    match section.picture:
        case Picture.WATERFALL:
            drawn = waterfall(report)
        case Picture.TREND:
            drawn = trend(report)
        case Picture.BARS:
            drawn = ranking(section)
        case Picture.NONE:
            drawn = ""
    return f"<figure>{drawn}</figure>" if drawn else ""


def _table(section: Section, most: int, *, named: str) -> str:
    head = "".join(
        f'<th scope="col"{_side(column.kind) if at else ""}>{_text(column.heading) or _UNNAMED}</th>'
        for at, column in enumerate(section.columns)
    )
    rows = "\n".join(f"<tr>{''.join(_cells(section, row))}</tr>" for row in section.rows[:most])
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="{named}"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _cells(section: Section, row: Sequence[Value]) -> Iterator[str]:
    for at, (value, column) in enumerate(zip(row, section.columns, strict=True)):
        said = _text(shown(value, column.kind))
        is_day = ' class="d"' if column.kind is Kind.DAY else ""
        yield f'<th scope="row"{is_day}>{said}</th>' if at == 0 else f"<td{_side(column.kind)}>{said}</td>"


def _side(kind: Kind) -> str:
    return "" if kind is Kind.TEXT else ' class="n"'


def _lists(section: Section) -> str:
    """The filter behind each row, folded away."""
    rows = [(row, found) for row, found in zip(section.rows[:MOST], section.lists, strict=False) if found]
    if not rows:
        return ""
    items = "".join(
        f"<li>{_text(shown(row[0], section.columns[0].kind))}: <code>{_text(found)}</code></li>" for row, found in rows
    )
    return f"<details><summary>The lists behind these numbers</summary><ul>{items}</ul></details>"


def _text(words: str) -> str:
    return escape(clean(words))
