"""The past of resources, and writes to Security Hub past us: adapters by the settings."""

import datetime as dt
from collections.abc import Collection, Sequence

from hubposture.aws.census import read_automation
from hubposture.aws.config_history import AwsConfigHistory
from hubposture.aws.gateway import Gateway
from hubposture.aws.lookup import AwsLookup
from hubposture.aws.trail_queries import AwsTrailAthena, AwsTrailLake, Table
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.lake import Snapshot
from hubposture.ports.resource_history import WriteHistory
from hubposture.settings.history import WritesFrom
from hubposture.timeline.outside import Ours, Rule
from hubposture.verbs.outside import Means as OutsideMeans
from hubposture.verbs.outside import told_outside
from hubposture.verbs.resource_past import Means
from hubposture.views.outside import OutsideView
from hubposture.wiring.connection import Connection
from hubposture.wiring.store import holder
from hubposture.wiring.workplace import Workplace


def past_means(connection: Connection, ledger: SqlLedger, *, at: Workplace) -> Means:
    """What asking for a resource's past needs; `at` says who asks and when."""
    settings = at.settings.history
    gateway = _impatient(connection, settings.seconds)
    return Means(
        organization=connection.name,
        ledger=ledger,
        config=AwsConfigHistory(gateway),
        trail=_trail(connection, gateway),
        holder=holder(),
        who=at.who(),
        now=at.surroundings.now,
        days=settings.days,
        again=dt.timedelta(minutes=settings.again_minutes),
        keep=settings.keep,
    )


def outside_means(connection: Connection, ledger: SqlLedger, *, at: Workplace) -> OutsideMeans:
    """What looking for writes that are not ours needs."""
    settings, organization = at.settings.outside, connection.settings
    roles = (
        organization.reader_role, organization.writer_role, organization.administrator_reader_role,
        organization.administrator_writer_role,
    )  # fmt: skip
    return OutsideMeans(
        organization=connection.name,
        ledger=ledger,
        trail=AwsLookup(connection.gateway),
        workers=connection.pool,
        ours=Ours(frozenset(one.rpartition("/")[2] for one in roles if one), settings.ours),
        imports=settings.imports,
        now=at.surroundings.now,
        first=dt.timedelta(days=settings.first_days),
        keep=dt.timedelta(days=settings.keep_days),
        most_calls=settings.calls,
        administrator=organization.administrator,
        rules=lambda region: _rules(connection.gateway, region),
    )


def _rules(gateway: Gateway, region: str) -> Sequence[Rule]:
    found = read_automation(gateway, region)
    return [Rule(one.name, one.arn, one.detail) for one in found if one.kind == "automation rule"]


def _impatient(connection: Connection, seconds: float) -> Gateway:
    """The organization's gateway with its limits and roles, that gives up soon: somebody waits for the answer."""
    gateway = connection.gateway
    return Gateway(gateway.caller.impatient(seconds), gateway.roles, gateway.credentials)


def _trail(connection: Connection, gateway: Gateway) -> WriteHistory:
    settings = connection.workplace.settings.history
    region = settings.region or connection.settings.home_region
    match settings.source:
        case WritesFrom.LOOKUP:
            return AwsLookup(gateway, most_pages=settings.pages)
        case WritesFrom.LAKE:
            return AwsTrailLake(gateway, store=settings.event_data_store, region=region, seconds=settings.seconds)
        case WritesFrom.ATHENA:
            table = Table(
                settings.athena.database, settings.athena.table, settings.athena.workgroup, settings.athena.day_column
            )
            return AwsTrailAthena(gateway, table=table, region=region, seconds=settings.seconds)


def outside_view(
    at: Workplace,
    name: str,
    ledger: SqlLedger,
    snapshot: Snapshot,
    *,
    since: dt.datetime,
    limit: int,
    seen: Collection[str] | None = None,
) -> OutsideView:
    """What is known of writes past us, as far as a snapshot has their accounts; nothing is asked of AWS."""
    told = told_outside(ledger, name, snapshot, since=since, limit=limit, seen=seen)
    return OutsideView(
        told.outside.writes, told.outside.readings, told.subjects, told.unapproved, told.unseen, since,
        named=_is_named(at, name), imports=at.settings.outside.imports,
    )  # fmt: skip


def _is_named(at: Workplace, name: str) -> bool:
    return bool(at.settings.organizations[name].administrator_writer_role) or bool(at.settings.outside.ours)
