"""`hubposture posture`: obligations met, three lines, AWS's score beside them, and what moved."""

import datetime as dt

import click

from hubposture.cli.context import Context
from hubposture.cli.output import format_option, progress, show
from hubposture.errors import InputError
from hubposture.ports.lake import LakeReader, NoSuchVersion, Snapshot
from hubposture.posture.scores import Dimension
from hubposture.verbs.movement import read_movement
from hubposture.verbs.posture import read_posture, read_rows
from hubposture.verbs.trend import read_trend
from hubposture.views import posture as view
from hubposture.views import trend as trend_view
from hubposture.views.document import Document
from hubposture.views.movement import Movement
from hubposture.wiring import open_store, seen_snapshot, workplace

_WEEK = dt.timedelta(days=7)


@click.command()
@click.option(
    "--by", type=click.Choice(["account", "ou", "owner", "control", "standard"]), help="One line for each of these."
)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="As it was at the end of a past day (UTC).")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Movement since this day instead of seven days back.")
@click.option("--trend", type=click.IntRange(1, 520), metavar="WEEKS", help="The score week by week, so many back.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=10, show_default=True, help="Rows of each table.")
@format_option
@click.pass_obj
def posture(
    context: Context,
    by: str | None,
    limit: int,
    form: str,
    *,
    day: dt.datetime | None,
    since: dt.datetime | None,
    trend: int | None,
) -> None:
    """How the organization stands by the last sync: obligations met, as is, without waivers, were nothing off.

    What could not be measured is listed and never counts as good. AWS's own score stands beside ours, by AWS's rule.
    """
    if by is not None and since is not None:
        raise InputError("--since: movement is shown for the whole organization, without --by")
    if trend is not None and (by or day or since):
        raise InputError("--trend: give it alone; it is of the whole organization, back from the newest version")
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with (
        at.ledger() as ledger,
        open_store(at, name, ledger) as store,
        progress("reading"),
        seen_snapshot(
            at, store, day=day.date() if day is not None else None, revision=context.settings_from
        ) as snapshot,
    ):
        if trend is not None:
            found = trend_view.document(name, read_trend(store.reader, weeks=trend, within=snapshot.within))
        else:
            begin = since.date() if since is not None else None
            found = shown(name, store.reader, snapshot, by=by, since=begin, limit=limit)
    show(found, form)


def shown(
    name: str, reader: LakeReader, snapshot: Snapshot, *, by: str | None, since: dt.date | None, limit: int
) -> Document:
    """The posture of a snapshot as a document."""
    stamp = view.Stamp(name, snapshot.number, snapshot.at)
    if by is not None:
        rows, total = read_rows(snapshot, Dimension(by))
        return view.by_document(stamp, by, rows, total, most=max(limit, 50))
    found = read_posture(snapshot, movement=moved(reader, snapshot, since))
    return view.document(stamp, found, most=limit)


def moved(reader: LakeReader, snapshot: Snapshot, since: dt.date | None) -> Movement | None:
    """What moved since a day, or in the last week; None where the lake does not go back so far."""
    begin = since or (snapshot.at - _WEEK).date()
    try:
        with reader.snapshot(day=begin, within=snapshot.within) as before:
            if before.number == snapshot.number:
                return None
            return read_movement(reader, before, snapshot)
    except NoSuchVersion:
        if since is not None:
            raise
        return None
