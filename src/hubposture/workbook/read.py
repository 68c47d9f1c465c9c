"""A workbook's bytes become a Book: guarded, parsed in a process of its own, joined with what only the guard saw."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, cast

from hubposture.errors import InputErrors
from hubposture.matrix.cells import Book, Cell, CellKind, Sheet
from hubposture.workbook.complaint import complaint
from hubposture.workbook.guard import Guarded, guard
from hubposture.workbook.limits import DEFAULT_LIMITS, MIB, Limits
from hubposture.workbook.scan import SheetScan
from hubposture.workbook.text import tidy

_CHILD: Final = Path(__file__).with_name("_child.py")
_KINDS: Final = {"t": CellKind.TEXT, "n": CellKind.NUMBER, "b": CellKind.BOOLEAN, "d": CellKind.DATE}
_RESAVE: Final = "open it in the spreadsheet program and save it again; if that does not help, restore it from git"

ParsedCell = tuple[int, int, str, str]


def read_file(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Book:
    """The workbook in a file, named by the file's name.

    Raises InputErrors for a file that is missing, unreadable or refused; see `read_book`.
    """
    return read_book(load(path, limits=limits), name=path.name, limits=limits)


def load(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes of a workbook file, never more than one over the limit; InputErrors when there is no such file."""
    try:
        with path.open("rb") as file:
            return file.read(limits.file_bytes + 1)
    except FileNotFoundError as error:
        raise complaint(
            str(path), "there is no such file", hint="name the workbook, or run `hubposture init`"
        ) from error
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        raise complaint(
            str(path), what, hint="close it in the spreadsheet program and check its permissions"
        ) from error


def read_book(data: bytes, *, name: str, limits: Limits = DEFAULT_LIMITS) -> Book:
    """All worksheets of a workbook, hidden ones, rows and columns included; `name` is shown in errors.

    A merged area's value is in its top left cell. Formulas give the value stored with them; one without a stored value
    and cells that hold an error come with their own kinds and are left to the caller to judge. Raises InputErrors for
    everything the guard refuses and for what the parser cannot read in the time and memory of `limits`.
    """
    guarded = guard(data, name=name, limits=limits)
    return book_of(guarded, limits=limits)


def book_of(guarded: Guarded, *, limits: Limits = DEFAULT_LIMITS) -> Book:
    """The cells of a workbook that has passed the guard; see `read_book`."""
    parsed = _parse(guarded, limits)
    sheets = []
    for part, scan in zip(guarded.package.sheets, guarded.scans, strict=True):
        if part.name not in parsed:
            raise complaint(f"{guarded.name}!{part.name}", "the sheet could not be read", hint=_RESAVE)
        sheets.append(_sheet(part.name, parsed[part.name], scan=scan))
    return Book(guarded.name, guarded.digest, tuple(sheets))


def _sheet(name: str, cells: Iterable[ParsedCell], *, scan: SheetScan) -> Sheet:
    found: dict[tuple[int, int], Cell] = {}
    for row, column, kind, raw in cells:
        text = tidy(raw)
        if text:
            found[row, column] = Cell(name, row, column, text, _KINDS[kind])
    if not scan.errors and not scan.uncomputed:
        return Sheet(name, found)
    for (row, column), text in scan.errors.items():
        found[row, column] = Cell(name, row, column, text, CellKind.ERROR)
    for row, column in scan.uncomputed:
        found[row, column] = Cell(name, row, column, "", CellKind.NO_CACHED_VALUE)
    return Sheet(name, dict(sorted(found.items())))


def _parse(guarded: Guarded, limits: Limits) -> Mapping[str, list[ParsedCell]]:
    """Each sheet's cells by its name, from a process that may die without harm."""
    settings = (limits.reader_memory_bytes, limits.reader_seconds, limits.text_characters)
    command = [sys.executable, "-I", str(_CHILD), *map(str, settings)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and file, no input in the arguments
            command, input=guarded.container.data, capture_output=True, timeout=limits.reader_seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _unparsed(guarded.name, f"reading it takes more than {limits.reader_seconds} seconds") from error
    except OSError as error:
        raise _unparsed(guarded.name, f"the process that reads it could not start: {error}") from error
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise _unparsed(guarded.name, _why_it_died(done, limits)) from error
    if "error" in answer:
        raise _unparsed(guarded.name, str(answer["error"]))
    sheets = cast("list[dict[str, object]]", answer["sheets"])
    return {str(sheet["name"]): cast("list[ParsedCell]", sheet["cells"]) for sheet in sheets}


def _why_it_died(done: subprocess.CompletedProcess[bytes], limits: Limits) -> str:
    last_line = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    if done.returncode < 0 or "MemoryError" in last_line:
        return f"its parser stopped; it may need more than {limits.reader_memory_bytes // MIB} MiB"
    return f"its parser failed: {last_line[:200] or 'no message'}"


def _unparsed(name: str, why: str) -> InputErrors:
    return complaint(name, f"cannot be read: {why}", hint=_RESAVE)
