"""`hubposture tickets plan`, `list`, `verify`, `check`: what reads only."""

from pathlib import Path

import click

from hubposture import __version__
from hubposture.cli.context import Context
from hubposture.cli.dojo import dojo_verified
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED
from hubposture.cli.output import format_option, joined, limit_option, progress, show
from hubposture.cli.ticketing import ticket_store
from hubposture.ports.ledger import Failure
from hubposture.reconcile.saved import Saved, to_json
from hubposture.verbs.ticket_check import check_trackers
from hubposture.verbs.ticket_rows import rows_of, seen_tickets
from hubposture.verbs.ticket_verify import verify as verify_tickets
from hubposture.verbs.tickets import look
from hubposture.views import dojo as dojo_view
from hubposture.views import tickets as view
from hubposture.wiring import connect, demand_everything, seen_snapshot, workplace


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Save it here, to be synced later.")
@limit_option
@format_option
@click.pass_obj
def plan(context: Context, out: Path | None, limit: int, form: str) -> int:
    """Which tickets would be made, changed, reopened and closed by the last sync of findings, and why. Writes nothing.

    Exit status: 0 everything is as it should be, 2 something would be done, 1 a tracker could not be read.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    with ticket_store(connection) as (store, means), progress("looking"), store.reader.snapshot() as snapshot:
        demand_everything(at, store, "What would be done to tickets", revision=context.settings_from)
        found = look(means, snapshot)
    if out is not None:
        out.write_bytes(to_json(Saved(found.changes, at.commit, __version__)))
    saved = str(out) if out is not None else ""
    show(
        view.plan_document(
            connection.name,
            found.plan,
            exceeded=found.exceeded,
            failures=found.looked.failures,
            limit=limit,
            saved=saved,
        ),
        form,
    )
    if found.looked.failures:
        return EXIT_FAILED
    return EXIT_DIFFERS if found.plan.actions else 0


@click.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Those that ended as well.")
@click.option("--team", help="Only those of one team.")
@limit_option
@format_option
@click.pass_obj
def list_(context: Context, team: str | None, limit: int, form: str, *, everything: bool) -> None:
    """The tickets there are, by the ledger: whose, how many resources are open in each, when it is due. Asks no tracker."""
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    with (
        ticket_store(connection) as (store, means),
        seen_snapshot(at, store, revision=context.settings_from) as snapshot,
    ):
        held = seen_tickets(means.ledger.tickets(connection.name), snapshot)
        rows = rows_of(held, snapshot, today=at.today)
    wanted = [one for one in rows if (everything or one.is_live) and team in (None, one.team)]
    show(view.list_document(connection.name, wanted, limit=limit, team=team or ""), form)


@click.command()
@limit_option
@format_option
@click.pass_obj
def verify(context: Context, limit: int, form: str) -> int:
    """What trackers and DefectDojo say against what the checks say, one by one: every disagreement is listed.

    Reads every ticket by its id and looks up every key; reads every finding in DefectDojo where the settings have one. Exit
    status: 0 they agree, 2 they do not, 1 something could not be read.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    with ticket_store(connection) as (store, means), progress("comparing"), store.reader.snapshot() as snapshot:
        demand_everything(at, store, "Comparing tickets", revision=context.settings_from)
        found = verify_tickets(means, snapshot)
    document = view.verify_document(
        connection.name, found.disagreements, tickets=found.tickets, subjects=found.subjects,
        failures=found.failures, limit=limit,
    )  # fmt: skip
    is_unread, differs = bool(found.failures), bool(found.disagreements)
    if at.settings.defectdojo.url:
        dojo = dojo_verified(connection)
        now = at.surroundings.now().replace(tzinfo=None)
        document = joined(
            document, dojo_view.verify_document(connection.name, dojo, at=now, most=limit), key="defectdojo"
        )
        is_unread, differs = is_unread or bool(dojo.unread), differs or bool(dojo.disagreements)
    show(document, form)
    if is_unread:
        return EXIT_FAILED
    return EXIT_DIFFERS if differs else 0


@click.command()
@format_option
@click.pass_obj
def check(context: Context, form: str) -> int:
    """Everything that would fail before the first ticket: sign-in, projects, required fields, ways to close. Reads only.

    Exit status: 0 nothing, 2 something would fail, 1 a tracker could not be asked.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    failures: list[Failure] = []
    with ticket_store(connection) as (_, means), progress("asking"):
        doubts = check_trackers(means, failures)
        places = sorted({(one.tracker, one.place) for one in means.routes.values()})
    show(view.check_document(connection.name, doubts, places=places, failures=failures), form)
    if failures:
        return EXIT_FAILED
    return EXIT_DIFFERS if any(one.is_error for one in doubts) else 0
