"""`hubposture outside`: writes to Security Hub that did not come from hubposture."""

import datetime as dt
from dataclasses import replace

import click

from hubposture.cli.context import Context
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED
from hubposture.cli.output import format_option, limit_option, show
from hubposture.ports.ledger import Failure
from hubposture.verbs.held import held
from hubposture.verbs.outside import Looked, look_outside, places_of
from hubposture.verbs.run import Done
from hubposture.views import outside as view
from hubposture.views.document import counted
from hubposture.wiring import Connection, connect, holder, open_store, outside_means, outside_view, workplace


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far back is listed.")
@click.option("--kept", is_flag=True, help="Ask AWS nothing: what was found before.")
@limit_option
@format_option
@click.pass_obj
def outside(context: Context, days: int, limit: int, form: str, *, kept: bool) -> int:
    """Who changed findings, controls, rules or policies in Security Hub without hubposture, by CloudTrail.

    Reads what was written since the last time in every account and Region, at most `outside.calls` calls in each, and goes on
    there the next time. Exit status: 0 nothing, 2 something was written past hubposture, 1 something could not be read.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    looked = None if kept else _looked(connection)
    since = at.surroundings.now() - dt.timedelta(days=days)
    with at.ledger() as ledger, open_store(at, connection.name, ledger) as store, store.reader.snapshot() as snapshot:
        found = outside_view(at, connection.name, ledger, snapshot, since=since, limit=5_000)
    show(view.document(connection.name, found, limit=limit), form)
    if looked is not None and looked.failed:
        return EXIT_FAILED
    return EXIT_DIFFERS if found.writes else 0


def outside_done(connection: Connection) -> Done:
    """Look once in every target; what could not be read is a failure, and read the next time."""
    looked = _looked(connection)
    failures = tuple(Failure(f"{account}/{region}", why) for (account, region), why in looked.failed.items())
    line = f"{counted(looked.new, 'new write')} past hubposture; {counted(looked.targets, 'target')} read"
    line += f", in {looked.left:,} something is left for the next time" if looked.left else ""
    counts = {"new": looked.new, "targets": looked.targets, "left": looked.left}
    return Done(counts, failures, line)


def _looked(connection: Connection) -> Looked:
    """Look in every target; of the failures only those of targets that could be read before."""
    at, name = connection.workplace, connection.name
    with at.ledger() as ledger, open_store(at, name, ledger) as store:
        with store.reader.snapshot() as snapshot:
            places = places_of(snapshot)
        with held(ledger, f"outside/{name}", holder(), what="looking for writes past hubposture"):
            looked = look_outside(outside_means(connection, ledger, at=at), list(places))
    news = {place: why for place, why in looked.failed.items() if places[place]}
    return replace(looked, failed=news)
