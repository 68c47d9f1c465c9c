"""Merge findings and derive the state of their subjects: statements run on the caller's DuckDB connection.

The statements are in `sql/`, one file per step; `tests/findings/reference.py` says the same in plain Python. Every
function takes the rows that matter from relations of the connection and leaves the rows to write in temporary tables
of the connection, so that nothing is published before the caller publishes it, and everything can be run again:

- `out_findings`, `out_subjects`: rows of `tables.FINDINGS` and `tables.SUBJECTS` to put in place of those held
- `out_transitions`: rows of `tables.TRANSITIONS` to append, at most one per subject

What depends on the order of batches, by its nature: times and counts of what was never seen in between (`returns`,
`failing_since`, `first_failed_at`, `last_passed_at`, `first_seen_at`, `changed_at`), the frozen state of a subject
without an ACTIVE finding, a `tagset` taken from an older row, and, of refreshes within STALE_HOURS that change nothing
and are not written, the times of the finding: a row older than such a refresh wins until the next one comes. Within a
batch nothing depends on order.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hubposture.findings.statements import run

STALE_HOURS = 20
"""A refresh that changes nothing is written only when it moves `updated_at` by more than this."""


class Connection(Protocol):
    """What is used of a DuckDB connection."""

    def execute(self, query: str, parameters: Any = ..., /) -> Any:
        """Run one statement with `$name` parameters; the result has `fetchone`."""


@dataclass(frozen=True, slots=True)
class FoldCounts:
    """What a step did: rows of findings by what became of them, and transitions.

    After `fold`, new + changed + unchanged are the rows of `incoming`, and new + changed those of `out_findings`.
    `missed` counts in `changed` the findings whose misses changed; `settle` writes no findings.
    """

    new: int
    changed: int
    unchanged: int
    transitions: int


def fold(
    connection: Connection, *, version: int, at: dt.datetime, frozen: bool = False, stale_hours: int = STALE_HOURS
) -> FoldCounts:
    """Merge `incoming` into the held rows; cause of transitions: finding, archived, switch, missed.

    Reads `incoming` (FINDINGS without misses, any order, the same finding any number of times), `held_findings` (all
    rows of every subject that `incoming` speaks of), `held_subjects` (those subjects). `frozen`: nothing closes now,
    a deleted resource is unsure and not gone.
    """
    moment = {"at": _naive(at), "version": version}
    for name in ("words", "collapse", "merge"):
        _run(connection, name, {**moment, "stale_hours": stale_hours})
    new, written = _one(connection, "SELECT count(*) FILTER (is_new), count(*) FROM out_findings")
    came = _one(connection, "SELECT count(*) FROM incoming")[0]
    _derive(connection, {**moment, "frozen": frozen})
    return FoldCounts(new, written - new, came - written, _transitions(connection))


def missed(connection: Connection, *, started: dt.datetime, version: int, at: dt.datetime) -> FoldCounts:
    """Count what a complete sweep, begun at `started`, did not see; subjects of which nothing is seen become unsure.

    Reads `held_findings` (all ACTIVE rows of the swept accounts and all other rows of their subjects),
    `held_subjects`, `seen` (finding), `swept` (account).
    """
    _run(connection, "words", {})
    _run(connection, "missed", {"started": _naive(started)})
    written = _one(connection, "SELECT count(*) FROM out_findings")[0]
    _derive(connection, {"at": _naive(at), "version": version, "frozen": False})
    return FoldCounts(0, written, 0, _transitions(connection))


def settle(connection: Connection, *, frozen: bool, version: int, at: dt.datetime) -> FoldCounts:
    """Bring every subject's presence in line with the dimensions; cause of transitions: facts, missed.

    Reads `findings` and `subjects` (the whole current state), `targets`, `accounts`, `enablement`, and `recorded`
    (account, region). Leaves the touched subjects as they were in the temporary table `held_subjects` too, in place of
    whatever has that name in this connection's temporary schema.
    """
    _run(connection, "words", {})
    _forget(connection, "held_subjects")
    _run(connection, "settle", {"frozen": frozen, "version": version, "at": _naive(at)})
    return FoldCounts(0, 0, 0, _transitions(connection))


def cube_change(connection: Connection) -> None:
    """Leave `out_cube`: rows of `tables.CUBE` with signed `n`, so that the cube and they sum to a recount.

    Reads `held_subjects` and `out_subjects` as a step left them, and `waived` (subject, effect), as it was before the
    step `was_waived`. A subject whose waiver alone changed must be in both, as it is.
    """
    _run(connection, "cube", {})


CUBE_OF_SUBJECTS = """\
SELECT
    s.account, s.region, s.control, s.presence, s.status, s.aws_status, s.suppressed, w.subject IS NOT NULL AS waived,
    COALESCE(w.effect = 'visible', FALSE) AS visible,
    CASE WHEN s.status = 'FAILED' THEN CAST(date_trunc('day', s.failing_since) AS TIMESTAMP) END AS failing_day,
    count(*) AS n
