"""What a column takes, in words: for the note on its heading and for the Guide sheet."""

from collections.abc import Sequence

from hubposture.matrix.columns import Column, SheetSpec


def takes_text(column: Column) -> str:
    """What a column's cells take, its choices included: `one of the choices: enforce, monitor`."""
    if column.ours:
        return "nothing: hubposture writes it"
    return f"{column.takes}: {', '.join(column.choices)}" if column.choices else str(column.takes)


def heading_note(column: Column) -> str:
    """The note on a column's heading."""
    takes = "Written by hubposture; what you type here is not read." if column.ours else f"Takes {takes_text(column)}."
    return f"{column.help}\n\n{takes}"


def guide_rows(specs: Sequence[SheetSpec]) -> list[dict[str, str]]:
    """The rows of the Guide sheet, by the keys of its columns: a row for each sheet, then one for each of its columns."""
    rows: list[dict[str, str]] = []
    for spec in specs:
        rows.append({"sheet": spec.name, "column": "", "takes": "", "help": spec.help})
        for column in spec.columns:
            takes = takes_text(column)
            rows.append({"sheet": spec.name, "column": column.heading, "takes": takes, "help": column.help})
    return rows
