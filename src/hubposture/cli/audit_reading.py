"""`hubposture audit list`, `export`, `verify` and `anchor`."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click

from hubposture.access.actions import Action
from hubposture.access.things import Unit
from hubposture.cli.context import Context
from hubposture.cli.main import EXIT_DIFFERS
from hubposture.cli.output import format_option, limit_option, progress, show
from hubposture.ledger.ledger import SqlLedger
from hubposture.render import csv
from hubposture.verbs import audit as verb
from hubposture.views import audit as view
from hubposture.wiring import workplace
from hubposture.wiring.access import guard_at

F = TypeVar("F", bound=Callable[..., Any])
_OPTIONS = (
    ("--since", "TIME", "Only from this day (UTC) or time on."),
    ("--until", "TIME", "Only through this day (UTC), or before this time."),
    ("--who", "TEXT", "Only what somebody did whose name has this in it."),
    ("--what", "TEXT", "Only records that have this in what was done."),
    ("--run", "ID", "Only what was done in this run."),
)


def _sought_options(command: F) -> F:
    for name, takes, says in reversed(_OPTIONS):
        command = click.option(name, metavar=takes, default="", help=says)(command)
    return command


@contextmanager
def _ledger(context: Context) -> Iterator[SqlLedger]:
    """The ledger, for whoever may see all of the trail. Raises NotAllowed."""
    at = workplace(context.directory, settings_from=context.settings_from)
    guard_at(at, context.organization, Action.ADMINISTER, [Unit()], revision=context.settings_from)
    with at.ledger() as ledger:
        yield ledger


@click.command("list")
@_sought_options
@limit_option
@format_option
@click.pass_obj
def list_(context: Context, /, limit: int, form: str, **given: str) -> None:
    """Who did what, the newest first."""
    sought = verb.sought_of(given)
    with _ledger(context) as ledger:
        found, more = verb.newest(ledger, sought, limit=limit)
        document = view.listed(found, more=more, seq=ledger.head().seq)
    show(document, form)


@click.command()
@_sought_options
@click.option("--format", "form", type=click.Choice(["ndjson", "csv"]), default="ndjson", show_default=True,
              help="ndjson can be checked, csv is for reading.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file.")
@click.pass_obj
def export(context: Context, /, form: str, out: Path | None, **given: str) -> None:
    """A copy of the trail, or of a part of it, the oldest first.

    As ndjson it carries the digests of the chain: `hubposture audit verify --file FILE` checks it anywhere, without a ledger.
    """
    sought = verb.sought_of(given)
    with _ledger(context) as ledger, progress("reading") as told, _target(out) as file:
        head = ledger.head()
        if form == "csv":
            lines = csv.lines(verb.COLUMNS, map(verb.cells, verb.up_to(ledger.trail(sought=sought), head)))
        else:
            lines = (f"{line}\n".encode("ascii") for line in verb.copied(ledger, sought))
        for number, line in enumerate(lines):
            file.write(line)
            if number % 1_000 == 0:
                told(number, head.seq)


@contextmanager
def _target(out: Path | None) -> Iterator[BinaryIO | io.BufferedIOBase]:
    if out is None:
        yield sys.stdout.buffer
        return
    part = out.with_name(f"{out.name}.part")
    with part.open("wb") as file:
        yield file
    part.replace(out)


@click.command()
@click.option("--file", "copy", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="Check this copy instead; no baseline and no ledger is needed.")  # fmt: skip
@click.option("--anchor", metavar="NUMBER:DIGEST", help="An end of the trail that was kept elsewhere.")
@format_option
@click.pass_obj
def verify(context: Context, form: str, *, copy: Path | None, anchor: str | None) -> int:
    """Whether the trail is what was written: every record by its digest, and bound to the one before it.

    Exit status: 0 it is, 2 something is wrong.
    """
    kept = verb.anchor_of(anchor) if anchor else None
    if copy is not None:
        with copy.open("rb") as file:
            found = verb.checked_copy(verb.lines_of(file), anchor=kept, name=copy.name)
    else:
        with _ledger(context) as ledger, progress("checking"):
            found = verb.checked(ledger, kept)
    show(view.checked(found), form)
    return EXIT_DIFFERS if found.faults else 0


@click.command()
@click.option("--trailer", is_flag=True, help="As the trailer of a commit.")
@format_option
@click.pass_obj
def anchor(context: Context, form: str, *, trailer: bool) -> None:
    """The trail's end, to be kept where nobody who can write to the ledger can."""
    with _ledger(context) as ledger:
        head = ledger.head()
    if trailer:
        click.echo(f"Hubposture-Audit: {head.seq}:{head.digest}")
    else:
        show(view.anchor(head.seq, head.digest), form)
