"""`hubposture owners answers`, `accept`, `decline`: tickets in which a team said "not mine"."""

import click

from hubposture.cli.context import Context
from hubposture.cli.output import format_option, progress, show
from hubposture.verbs import owner_answers as verb
from hubposture.views import owners_answers as view
from hubposture.wiring import open_store, reassign_means, workplace


@click.command()
@click.option("--all", "everything", is_flag=True, help="Those that somebody decided on as well.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Rows of the table.")
@format_option
@click.pass_obj
def answers(context: Context, limit: int, form: str, *, everything: bool) -> None:
    """Tickets in which a team said that they are not its own, by the label or resolution of `tickets.not_mine`.

    The last `hubposture tickets sync` read them. Asks no tracker.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with at.ledger() as ledger:
        found = [one.row for one in verb.given_answers(ledger, name, decided=everything)]
    show(view.answers(name, found, most=limit), form)


@click.command()
@click.argument("ticket")
@click.option("--to", required=True, metavar="TEAM", help="The team that gets it; teams.yaml must have it.")
@format_option
@click.pass_obj
def accept(context: Context, ticket: str, to: str, form: str) -> None:
    """Give the resources that are left in a ticket to another team, and mark the answer as accepted.

    By commits on the branch `owners.branch`, as `hubposture owners reassign` makes them; merged they count. An account goes
    as a whole where all of its work is in the ticket. Where a row of the workbook says whose the resources are, nothing is
    done, and the cell to change is told.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with (
        at.ledger() as ledger,
        open_store(at, name, ledger) as store,
        progress("looking"),
        store.reader.snapshot() as snapshot,
    ):
        done = verb.accept(reassign_means(at), ledger, snapshot, organization=name, named=ticket, to=to, by=at.who())
    show(view.accepted(done), form)


@click.command()
@click.argument("ticket")
@click.option("--reason", default="", metavar="TEXT", help="Why; kept with the answer.")
@format_option
@click.pass_obj
def decline(context: Context, ticket: str, reason: str, form: str) -> None:
    """Leave a ticket with its team, and take the answer off the list."""
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with at.ledger() as ledger:
        row = verb.decline(ledger, organization=name, named=ticket, by=at.who(), reason=reason)
    show(view.declined(row), form)
