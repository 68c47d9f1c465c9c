"""`hubposture store`: is the store whole, put it in order, carry it to another database."""

import click

from hubposture.cli.context import Context
from hubposture.cli.main import EXIT_DIFFERS
from hubposture.cli.output import format_option, progress, show
from hubposture.views import store as view
from hubposture.wiring import move_ledger, open_store, workplace


@click.group()
def store() -> None:
    """The lake and the ledger: check them, compact them, move the ledger."""


@store.command()
@click.option("--deep", is_flag=True, help="Read every file and count again.")
@format_option
@click.pass_obj
def check(context: Context, form: str, *, deep: bool) -> int:
    """Whether every version that is kept has its files, as they were written.

    Exit status: 0 whole, 2 something is wrong.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with at.ledger() as ledger, open_store(at, name, ledger) as found, progress("reading files"):
        head = ledger.head_version(name)
        faults = found.writer.check(deep=deep)
    shown = [view.Fault(one.where, one.what, one.hint) for one in faults]
    show(view.checked(name, shown, version=head.number if head is not None else 0, deep=deep), form)
    return EXIT_DIFFERS if faults else 0


@store.command()
@format_option
@click.pass_obj
def compact(context: Context, form: str) -> None:
    """Merge what came since the last time into new base files, and delete what nothing names any more.

    Others may sync and read meanwhile. Engines such as Athena read compacted versions.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with at.ledger() as ledger, open_store(at, name, ledger) as found, progress("compacting"):
        done = found.writer.compact()
        retired, deleted = found.writer.tidy(keep_days=at.settings.lake.keep_days)
    shown = view.compacted(
        name, version=done.version, deltas=done.deltas, files=done.files, sizes=done.bytes, retired=retired,
        deleted=deleted,
    )  # fmt: skip
    show(shown, form)


@store.command()
@click.argument("url")
@format_option
@click.pass_obj
def move(context: Context, url: str, form: str) -> None:
    """Carry the ledger to the database URL, which must be new: `sqlite:///PATH`, `postgresql://HOST/NAME`, `env:NAME`.

    All or nothing, and the source stays as it is. Stop what writes, move, change ledger.url, start again.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    with progress("moving"):
        where, counts = move_ledger(at, url)
    show(view.moved(where, counts), form)
