"""`hubposture owners`: who owns what, and what nobody owns."""

import click

from hubposture.cli.context import Context
from hubposture.cli.lazy import LazyGroup
from hubposture.cli.main import EXIT_FAILED
from hubposture.cli.output import format_option, progress, show
from hubposture.verbs.owners import read_ownership
from hubposture.views import owners as view
from hubposture.views.posture import Stamp
from hubposture.wiring import open_store, owner_chain, read_teams_file, seen_snapshot, workplace

COMMANDS: dict[str, tuple[str, str]] = {
    "of": ("hubposture.cli.owner_reading:of", "Whose a resource or an account is, link by link."),
    "check": ("hubposture.cli.owner_reading:check", "Everything that is wrong with teams.yaml, at once; for CI."),
    "import": ("hubposture.cli.owner_writing:import_", "Teams from a list kept in xlsx or csv."),
    "reassign": (
        "hubposture.cli.owner_writing:reassign",
        "Give a resource, an account, an OU, a tag or a name to another team.",
    ),
    "answers": ("hubposture.cli.owner_answers:answers", "Tickets in which a team said that they are not its own."),
    "accept": ("hubposture.cli.owner_answers:accept", "Give what such a ticket is about to another team."),
    "decline": ("hubposture.cli.owner_answers:decline", "Leave such a ticket with its team."),
    "schema": ("hubposture.cli.owner_reading:schema", "The JSON schema of teams.yaml, for editors."),
}


@click.group(cls=LazyGroup, lazily=COMMANDS, invoke_without_command=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Rows of each table.")
@format_option
@click.pass_context
def owners(ctx: click.Context, limit: int, form: str) -> int:
    """Who owns what by the last sync: teams with their work, what said so, unknown names, what nobody owns.

    Without a command. Goes by teams.yaml as it is in the working tree; see docs/owners.md. Exit status: 0 shown,
    1 teams.yaml has errors.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    context: Context = ctx.obj
    at = workplace(context.directory, settings_from=context.settings_from)
    name, read = at.organization(context.organization), read_teams_file(at)
    broken = len(read.problems) if read is not None else 0
    with (
        at.ledger() as ledger,
        open_store(at, name, ledger) as store,
        progress("counting"),
        seen_snapshot(at, store, revision=context.settings_from) as snapshot,
    ):
        found = read_ownership(
            snapshot,
            owner_chain(at),
            is_whole=len(at.settings.organizations) == 1,
            has_file=read is not None,
            broken=broken,
        )
        stamp = Stamp(name, snapshot.number, snapshot.at)
    show(view.document(stamp, found, most=limit), form)
    return EXIT_FAILED if broken else 0
