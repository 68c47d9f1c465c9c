"""A version with only some subjects in it: relations over those of the whole version, in a schema of their own.

Views where that costs nothing, tables where it would be asked again and again. Where a filter speaks of accounts and OUs
alone, everything is told apart by the account; else by the subject. An account of which not everything is there says of what
is switched on and wanted only what belongs to the controls that it has subjects of: nothing else of it is missed.
"""
# ruff: noqa: S608 - statements are put together from our own SQL; a filter's values are literals, quoted by us

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from hubposture.filters import EVERYTHING, All, AnyOf, Comparison, Filter, Not, names, to_sql
from hubposture.findings.fold import CUBE_OF_SUBJECTS
from hubposture.findings.tables import (
    ACCOUNTS,
    CUBE,
    DECISIONS,
    DIMENSIONS,
    ENABLEMENT,
    FINDINGS,
    SUBJECTS,
    TABLES,
    TAGS,
    TARGETS,
    TRANSITIONS,
    UNITS,
    WAIVERS,
    WISHES,
    Table,
)
from hubposture.lake.engine import REJECTS, Connection, columns_of, quoted
from hubposture.lake.fields import COLUMNS, JOINS
from hubposture.lake.lists_sql import IN_SIGHT
from hubposture.lake.owning import RELATIONS as OF_OWNERS

KEPT = 100_000
"""So many subjects are kept as a table of their own; more of them are looked up in the version whenever they are asked for."""
OF_ACCOUNTS = frozenset({"account", "account-id", "account-owner", "ou", "ou-id"})
"""Fields that say the same of everything in an account."""
UNKNOWN_LATER = frozenset(
    {"type", "tag", "owner", "owned", "product", "title", "text", "workflow", "passed", "seen", "changed", "returns"}
)
"""Fields of which nothing is known on a day whose findings are no longer kept: what depends on them is not there then."""
_NAMED = sorted({*(table.name for table in TABLES), *OF_OWNERS})
_RELATION = re.compile(rf"\b(FROM|JOIN) ({'|'.join(_NAMED)})\b")
_PARAMETER = re.compile(r"\$f\d+")
_PLACES = (
    "(SELECT k.account, '' AS region, '' AS control, '' AS resource, '' AS tagset FROM (SELECT account FROM accounts "
    "UNION SELECT account FROM targets UNION SELECT account FROM subjects) k) s"
)
"""Accounts in the shape of subjects, for conditions that look at nothing else."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Where it is made: the schema of the whole version, and its own; a day whose findings are no longer kept `is_slim`."""

    whole: str
    own: str
    is_slim: bool


def show_within(connection: Connection, wanted: Filter, at: Parts) -> None:
    """Make the relations of the subjects of a filter; owners are shown in the whole version where it names them.

    `cube` is among them where it costs nothing, else `count_within` makes it; `rollup` never is.
    """
    if at.is_slim:
        wanted = surely(wanted, unknown=UNKNOWN_LATER)
    run = connection.execute
    run(f"CREATE SCHEMA {at.own}")
    by_account = names(wanted) <= OF_ACCOUNTS
    if by_account:
        run(f"CREATE TABLE {at.own}.seen_accounts AS {_accounts_of(wanted, at)}")
        _show_subjects(connection, _by_account(SUBJECTS, at), at)
        run(f"CREATE VIEW {at.own}.cube AS {_by_account(CUBE, at)}")
    else:
        _show_subjects(connection, _chosen(wanted, "subjects s", columns_of(SUBJECTS, of="s"), at), at)
        _see_accounts(connection, wanted, at)
    _show_rows(connection, at, by_account=by_account)
    _show_dimensions(connection, at, by_account=by_account)


def count_within(connection: Connection, at: Parts) -> None:
    """Count `cube` where `show_within` left it out."""
    ((there,),) = connection.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = $own AND table_name = 'cube'",
        {"own": at.own},
    ).fetchall()
    if not there:
        counted = CUBE_OF_SUBJECTS.replace("FROM subjects s", f"FROM {at.own}.subjects s")
        counted = counted.replace("JOIN waived w", f"JOIN {at.own}.decisions w")
        connection.execute(f"CREATE TABLE {at.own}.cube AS {counted}")


def show_owners_within(connection: Connection, at: Parts) -> None:
    """Make the relations of owners over those of the whole version, which are there."""
    for name in OF_OWNERS:
        among = f" WHERE {_seen('o.account', at)}" if name == "owner_accounts" else ""
        connection.execute(f"CREATE OR REPLACE VIEW {at.own}.{name} AS SELECT o.* FROM {at.whole}.{name} o{among}")


def surely(wanted: Filter, *, unknown: frozenset[str]) -> Filter:
    """A filter that speaks of no unknown field and has nothing that `wanted` does not have, whatever these are."""
    return _bound(wanted, unknown, otherwise=Not(EVERYTHING))


