"""A list of exceptions kept elsewhere becomes waivers without approvals; all that is wrong at once, with its cell.

Rows of one id are one waiver. Nothing that was approved elsewhere is approved here: who approved is kept as a comment.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from hubposture.errors import Problem
from hubposture.matrix.cells import Book, Cell, CellKind
from hubposture.matrix.columns import normal
from hubposture.matrix.rows import Origin
from hubposture.matrix.tables import Table, TableRow, best_table
from hubposture.matrix.values import RowReader
from hubposture.model.organization import Organization
from hubposture.texts.near import nearest
from hubposture.waivers.import_columns import KEYS, WAIVERS, is_known
from hubposture.waivers.import_join import Group
from hubposture.waivers.import_row import ImportedRow, Reading
from hubposture.waivers.read import read_waivers
from hubposture.waivers.waiver import Waiver
from hubposture.waivers.write import to_yaml

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Imported:
    """What a sheet gives: waivers in the order of their first rows, without approvals and files.

    `heads` are lines for a comment above each, by id. `problems` keep the waivers of their rows out. `notes` are
    waivers that were passed over because they are over, and joins to look at. Both are sorted by place.
    """

    waivers: tuple[Waiver, ...] = ()
    heads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


def import_waivers(
    book: Book,
    *,
    today: dt.date,
    sheet: str = "",
    mapping: Mapping[str, str] = _NOTHING,
    defaults: Mapping[str, str] = _NOTHING,
    organization: Organization | None = None,
    prefix: str = "W-IMPORT",
) -> Imported:
    """The waivers of a workbook's sheet, or of the one with the most known headings.

    `mapping` gives the entry or heading that a heading of the file means, '' to leave it alone; `defaults` what blank
    cells say, by entry. Without a type it is a risk acceptance, without a first day it begins today. "90 days" ends so
    many days after `today`. Accounts by name need the organization. A row without an id is called by `prefix` and its
    number.
    """
    problems = [*_unknown("mapping", mapping.values(), book), *_unknown("defaults", defaults, book)]
    table = best_table(book, WAIVERS, sheet=sheet, mapping=mapping, problems=problems)
    if table is None:
        return Imported(problems=tuple(sorted(set(problems))))
    groups: dict[str, list[ImportedRow]] = {}
    for row in _rows(book, table, Reading(today, prefix, organization), defaults, problems):
        groups.setdefault(row.id.casefold(), []).append(row)
    waivers: list[Waiver] = []
    heads: dict[str, tuple[str, ...]] = {}
    notes: list[Problem] = []
    for group in (Group(tuple(rows), today) for rows in groups.values()):
        found = [] if group.is_over else list(group.problems())
        problems += found
        notes += group.notes()
        if found or group.is_over or any(row.is_broken for row in group.rows):
            continue
        waiver = group.waiver()
        if unreadable := list(_unreadable(waiver)):
            problems += unreadable
            continue
        waivers.append(waiver)
        heads[waiver.id] = group.head()
    return Imported(tuple(waivers), heads, tuple(sorted(set(problems))), tuple(sorted(set(notes))))


def _unknown(what: str, names: Iterable[str], book: Book) -> Iterator[Problem]:
    for name in names:
        if name and not is_known(name):
            hint = nearest(name, KEYS) or f"write one of {', '.join(KEYS)}"
            yield Problem(book.name, f"{name!r} in the {what} is no entry of a waiver", hint)


def _rows(
    book: Book, table: Table, reading: Reading, defaults: Mapping[str, str], problems: list[Problem]
) -> Iterator[ImportedRow]:
    """Every row that says anything under a known heading."""
    given = {_key(name): text for name, text in defaults.items() if is_known(name) and text.strip()}
    for row in table.rows:
        own = {key: cell for key, cell in row.cells.items() if not key.startswith("?") and _says_something(cell)}
        if not own:
            continue
        begin = next(iter(own.values()))
        filled = {key: Cell(begin.sheet, begin.row, begin.column, text) for key, text in given.items()} | own
        before = len(problems)
        read = RowReader(TableRow(row.row, filled), book.name, problems)
        found = reading.row(read, Origin(book.name, table.title, row.row, table.columns), frozenset(filled))
        yield replace(found, is_broken=len(problems) > before)


def _says_something(cell: Cell) -> bool:
    return bool(cell.text.strip()) or cell.kind in (CellKind.ERROR, CellKind.NO_CACHED_VALUE)


def _key(name: str) -> str:
    """The key that a name means."""
    column = WAIVERS.column_for(name)
    return column.key if column else next(key for key in KEYS if normal(key) == normal(name))


def _unreadable(waiver: Waiver) -> Iterator[Problem]:
    """What reading would refuse in the file of an imported waiver."""
    for problem in read_waivers({"imported.yaml": to_yaml(waiver).encode("utf-8", "replace")}).problems:
        yield Problem(waiver.source, f"{waiver.id}: {problem.what}", problem.hint)
