"""Sheets as tables: headings found and matched, rows as cells by column key; nothing is interpreted yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hubposture.errors import Problem
from hubposture.matrix.cells import Book, Cell, Sheet, column_letters
from hubposture.matrix.columns import SHEETS, Column, SheetSpec, normal, sheet_for
from hubposture.texts.near import nearest

_HEADING_ROWS = 30
"""In how many rows at the top of a sheet headings are looked for: foreign workbooks have titles above them."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row under the headings: its cells by column key, empty ones absent."""

    row: int
    cells: Mapping[str, Cell]

    def text(self, key: str) -> str:
        """The text of a cell, or '' where it is empty."""
        cell = self.cells.get(key)
        return cell.text if cell else ""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of ours as found in a file.

    `title` is the sheet's name in the file; `headings` gives the heading cell by column key, in the order of the file.
    A heading that is not ours has the key `?` and its normal form; cells under no heading have `?` and the column's
    letters.
    """

    spec: SheetSpec
    title: str
    headings: Mapping[str, Cell]
    rows: tuple[TableRow, ...]

    @property
    def columns(self) -> dict[str, int]:
        """Column numbers by column key."""
        return {key: cell.column for key, cell in self.headings.items()}


def tables(book: Book, mapping: Mapping[str, str] | None = None) -> tuple[tuple[Table, ...], tuple[Problem, ...]]:
    """All input sheets of a workbook as tables, in the order of columns.SHEETS, and what is wrong with their headings.

    `mapping` gives the meaning of foreign sheet titles and headings. Sheets that hubposture writes itself and sheets
    of the user's own are left out.
    """
    problems: list[Problem] = []
    found: list[Table] = []
    for spec in (spec for spec in SHEETS if not spec.ours):
        sheet = _sheet_of(book, spec, mapping, problems)
        if sheet is None:
            if spec.required:
                problems.append(Problem(book.name, f"has no sheet {spec.name}", "name the sheet so, or give a mapping"))
            continue
        table = table_of(book, spec, sheet, mapping, problems)
        if table is not None:
            found.append(table)
    return tuple(found), tuple(problems)


def best_table(
    book: Book, spec: SheetSpec, *, sheet: str, mapping: Mapping[str, str], problems: list[Problem]
) -> Table | None:
    """A list kept elsewhere: the sheet that is named, or the one with the most headings of the spec.

    What is wrong with its headings goes into `problems`; None where no sheet has the heading of the spec's first column.
    """
    asked = [one for one in book.sheets if not sheet or normal(one.name) == normal(sheet)]
    if not asked:
        names = [one.name for one in book.sheets]
        problems.append(Problem(book.name, f"has no sheet {sheet!r}", nearest(sheet, names) or ", ".join(names)))
        return None
    tried: list[tuple[int, Table, list[Problem]]] = []
    without: list[Problem] = []
    for one in asked:
        wrong: list[Problem] = []
        table = table_of(book, spec, one, mapping, wrong)
        if table is None:
            without += wrong
        else:
            known = sum(not key.startswith("?") for key in table.headings)
            tried.append((known, table, wrong))
    if not tried:
        problems += without
        return None
    _, table, wrong = max(tried, key=lambda one: one[0])
    problems += wrong
    return table


def own_sheets(book: Book, mapping: Mapping[str, str] | None = None) -> tuple[Sheet, ...]:
    """The sheets that are not ours, in the order of the file."""
    taken = {sheet.name for spec in SHEETS if (sheet := _sheet_of(book, spec, mapping, [])) is not None}
    return tuple(sheet for sheet in book.sheets if sheet.name not in taken)


def _sheet_of(book: Book, spec: SheetSpec, mapping: Mapping[str, str] | None, problems: list[Problem]) -> Sheet | None:
    """The sheet of a file that means `spec`; one of its own name goes before aliases."""
    meant = [sheet for sheet in book.sheets if sheet_for(sheet.name, mapping) is spec]
    named = [sheet for sheet in meant if normal(sheet.name) == normal(spec.name)]
    chosen = named or meant
    if len(chosen) > 1:
        names = " and ".join(sheet.name for sheet in chosen)
        problems.append(Problem(f"{book.name}!{chosen[1].name}", f"two sheets mean {spec.name}: {names}", "rename one"))
    return chosen[0] if chosen else None


def table_of(
    book: Book, spec: SheetSpec, sheet: Sheet, mapping: Mapping[str, str] | None, problems: list[Problem]
) -> Table | None:
    """A sheet as the table of a spec; what is wrong with its headings goes into `problems`.

    None where the heading of the spec's first column is not among the sheet's first rows.
    """
    rows: dict[int, list[Cell]] = {}
    for (row, _), cell in sheet.cells.items():
        rows.setdefault(row, []).append(cell)
    at = _heading_row(spec, rows, mapping)
    if at is None:
        wanted = spec.columns[0].heading
        what = f"no heading {wanted!r} in the first {_HEADING_ROWS} rows"
        problems.append(Problem(f"{book.name}!{sheet.name}!A1", what, "add the heading, or give a mapping"))
        return None
    headings = _headings(book, spec, rows[at], mapping, problems)
    by_column = {cell.column: key for key, cell in headings.items()}
    body = tuple(_row(row, rows[row], by_column) for row in sorted(rows) if row > at)
    return Table(spec, sheet.name, headings, body)


def _row(row: int, cells: Iterable[Cell], by_column: Mapping[int, str]) -> TableRow:
    return TableRow(row, {by_column.get(cell.column, f"?{column_letters(cell.column)}"): cell for cell in cells})


def _heading_row(spec: SheetSpec, rows: Mapping[int, list[Cell]], mapping: Mapping[str, str] | None) -> int | None:
    """The row with the most headings of ours, the first column's among them; the upper of equals."""
    best: tuple[int, int] | None = None
    for row in sorted(rows)[:_HEADING_ROWS]:
        known = {column.key for cell in rows[row] if (column := spec.column_for(cell.text, mapping)) is not None}
        if spec.columns[0].key in known and (best is None or len(known) > best[0]):
            best = (len(known), row)
    return best[1] if best else None


def _headings(
    book: Book, spec: SheetSpec, cells: list[Cell], mapping: Mapping[str, str] | None, problems: list[Problem]
) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for cell in sorted(cells, key=lambda cell: cell.column):
        column = spec.column_for(cell.text, mapping)
        key = column.key if column else _own_key(cell, found)
        if key not in found:
            found[key] = cell
        elif column is not None and not column.ours:
            problems.append(_doubled(book, column, found[key], cell))
        else:
            found[f"?{column_letters(cell.column)}"] = cell
    return found


def _own_key(cell: Cell, taken: Mapping[str, Cell]) -> str:
    key = f"?{normal(cell.text)}"
    return key if key not in taken else f"?{column_letters(cell.column)}"


def _doubled(book: Book, column: Column, first: Cell, second: Cell) -> Problem:
    what = f"the heading {second.text!r} means {column.heading}, and so does {first.text!r} in {first.address}"
    return Problem(f"{book.name}!{second.address}", what, "keep one of them")
