"""A workbook as stable text, one line per cell by meaning: what `git diff` shows of it."""

from collections.abc import Iterator, Mapping

from hubposture.matrix.cells import Book
from hubposture.matrix.meaning import KeyedTable, keyed, shown_key
from hubposture.matrix.tables import own_sheets, tables
from hubposture.model.controls import natural_key


def textconv(book: Book, *, mapping: Mapping[str, str] | None = None) -> str:
    r"""The input cells of a workbook as lines `Sheet | row | column | text`, sorted, so that moved rows are no change.

    Rows are named by what they are about. Sheets of the user's own follow, by address. Line breaks in cells are shown
    as `\n`. Ends with a line break unless it is empty.
    """
    found, _ = tables(book, mapping)
    lines = [line for table in found for line in _table(keyed(table))]
    lines += [
        f"{sheet.name} | {cell.address.rpartition('!')[2]} | {_line(cell.text)}"
        for sheet in own_sheets(book, mapping)
        for cell in sheet.cells.values()
        if cell.text
    ]
    return "".join(f"{line}\n" for line in lines)


def _table(table: KeyedTable) -> Iterator[str]:
    spec = table.table.spec
    for _, row in sorted(table.rows.items(), key=lambda item: [natural_key(part) for part in item[0]]):
        name = shown_key(spec, row) if row.text(spec.identity[0]) else "(no key)"
        for key, column, heading in sorted(table.columns(), key=lambda each: _place(table, each[0])):
            text = row.text(key)
            if text and key not in spec.identity:
                yield f"{spec.name} | {_line(name)} | {column.heading if column else _line(heading.text)} | {_line(text)}"
        if all(key in spec.identity or not row.text(key) for key, _, _ in table.columns()):
            yield f"{spec.name} | {_line(name)}"


def _place(table: KeyedTable, key: str) -> tuple[int, str]:
    """Columns in the order of their definition, the user's own after them by name: moved columns are no change."""
    keys = [column.key for column in table.table.spec.columns]
    return (keys.index(key), "") if key in keys else (len(keys), key)


def _line(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\r\n", "\n").replace("\n", "\\n").replace("\r", "\\n")
