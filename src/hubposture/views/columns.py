"""Tables without what says nothing."""

from dataclasses import replace

from hubposture.views.document import Cell, Table, Text


def without_empty(table: Table) -> Table:
    """The table without columns that say `-` or nothing in every row."""
    kept = [at for at in range(len(table.headings)) if any(_says(row[at]) for row in table.rows)]
    new = {old: at for at, old in enumerate(kept)}
    return replace(
        table,
        headings=[table.headings[at] for at in kept],
        rows=[[row[at] for at in kept] for row in table.rows],
        numbers=frozenset(new[at] for at in table.numbers if at in new),
        spare=[new[at] for at in table.spare if at in new],
        cut=frozenset(new[at] for at in table.cut if at in new),
    )


def _says(cell: Cell) -> bool:
    return (cell.text if isinstance(cell, Text) else cell) not in ("", "-")
