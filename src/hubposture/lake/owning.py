"""Whose every subject is: the chain of `owners` over a version, as four small relations that lists join.

Names are resolved in Python, each distinct one once; what remains for the million subjects are joins by key. The first of
`owner_rows`, `owner_resources`, `owner_tagsets` and `owner_accounts` that has a row for a subject decides.
"""

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from hubposture.lake.fields import JOINS, LINK, OBLIGATION, OVERDUE, OWNER, OWNER_IS_TEAM, WAIVED
from hubposture.lake.lists_sql import IN_SIGHT
from hubposture.owners.chain import Chain, Facts, Link, Unit
from hubposture.owners.resources import is_exact
from hubposture.ports.lake import Owned, OwnerCount, TagUse
from hubposture.waivers.patterns import ESCAPE, is_prefix, like, literal_prefix

Connection = duckdb.DuckDBPyConnection
Row = tuple[object, ...]

RELATIONS = ("owner_rows", "owner_resources", "owner_tagsets", "owner_accounts")
"""What lists join."""
_TEXT, _TRUTH = pa.string(), pa.bool_()
_ROWS = {"name": _TEXT, "owner": _TEXT, "is_team": _TRUTH}
_ENTRIES = {"entry": _TEXT, "rank": pa.int32(), "owner": _TEXT}
_PAIRS = {"tag": _TEXT, "value": _TEXT, "rank": pa.int32(), "owner": _TEXT, "is_team": _TRUTH}
_ACCOUNTS = {"account": _TEXT, "owner": _TEXT, "is_team": _TRUTH, "link": _TEXT}
_BEGINS = "starts_with(resource, $prefix)"
_HOLDS = f"{_BEGINS} AND resource LIKE $entry ESCAPE '{ESCAPE}'"
_MATCHED = "INSERT INTO owner_entries SELECT resource, $rank, $owner FROM owner_known WHERE resource <> '' AND "


