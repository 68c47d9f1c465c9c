"""`hubposture merge`: git's merge driver for the workbook, cell by cell."""

from pathlib import Path

import click

from hubposture.cli.main import EXIT_FAILED
from hubposture.matrix.merge import merge as combine
from hubposture.views.document import counted
from hubposture.wiring import patch_workbook, read_workbook

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("base", type=_FILE)
@click.argument("ours", type=_FILE)
@click.argument("theirs", type=_FILE)
@click.argument("path", required=False)
def merge(base: Path, ours: Path, theirs: Path, path: str | None) -> int:
    """Merge THEIRS into OURS, which keeps its formatting; BASE is what both began from.

    Git calls it with %O %A %B %P. What only one side changed is taken; two rows that different branches added merge by
    themselves; what both changed differently is a conflict, printed with both cells and left as OURS has it.
    Exit status: 0 merged, 1 conflicts.
    """
    shown = path or ours.name
    sides = ((base, "base"), (ours, "ours"), (theirs, "theirs"))
    found = combine(*(read_workbook(file, name=f"{shown} ({side})") for file, side in sides))
    patch_workbook(ours, found.edits)
    for notice in found.notices:
        click.echo(f"{shown}: {notice}", err=True)
    if not found.conflicts:
        return 0
    click.echo(f"{shown}: {counted(len(found.conflicts), 'conflict')}, left as ours has it", err=True)
    for conflict in found.conflicts:
        click.echo(f"  {conflict}", err=True)
    return EXIT_FAILED