def _bound(wanted: Filter, unknown: frozenset[str], *, otherwise: Filter) -> Filter:
    """Every comparison with an unknown field replaced: by nothing, and by everything below a negation."""
    match wanted:
        case Comparison(name):
            return otherwise if name in unknown else wanted
        case Not(inner):
            swapped = EVERYTHING if otherwise != EVERYTHING else Not(EVERYTHING)
            return Not(_bound(inner, unknown, otherwise=swapped))
        case All(parts):
            return All(tuple(_bound(part, unknown, otherwise=otherwise) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_bound(part, unknown, otherwise=otherwise) for part in parts))


# --- conditions ------------------------------------------------------------------------------------------------------


def _chosen(wanted: Filter, rows: str, columns: str, at: Parts) -> str:
    """A query for rows that a filter has, whatever their presence, over the relations of the whole version."""
    condition, parameters = to_sql(wanted, columns=COLUMNS)
    needed = {need for name in names(wanted) for column in COLUMNS[name] for need in column.needs}
    joins = " ".join(JOINS[name] for name in JOINS if name in needed)
    query = _RELATION.sub(rf"\1 {at.whole}.\2", f"SELECT {columns} FROM {rows} {joins} WHERE {condition}")
    return _PARAMETER.sub(lambda found: _literal(parameters[found.group()[1:]]), query)


def _literal(value: object) -> str:
    """A filter's value as SQL: views take no parameters."""
    match value:
        case dt.datetime():
            return f"CAST({quoted(value.isoformat(sep=' '))} AS TIMESTAMP)"
        case bool() | int():
            return str(value)
        case _:
            return " || chr(0) || ".join(quoted(one) for one in str(value).split("\0")).join("()")


def _accounts_of(wanted: Filter, at: Parts) -> str:
    return _chosen(wanted, _PLACES, "DISTINCT s.account, TRUE AS is_whole", at)


def _seen(column: str, at: Parts) -> str:
    return f"{column} IN (SELECT k.account FROM {at.own}.seen_accounts k)"


def _by_account(table: Table, at: Parts) -> str:
    return f"SELECT {columns_of(table, of='x')} FROM {at.whole}.{table.name} x WHERE {_seen('x.account', at)}"


def _by_subject(table: Table, at: Parts) -> str:
    among = f"x.subject IN (SELECT k.subject FROM {at.own}.subjects k)"
    return f"SELECT {columns_of(table, of='x')} FROM {at.whole}.{table.name} x WHERE {among}"


# --- relations -------------------------------------------------------------------------------------------------------


def _show_subjects(connection: Connection, query: str, at: Parts) -> None:
    """The subjects that a query has; a table where they are few."""
    name = f"{at.own}.subjects"
    connection.execute(f"CREATE TABLE {name} AS {query} LIMIT {KEPT + 1}")
    ((count,),) = connection.execute(f"SELECT count(*) FROM {name}").fetchall()
    if count > KEPT:
        connection.execute(f"DROP TABLE {name}")
        connection.execute(f"CREATE VIEW {name} AS {query}")


def _see_accounts(connection: Connection, wanted: Filter, at: Parts) -> None:
    """Accounts that have one of the subjects, and those of which everything is there, whether they have any or not."""
    whole = surely(wanted, unknown=names(wanted) - OF_ACCOUNTS)
    connection.execute(
        f"CREATE TABLE {at.own}.seen_accounts AS WITH whole AS ({_accounts_of(whole, at)}) "
        "SELECT account, is_whole FROM whole UNION ALL "
        f"SELECT DISTINCT s.account, FALSE FROM {at.own}.subjects s WHERE s.account NOT IN (SELECT account FROM whole)"
    )


def _show_rows(connection: Connection, at: Parts, *, by_account: bool) -> None:
    """What is written of subjects: findings (where they are kept), transitions, decisions, tags."""
    for table in (FINDINGS, TRANSITIONS):
        if table is not FINDINGS or not at.is_slim:
            query = _by_account(table, at) if by_account else _by_subject(table, at)
            connection.execute(f"CREATE VIEW {at.own}.{table.name} AS {query}")
    connection.execute(f"CREATE TABLE {at.own}.decisions AS {_by_subject(DECISIONS, at)}")
    connection.execute(
        f"CREATE TABLE {at.own}.seen_tags AS SELECT DISTINCT s.tagset FROM {at.own}.subjects s WHERE s.tagset <> ''"
    )
    connection.execute(
        f"CREATE VIEW {at.own}.tags AS SELECT {columns_of(TAGS, of='x')} FROM {at.whole}.tags x "
        f"WHERE x.tagset IN (SELECT k.tagset FROM {at.own}.seen_tags k)"
    )
    nothing = f"SELECT {columns_of(REJECTS, of='x')} FROM {at.whole}.rejects x WHERE FALSE"
    connection.execute(f"CREATE VIEW {at.own}.rejects AS {nothing}")


