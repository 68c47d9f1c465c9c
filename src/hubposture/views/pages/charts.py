"""Pictures as coordinates: lines over weeks, and a waterfall. Renderers draw them; every number is in a table beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor

WIDTH = 960
"""Units of width of every picture."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 16, 12, 28
_TREND_HEIGHT = 240
_ROW, _LABEL = 26, 340
_GRID = 4
_WIDE = (4, 8, 20, 40, 60, 80)
"""How many percent a picture of shares may show, the smallest that fits."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid or a place on an axis, with its text ('' where there is no room for one)."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, the points of a polyline, single dots, and where its last value is written (`y`)."""

    name: str
    mark: str
    points: str
    dots: Sequence[tuple[float, float]]
    last: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Percentages over days."""

    height: int
    series: Sequence[Series]
    rows: Sequence[Tick]
    columns: Sequence[Tick]
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    bottom: int = _TREND_HEIGHT - _BOTTOM
    width: int = WIDTH


@dataclass(frozen=True, slots=True)
class Step:
    """A bar of the waterfall: `kind` is whole, worse or better; `join` is where the next one begins."""

    label: str
    text: str
    kind: str
    x: float
    width: float
    y: float
    join: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Bars one below the other, from a number to another one; they begin at `floor` instead of zero."""

    height: int
    steps: Sequence[Step]
    floor: int = 0
    bar: int = 14
    row: int = _ROW
    text_at: int = _LABEL - 16
    width: int = WIDTH


def trend(days: Sequence[str], lines: Sequence[tuple[str, str, Sequence[float | None]]]) -> Trend:
    """Lines of percentages over the same days; each is (name, mark, value a day), None for a day without one."""
    found = [value for _, _, values in lines for value in values if value is not None]
    low, high = _range(found)
    step_x = (WIDTH - _LEFT - _RIGHT) / max(1, len(days) - 1)
    tall = _TREND_HEIGHT - _TOP - _BOTTOM

    def place(at: int, value: float) -> tuple[float, float]:
        return round(_LEFT + at * step_x, 1), round(_TOP + tall * (high - value) / (high - low), 1)

    series = []
    for name, mark, values in lines:
        dots = [place(at, value) for at, value in enumerate(values) if value is not None]
        last = next((value for value in reversed(values) if value is not None), None)
        points = " ".join(f"{x},{y}" for x, y in dots)
        series.append(Series(name, mark, points, dots, "-" if last is None else f"{last:.1f} %"))
    levels = [low + (high - low) * at / _GRID for at in range(_GRID + 1)]
    rows = [Tick(place(0, level)[1], f"{level:g} %") for level in levels]
    every = max(1, -(-len(days) // 7))
    newest = len(days) - 1
    columns = [
        Tick(round(_LEFT + at * step_x, 1), text if (newest - at) % every == 0 else "") for at, text in enumerate(days)
    ]
    return Trend(_TREND_HEIGHT, series, rows, columns)


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Round bounds around values, so that the difference between lines can be seen: never beyond 0 and 100."""
    if not values:
        return 0, 100
    low, high = min(values), max(values)
    for wide in _WIDE:
        unit = wide / _GRID
        middle = unit * floor((low - (wide - (high - low)) / 2) / unit)
        for wished in (middle, middle + unit):
            bottom = max(0.0, min(100.0 - wide, wished))
            if bottom <= low and high <= bottom + wide:
                return bottom, bottom + wide
    return 0, 100


def waterfall(begin: tuple[str, int], steps: Sequence[tuple[str, int]], end: tuple[str, int]) -> Waterfall:
    """From a number by signed steps to another one; labels beside the bars, which share one scale.

    The scale does not begin at zero where all of it happens far from there: whole bars are cut at the left then.
    """
    running = [begin[1]]
    for _, change in steps:
        running.append(running[-1] + change)
    low, high = min((*running, end[1])), max((*running, end[1]))
    bottom = max(0, low - max(1, (high - low))) if low > (high - low) else 0
    scale = (WIDTH - _LABEL - 1) / max(1, high - bottom)

    def at(value: int) -> float:
        return round(_LABEL + (value - bottom) * scale, 1)

    found = [Step(begin[0], f"{begin[1]:,}", "whole", _LABEL, _long(_LABEL, at(begin[1])), 0, at(begin[1]))]
    for row, ((label, change), (before, after)) in enumerate(zip(steps, pairwise(running), strict=True), 1):
        left, right = sorted((at(before), at(after)))
        kind = "worse" if change > 0 else "better"
        found.append(Step(label, f"{change:+,}", kind, left, _long(left, right), row * _ROW, at(after)))
    last = len(steps) + 1
    found.append(Step(end[0], f"{end[1]:,}", "whole", _LABEL, _long(_LABEL, at(end[1])), last * _ROW, at(end[1])))
    return Waterfall(_ROW * (last + 1), found, bottom)


def _long(left: float, right: float) -> float:
    """A bar's length; what is not nothing can be seen."""
    return round(max(1.5, right - left), 1)
