"""Matching waivers on a version, in a temporary schema of its own."""
# ruff: noqa: S608 - statements are put together from names of our own tables

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager

from hubposture.findings.tables import FINDINGS
from hubposture.lake.engine import Connection, parquet
from hubposture.waivers.listing import matches
from hubposture.waivers.match import judge
from hubposture.waivers.rule import Judged, Match, Rule


def judged_on(
    connection: Connection,
    rules: Sequence[Rule],
    *,
    version: int,
    ours: Collection[str],
    only: Collection[str] | None,
    is_slim: bool,
) -> Judged:
    """What rules match in the version that a cursor looks at; `is_slim` as of `snapshot.Shot`."""
    with _apart(connection, is_slim=is_slim) as own:
        return judge(own, rules, version=version, ours=ours, only=only)


def matched_on(
    connection: Connection, rules: Sequence[Rule], waivers: Collection[str], *, version: int, is_slim: bool
) -> dict[str, tuple[Match, ...]]:
    """What each of these waivers matches."""
    with _apart(connection, is_slim=is_slim) as own:
        return matches(own, rules, waivers=waivers, version=version)


@contextmanager
def _apart(connection: Connection, *, is_slim: bool) -> Iterator[Connection]:
    """A cursor of its own that looks where the given one looks: with it goes all that was made."""
    ((schema,),) = connection.execute("SELECT current_schema()").fetchall()
    with closing(connection.cursor()) as own:
        own.execute(f"SET schema = '{schema}'")
        if is_slim:
            _complete(own, schema)
        yield own


def _complete(connection: Connection, schema: str) -> None:
    """What a version without findings lacks: there are none, and when a subject was first seen its transitions say."""
    connection.execute(f"CREATE TEMP VIEW findings AS {parquet((), FINDINGS)}")
    connection.execute(
        f"CREATE TEMP VIEW subjects AS SELECT s.* REPLACE (x.first_at AS first_seen_at, x.last_at AS changed_at) "
        f'FROM {schema}.subjects s JOIN (SELECT subject, min("at") AS first_at, max("at") AS last_at '
        "FROM transitions GROUP BY subject) x ON x.subject = s.subject"
    )
