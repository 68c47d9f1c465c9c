"""A document for a terminal of any width; colour only where asked, and never the only bearer of meaning."""

import io

from rich import box
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
    columns = [
        Column(clean(heading), justify="right" if at in table.numbers else "left", overflow="fold")
        for at, heading in enumerate(table.headings)
    ]
    shown = RichTable(*columns, box=box.SIMPLE_HEAD, pad_edge=True, show_edge=False, header_style="dim")
    for row in table.rows:
        shown.add_row(*(_cell(cell) for cell in row))
    console.print(shown)
    if table.more:
        console.print(RichText(f"  and {counted(table.more, 'more row')}; --format json has all", style="dim"))


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
