"""Lists kept as text (CSV), read as the cells of a workbook with one sheet."""

import csv
import hashlib
import io

from hubposture.errors import InputErrors, Problem
from hubposture.matrix.cells import Book, Cell, Sheet

MOST_BYTES = 20_000_000
MOST_CELLS = 500_000
_SEPARATORS = ",;\t|"
_SAMPLE = 64_000
_INVISIBLE = " \t\r\n\u200b\u200c\u200d\ufeff\u00a0"


def read_separated(raw: bytes, *, name: str) -> Book:
    """A CSV file as a workbook: comma, semicolon, tab or bar; UTF-8 with or without a mark, or what Excel writes.

    Raises InputErrors for a file that is too large or no text, with the line.
    """
    if len(raw) > MOST_BYTES:
        raise InputErrors([Problem(name, f"has more than {MOST_BYTES:,} bytes", "cut it into several files")])
    text = _decoded(raw, name)
    cells: dict[tuple[int, int], Cell] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    try:
        for row, values in enumerate(reader, 1):
            for column, value in enumerate(values, 1):
                if shown := value.strip(_INVISIBLE):
                    cells[row, column] = Cell("CSV", row, column, shown)
            if len(cells) > MOST_CELLS:
                raise InputErrors([Problem(name, f"has more than {MOST_CELLS:,} cells", "cut it into several files")])
    except csv.Error as error:
        raise InputErrors([Problem(f"{name}:{reader.line_num}", f"is no CSV: {error}")]) from error
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    return Book(name, digest, (Sheet("CSV", cells),))


def _decoded(raw: bytes, name: str) -> str:
    """The text: UTF-8 or UTF-16 by its mark, else UTF-8. Anything else is told, for a guess would change names."""
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputErrors([Problem(f"{name}:{line}", "is not UTF-8 text", "save it as CSV UTF-8")]) from error
    if "\0" in text:
        raise InputErrors([Problem(name, "holds NUL characters, so it is no text", "save it as CSV UTF-8")])
    return text


def _separator(text: str) -> str:
    """The separator that the first line has most of; a comma where it has none."""
    first = next((line for line in text[:_SAMPLE].splitlines() if line.strip()), "")
    return max(_SEPARATORS, key=lambda one: (first.count(one), one == ","))
