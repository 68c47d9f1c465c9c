"""Carries a ledger from one database to another: SQLite to PostgreSQL, back, or to another of the same kind."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, TableClause, TypeDecorator, column, delete, insert, select, table

from hubposture.errors import Refusal
from hubposture.ledger.audit import EMPTY, faults, stored_head
from hubposture.ledger.engine import holding, shown
from hubposture.ledger.ledger import SqlLedger
from hubposture.ledger.migrate import VERSION_TABLE, revision
from hubposture.ledger.schema import AUDIT_HEAD, HEAD, JOBS, LEASES, METADATA
from hubposture.ports.ledger import LedgerIsNewer

WRITTEN = (
    *("runs", "changes", "seen_controls", "leases", "call_budgets"),
    *("waiver_marks", "persons_notes", "resolved_findings", "suppressors", "admitted_subjects", "decided_waivers"),
    *("waiver_notices", "waiver_drafts", "approval_requests", "confirmations", "waiver_said", "jobs"),
    *("tickets", "ticket_members", "work_cursors", "messages", "answers", "hooks", "reports"),
    *("message_acts",),
    *("saved_filters", "kept_answers", "proposals"),
    *("sessions", "sign_ins", "api_tokens"),
    *("resource_pasts", "outside_writes", "outside_readings"),
    *("lake_heads", "lake_pins", "lake_versions", "lake_cursors", "outbox", "audit", "audit_head"),
)
"""All tables in the order in which transactions write them; a test holds it complete."""

_PAGE = 1000
_GIVEN_BACK: dict[str, object] = {"holder": "", "until": datetime(1970, 1, 1)}  # noqa: DTZ001 - as it is stored
_MODULUS = 1 << 256


def move(source: SqlLedger, target: SqlLedger) -> dict[str, int]:
    """Copy everything from `source` to `target`, which must be new; gives the rows per table, sorted by name.

    All or nothing: the target is written in one transaction, which is committed only after every row was read back
    and the audit trail was recomputed on both sides; a move that fails or is killed leaves it as it was. A trail that
    was tampered with arrives as it is: `verify` says the same of both. Leases and jobs arrive as given back, so that
    nobody holds one here, and a token goes on growing. The source is not changed.

    Limits: nobody can write to the source meanwhile (readers can), and whoever waits longer than its `busy_seconds`
    gets LedgerUnavailable. What is written to the source afterwards is not in the target: stop what writes, move,
    change `ledger.url`, start again. In PostgreSQL the hold is on our tables only, and the role must own them.
    Files of the lake are not moved: versions name them by relative paths.

    Raises Refusal (the same database, a target that is not empty, a copy that differs), LedgerIsNewer,
    LedgerUnavailable.
    """
    if source.engine.url == target.engine.url:
        raise Refusal(f"the ledger {shown(source.engine.url)} cannot be moved onto itself; name another database")
    held = (*WRITTEN, VERSION_TABLE)
    with holding(source.engine, held) as here, holding(target.engine, held) as there:
        _check_schema(here, source)
        _check_schema(there, target)
        _check_empty(there, target)
        there.execute(delete(AUDIT_HEAD))
        counts = {one.name: _copy(here, there, one) for one in METADATA.sorted_tables}
        if stored_head(here) != stored_head(there) or faults(here) != faults(there):
            raise Refusal("the copy of the audit trail is not the same as the trail; nothing was moved")
    return dict(sorted(counts.items()))


def _check_schema(connection: Connection, ledger: SqlLedger) -> None:
    found = revision(connection)
    if found != HEAD:
        raise LedgerIsNewer(f"the ledger {shown(ledger.engine.url)} now has schema {found}, and not {HEAD}; try again")


def _check_empty(connection: Connection, ledger: SqlLedger) -> None:
    names = [one.name for one in METADATA.sorted_tables if one is not AUDIT_HEAD and _has_rows(connection, one)]
    if stored_head(connection) != EMPTY:
        names.append(AUDIT_HEAD.name)
    if names:
        raise Refusal(
            f"the ledger {shown(ledger.engine.url)} is not empty (there are rows in {', '.join(sorted(names))}); "
            "nothing was moved (name a new database)"
        )


def _has_rows(connection: Connection, one: Table) -> bool:
    return connection.execute(select(*one.primary_key).limit(1)).first() is not None


@dataclass(slots=True)
class _Sum:
    """A digest of rows in any order: databases sort texts differently."""

    rows: int = 0
    digest: int = 0

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        for row in rows:
            self.digest += int.from_bytes(hashlib.sha256(repr(sorted(row.items())).encode()).digest())
        self.rows += len(rows)
        self.digest %= _MODULUS


def _copy(here: Connection, there: Connection, one: Table) -> int:
    """Copy a table and read it back; gives its rows."""
    plain = _plain(one)
    written, found = _Sum(), _Sum()
    for page in _pages(here, plain):
        rows = [{**row, **_GIVEN_BACK} for row in page] if one in (LEASES, JOBS) else page
        there.execute(insert(plain), rows)
        written.add(rows)
    for page in _pages(there, plain):
        found.add(page)
    if found != written:
        raise Refusal(f"the copy of {one.name} is not what was read ({found.rows} of {written.rows} rows); not moved")
    return written.rows


def _plain(one: Table) -> TableClause:
    """A table whose values are taken as they are stored, not as we read them."""
    kinds = {
        each.name: each.type.impl_instance if isinstance(each.type, TypeDecorator) else each.type for each in one.c
    }
    return table(one.name, *(column(name, kind) for name, kind in kinds.items()))


def _pages(connection: Connection, plain: TableClause) -> Iterator[list[dict[str, Any]]]:
    result = connection.execute(select(plain), execution_options={"yield_per": _PAGE})
    for page in result.mappings().partitions():
        yield [dict(row) for row in page]
