"""What work sees of a version: every obligation that fails, and what became of the subjects of tickets.

A standing is concluded from what is known: a subject out of sight, a target that nobody could read and a check that did
not measure are unknown, and never done. Owners (`lake.owning`) are shown before.
"""
# ruff: noqa: S608 - statements are put together from our own SQL; values are bound or in tables

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import pyarrow as pa

from hubposture.lake.engine import Connection
from hubposture.lake.fields import JOINS, OBLIGATION, OWNER, OWNER_IS_TEAM, SEVERITY
from hubposture.lake.lists_sql import IN_SIGHT
from hubposture.work.subject import Standing, Subject

_TRACKED = "work_tracked"
_FAILING = f"{OBLIGATION} AND s.status = 'FAILED' AND d.subject IS NULL"
_IS_REQUIREMENT_KNOWN = "(w.control IS NOT NULL OR COALESCE(t.sight, '') = 'seen')"
"""A target that is not seen may only lack its wishes: that no row asks for anything there is believed of others."""
_STANDING = f"""CASE
    WHEN {_FAILING} THEN '{Standing.FAILING}'
    WHEN s.presence = 'gone' THEN '{Standing.GONE}'
    WHEN s.presence = 'present' AND s.status = 'PASSED' THEN '{Standing.PASSED}'
    WHEN d.subject IS NOT NULL AND s.status <> 'PASSED' THEN '{Standing.WAIVED}'
    WHEN NOT COALESCE(w.in_force, FALSE) AND {_IS_REQUIREMENT_KNOWN} THEN '{Standing.NOT_REQUIRED}'
    ELSE '{Standing.UNKNOWN}' END"""
_BECAUSE = """CASE
    WHEN COALESCE(t.because, '') <> '' THEN ': ' || LEFT(t.because, 200)
    WHEN a.state IN ('suspended', 'closing', 'left') THEN ': the account is ' || a.state ELSE '' END"""
_WHY_NOT_REQUIRED = """CASE
    WHEN w.control IS NULL THEN 'no row asks for it there'
    WHEN w.disposition <> 'enforce' THEN 'its row says ' || w.disposition
    ELSE 'its row is not in force there' END"""
_WHY_UNKNOWN = f"""CASE
    WHEN s.presence = 'lost' THEN 'lost sight' || {_BECAUSE}
    WHEN s.presence = 'off' AND w.in_force THEN 'switched off there, though its row says enforce'
    WHEN NOT COALESCE(w.in_force, FALSE) THEN 'its target is not seen' || {_BECAUSE}
    WHEN s.presence = 'unsure' THEN 'the last sweep did not see it'
    WHEN s.status = '' THEN 'the check says nothing'
    ELSE 'the check says ' || s.status END"""
_WHY = (
    f"CASE standing WHEN '{Standing.NOT_REQUIRED}' THEN why_not WHEN '{Standing.UNKNOWN}' THEN why_unknown ELSE '' END"
)
_QUERY = f"""
    WITH each AS (
        SELECT
            s.subject, s.account, COALESCE(a.shown, s.account) AS account_shown, s.region, s.control,
            COALESCE(c.shown, s.control) AS shown, COALESCE(c.title, '') AS title, COALESCE(c.url, '') AS url,
            s.resource, s.resource_type, COALESCE(w.severity, {SEVERITY}) AS severity, {_STANDING} AS standing,
            {OWNER} AS owner, {OWNER_IS_TEAM} AS is_team, s.failing_since, s.last_passed_at, s.changed_at,
            t.swept_at, s.returns, COALESCE(w.due_days, -1) AS due_days, COALESCE(d.waiver, '') AS waiver, d.until,
            {_WHY_NOT_REQUIRED} AS why_not, {_WHY_UNKNOWN} AS why_unknown
        FROM subjects s {" ".join(JOINS.values())}
        LEFT JOIN accounts a ON a.account = s.account
        LEFT JOIN decisions d ON d.subject = s.subject
        WHERE s.kind = 'control' AND {{wanted}}
    )
    SELECT * EXCLUDE (why_not, why_unknown), FALSE AS is_observed, {_WHY} AS why FROM each ORDER BY subject"""
_IS_FAILING = f"{IN_SIGHT} AND s.status = 'FAILED' AND w.in_force AND d.subject IS NULL"
_STANDINGS: Mapping[str, Standing] = {one.value: one for one in Standing}
_AT = [field.name for field in fields(Subject)].index("standing")


def work_of(connection: Connection, tracked: Collection[str]) -> Sequence[Subject]:
    """Every obligation that fails and is not waived, and every subject of `tracked` that is there; sorted by subject."""
    with _named(connection, tracked) as among:
        wanted = f"({_IS_FAILING} OR {among})" if among else _IS_FAILING
        rows = connection.execute(_QUERY.format(wanted=wanted)).fetchall()
    return [_subject(row) for row in rows]


@contextmanager
def _named(connection: Connection, tracked: Collection[str]) -> Iterator[str]:
    """A condition for subjects of these names; '' for none."""
    if not tracked:
        yield ""
        return
    connection.register(_TRACKED, pa.table({"subject": pa.array(sorted(set(tracked)), pa.string())}))
    try:
        yield f"s.subject IN (SELECT k.subject FROM {_TRACKED} k)"
    finally:
        connection.unregister(_TRACKED)


def _subject(row: tuple[Any, ...]) -> Subject:
    """A subject from a row, whose columns are in the order of its fields."""
    values = list(row)
    values[_AT] = _STANDINGS[row[_AT]]
    return Subject(*values)
