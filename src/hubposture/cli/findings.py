"""`hubposture findings`: what is failing, by control or one by one, under a filter; or one of them in full."""

import datetime as dt
import re

import click

from hubposture.cli.context import Context
from hubposture.cli.filters import shelf_of
from hubposture.cli.output import format_option, progress, show
from hubposture.errors import InputError
from hubposture.filters import parse
from hubposture.filters.tree import EVERYTHING, AnyOf, Comparison, Filter, Operator
from hubposture.lake.fields import FIELDS
from hubposture.ports.lake import Snapshot
from hubposture.verbs.saved_filters import Shelf
from hubposture.views import finding as one_view
from hubposture.views import findings as view
from hubposture.views.document import Document
from hubposture.wiring import open_store, seen_snapshot, workplace

_SUBJECT = re.compile(r"[0-9a-f]{32}")


@click.command()
@click.argument("wanted", nargs=-1, metavar="[FILTER]...")
@click.option("--saved", metavar="NAME", default="", help="Under a filter that was saved; FILTER narrows it further.")
@click.option("--list", "one_by_one", is_flag=True, help="One by one instead of by control.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many are shown.")
@click.option("--after", metavar="SUBJECT", default="", help="With --list: go on behind this one.")
@click.option("--all", "everything", is_flag=True, help="What passed too; without a filter only what fails is shown.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="As it was at the end of a past day (UTC).")
@format_option
@click.pass_obj
def findings(
    context: Context,
    wanted: tuple[str, ...],
    limit: int,
    after: str,
    form: str,
    *,
    saved: str,
    day: dt.datetime | None,
    one_by_one: bool,
    everything: bool,
) -> None:
    """What the last sync knows. FILTER is like `severity>=HIGH account=web-prod since>30d`; see docs/filters.md.

    With the 32 digits of a subject (from --list --format json) it shows that one in full, with its history.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    text, zone = " ".join(wanted), at.settings.zone_info
    with at.ledger() as ledger:
        text = _with_saved(shelf_of(at, ledger, name), saved, text) if saved else text
    chosen = parse(text, fields=FIELDS, now=at.surroundings.now()) if not _SUBJECT.fullmatch(text) else None
    with (
        at.ledger() as ledger,
        open_store(at, name, ledger) as store,
        progress("reading"),
        seen_snapshot(
            at, store, day=day.date() if day is not None else None, revision=context.settings_from
        ) as snapshot,
    ):
        if chosen is None:
            found = detail(snapshot, text, zone=zone)
        else:
            found = _shown(
                name,
                snapshot,
                chosen,
                text,
                limit=limit,
                after=after,
                zone=zone,
                one_by_one=one_by_one,
                all_=everything,
            )
    show(found, form)


def _with_saved(shelf: Shelf, saved: str, text: str) -> str:
    """A saved filter, and what narrows it, as one."""
    kept = shelf.named(saved).text
    return f"({kept}) ({text})" if text else kept


_FAILING: Filter = AnyOf((Comparison("status", Operator.IS, ("FAILED",)), Comparison("kind", Operator.IS, ("other",))))
"""What is shown without a filter: what fails, and what other products found."""


def _shown(
    name: str,
    snapshot: Snapshot,
    chosen: Filter,
    text: str,
    *,
    limit: int,
    after: str,
    zone: dt.tzinfo,
    one_by_one: bool,
    all_: bool,
) -> Document:
    is_narrow = chosen == EVERYTHING and not all_
    if is_narrow and not one_by_one:
        return failing(name, snapshot, limit=limit, zone=zone)
    asked = _FAILING if is_narrow else chosen
    counts = snapshot.count(asked)
    if one_by_one:
        items = [item.fields for item in snapshot.page(asked, limit=limit + 1, after=after)]
        return view.listed(name, items[:limit], counts, wanted=text, at=snapshot.at, more=len(items) > limit)
    groups = snapshot.groups(asked, limit=limit + 1)
    more = len(groups) > limit
    return view.grouped(name, groups[:limit], counts, wanted=text, at=snapshot.at, more=more, zone=zone)


def failing(name: str, snapshot: Snapshot, *, limit: int, zone: dt.tzinfo = dt.UTC) -> Document:
    """What fails, by control; resources that pass are counted beside, for 17 of 240 says more than 17."""
    groups = [group for group in snapshot.groups(EVERYTHING, limit=limit + 1) if group.failing]
    counts = snapshot.count(EVERYTHING)
    more = len(groups) > limit
    return view.grouped(name, groups[:limit], counts, wanted="", at=snapshot.at, more=more, zone=zone)


def detail(snapshot: Snapshot, subject: str, *, zone: dt.tzinfo = dt.UTC) -> Document:
    """One subject in full. Raises InputError where the lake does not know it."""
    found = snapshot.item(subject)
    if found is None:
        raise InputError(f"{subject}: no such subject in version {snapshot.number}")
    tags = snapshot.tags_of(str(found.fields["tagset"]))
    history, rows = snapshot.history_of(subject), snapshot.findings_of(subject)
    return one_view.document(found.fields, rows, history, tags, at=snapshot.at, zone=zone)