class Owning:
    """The owners of one version, shown in its schema when somebody first asks; safe in threads."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._lock = threading.Lock()
        self._is_shown = False

    def show(self, connection: Connection) -> None:
        """Make the relations in the schema that the connection looks at, unless they are there."""
        with self._lock:
            if not self._is_shown:
                show_owners(connection, self._chain)
                self._is_shown = True


def show_owners(connection: Connection, chain: Chain) -> None:
    """Make `owner_rows`, `owner_resources`, `owner_tagsets` and `owner_accounts` beside the tables of a version."""
    _put(connection, "owner_rows", _ROWS, _of_rows(connection, chain))
    _put(connection, "owner_accounts", _ACCOUNTS, _of_accounts(connection, chain))
    _put_resources(connection, chain)
    _put(connection, "owner_pairs", _PAIRS, _of_tags(connection, chain))
    connection.execute(
        "CREATE OR REPLACE TABLE owner_tagsets AS "
        "SELECT g.tagset, arg_min(p.owner, p.rank) AS owner, arg_min(p.is_team, p.rank) AS is_team "
        "FROM tags g JOIN owner_pairs p ON p.tag = g.tag AND p.value = g.value GROUP BY g.tagset"
    )


def _of_rows(connection: Connection, chain: Chain) -> Iterable[Row]:
    """Every Owner that a row of the matrix names."""
    for (name,) in connection.execute("SELECT DISTINCT owner FROM wishes WHERE owner <> ''").fetchall():
        if (owner := chain.named(name, Link.ROW)) is not None:
            yield name, owner.name, owner.is_team


def _put_resources(connection: Connection, chain: Chain) -> None:
    """Every resource that an entry of a team speaks of: ids as they stand, patterns by what they match in the version."""
    entries = [(one, rank, owner.name) for rank, one in enumerate(chain.resources) if (owner := chain.of_entry(one))]
    patterns = [one for one in entries if not is_exact(one[0])]
    _put(connection, "owner_entries", _ENTRIES, [one for one in entries if is_exact(one[0])])
    if patterns:
        connection.execute("CREATE OR REPLACE TABLE owner_known AS SELECT DISTINCT resource FROM subjects")
        for entry, rank, name in patterns:
            given: dict[str, object] = {"prefix": literal_prefix(entry), "rank": rank, "owner": name}
            if is_prefix(entry):  # LIKE would do for these too, and takes ten times as long
                connection.execute(_MATCHED + _BEGINS, given)
            else:
                connection.execute(_MATCHED + _HOLDS, given | {"entry": like(entry)})
        connection.execute("DROP TABLE owner_known")
    connection.execute(
        "CREATE OR REPLACE TABLE owner_resources AS "
        "SELECT entry AS resource, arg_min(owner, rank) AS owner, TRUE AS is_team FROM owner_entries GROUP BY entry"
    )


def _of_accounts(connection: Connection, chain: Chain) -> Iterable[Row]:
    """Every account, those included that findings name before the organization was read."""
    units: dict[str, list[Unit]] = {}
    for account, path, id_ in connection.execute("SELECT account, ou_path, ou FROM units").fetchall():
        units.setdefault(account, []).append(Unit(path, id_))
    known = connection.execute(
        "SELECT k.account, COALESCE(a.owner, '') FROM (SELECT account FROM accounts UNION SELECT account FROM subjects) k "
        "LEFT JOIN accounts a ON a.account = k.account"
    ).fetchall()
    for account, tag in known:
        facts = Facts(account=account, account_owner=tag, units=units.get(account, ()))
        owner = chain.of_account(facts)
        yield account, owner.name, owner.is_team, str(owner.link)


def _of_tags(connection: Connection, chain: Chain) -> Iterable[Row]:
    """Every tag of a resource that names an owner, with its rank among all of them; the smallest decides."""
    names = [tag for (tag,) in connection.execute("SELECT DISTINCT tag FROM tags").fetchall() if chain.watches(tag)]
    pairs = connection.execute(
        "SELECT DISTINCT tag, value FROM tags WHERE tag IN (SELECT unnest($names))", {"names": names}
    ).fetchall()
    found = [(ranked[0], pair, ranked[1]) for pair in pairs if (ranked := chain.ranked(*pair)) is not None]
    for rank, (_, (tag, value), owner) in enumerate(sorted(found, key=lambda one: one[:2])):
        yield tag, value, rank, owner.name, owner.is_team


def _put(connection: Connection, name: str, columns: dict[str, pa.DataType], rows: Iterable[Row]) -> None:
    values: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [() for _ in columns]
    arrays = [pa.array(each, kind) for each, kind in zip(values, columns.values(), strict=True)]
    connection.register("owner_arriving", pa.table(arrays, names=list(columns)))
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM owner_arriving")  # noqa: S608 - our own names
    connection.unregister("owner_arriving")


# --- counts ----------------------------------------------------------------------------------------------------------

_FROM = f"FROM subjects s {JOINS['wishes']} {JOINS['owners']} WHERE s.kind = 'control' AND {IN_SIGHT}"
_FAILING = "is_owed AND status = 'FAILED' AND NOT is_waived"
_COUNTS = f"""
    WITH each AS (
        SELECT {OWNER} AS owner, {OWNER_IS_TEAM} AS is_team, {LINK} AS link, s.account, s.status,
            HASH(s.account, s.resource) AS resource, {OBLIGATION} AS is_owed, {OVERDUE} AS is_overdue,
            {WAIVED} AS is_waived, COALESCE(w.severity, '') AS severity
        {_FROM}
    )
    SELECT
        GROUPING(owner), GROUPING(link), GROUPING(account), COALESCE(owner, ''), COALESCE(is_team, FALSE),
        COALESCE(link, ''), COALESCE(account, ''), COUNT(DISTINCT account), COUNT(DISTINCT resource),
        COUNT(*) FILTER (WHERE is_owed), COUNT(*) FILTER (WHERE {_FAILING}),
        COUNT(*) FILTER (WHERE {_FAILING} AND severity = 'CRITICAL'),
        COUNT(*) FILTER (WHERE {_FAILING} AND severity = 'HIGH'), COUNT(*) FILTER (WHERE is_overdue)
    FROM each
    GROUP BY GROUPING SETS ((), (link), (owner, is_team), (owner, is_team, link, account))
    ORDER BY ALL
"""  # noqa: S608 - our own SQL
_LOOSE = f"""
    WITH loose AS (
        SELECT DISTINCT s.account, s.resource, s.tagset {_FROM} AND s.tagset <> '' AND {LINK} IN ('fallback', 'none')
    ), used AS (
        SELECT l.account, g.tag, g.value, COUNT(*) AS n FROM loose l JOIN tags g ON g.tagset = l.tagset GROUP BY ALL
    )
    SELECT account, tag, CAST(SUM(n) AS BIGINT) AS resources, COUNT(*), FIRST(value ORDER BY n DESC, value)
    FROM used GROUP BY account, tag ORDER BY account, resources DESC, tag
"""  # noqa: S608 - our own SQL


def owned(connection: Connection) -> Owned:
    """Who owns what is in sight; the relations of `show_owners` are there."""
    everything = OwnerCount()
    links: list[OwnerCount] = []
    owners: list[OwnerCount] = []
    places: list[OwnerCount] = []
    for by_owner, by_link, by_account, owner, is_team, link, account, *numbers in connection.execute(
        _COUNTS
    ).fetchall():
        one = OwnerCount(owner, is_team, link, account, *numbers)
        if not by_account:
            places.append(one)
        elif not by_owner:
            owners.append(one)
        elif not by_link:
            links.append(one)
        else:
            everything = one
    return Owned(everything, owners, links, places)


def loose_tags(connection: Connection) -> list[TagUse]:
    """The tags of resources that nobody owns."""
    return [TagUse(*row) for row in connection.execute(_LOOSE).fetchall()]
