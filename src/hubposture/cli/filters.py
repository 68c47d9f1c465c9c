"""`hubposture filters`: filters of findings under a name, one's own and those that others share."""

import click

from hubposture.access.people import person_key
from hubposture.cli.context import Context
from hubposture.cli.output import format_option, show
from hubposture.filters import Filter, parse
from hubposture.lake.fields import FIELDS
from hubposture.ledger.ledger import SqlLedger
from hubposture.verbs.saved_filters import Shelf
from hubposture.views import saved_filters as view
from hubposture.wiring import Workplace, workplace


def shelf_of(at: Workplace, ledger: SqlLedger, organization: str) -> Shelf:
    """The filters of whoever runs this."""
    return Shelf(ledger, organization, person_key(at.who()))


@click.group()
def filters() -> None:
    """Filters of findings under a name. The pages have the same ones."""


@filters.command("list")
@format_option
@click.pass_obj
def list_(context: Context, form: str) -> None:
    """Your own filters, and those that others share."""
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with at.ledger() as ledger:
        show(view.document(name, shelf_of(at, ledger, name).all(lambda text: _parsed(at, text))), form)


@filters.command()
@click.argument("name")
@click.argument("wanted", nargs=-1, required=True, metavar="FILTER...")
@click.option("--share", is_flag=True, help="Let everybody of the organization use it.")
@click.pass_obj
def save(context: Context, name: str, wanted: tuple[str, ...], *, share: bool) -> None:
    """Keep FILTER under NAME, or put it in the place of your own filter of that name."""
    at = workplace(context.directory, settings_from=context.settings_from)
    organization = at.organization(context.organization)
    with at.ledger() as ledger:
        is_new = shelf_of(at, ledger, organization).save(
            name, " ".join(wanted), is_shared=share, parse=lambda text: _parsed(at, text), now=at.surroundings.now()
        )
    click.echo(f"{name.strip()}: {'saved' if is_new else 'changed'}{', for everybody' if share else ''}")


@filters.command()
@click.argument("name")
@click.pass_obj
def delete(context: Context, name: str) -> None:
    """Delete your own filter of that name."""
    at = workplace(context.directory, settings_from=context.settings_from)
    organization = at.organization(context.organization)
    with at.ledger() as ledger:
        shelf_of(at, ledger, organization).delete(name)
    click.echo(f"{name}: deleted")


def _parsed(at: Workplace, text: str) -> Filter:
    return parse(text, fields=FIELDS, now=at.surroundings.now())
