"""`hubposture controls inbox`: controls that no row speaks of."""

import click

from hubposture.cli.context import Context
from hubposture.cli.output import format_option, limit_option, show
from hubposture.verbs.control_inbox import inbox as waiting
from hubposture.views.pages import control_inbox as view
from hubposture.wiring import draft_means, open_store, workplace


@click.command()
@limit_option
@format_option
@click.pass_obj
def inbox(context: Context, limit: int, form: str) -> None:
    """Controls without a row by the last sync: since when, what fails, and the row that is proposed for each."""
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    matrix, days = at.matrix(), at.settings.controls.settling_days
    with at.ledger() as ledger, open_store(at, name, ledger) as store, store.reader.snapshot() as snapshot:
        found = waiting(snapshot, matrix, draft_means(at, snapshot).catalog, settling_days=days)
    show(view.document(name, found, most=limit), form)
