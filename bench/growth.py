"""How queries grow: lakes of 100 thousand, 1 million and 10 million subjects, one user.

Their subjects are made by SQL, in the shape and order of base files; there are no findings behind them.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.lake_world import World, dimensions, opened
from bench.meter import Peak, milliseconds, seconds_of
from bench.pages import TREES, organization_page
from hubposture.findings.fold import CUBE_OF_SUBJECTS
from hubposture.findings.tables import SUBJECTS
from hubposture.lake.engine import connect
from hubposture.lake.manifest import File, Layers, to_json
from hubposture.lake.output import Output, write_subjects_base
from hubposture.ports.lake import Snapshot
from hubposture.ports.versions import Publication
from hubposture.posture import rollup

_TIMES = 5
_FAILING, _MIDDLING, _TEXT = TREES[1], TREES[6], TREES[10]
_SUBJECTS = """
    SELECT md5(CAST(i AS VARCHAR)) AS subject, 'control' AS kind,
        CAST(100000000000 + 7 * (i // 216 % 500) AS VARCHAR) AS account,
        'eu-test-' || (1 + i * 7 // 3 % 14) AS region, c.control AS control,
        'arn:aws:ec2:eu-test-1:100000000000:volume/vol-' || printf('%017x', i // 3) AS resource,
        'AwsEc2Volume' AS resource_type, 'securityhub' AS product, '' AS title, 'present' AS presence,
        CASE WHEN hash(i) % 100 < 23 THEN 'FAILED' ELSE 'PASSED' END AS status, status AS aws_status,
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
        with _lake(home, count) as world, Peak() as peak, world.reader.snapshot() as shot:
            spans = {name: seconds_of(ask, times=_TIMES) for name, ask in _questions(world, shot).items()}
    finally:
        shutil.rmtree(home)
    return ", ".join(f"{name} {milliseconds(span)}" for name, span in spans.items()) + f"; {peak}"


def _questions(world: World, shot: Snapshot) -> dict[str, Callable[[], object]]:
    return {
        "groups": lambda: shot.groups(_FAILING),
        "page": lambda: shot.page(_FAILING),
        "page of an OU": lambda: shot.page(_MIDDLING),
        "page by a part of a name": lambda: shot.page(_TEXT),
        "count": lambda: shot.count(_FAILING),
        "rollup computed": lambda: rollup.rows(shot.execute),
        "posture read": lambda: organization_page(world.reader),
    }


@contextmanager
def _lake(home: Path, count: int) -> Iterator[World]:
    """A lake with so many subjects; made by a connection that is gone afterwards."""
    with opened(home) as world:
        world.writer.settle(dimensions())
        world.writer.close()
        output = world.place.output()
        with world.reader.snapshot() as shot, connect(world.means) as connection:
            rows = shot.execute("SELECT control, severity FROM controls", {})
            connection.execute("CREATE TABLE controls (control VARCHAR, severity VARCHAR)")
            connection.executemany("INSERT INTO controls VALUES (?, ?)", rows)
            path = output.put_aside(connection, _SUBJECTS.format(count=count))
            columns = ", ".join(SUBJECTS.names)
            connection.execute(f"CREATE VIEW subjects AS SELECT {columns} FROM read_parquet('{path}')")
            connection.execute("CREATE VIEW waived AS SELECT '' AS subject WHERE FALSE")
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
