"""Row heights of a new workbook: Excel fits rows to wrapped text by itself, other programs show what the file says."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from hubposture.matrix.columns import Column
from hubposture.workbook.container import open_container
from hubposture.workbook.limits import DEFAULT_LIMITS
from hubposture.workbook.rezip import rezip

_LINE_POINTS: Final = 13.5
_ONE_LINE_POINTS: Final = 15
_MOST_LINES: Final = 12
_FIXED: Final = re.compile(rb'(<row r="(?!1")[0-9]+"[^>]*?) customHeight="1"')


def row_height(columns: Sequence[Column], texts: Mapping[str, str]) -> float:
    """The height in points at which a row shows its wrapped texts, up to twelve lines of them."""
    lines = max((_lines(texts.get(column.key, ""), column.width) for column in columns), default=1)
    return _ONE_LINE_POINTS if lines == 1 else 2 + _LINE_POINTS * min(lines, _MOST_LINES)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes; words rarely fill a line to its end."""
    return sum(max(1, math.ceil(len(line) / (1.05 * width))) for line in text.split("\n"))


def with_elastic_rows(data: bytes, *, name: str) -> bytes:
    """A workbook whose rows below the heading keep their heights, but grow again when somebody types more.

    The writer's library marks every height as set by hand, after which programs no longer fit the row.
    """
    container = open_container(data, name=name, limits=DEFAULT_LIMITS)
    sheets = [path for path in container.entries if path.startswith("xl/worksheets/sheet")]
    return rezip(container, {path: _FIXED.sub(rb"\g<1>", container.read(path)) for path in sheets})
