"""The process that parses a workbook: bytes on standard input become JSON cells on standard output.

It runs alone, by its path and in isolated mode, so that a parser that aborts, hangs or eats memory takes nothing else
down. It imports nothing of ours: its start is part of every command's time. Arguments: memory in bytes, seconds of
CPU, characters of text in all. A workbook that cannot be parsed is `{"error": text}`; only a crash leaves no JSON.
"""

import datetime as dt
import io
import json
import math
import sys
from collections.abc import Iterator

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    WorksheetNotFound,
    XmlError,
    ZipError,
)

if sys.platform != "win32":  # where there are no such limits, the caller's guard and timeout remain
    import resource

TEXT, NUMBER, BOOLEAN, DATE = "t", "n", "b", "d"

CellValue = str | float | bool | dt.date | dt.time | dt.timedelta


class TooMuchText(Exception):
    """The sheets repeat their texts so often that passing them on would not be affordable."""


def main(arguments: list[str]) -> int:
    """Read, parse, answer."""
    memory, seconds, characters = (int(argument) for argument in arguments)
    _limit_itself(memory, seconds)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        answer: dict[str, object] = {"sheets": list(_sheets(book, characters))}
    except (CalamineError, PasswordError, XmlError, ZipError, WorksheetNotFound, TooMuchText, ValueError) as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer, ensure_ascii=True, separators=(",", ":")))
    return 0


def _limit_itself(memory: int, seconds: int) -> None:
    if sys.platform == "win32":
        return
    for what, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (allowed, hard))


def _sheets(book: CalamineWorkbook, characters: int) -> Iterator[dict[str, object]]:
    left = characters
    for meta in book.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        cells = []
        rows = book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
        for row_number, row in enumerate(rows, start=1):
            for column_number, value in enumerate(row, start=1):
                if value == "":
                    continue
                kind, text = as_text(value)
                left -= len(text)
                if left < 0:
                    raise TooMuchText(f"its cells hold more than {characters} characters in all")
                cells.append((row_number, column_number, kind, text))
        yield {"name": meta.name, "cells": cells}


def as_text(value: CellValue) -> tuple[str, str]:
    """(kind, text) of a value: whole numbers without a point, others to 15 digits as Excel shows, times in ISO 8601."""
    match value:
        case str():
            return TEXT, value
        case bool():
            return BOOLEAN, "TRUE" if value else "FALSE"
        case int() | float():
            return NUMBER, number_text(value)
        case dt.datetime():
            midnight = value.time() == dt.time()
            return DATE, value.date().isoformat() if midnight else value.isoformat(timespec="seconds")
        case dt.date() | dt.time():
            return DATE, value.isoformat()
        case dt.timedelta():
            return DATE, str(value)


def number_text(value: float) -> str:
    """A number as Excel would show it in a wide cell."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:  # noqa: PLR2004 - Excel keeps 15 digits
        return str(int(value))
    return format(value, ".15g")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
