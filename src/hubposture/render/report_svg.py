"""The pictures of the weekly report as SVG: every bar and line is labelled, so that colour carries nothing alone."""

from collections.abc import Iterator, Sequence
from html import escape, unescape
from typing import Final, NamedTuple

from hubposture.render.spans import clean
from hubposture.views.document import counted
from hubposture.views.report.model import Report
from hubposture.views.report.saying import signed
from hubposture.views.report.section import Section
from hubposture.views.report.sections import steps
from hubposture.views.trend import Week
from hubposture.views.words import day, day_near

WIDTH: Final = 480
_LABEL: Final = 200
_BAR: Final = 140
_ROW: Final = 26
_MOST: Final = 10
_LONGEST: Final = 29
_CLOSE: Final = 3
"""An axis begins at 0 unless what moved is less than a third of what is there."""
PATTERNS: Final = (
    '<svg width="0" height="0" class="patterns" aria-hidden="true" focusable="false"><defs>'
    '<pattern id="more" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" class="more"/><line x1="0" y1="0" x2="0" y2="6" class="hatch"/></pattern>'
    '<pattern id="fewer" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<rect width="5" height="5" class="fewer"/><circle cx="2.5" cy="2.5" r="1" class="dot"/></pattern>'
    "</defs></svg>"
)
"""What bars are filled with: stripes for more, dots for fewer. It stands once in a page."""


class _Bar(NamedTuple):
    """A bar from one number to another, with its label and what is written at its end; `fill` is a class."""

    label: str
    begin: float
    end: float
    said: str
    fill: str


_ALONE: Final = (
    "<style>text{font-size:13px;fill:#1c2128;font-family:'Liberation Sans','DejaVu Sans','Libertinus Serif'}"
    ".end{text-anchor:end}.mid{text-anchor:middle}.note{fill:#57606a;font-size:12px}.bar{stroke:#1c2128;stroke-width:.6}"
    ".level{fill:#8b949e}.grown{fill:url(#more)}.shrunk{fill:url(#fewer)}rect.more{fill:#cf5c36}rect.fewer{fill:#2f7d6b}"
    ".hatch{stroke:#fff;stroke-width:2.4}.dot{fill:#fff}.grid{stroke:#d0d7de}.line{fill:none;stroke:#1c2128;stroke-width:1.8}"
    ".mark{fill:#1c2128;stroke:#1c2128;stroke-width:1.4}.mark.open{fill:#fff}</style>"
)


def alone(svg: str) -> tuple[str, str]:
    """A picture with its colours and patterns in itself, for a page without a style; and what it shows in words."""
    if not svg:
        return "", ""
    defined = PATTERNS[PATTERNS.index("<defs>") : PATTERNS.index("</svg>")]
    head, _, rest = svg.partition("<title>")
    said = head.partition('aria-label="')[2].rpartition('" xmlns')[0]
    return f"{head}{_ALONE}{defined}<title>{rest}", unescape(said)


def waterfall(report: Report) -> str:
    """Open obligations from a week ago to now, a bar for each cause; '' where nothing is to be compared."""
    found = report.movement
    if found is None:
        return ""
    running = found.before.open
    bars = [_Bar(f"open on {day(found.begin)}", 0, running, f"{running:,}", "level")]
    for words, change in steps(report):
        bars.append(_Bar(words, running, running + change, signed(change), "grown" if change > 0 else "shrunk"))
        running += change
    bars.append(_Bar(f"open on {day(found.end)}", 0, found.after.open, f"{found.after.open:,}", "level"))
    ends = [end for bar in bars for end in ((bar.end,) if bar.fill == "level" else (bar.begin, bar.end))]
    low = _low(min(ends), max(ends))
    said = "; ".join(f"{bar.label}: {bar.said}" for bar in bars)
    note = f"The axis begins at {low:,}." if low else ""
    return _bars(bars, low, max(ends), title="How open obligations moved", said=f"{said}. {note}".strip(), note=note)


def _low(least: float, most: float) -> int:
    span = most - least
    return 0 if least <= _CLOSE * span or least == most else max(0, int(least - span / 2))


def ranking(section: Section) -> str:
    """Those with most open, the overdue part of each striped; '' where nothing is open."""
    names = [column.heading for column in section.columns]
    open_, late = names.index("Open"), names.index("Overdue")
    bars, overlay = [], []
    for row in section.rows[:_MOST]:
        number, overdue = _int(row[open_]), _int(row[late])
        said = f"{number:,}" + (f" ({overdue:,} overdue)" if overdue else "")
        bars.append(_Bar(str(row[0]), 0, number, said, "level"))
        overlay.append(_Bar("", 0, overdue, "", "grown"))
    if not bars:
        return ""
    said = "; ".join(f"{bar.label}: {bar.said} open" for bar in bars)
    return _bars(bars, 0, max(bar.end for bar in bars), title=section.title, said=said, overlay=overlay)


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _bars(
    bars: Sequence[_Bar],
    low: float,
    high: float,
    *,
    title: str,
    said: str,
    note: str = "",
    overlay: Sequence[_Bar] = (),
) -> str:
    scale = _BAR / ((high - low) or 1)
    height = _ROW * len(bars) + (18 if note else 4)
    parts = list(_rows(bars, low, scale, is_labelled=True))
    parts += _rows(overlay, low, scale, is_labelled=False)
    if note:
        parts.append(f'<text x="{_LABEL}" y="{height - 4}" class="note">{_text(note)}</text>')
    return _svg(height, title, said, "".join(parts))


