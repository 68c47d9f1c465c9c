"""`hubposture tickets sync`, `adopt`, `test`: what writes."""

from collections.abc import Sequence
from pathlib import Path

import click

from hubposture.access.actions import Action
from hubposture.access.things import Unit
from hubposture.cli.context import Context
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED
from hubposture.cli.output import format_option, limit_option, progress, show
from hubposture.cli.ticketing import synced_tickets, ticket_store
from hubposture.errors import InputError, InputErrors
from hubposture.reconcile.plan import Plan
from hubposture.reconcile.saved import from_json
from hubposture.verbs.ticket_adopt import by_list, by_query, take
from hubposture.verbs.ticket_try import try_ticket
from hubposture.views import tickets as view
from hubposture.wiring import connect, guard, workplace
from hubposture.work.adopt import read_rows
from hubposture.work.ticket import Seen


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--allow-new", type=click.IntRange(1), help="Override tickets.max_new.")
@click.option("--allow-close-share", type=click.IntRange(0, 100), help="Override tickets.max_close_share, in percent.")
@limit_option
@format_option
@click.pass_obj
def sync(
    context: Context, file: Path | None, form: str, *, allow_new: int | None, allow_close_share: int | None, limit: int
) -> int:
    """Read what people did to the tickets, and bring them in line with what the checks say, within the guards.

    Plans anew first. With FILE, saved by `tickets plan --out`, nothing beyond it is done. Exit status: 0 as it should be
    now, 1 something failed, was stopped by a guard or could not be read.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    guard(connection, Action.MANAGE_TICKETS, [Unit()], revision=context.settings_from)
    done = synced_tickets(
        connection,
        reviewed=_reviewed(file, connection.name),
        new=allow_new,
        close_share=None if allow_close_share is None else allow_close_share / 100,
    )
    show(view.sync_document(connection.name, view.sync_row(done), limit=limit), form)
    return EXIT_FAILED if done.failures else 0


def _reviewed(file: Path | None, organization: str) -> Plan | None:
    if file is None:
        return None
    plan = from_json(file.read_bytes(), name=str(file)).plan
    if plan.organization != organization:
        raise InputError(f"{file}: a plan of {plan.organization}, not of {organization}")
    return plan


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option(
    "--query", metavar="TEXT", help="Find them by a query in the tracker's own language instead: JQL in Jira."
)
@click.option("--tracker", metavar="NAME", help="The tracker of the settings; needed where there are several.")
@click.option("--write", is_flag=True, help="Take them; without it they are only shown.")
@limit_option
@format_option
@click.pass_obj
def adopt(
    context: Context, file: Path | None, query: str | None, tracker: str | None, form: str, *, write: bool, limit: int
) -> int:
    """Take tickets that people made before, so that the first sync makes no doubles.

    FILE is a csv with the columns ticket, control, account, region, resource. With --query the tickets found are matched by
    the control and the resource that their text names. Titles and texts stay as they are; the next sync adds our label, the
    due date and, once, the list of resources as a comment. Exit status: 0 taken, 2 shown only, 1 some cannot be taken.
    """
    if (file is None) == (query is None):
        raise InputError("adopt: give a FILE, or --query")
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    if write:
        guard(connection, Action.MANAGE_TICKETS, [Unit()], revision=context.settings_from)
    with ticket_store(connection) as (store, means), store.reader.snapshot() as snapshot, progress("looking"):
        name = _tracker(tracker, sorted(means.trackers))
        unnamed: Sequence[Seen] = ()
        if file is not None:
            rows, problems = read_rows(file.read_bytes(), file.name)
            if problems:
                raise InputErrors(problems)
            found = by_list(means, snapshot, rows, tracker=name)
        else:
            found, unnamed = by_query(means, snapshot, query or "", tracker=name)
        if write:
            take(means, found.tickets)
    show(
        view.adopt_document(connection.name, found.tickets, found.problems, unnamed, is_written=write, limit=limit),
        form,
    )
    if found.problems:
        return EXIT_FAILED
    return 0 if write or not found.tickets else EXIT_DIFFERS


def _tracker(asked: str | None, known: list[str]) -> str:
    if asked is None and len(known) == 1:
        return known[0]
    if asked in known:
        return str(asked)
    if not known:
        raise InputError("no tracker is set; docs/tickets.md says how to set one")
    raise InputError(f"--tracker: name one of {', '.join(known)}" + (f", not {asked}" if asked else ""))


@click.command()
@click.argument("team")
@format_option
@click.pass_obj
def test(context: Context, team: str, form: str) -> int:
    """Make a marked test ticket where TEAM's tickets go, walk it to every end and back, and leave it closed.

    For Jira: what a workflow asks for on the way is known before the first real ticket closes. Exit status: 0 every way is
    open, 2 some are not, 1 it could not be made.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    guard(connection, Action.MANAGE_TICKETS, [Unit()], revision=context.settings_from)
    with ticket_store(connection) as (_, means), progress("walking"):
        tried = try_ticket(means, team)
    show(view.test_document(connection.name, team, tried), form)
    if not tried.shown:
        return EXIT_FAILED
    return EXIT_DIFFERS if tried.doubts else 0
