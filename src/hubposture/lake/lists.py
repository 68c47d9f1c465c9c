"""Lists of subjects under a filter: groups, pages, counts, and one subject's findings and history.

A connection is DuckDB's, with relations named and shaped as in `findings.tables` and those of `owning` beside them. Pages go on behind a subject, so they
cost the same however far one reads; texts of accounts and controls are joined to the rows of the page alone.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import duckdb

from hubposture.errors import InputError
from hubposture.filters import Filter
from hubposture.findings.tables import FINDINGS, SUBJECTS, TRANSITIONS
from hubposture.lake.fields import FAILING, JOINS, OWNER, SEVERITY
from hubposture.lake.lists_sql import BANDS, ORDER, Chosen, chosen, ranked
from hubposture.ports.lake import Counts, Group, Item

Connection = duckdb.DuckDBPyConnection

MOST_ROWS = 10_000
"""The longest page."""


class NoSuchSubject(InputError):
    """A subject that this version does not hold."""


def by_band(connection: Connection, wanted: Filter) -> Sequence[int]:
    """How many subjects a filter has in each of `lists_sql.BANDS`."""
    picked = chosen(wanted)
    counts = ", ".join(f"COUNT(*) FILTER (WHERE {band.condition})" for band in BANDS)
    return connection.execute(f"SELECT {counts} {picked.where()}", picked.parameters).fetchall()[0]


def count(connection: Connection, wanted: Filter) -> Counts:
    """How many subjects a filter has, and how many of them are failing."""
    return counts_of(by_band(connection, wanted))


def counts_of(bands: Sequence[int]) -> Counts:
    """How many subjects there are in all bands, and how many of them are failing."""
    return Counts(sum(bands), sum(count for band, count in zip(BANDS, bands, strict=True) if band.is_failing))


# Groups


_GROUP = "s.control, s.title, CASE WHEN s.kind = 'other' THEN s.product ELSE '' END AS product"


def groups(connection: Connection, wanted: Filter, *, limit: int = 50, offset: int = 0) -> Sequence[Group]:
    """Groups by control (other products: by product and title), failing first, then severe, then large.

    `accounts` are those with something failing and `waived` what is failing and waived, `waived_until` the first end of
    their waivers; `suppressed` did not pass.
    `severity` is the worst of what did not pass, else the control's own. `shown` is the control as AWS writes it, of
    other products the product.
    """
    picked = chosen(wanted)
    sql = f"""
        WITH parts AS (
            SELECT {_GROUP}, COUNT(*) AS failing, COUNT(*) AS subjects, COUNT(DISTINCT s.account) AS accounts,
                COUNT(*) FILTER (WHERE s.suppressed) AS suppressed, MAX({ranked("s.severity")}) AS rank,
                MIN(CASE WHEN s.status = '' THEN s.first_seen_at ELSE s.failing_since END) AS since
            {picked.where(FAILING)} GROUP BY ALL
            UNION ALL
            SELECT {_GROUP}, 0, COUNT(*), 0, COUNT(*) FILTER (WHERE s.suppressed), MAX({ranked("s.severity")}), NULL
            {picked.where(f"NOT {FAILING}")} GROUP BY ALL
        ), g AS (
            SELECT control, title, product, SUM(failing)::BIGINT AS failing, SUM(subjects)::BIGINT AS subjects,
                SUM(accounts)::BIGINT AS accounts, SUM(suppressed)::BIGINT AS suppressed, MAX(rank) AS rank,
                MIN(since) AS since
            FROM parts GROUP BY ALL
        ), own AS (
            SELECT w.control, MAX({ranked("w.severity")}) AS rank FROM wishes w GROUP BY w.control
        )
        SELECT g.control, g.title, g.product, g.failing, g.subjects, g.accounts, g.suppressed, g.since,
            CASE WHEN g.rank > 0 THEN g.rank ELSE COALESCE(own.rank, {ranked("c.severity")}) END AS shown_rank,
            COALESCE(c.shown, g.control), COALESCE(c.title, '')
        FROM g LEFT JOIN own ON own.control = g.control LEFT JOIN controls c ON c.control = g.control
        ORDER BY CASE WHEN g.failing > 0 THEN 0 ELSE 1 END, shown_rank DESC, g.failing DESC, g.control, g.product, g.title
        LIMIT {int(limit)} OFFSET {int(offset)}"""  # noqa: S608 - our own SQL; values are bound
    rows = connection.execute(sql, picked.parameters).fetchall()
    waived = _waived(connection, picked, rows)
    return [_group(row, *waived.get(row[:3], (0, None))) for row in rows]


def _group(row: tuple[Any, ...], waived: int, until: dt.datetime | None) -> Group:
    control, title, product, failing, subjects, accounts, suppressed, since, rank, shown, control_title = row
    severity = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")[rank]
    return Group(
        control, shown or product, control_title or title, severity, failing, subjects, accounts, suppressed, waived,
        since, until,
    )  # fmt: skip


def _waived(
    connection: Connection, picked: Chosen, rows: Sequence[tuple[Any, ...]]
) -> Mapping[tuple[Any, ...], tuple[int, dt.datetime | None]]:
    """How many failing subjects of these groups are waived, and the first end, from the side of the few decisions."""
    if not any(row[3] for row in rows):
        return {}
    controls = {f"g{at}": control for at, control in enumerate(sorted({row[0] for row in rows}))}
    among = f"s.control IN ({', '.join(f'${name}' for name in controls)})"
    sql = f"""
        SELECT g.control, g.title, g.product, COUNT(*), MIN(d.until)
        FROM (
            SELECT s.subject, {_GROUP}
            {picked.where(FAILING, among, "s.subject IN (SELECT d.subject FROM decisions d)")}
        ) g JOIN decisions d ON d.subject = g.subject
        GROUP BY ALL"""  # noqa: S608 - our own SQL; values are bound
    found = connection.execute(sql, picked.parameters | controls).fetchall()
    return {tuple(row[:3]): (row[3], row[4]) for row in found}


# Pages


_TEXTS = f"""
    COALESCE(a.shown, s.account) AS account_shown, COALESCE(a.name, '') AS account_name,
    COALESCE(a.alias, '') AS account_alias, COALESCE(a.ou_path, '') AS ou_path,
    COALESCE(c.shown, s.control) AS control_shown, COALESCE(c.title, '') AS control_title,
    COALESCE(c.url, '') AS url, {SEVERITY} AS severity_shown, {OWNER} AS owner,
    COALESCE(w.disposition, '') AS disposition, COALESCE(w.in_force, FALSE) AS obligation, w.due_before AS due_before,
    COALESCE(d.waiver, '') AS waiver, d.until AS waived_until, COALESCE(d.effect, '') AS waiver_effect,
    COALESCE(v.state, '') AS waiver_state, COALESCE(v.approved_by, '') AS waiver_approved_by,
    COALESCE(v.approval, '') AS waiver_approval, COALESCE(v.reason, '') AS waiver_reason"""
_ALONGSIDE = f"""
    LEFT JOIN accounts a ON a.account = s.account
    {" ".join(JOINS.values())}
    LEFT JOIN decisions d ON d.subject = s.subject
    LEFT JOIN waivers v ON v.waiver = d.waiver"""
_SUBJECT = ", ".join(f"s.{name}" for name in SUBJECTS.names)
_GATHERED = "temp.page_rows"


def page(
    connection: Connection, wanted: Filter, *, bands: Sequence[int] | None = None, limit: int = 50, after: str = ""
) -> Sequence[Item]:
    """At most `limit` (10,000) subjects in the total order of `lists_sql.ORDER`, behind the subject `after`.

    `bands` are those of `by_band`, if they are known: what is empty is not looked for. Rows are gathered band by band and get their texts at once.

    Fields are those of `tables.SUBJECTS`, and `account_shown`, `account_name`, `account_alias`, `ou_path`,
    `control_shown`, `control_title`, `url`, `severity_shown` (of what passed, the severity its control has), `owner`,
    `disposition`, `obligation`, `due_before`, `waiver`, `waived_until`, `waiver_effect`, `waiver_state`,
    `waiver_approved_by`, `waiver_approval` and `waiver_reason`. Raises NoSuchSubject if `after` is gone from this
    version.
    """
    picked = chosen(wanted)
    first, behind, parameters = _position(connection, after) if after else (0, "TRUE", {})
    most, found = max(0, min(limit, MOST_ROWS)), 0
    for at, band in islice(enumerate(BANDS), first, None):
        if found < most and (bands is None or bands[at]):
            inner = picked.where(band.condition, behind if at == first else "TRUE")
            asked = f"SELECT {_SUBJECT} {inner} ORDER BY {band.order} LIMIT {most - found}"
            found += _gathered(connection, asked, picked.parameters | parameters, is_first=found == 0)
    return _items(connection, f"FROM {_GATHERED} s", {}, most) if found else []


def _gathered(connection: Connection, sql: str, parameters: Mapping[str, object], *, is_first: bool) -> int:
    """Put rows into a table of this connection alone, in place of what was there or behind it; how many."""
    into = f"CREATE OR REPLACE TEMP TABLE {_GATHERED} AS" if is_first else f"INSERT INTO {_GATHERED}"
    (count,) = connection.execute(f"{into} {sql}", _used(parameters, sql)).fetchall()[0]
    return int(count)


def item(connection: Connection, subject: str) -> Item | None:
    """One subject, whatever its presence, with the fields of `page`; None if there is none."""
    found = _items(connection, "FROM subjects s WHERE s.subject = $subject", {"subject": subject}, 1)
    return found[0] if found else None


def _items(connection: Connection, inner: str, parameters: Mapping[str, object], limit: int) -> list[Item]:
    """Rows of `inner` in its order with texts; parameters that it does not use are left out."""
    sql = f"""
        WITH s AS MATERIALIZED (SELECT {_SUBJECT} {inner} LIMIT {int(limit)})
        SELECT {_SUBJECT}, {_TEXTS} FROM s {_ALONGSIDE} ORDER BY {ORDER}"""  # noqa: S608 - our own SQL; values are bound
    return [Item(row) for row in _by_name(connection, sql, _used(parameters, inner))]


def _used(parameters: Mapping[str, object], sql: str) -> dict[str, object]:
    """The parameters that a statement names: DuckDB takes no others."""
    return {name: value for name, value in parameters.items() if f"${name}" in sql}


def _position(connection: Connection, after: str) -> tuple[int, str, dict[str, object]]:
    """The band in which a subject stands, and the condition of what is behind it within that band."""
    bands = " ".join(f"WHEN {band.condition} THEN {at}" for at, band in enumerate(BANDS))
    sql = f"""SELECT CASE {bands} END, {ranked("s.severity")}, s.failing_since
        FROM subjects s WHERE s.subject = $after"""  # noqa: S608 - our own SQL; values are bound
    found = connection.execute(sql, {"after": after}).fetchall()
    if not found:
        raise NoSuchSubject(f"there is no finding {after!r} in this version to go on behind; begin with the first page")
    band, rank, since = found[0]
    here, later = ranked("s.severity"), "s.failing_since IS NULL AND s.subject > $after"
    if since is not None:
        same = "s.failing_since = $since AND s.subject > $after"
        later = f"s.failing_since IS NULL OR s.failing_since < $since OR ({same})"
    parameters: dict[str, object] = {"after": after, "rank": rank, "since": since}
    return int(band), f"({here} < $rank OR ({here} = $rank AND ({later})))", parameters


# One subject


def findings_of(connection: Connection, subject: str) -> Sequence[Mapping[str, Any]]:
    """The findings of a subject, rows of `tables.FINDINGS` by name, ACTIVE and worst and newest first."""
    columns = ", ".join(f"f.{name}" for name in FINDINGS.names)
    sql = f"""SELECT {columns} FROM findings f WHERE f.subject = $subject
        ORDER BY CASE WHEN f.record_state = 'ACTIVE' THEN 0 ELSE 1 END,
            CASE f.compliance WHEN 'FAILED' THEN 0 WHEN 'WARNING' THEN 1 WHEN 'NOT_AVAILABLE' THEN 2 WHEN 'PASSED'
                THEN 4 ELSE 3 END,
            {ranked("f.severity")} DESC, f.updated_at DESC, f.finding"""  # noqa: S608 - our own SQL; values are bound
    return _by_name(connection, sql, {"subject": subject})


def history_of(connection: Connection, subject: str) -> Sequence[Mapping[str, Any]]:
    """The transitions of a subject, oldest first, rows of `tables.TRANSITIONS` by name."""
    columns = ", ".join(f"x.{name}" for name in TRANSITIONS.names)
    sql = f"SELECT {columns} FROM transitions x WHERE x.subject = $subject ORDER BY x.version"  # noqa: S608 - columns are ours
    return _by_name(connection, sql, {"subject": subject})


def tags_of(connection: Connection, tagset: str) -> Sequence[tuple[str, str]]:
    """The tags behind a subject's `tagset`, by name."""
    sql = "SELECT g.tag, g.value FROM tags g WHERE g.tagset = $tagset ORDER BY g.tag, g.value"
    return [(tag, value) for tag, value in connection.execute(sql, {"tagset": tagset}).fetchall()]


def _by_name(connection: Connection, sql: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
    done = connection.execute(sql, dict(parameters))
    columns = [column[0] for column in done.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in done.fetchall()]
