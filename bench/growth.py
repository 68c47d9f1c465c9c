"""How queries grow: lakes of 100 thousand, 1 million and 10 million subjects, one user.

Their subjects are made by SQL, in the shape and order of base files; there are no findings behind them.
"""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench import asff
from bench.lake_world import World, dimensions, opened
from bench.meter import Peak, milliseconds, seconds_of
from bench.pages import organization_page
from hubposture.filters import parse
from hubposture.findings.fold import CUBE_OF_SUBJECTS
from hubposture.findings.tables import SUBJECTS
from hubposture.lake import lists
from hubposture.lake.bench import execute_on
from hubposture.lake.engine import Connection, Opened, connect
from hubposture.lake.fields import FIELDS
from hubposture.lake.manifest import File, Layers, to_json
from hubposture.lake.output import Output, write_subjects_base
from hubposture.ports.versions import Publication
from hubposture.posture import rollup

_TIMES = 5
_FAILING, _MIDDLING, _TEXT = (
    parse(text, fields=FIELDS, now=asff.NOW.replace(tzinfo=dt.UTC))
    for text in ("status=FAILED severity>=HIGH", "ou=/Workloads/Unit7 status=FAILED", "resource~0abc status=FAILED")
)
_SUBJECTS = """
    SELECT md5(CAST(i AS VARCHAR)) AS subject, 'control' AS kind,
        CAST(100000000000 + 7 * (i // 216 % 500) AS VARCHAR) AS account,
        'eu-test-' || (1 + i * 7 // 3 % 14) AS region, c.control AS control,
        'arn:aws:ec2:eu-test-1:100000000000:volume/vol-' || printf('%017x', i // 3) AS resource,
        'AwsEc2Volume' AS resource_type, 'securityhub' AS product, '' AS title, 'present' AS presence,
        CASE WHEN hash(i) % 100 < {failing} THEN 'FAILED' ELSE 'PASSED' END AS status, status AS aws_status,
        CASE WHEN status = 'FAILED' THEN c.severity ELSE 'INFORMATIONAL' END AS severity,
        CASE WHEN status = 'FAILED' THEN 'NEW' ELSE 'RESOLVED' END AS workflow, FALSE AS suppressed,
        TIMESTAMP '2026-11-24 08:00:00' - to_seconds(CAST(hash(i + 1) % 17280000 AS BIGINT)) AS first_seen_at,
        CASE WHEN status = 'FAILED' THEN first_seen_at END AS first_failed_at,
        CASE WHEN status = 'FAILED' THEN first_seen_at END AS failing_since,
        CASE WHEN status = 'PASSED' THEN first_seen_at END AS last_passed_at,
        0 AS returns, first_seen_at AS changed_at, 1 AS findings, md5(CAST(-i AS VARCHAR)) AS finding,
        substr(md5(CAST(i // 3 % 40 AS VARCHAR)), 1, 16) AS tagset
    FROM (SELECT unnest(range({count})) AS i) JOIN
        (SELECT row_number() OVER (ORDER BY control) - 1 AS place, control, severity FROM controls) c ON c.place = i % 216
"""


def measure(directory: Path, count: int) -> str:
    """Each question's median of several times, once asked before."""
    home = directory / f"subjects-{count}"
    home.mkdir()
    try:
        with lake(home, count) as world, connect(world.means) as connection, Peak() as peak:
            head = world.place.head()
            found = Opened(connection, world.place.storage, folded=(SUBJECTS,), rollup=rollup.ROLLUP)
            found.show(head.manifest, number=head.number)
            spans = {name: seconds_of(ask, times=_TIMES) for name, ask in _questions(connection).items()}
    finally:
        shutil.rmtree(home)
    return ", ".join(f"{name} {milliseconds(span)}" for name, span in spans.items()) + f"; {peak}"


def _questions(connection: Connection) -> dict[str, Callable[[], object]]:
    """Asked of the connection itself: snapshots keep their answers."""
    execute = execute_on(connection)
    return {
        "groups": lambda: lists.groups(connection, _FAILING),
        "page": lambda: lists.page(connection, _FAILING),
        "page of an OU": lambda: lists.page(connection, _MIDDLING),
        "page by a part of a name": lambda: lists.page(connection, _TEXT),
        "count": lambda: lists.count(connection, _FAILING),
        "rollup computed": lambda: rollup.rows(execute),
        "posture read": lambda: organization_page(execute),
    }


@contextmanager
def lake(home: Path, count: int, *, failing: int = 23) -> Iterator[World]:
    """A lake with so many subjects, of which so many percent fail; made by a connection that is gone afterwards."""
    with opened(home) as world:
        world.writer.settle(dimensions())
        world.writer.close()
        output = world.place.output()
        with world.reader.snapshot() as shot, connect(world.means) as connection:
            rows = shot.execute("SELECT control, severity FROM controls", {})
            connection.execute("CREATE TABLE controls (control VARCHAR, severity VARCHAR)")
            connection.executemany("INSERT INTO controls VALUES (?, ?)", rows)
            path = output.put_aside(connection, _SUBJECTS.format(count=count, failing=failing))
            columns = ", ".join(SUBJECTS.names)
            connection.execute(f"CREATE VIEW subjects AS SELECT {columns} FROM read_parquet('{path}')")
            connection.execute("CREATE VIEW waived AS SELECT '' AS subject, '' AS effect WHERE FALSE")
            base = write_subjects_base(output, connection, "subjects")
            cube = output.write(connection, CUBE_OF_SUBJECTS, "cube/cube")
            path.unlink()
        _publish(world, base, cube)
        _with_rollup(world, output)
        yield world


def _publish(world: World, base: tuple[File, ...], cube: File | None) -> None:
    place = world.place
    head = place.head()
    manifest = replace(head.manifest, subjects=Layers(base), cube=cube)
    place.books.publish(place.lake, parent=head.number, manifest=to_json(manifest), also=Publication(), lease=None)


def _with_rollup(world: World, output: Output) -> None:
    place = world.place
    with world.reader.snapshot() as shot, connect(world.means) as connection:
        rows = rollup.rows(shot.execute)
        file = output.write_rows(connection, rollup.ROLLUP, rows, held=None, prefix="rollup/rollup")
    head = place.head()
    manifest = replace(head.manifest, rollup=file)
    place.books.publish(place.lake, parent=head.number, manifest=to_json(manifest), also=Publication(), lease=None)
