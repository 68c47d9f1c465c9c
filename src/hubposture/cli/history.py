"""`hubposture history`: what happened to a resource, from AWS Config, CloudTrail and our own findings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from hubposture.cli.context import Context
from hubposture.cli.output import format_option, show
from hubposture.errors import InputError
from hubposture.filters.tree import EVERYTHING, All, Comparison, Filter, Operator
from hubposture.ports.lake import NoSuchVersion, Snapshot
from hubposture.timeline.line import Entry, time_line
from hubposture.timeline.resource import Resource, resource_of
from hubposture.verbs.finding_line import line_of
from hubposture.verbs.resource_past import ask_past, kept_past
from hubposture.views import timeline as view
from hubposture.wiring import Store, Workplace, connect, open_store, past_means, seen_snapshot, workplace

_SUBJECT = re.compile(r"[0-9a-f]{32}")
_MOST = 500


@dataclass(frozen=True)
class _Found:
    """The resource that is meant, and the subject, if one is."""

    resource: Resource
    row: Any = None


@click.command()
@click.argument("wanted", metavar="RESOURCE|SUBJECT")
@click.option("--account", metavar="ID", default="", help="The account that the resource is in.")
@click.option("--region", metavar="NAME", default="", help="The Region that it is in.")
@click.option(
    "--type", "kind", metavar="TYPE", default="", help="Its type, such as AwsS3Bucket, where no finding tells."
)
@click.option("--kept", is_flag=True, help="Ask AWS nothing: what was kept when it was last asked.")
@format_option
@click.pass_obj
def history(context: Context, wanted: str, form: str, *, account: str, region: str, kind: str, kept: bool) -> None:
    """What happened to a resource: recorded changes, who wrote, what its checks said, and what cannot be seen.

    RESOURCE is an ARN or an id as findings have it; SUBJECT are the 32 digits of a finding (from `findings --list --format
    json`). Costs a few calls to AWS Config and CloudTrail in the resource's account.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    with at.ledger() as ledger, open_store(at, connection.name, ledger) as store:
        found = _find(at, store, wanted, Resource(account, region, wanted, kind))
        if not kept:
            ask_past(past_means(connection, ledger, at=at), found.resource)
        past = kept_past(ledger, connection.name, found.resource)
        entries = _entries(store, connection.name, found)
    show(view.document(found.resource, past, entries, now=at.surroundings.now()), form)


def _find(at: Workplace, store: Store, wanted: str, given: Resource) -> _Found:
    """The subject or the resource that is meant. Raises InputError where that is not one."""
    try:
        with seen_snapshot(at, store) as snapshot:
            return _in_version(snapshot, wanted, given)
    except NoSuchVersion:
        if given.account and given.region:
            return _Found(given)
        raise


def _in_version(snapshot: Snapshot, wanted: str, given: Resource) -> _Found:
    if _SUBJECT.fullmatch(wanted):
        item = snapshot.item(wanted)
        if item is None:
            raise InputError(f"{wanted}: no such subject in version {snapshot.number}")
        return _Found(resource_of(item.fields), item.fields)
    tests: list[Filter] = [Comparison("resource", Operator.IS, (wanted,))]
    tests += [Comparison("account", Operator.IS, (given.account,))] if given.account else []
    tests += [Comparison("region", Operator.IS, (given.region,))] if given.region else []
    rows = [one.fields for one in snapshot.page(All(tuple(tests)), limit=_MOST) if one.fields["resource"] == wanted]
    places = sorted({(row["account"], row["region"]) for row in rows})
    if len(places) == 1:
        return _Found(resource_of(rows[0]))
    if not places and given.account and given.region and snapshot.within == EVERYTHING:
        return _Found(given)
    if not places:
        raise InputError(f"{wanted}: no finding names it; say --account, --region and --type")
    raise InputError(f"{wanted}: it is in {_named(places)}; say --account and --region")


def _named(places: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{account}/{region}" for account, region in places[:5])


def _entries(store: Store, organization: str, found: _Found) -> Sequence[Entry]:
    if found.row is None:
        return time_line(kept_past(store.ledger, organization, found.resource), ())
    subject = str(found.row["subject"])
    holding = store.ledger.tickets(organization, subjects=[subject])
    with store.reader.snapshot() as snapshot:
        _, entries = line_of(snapshot, found.row, store.ledger, organization=organization, tickets=holding)
    return entries
