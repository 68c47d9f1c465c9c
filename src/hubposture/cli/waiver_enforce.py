"""`hubposture waivers enforce`: decide, and write to Security Hub within the guards."""

from pathlib import Path

import click

from hubposture import __version__
from hubposture.cli.context import Context
from hubposture.cli.enforced import enforced
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED
from hubposture.cli.output import format_option, show
from hubposture.errors import InputError
from hubposture.reconcile.plan import Plan
from hubposture.reconcile.saved import Saved, from_json, to_json
from hubposture.verbs.waiver_rows import Names, enforcement
from hubposture.verbs.waivers import Enforced, Options
from hubposture.views import waivers_enforce as view
from hubposture.views.document import Document
from hubposture.wiring import Connection, connect, demand_service, open_store, packaged_catalog, workplace


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--observe", is_flag=True, help="Say what would be written and write nothing.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="With --observe: save it here, to be enforced later."
)
@click.option("--any-time", is_flag=True, help="Release outside the working window as well.")
@click.option(
    "--allow-suppress-share", type=click.IntRange(0, 100), help="Override waivers.max_suppress_share, in percent."
)
@click.option(
    "--allow-release-share", type=click.IntRange(0, 100), help="Override waivers.max_release_share, in percent."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Rows of each table.")
@format_option
@click.pass_obj
def enforce(
    context: Context,
    file: Path | None,
    out: Path | None,
    form: str,
    *,
    observe: bool,
    any_time: bool,
    allow_suppress_share: int | None,
    allow_release_share: int | None,
    limit: int,
) -> int:
    """Decide on every subject by the last sync, and write what may be written.

    Decides anew first. With FILE, saved by --observe --out, nothing beyond it is written. Exit status: 0 as it should be
    now, 1 something failed, was stopped by a guard or could not be read; with --observe 2 where something would be written.
    """
    if out is not None and not observe:
        raise InputError("--out: it saves what --observe shows; give both")
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    if not observe:
        demand_service(at, connection.name, revision=context.settings_from)
    options = Options(
        observe=observe,
        any_time=any_time,
        reviewed=_reviewed(file, connection),
        suppress_share=_share(allow_suppress_share),
        release_share=_share(allow_release_share),
    )
    done = enforced(connection, options)
    if out is not None:
        out.write_bytes(to_json(Saved(done.outlook.plan, at.commit, __version__)))
    saved = str(out) if out is not None else ""
    show(document_of(connection, done, is_observed=observe, limit=limit, saved=saved), form)
    if done.failures:
        return EXIT_FAILED
    return EXIT_DIFFERS if observe and done.outlook.plan.edits else 0


def document_of(
    connection: Connection, done: Enforced, *, is_observed: bool, limit: int = 20, saved: str = ""
) -> Document:
    """What was decided and what became of it; `saved` is the file in which the plan was saved."""
    at = connection.workplace
    with (
        at.ledger() as ledger,
        open_store(at, connection.name, ledger) as store,
        store.reader.snapshot() as snapshot,
    ):
        names = Names.of(snapshot, packaged_catalog())
    now = at.surroundings.now()
    found = enforcement(done, names, is_observed=is_observed)
    return view.document(connection.name, found, at=now.replace(tzinfo=None), most=limit, saved=saved)


def _reviewed(file: Path | None, connection: Connection) -> Plan | None:
    if file is None:
        return None
    plan = from_json(file.read_bytes(), name=str(file)).plan
    if plan.organization != connection.name:
        raise InputError(f"{file}: a plan of {plan.organization}, not of {connection.name}")
    return plan


def _share(percent: int | None) -> float | None:
    return None if percent is None else percent / 100
