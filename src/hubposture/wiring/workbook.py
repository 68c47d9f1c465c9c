"""The workbook on disk: read, made, patched, refreshed; the other files of a new baseline."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubposture.baseline.repository import GitRepository
from hubposture.baseline.skeleton import skeleton
from hubposture.catalog import Catalog, load
from hubposture.errors import InputErrors, Problem
from hubposture.matrix.cells import Book
from hubposture.matrix.columns import CONTROLS, COVERAGE, GUIDE, SHEETS
from hubposture.matrix.coverage import coverage
from hubposture.matrix.edits import Edit
from hubposture.matrix.parse import parse
from hubposture.matrix.row_edits import appended_row
from hubposture.matrix.tables import Table, tables
from hubposture.ports.repository import WouldOverwrite
from hubposture.settings.load import FILE, load_settings
from hubposture.verbs.init import Rows
from hubposture.verbs.refresh import Wanted, coverage_rows
from hubposture.wiring.surroundings import utc_now
from hubposture.wiring.workplace import Workplace
from hubposture.workbook.guard import digest_of
from hubposture.workbook.notes import guide_rows
from hubposture.workbook.owned import refreshed_columns, rewritten_sheet
from hubposture.workbook.patch import apply_edits, refresh
from hubposture.workbook.read import load as load_bytes
from hubposture.workbook.read import read_book
from hubposture.workbook.save import save
from hubposture.workbook.separated import read_separated
from hubposture.workbook.write import SheetContent, write_book

_WORKBOOK = "controls.xlsx"


def packaged_catalog() -> Catalog:
    """The catalog that ships with hubposture."""
    return load()


def read_workbook(path: Path, *, name: str = "") -> Book:
    """A workbook anywhere on disk, behind the guard; `name` is shown in errors, the file's own by default.

    Raises InputErrors.
    """
    return read_book(load_bytes(path), name=name or path.name)


def read_list(path: Path) -> Book:
    """A list kept in a workbook or as CSV, by the end of its name. Raises InputErrors."""
    if path.suffix.casefold() in (".csv", ".tsv", ".txt"):
        return read_separated(load_bytes(path), name=path.name)
    return read_workbook(path)


def begin_baseline(directory: Path, values: Mapping[str, str]) -> tuple[str, ...]:
    """Write the files of a new baseline but its workbook; gives the paths that were written.

    Files that are there already are kept, so that a first attempt can be mended and gone on with. Raises InputErrors for
    values that make no valid settings and WouldOverwrite when there is a workbook, having written nothing.
    """
    made = skeleton(values)
    load_settings(made[FILE])
    if (directory / _WORKBOOK).exists():
        raise WouldOverwrite(f"{directory / _WORKBOOK} exists; move it away, or begin in another directory")
    directory.mkdir(parents=True, exist_ok=True)
    files = {path: data for path, data in made.items() if not (directory / path).exists()}
    GitRepository(directory).create(files)
    return tuple(sorted(files))


def set_global_rule(directory: Path, rule: str) -> None:
    """Say in a new baseline's settings where controls over global resources are on, as they were found."""
    repository = GitRepository(directory)
    text = repository.read(FILE).decode()
    changed = re.sub(r'(?m)^global_controls = "[a-z]+"', f'global_controls = "{rule}"', text)
    repository.write({FILE: changed.encode()})


def book_of_rows(rows: Rows, *, now: dt.datetime | None = None) -> Book:
    """The rows as a workbook that was written and read again."""
    return read_book(workbook_bytes(rows, now=now), name=_WORKBOOK)


def workbook_bytes(rows: Rows, *, now: dt.datetime | None = None) -> bytes:
    """The bytes of a new workbook with these rows, coverage and guide included."""
    at = now or utc_now()
    bare = _written({**rows, GUIDE.name: guide_rows(SHEETS)}, at)
    matrix = parse(read_book(bare, name=_WORKBOOK), load()).matrix
    covered = coverage_rows(coverage(matrix, load(), today=at.date()))
    return _written({**rows, COVERAGE.name: covered, GUIDE.name: guide_rows(SHEETS)}, at)


def _written(rows: Rows, at: dt.datetime) -> bytes:
    return write_book([SheetContent(spec, rows.get(spec.name, ())) for spec in SHEETS], name=_WORKBOOK, created=at)


def put_workbook(directory: Path, rows: Rows, *, now: dt.datetime | None = None) -> None:
    """Write a new workbook with these rows. Raises WouldOverwrite when another one is there."""
    GitRepository(directory).create({_WORKBOOK: workbook_bytes(rows, now=now)})


def patch_workbook(path: Path, edits: Sequence[Edit]) -> None:
    """Carry out edits in a workbook and leave everything else in it as it is. Raises InputErrors."""
    if edits:
        data = load_bytes(path)
        save(path, apply_edits(data, edits, name=path.name), replaces=digest_of(data))


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Whether the workbook changed, and what of hubposture's own could not be written, with why."""

    changed: bool
    left_out: tuple[Problem, ...]


def controls_table(at: Workplace) -> Table:
    """The Controls sheet as a table. Raises InputErrors when there is none."""
    found, problems = tables(at.book())
    for table in found:
        if table.spec.name == CONTROLS.name:
            return table
    raise InputErrors(list(problems))


def refresh_workbook(at: Workplace, wanted: Wanted, table: Table) -> Refreshed:
    """Write what hubposture owns into the workbook; refused when it changed since it was read."""
    path = at.repository.root / at.settings.files.controls
    data = load_bytes(path)
    book = read_book(data, name=path.name)
    edits: list[Edit] = [*refreshed_columns(table, wanted.columns), *(appended_row(table, row) for row in wanted.added)]
    left: list[Problem] = []
    for spec, rows in ((COVERAGE, wanted.coverage), (GUIDE, guide_rows(SHEETS))):
        more, problems = rewritten_sheet(book, spec, rows)
        edits += more
        left += problems
    patched = refresh(data, edits, name=path.name)
    if patched.data != data:
        save(path, patched.data, replaces=digest_of(data))
    return Refreshed(patched.data != data, (*left, *patched.left_out))
