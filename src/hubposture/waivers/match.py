"""Which waiver speaks of which subject, and how it fits: staged statements on the caller's DuckDB connection.

The statements are in `sql/`, one file per step. Patterns are tried on distinct resources; all else are joins. They read
`subjects`, `findings`, `accounts`, `units`, `targets`, `wishes` and `tags` as `findings.tables` has them, and leave
temporary tables `match_...`: the connection must be one that nobody needs afterwards.
`tests/waivers/reference.py` says the same in plain Python.

A waiver matches a subject if all its criteria do: one of its controls, of its resources, of its accounts, of its OUs, of
its Regions, and of every tag that it names one of the values. Of what it matches is

- `barred` what the row of the matrix lets no waiver excuse, or none for so long;
- within what was approved, or was taken in under `covers_new`; where it has OUs, in accounts only to which they led at the
  approval;
- surplus what is left.

The three are told apart whether or not the waiver holds. Only one that holds takes anything in.
"""

from collections.abc import Collection, Sequence
from typing import Any, Protocol

import pyarrow as pa

from hubposture.findings.statements import run
from hubposture.waivers.matched import read
from hubposture.waivers.rule import Judged, Rule
from hubposture.waivers.rule_tables import listed, ranked, table, tables

WIDE = 100
"""On so many resources a pattern is tried one by one."""
_PACKAGE = "hubposture.waivers"
_SUBJECT = {"subject": pa.string()}


class Connection(Protocol):
    """What is used of a DuckDB connection."""

    def execute(self, query: str, parameters: Any = ..., /) -> Any:
        """Run one statement; the result has `fetchall` and `fetchmany`."""

    def register(self, view_name: str, python_object: object, /) -> Any:
        """Show an Arrow table as a relation."""

    def unregister(self, view_name: str, /) -> Any:
        """Take it away again."""


def judge(
    connection: Connection,
    rules: Sequence[Rule],
    *,
    version: int,
    ours: Collection[str],
    only: Collection[str] | None = None,
    wide: int = WIDE,
) -> Judged:
    """Match rules against every subject of a control, and gather what deciding needs; see `ports.lake.Snapshot.judge`.

    The order of the rules does not matter. Cases are sorted by subject, and so are `covered`. `wide` changes only how
    patterns are looked for: by a piece where their prefix leaves more resources than that.
    """
    by_rank = ranked(rules)
    _put(connection, "match_ours", table(_SUBJECT, [(key,) for key in ours]))
    if only is not None:
        _put(connection, "match_only", table(_SUBJECT, [(key,) for key in only]))
    for name, rows in tables(by_rank).items():
        _put(connection, name, rows)
    run(connection, _PACKAGE, "scope" if only is None else "scope_only")
    run(connection, _PACKAGE, "subjects")
    _listed(connection, listed(by_rank, None if only is None else _looked_at(connection)))
    for step in ("ways", "pairs", "fits", "cases"):
        run(connection, _PACKAGE, step, {"wide": wide})
    return read(connection, by_rank, version=version, only=only)


def _put(connection: Connection, name: str, rows: pa.Table) -> None:
    connection.register("match_arriving", rows)
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM match_arriving")  # noqa: S608 - our own names
    connection.unregister("match_arriving")


def _listed(connection: Connection, rows: pa.Table) -> None:
    """What was approved or taken in, by the number of the subject: numbers join faster than keys."""
    connection.register("match_arriving", rows)
    connection.execute(
        "CREATE TEMP TABLE match_listed AS SELECT a.rule, CAST(s.rowid AS INTEGER) AS number, a.is_approved "
        "FROM match_arriving a JOIN match_subjects s ON s.subject = a.subject"
    )
    connection.unregister("match_arriving")


def _looked_at(connection: Connection) -> list[str]:
    return [subject for (subject,) in connection.execute("SELECT subject FROM match_subjects").fetchall()]
