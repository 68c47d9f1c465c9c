"""Which waiver speaks of which subject, and how it fits: staged statements on the caller's DuckDB connection.

The statements are in `sql/`, one file per step. Patterns are tried on distinct resources; all else are joins. They read
`subjects`, `findings`, `units`, `targets`, `wishes` and `tags` as `findings.tables` has them, and leave
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

import gc
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import pyarrow as pa

from hubposture.findings.reading import clean
from hubposture.findings.statements import run
from hubposture.waivers.matched import read
from hubposture.waivers.patterns import matches
from hubposture.waivers.rule import Judged, Rule
from hubposture.waivers.rule_tables import Ranked, listed, pieces, ranked, table, tables
from hubposture.waivers.waiver import Criteria

WIDE = 100
"""On so many resources a pattern is tried one by one,"""
MANY = 2_000
"""and on more where no more than so many such patterns are."""
SAMPLE = 10_000
"""On about so many resources it is counted how rare a piece is."""
FEW = 200
"""So few subjects are compared with every rule before rules are made into tables."""
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
    with _no_search_for_cycles():
        _look_at(connection, ours, only)
        by_rank = ranked(rules if only is None else _relevant(connection, rules))
        _match(connection, by_rank, among=None if only is None else _subjects(connection), wide=wide)
        return read(connection, rules, by_rank, version=version, only=only)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Nothing that is made here has any, and of a million new objects Python would look for them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _look_at(connection: Connection, ours: Collection[str], only: Collection[str] | None) -> None:
    _put(connection, "match_ours", table(_SUBJECT, [(key,) for key in ours]))
    if only is None:
        run(connection, _PACKAGE, "scope")
    else:
        _put(connection, "match_only", table(_SUBJECT, [(key,) for key in only]))
        run(connection, _PACKAGE, "scope_only")
        if connection.execute("SELECT 1 FROM match_others LIMIT 1").fetchall():
            run(connection, _PACKAGE, "scope_others")


def _relevant(connection: Connection, rules: Sequence[Rule]) -> list[Rule]:
    """The rules that may speak of what is looked at: of thousands, few. OUs and tags are not looked at here."""
    there: dict[str, list[tuple[str, str, str]]] = {}
    for control, *rest in connection.execute("SELECT control, account, region, resource FROM match_scope").fetchall():
        there.setdefault(control, []).append((rest[0], rest[1], rest[2]))
    if sum(map(len, there.values())) > FEW:
        return [rule for rule in rules if not there.keys().isdisjoint(rule.criteria.controls)]
    return [
        rule
        for rule in rules
        if any(_may_speak(rule.criteria, *one) for control in rule.criteria.controls for one in there.get(control, ()))
    ]


def _may_speak(criteria: Criteria, account: str, region: str, resource: str) -> bool:
    return (
        (not criteria.accounts or account in criteria.accounts)
        and (not criteria.regions or region in criteria.regions)
        and (not criteria.resources or any(matches(clean(pattern), resource) for pattern in criteria.resources))
    )


def _subjects(connection: Connection) -> list[str]:
    return [subject for (subject,) in connection.execute("SELECT subject FROM match_scope").fetchall()]


def _match(connection: Connection, rules: Sequence[Ranked], *, among: Collection[str] | None, wide: int) -> None:
    for name, rows in tables(rules).items():
        _put(connection, name, rows)
    run(connection, _PACKAGE, "subjects")
    _listed(connection, listed(rules, among))
    run(connection, _PACKAGE, "slices")
    _anchors(connection, wide)
    for step in ("pairs", "fits", "cases"):
        run(connection, _PACKAGE, step)


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


def _anchors(connection: Connection, wide: int) -> None:
    """Find patterns by pieces of theirs, where they would have to be tried on many resources."""
    sized = "SELECT pattern, last_text - first_text + 1 AS size FROM match_slices WHERE sort = 'like'"
    many = f"SELECT coalesce(sum(size), 0) FROM ({sized}) WHERE size > $wide"  # noqa: S608 - our own names
    ((tries,),) = connection.execute(many, {"wide": wide}).fetchall()
    if tries <= wide * MANY:
        run(connection, _PACKAGE, "no_anchors")
        return
    ((texts,),) = connection.execute("SELECT count(*) FROM match_texts").fetchall()
    run(connection, _PACKAGE, "wide", {"wide": wide})
    written = "SELECT p.pattern, p.written FROM match_patterns p JOIN match_wide w ON w.pattern = p.pattern"
    _put(connection, "match_pieces", pieces(connection.execute(written).fetchall()))
    run(connection, _PACKAGE, "anchors", {"step": 1 + texts // SAMPLE})