FROM subjects s
LEFT JOIN waived w ON w.subject = s.subject
WHERE s.kind = 'control'
GROUP BY
    s.account, s.region, s.control, s.presence, s.status, s.aws_status, s.suppressed, w.subject IS NOT NULL,
    COALESCE(w.effect = 'visible', FALSE),
    CASE WHEN s.status = 'FAILED' THEN CAST(date_trunc('day', s.failing_since) AS TIMESTAMP) END
"""
"""The cube counted from `subjects` and `waived` (subject, effect; a subject once), columns as in `tables.CUBE`."""

STATE_AT = """\
SELECT subject, kind, account, region, control, resource, presence, status, aws_status, suppressed, failing_since
FROM (
    SELECT
        subject, kind, account, region, control, resource, to_presence AS presence, to_status AS status,
        to_aws_status AS aws_status, to_suppressed AS suppressed, failing_since,
        row_number() OVER (PARTITION BY subject ORDER BY version DESC) AS place
    FROM transitions
    WHERE version <= $version
) AS moved
WHERE place = 1
"""
"""What subjects were at version `$version`, from `transitions`; portable."""


def _derive(connection: Connection, parameters: Mapping[str, object]) -> None:
    """Subjects and transitions from the rows to write; takes their helping columns away."""
    _out_of_sight(connection)
    _run(connection, "state", parameters)
    connection.execute("ALTER TABLE out_findings DROP COLUMN is_new")


def _out_of_sight(connection: Connection) -> None:
    """The places of which the dimensions say that they are lost: what is lost there stays so until they say otherwise."""
    there = _one(connection, "SELECT count(*) FROM information_schema.tables WHERE table_name = 'targets'")[0]
    lost = "SELECT account, region FROM targets WHERE sight = 'lost'"
    query = lost if there else "SELECT '' AS account, '' AS region WHERE FALSE"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE out_of_sight AS {query}")


def _run(connection: Connection, name: str, parameters: Mapping[str, object]) -> None:
    run(connection, "hubposture.findings", name, parameters)


def _forget(connection: Connection, name: str) -> None:
    """Drop a temporary table or view, whichever it is."""
    found = connection.execute(
        "SELECT table_type FROM information_schema.tables WHERE table_catalog = 'temp' AND table_name = $name",
        {"name": name},
    ).fetchone()
    if found is not None:
        connection.execute(f"DROP {'VIEW' if found[0] == 'VIEW' else 'TABLE'} temp.{name}")


def _transitions(connection: Connection) -> int:
    return _one(connection, "SELECT count(*) FROM out_transitions")[0]


def _one(connection: Connection, query: str) -> tuple[int, ...]:
    row: tuple[int, ...] = connection.execute(query).fetchone()
    return row


def _naive(moment: dt.datetime) -> dt.datetime:
    """A moment as the lake writes it: UTC without a zone; one without a zone is taken for UTC."""
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)
