"""What a cell means, so that two spellings of the same are the same; and rows known by what they are about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hubposture.matrix.cells import Cell
from hubposture.matrix.columns import Column, SheetSpec, Takes, normal
from hubposture.matrix.standards import standard_form
from hubposture.matrix.tables import Table, TableRow
from hubposture.matrix.values import split, unquote

_LISTS = frozenset({Takes.TEXTS, Takes.ACCOUNTS, Takes.TAGS, Takes.REGIONS})
_FOLDED = frozenset({Takes.CONTROL, Takes.REGIONS, Takes.WAIVABLE})

RowKey = tuple[str, ...]
"""What a row is about: the meanings of its identity columns, and a number where a file has the same twice."""


def meaning(text: str, column: Column | None) -> str:
    """The text of a cell in a form that is equal for equal meanings; `column` is None for a user's own column.

    Order and doubles in lists, blanks, the case of ids, choices and scopes, and the time of a date do not count.
    """
    if column is not None and column.takes in _LISTS:
        text = "; ".join(sorted({unquote(part) for part in split(text)}))
    elif column is not None and column.takes is Takes.PARAMETERS:
        text = "; ".join(sorted(_tight(part) for part in split(text, ";\n")))
    text = " ".join(text.split())
    if column is None:
        return text
    if column.takes in (Takes.CHOICE, Takes.YES_NO):
        return normal(text)
    if column.takes is Takes.STANDARD:
        return "|".join(standard_form(text))
    if column.takes is Takes.SCOPE:
        return "" if text == "*" else text.casefold()
    if column.takes is Takes.DATE:
        return text.partition("T")[0].partition(" ")[0]
    return text.casefold() if column.takes in _FOLDED else text


def _tight(pair: str) -> str:
    name, equals, value = pair.partition("=")
    return f"{name.strip()}={value.strip()}" if equals else pair


def column_of(spec: SheetSpec, key: str) -> Column | None:
    """The column of a key, or None for a user's own."""
    return next((column for column in spec.columns if column.key == key), None)


@dataclass(frozen=True, slots=True)
class KeyedTable:
    """A table with its rows by key, in the order of the file."""

    table: Table
    rows: Mapping[RowKey, TableRow]

    def columns(self) -> Iterator[tuple[str, Column | None, Cell]]:
        """Key, column and heading cell of every input column, the user's own included, in the order of the file."""
        for key, heading in self.table.headings.items():
            column = column_of(self.table.spec, key)
            if column is None or not column.ours:
                yield key, column, heading


def grouped(table: Table) -> dict[RowKey, tuple[TableRow, ...]]:
    """A table's rows by what they are about; more than one where a file says the same twice.

    Rows without a key are known by all they say; rows that say nothing in an input column are left out.
    """
    found: dict[RowKey, tuple[TableRow, ...]] = {}
    for row in table.rows:
        key = _key(table.spec, row)
        if key is not None:
            found[key] = (*found.get(key, ()), row)
    return found


def keyed(table: Table) -> KeyedTable:
    """A table with its rows by key; the second row about the same gets a number."""
    rows = {
        key if number == 1 else (*key, f"#{number}"): row
        for key, group in grouped(table).items()
        for number, row in enumerate(group, start=1)
    }
    return KeyedTable(table, rows)


def says(spec: SheetSpec, rows: Iterable[TableRow]) -> list[list[tuple[str, str]]]:
    """What rows say in input columns, whatever their order: equal lists mean equal rows."""
    return sorted(_said(spec, row) for row in rows)


def _key(spec: SheetSpec, row: TableRow) -> RowKey | None:
    said = _said(spec, row)
    if not said:
        return None
    if not meaning(row.text(spec.identity[0]), spec.column(spec.identity[0])):
        return ("?", *(f"{key}={text}" for key, text in said))
    return tuple(meaning(row.text(key), spec.column(key)) for key in spec.identity)


def _said(spec: SheetSpec, row: TableRow) -> list[tuple[str, str]]:
    """What a row says in input columns, the user's own included."""
    texts: Iterable[tuple[str, str]] = (
        (key, meaning(cell.text, column))
        for key, cell in row.cells.items()
        if (column := column_of(spec, key)) is None or not column.ours
    )
    return sorted((key, text) for key, text in texts if text)


def shown_key(spec: SheetSpec, row: TableRow) -> str:
    """A row's name for people: `S3.8 in prod`, `CISA 1.2`; the row's number where it has no key."""
    parts = [row.text(key) for key in spec.identity if key != "scope" or spec.name == "Scopes"]
    scope = row.text("scope") if "scope" in spec.identity and spec.name != "Scopes" else ""
    name = " ".join(part for part in parts if part) or f"row {row.row}"
    return f"{name} in {scope}" if scope and scope != "*" else name
