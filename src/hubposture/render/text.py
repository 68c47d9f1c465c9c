"""A document for a terminal of any width; colour only where asked, and never the only bearer of meaning."""

import io
from collections.abc import Mapping, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Column
from rich.table import Table as RichTable
from rich.text import Text as RichText

from hubposture.render.plain import one_line, visible
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted

_STYLES = {
    Tone.PLAIN: "",
    Tone.GOOD: "green",
    Tone.WARN: "yellow",
    Tone.BAD: "bold red",
    Tone.DIM: "dim",
    Tone.STRONG: "bold",
}

_BETWEEN = 3
"""Blanks that a column has beside it."""
_READABLE = 20
"""How much of a shortened column should be seen before further columns are shown."""
_SHORTEST = 8
"""How much of it must be seen before other columns wrap."""


def render(document: Document, *, width: int = 100, colour: bool = False) -> str:
    """The whole document; no line ends in blanks and control characters are shown as a replacement sign."""
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False, emoji=False, markup=False,
        color_system="standard" if colour else None, legacy_windows=False,
    )  # fmt: skip
    console.print(RichText(clean(document.title), style="bold" if colour else ""))
    for block in document.blocks:
        _print(console, block)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def clean(text: str) -> str:
    """Text on one line without control characters: a terminal must not obey what a resource is named."""
    return one_line(text)


def _print(console: Console, block: Block) -> None:
    match block:
        case Heading(text):
            console.print()
            console.print(RichText(clean(text), style="bold"))
        case Lines(lines):
            for line in lines:
                console.print(_padded(_cell(line), 2))
        case Code(text):
            for line in text.splitlines():
                console.print(RichText("  " + visible(line), no_wrap=True, overflow="ignore"), soft_wrap=True)
        case Table():
            _print_table(console, block)


def _print_table(console: Console, table: Table) -> None:
    if not table.rows:
        return
    widths = _widths(table, console.width)
    columns = [_column(table, at, width) for at, width in widths.items()]
    shown = RichTable(*columns, box=box.SIMPLE_HEAD, pad_edge=True, show_edge=False, header_style="dim")
    for row in table.rows:
        shown.add_row(*(_cell(row[at]) for at in widths))
    console.print(shown)
    if table.more:
        console.print(RichText(f"  and {counted(table.more, 'more row')}; --format json has all", style="dim"))


def _column(table: Table, at: int, width: int | None) -> Column:
    return Column(
        clean(table.headings[at]),
        justify="right" if at in table.numbers else "left",
        overflow="ellipsis" if at in table.cut else "fold",
        no_wrap=width is not None,
        width=width,
    )


def _widths(table: Table, room: int) -> dict[int, int | None]:
    """The columns that are shown and their widths, None for as rich sees fit."""
    columns = list(range(len(table.headings)))
    if not table.spare and not table.cut:
        return dict.fromkeys(columns)
    natural = {at: _natural(table, at) for at in columns}
    for spare in table.spare:
        if _needed(table, columns, natural, _READABLE) <= room:
            break
        columns.remove(spare)
    if _needed(table, columns, natural, _SHORTEST) > room:
        return {at: min(natural[at], _READABLE) if at in table.cut else None for at in columns}
    fixed = sum(natural[at] for at in columns if at not in table.cut)
    left = room - _BETWEEN * len(columns) - fixed
    cut = sorted((at for at in columns if at in table.cut), key=lambda at: natural[at])
    for done, at in enumerate(cut):
        natural[at] = min(natural[at], left // (len(cut) - done))
        left -= natural[at]
    return {at: natural[at] for at in columns}


def _natural(table: Table, at: int) -> int:
    """The width of a column's longest cell."""
    return max(cell_len(clean(table.headings[at])), *(_cell(row[at]).cell_len for row in table.rows))


def _needed(table: Table, columns: Sequence[int], natural: Mapping[int, int], shortest: int) -> int:
    """The room that columns need if those that may be cut are cut down to `shortest`."""
    widths = (min(natural[at], shortest) if at in table.cut else natural[at] for at in columns)
    return sum(widths) + _BETWEEN * len(columns)


def _cell(cell: Cell) -> RichText:
    if isinstance(cell, Text):
        return RichText(clean(cell.text), style=_STYLES[cell.tone])
    return RichText(clean(cell))


def _padded(text: RichText, left: int) -> RichTable:
    grid = RichTable.grid(padding=(0, 0))
    grid.add_column(width=left)
    grid.add_column(overflow="fold")
    grid.add_row("", text)
    return grid