def _show_dimensions(connection: Connection, at: Parts, *, by_account: bool) -> None:
    """The dimensions of these accounts; controls and standards are everybody's."""
    if not by_account:
        connection.execute(_CONTROLS_SEEN.format(own=at.own))
    mixed = "" if by_account else _MIXED
    made: Mapping[str, str] = {
        ACCOUNTS.name: _by_account(ACCOUNTS, at),
        UNITS.name: _by_account(UNITS, at),
        TARGETS.name: f"SELECT {columns_of(TARGETS, of='x')} FROM ({_targets(at, mixed)}) x",
        WISHES.name: _profile(WISHES, at, mixed),
        ENABLEMENT.name: _profile(ENABLEMENT, at, mixed),
        DECISIONS.name: "",
        WAIVERS.name: _WAIVERS.format(own=at.own, whole=at.whole),
    }
    for table in DIMENSIONS:
        query = made.get(table.name, f"SELECT {columns_of(table)} FROM {at.whole}.{table.name}")
        if query:
            kind = "TABLE" if table in (WISHES, ENABLEMENT, TARGETS, WAIVERS) else "VIEW"
            connection.execute(f"CREATE {kind} {at.own}.{table.name} AS {query}")


_CONTROLS_SEEN = """
    CREATE TABLE {own}.seen_controls AS
    WITH each AS (
        SELECT DISTINCT s.account, s.region, s.control
        FROM {own}.subjects s JOIN {own}.seen_accounts k ON k.account = s.account
        WHERE s.kind = 'control' AND NOT k.is_whole
    ), mixes AS (
        SELECT account, region, md5(string_agg(control, chr(10) ORDER BY control)) AS mix FROM each GROUP BY ALL
    )
    SELECT e.account, e.region, e.control, m.mix
    FROM each e JOIN mixes m ON m.account = e.account AND m.region = e.region"""
"""The controls that subjects are there of, in places of which not everything is; places alike have the same `mix`."""
_MIXED = """
    LEFT JOIN {own}.seen_accounts k ON k.account = t.account
    LEFT JOIN (SELECT DISTINCT account, region, mix FROM {own}.seen_controls) m
        ON m.account = t.account AND m.region = t.region"""
_KEY = "CASE WHEN k.is_whole OR t.{name} = '' THEN t.{name} ELSE t.{name} || ' ' || COALESCE(m.mix, '') END"
_WAIVERS = f"""
    SELECT
        w.waiver, w.state, w.type, w.effect, w.controls, w.owner, w.risk_owner, w.requested_by, w.approved_by, w.approval,
        w.reason, w.valid_from, w.until, c.subjects AS "within", c.failing, CAST(0 AS BIGINT) AS surplus,
        CASE WHEN c.failing = 0 THEN c.changed_at END AS passing_since
    FROM {{whole}}.waivers w
    JOIN (
        SELECT d.waiver, COUNT(*) AS subjects, COUNT(*) FILTER (WHERE {IN_SIGHT} AND s.status <> 'PASSED') AS failing,
            MAX(s.changed_at) AS changed_at
        FROM {{own}}.decisions d JOIN {{own}}.subjects s ON s.subject = d.subject
        GROUP BY d.waiver
    ) c ON c.waiver = w.waiver"""
"""The waivers that cover one of the subjects, counted over these. What a waiver matches beyond what it covers is not known."""


def _targets(at: Parts, mixed: str) -> str:
    """The targets, with keys of their own where not everything of them is there."""
    if not mixed:
        return _by_account(TARGETS, at)
    keys = {name: f"{_KEY.format(name=name)} AS {name}" for name in ("enablement", "wishes")}
    columns = ", ".join(keys.get(name, f"t.{name}") for name in TARGETS.names)
    return f"SELECT {columns} FROM {at.whole}.targets t {mixed.format(own=at.own)} WHERE {_seen('t.account', at)}"


def _profile(table: Table, at: Parts, mixed: str) -> str:
    """Rows of WISHES or ENABLEMENT that a target of these refers to."""
    name = table.name
    others = columns_of(table, of="x")
    if not mixed:
        return f"SELECT {others} FROM {at.whole}.{name} x WHERE x.{name} IN (SELECT t.{name} FROM {at.own}.targets t)"
    columns = ", ".join(f"p.key AS {one}" if one == name else f"x.{one}" for one in table.names)
    keys = f"SELECT DISTINCT t.{name} AS held, {_KEY.format(name=name)} AS key, k.is_whole, COALESCE(m.mix, '') AS mix"
    return (
        f"SELECT {columns} FROM ({keys} FROM {at.whole}.targets t {mixed.format(own=at.own)} WHERE {_seen('t.account', at)}) p "
        f"JOIN {at.whole}.{name} x ON x.{name} = p.held "
        f"WHERE p.is_whole OR EXISTS (SELECT 1 FROM {at.own}.seen_controls c WHERE c.mix = p.mix AND c.control = x.control)"
    )