def _rows(bars: Sequence[_Bar], low: float, scale: float, *, is_labelled: bool) -> Iterator[str]:
    for at, bar in enumerate(bars):
        top = at * _ROW + 4
        begin, end = sorted((max(bar.begin, low), max(bar.end, low)))
        left, width = _LABEL + (begin - low) * scale, max((end - begin) * scale, 1.5 if bar.end != bar.begin else 0)
        yield f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="17" class="bar {bar.fill}"/>'
        if is_labelled:
            yield f'<text x="{_LABEL - 8}" y="{top + 13}" class="end">{_text(_cut(bar.label))}</text>'
            yield f'<text x="{left + width + 5:.1f}" y="{top + 13}" class="value">{_text(bar.said)}</text>'


_LINES: Final = (
    ("as is", "", "circle"),
    ("without waivers", "7 4", "square"),
    ("nothing off or waived", "2 3", "triangle"),
)
_TOP, _BOTTOM, _LEFT, _RIGHT = 34, 178, 52, 462


def trend(report: Report) -> str:
    """The three lines of the score week by week, told apart by dashes and marks; '' where nothing was measured."""
    weeks = [one for one in report.trend if one.as_is.of]
    if not weeks:
        return ""
    series = [_series(weeks, at) for at in range(len(_LINES))]
    known = [value for line in series for value in line if value is not None]
    low, high = _around(min(known), max(known))
    parts = [*_axis(weeks, low, high), *_legend()]
    for (_, dash, mark), values in zip(_LINES, series, strict=True):
        points = [
            (_across(at, len(weeks)), _down(value, low, high)) for at, value in enumerate(values) if value is not None
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" class="line" stroke-dasharray="{dash or "none"}"/>')
        parts += [_mark(mark, x, y) for x, y in points]
    said = "; ".join(_said(name, values, weeks) for (name, _, _), values in zip(_LINES, series, strict=True))
    return _svg(212, f"Obligations met, {counted(len(weeks), 'week')}", said, "".join(parts))


def _series(weeks: Sequence[Week], line: int) -> list[float | None]:
    levels = [(one.as_is, one.without_waivers, one.nothing_off)[line] for one in weeks]
    return [100 * level.met / level.of if level.of else None for level in levels]


def _around(least: float, most: float) -> tuple[float, float]:
    """An axis around these shares, with at least two points of a percent in it."""
    room = max(most - least, 2) * 0.2
    return max(0.0, least - room), min(100.0, most + room)


def _axis(weeks: Sequence[Week], low: float, high: float) -> Iterator[str]:
    for share in (low, (low + high) / 2, high):
        y = _down(share, low, high)
        yield f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_RIGHT}" y2="{y:.1f}" class="grid"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" class="end">{share:.1f} %</text>'
    first, last = weeks[0].day, weeks[-1].day
    yield f'<text x="{_across(0, len(weeks)):.1f}" y="200" class="{"start" if len(weeks) > 1 else "mid"}">{day(first)}</text>'
    if len(weeks) > 1:
        yield f'<text x="{_RIGHT}" y="200" class="end">{day(last)}</text>'


def _legend() -> Iterator[str]:
    x = 8
    for name, dash, mark in _LINES:
        yield f'<line x1="{x}" y1="12" x2="{x + 28}" y2="12" class="line" stroke-dasharray="{dash or "none"}"/>'
        yield _mark(mark, x + 14, 12)
        yield f'<text x="{x + 34}" y="16">{_text(name)}</text>'
        x += 62 + 7 * len(name)


def _mark(kind: str, x: float, y: float) -> str:
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="mark"/>'
    if kind == "square":
        return f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" class="mark open"/>'
    return f'<path d="M{x:.1f},{y - 4:.1f} l4,7 h-8 z" class="mark open"/>'


def _across(at: int, of: int) -> float:
    return (_LEFT + _RIGHT) / 2 if of == 1 else _LEFT + 8 + at * (_RIGHT - _LEFT - 16) / (of - 1)


def _down(share: float, low: float, high: float) -> float:
    return _BOTTOM - (share - low) * (_BOTTOM - _TOP) / (high - low)


def _said(name: str, values: Sequence[float | None], weeks: Sequence[Week]) -> str:
    told = (f"{day_near(week.day, weeks[-1].day)} {value:.1f} %" for week, value in zip(weeks, values, strict=True)
            if value is not None)  # fmt: skip
    return f"{name}: {', '.join(told)}"


def _svg(height: int, title: str, said: str, parts: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{_text(title)}. {_text(said)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{_text(title)}</title><desc>{_text(said)}</desc>{parts}</svg>'
    )


def _cut(label: str) -> str:
    line = clean(label)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}\u2026"


def _text(words: str) -> str:
    return escape(clean(words))
