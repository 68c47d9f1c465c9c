"""The step that makes a version of decisions on waivers."""
# ruff: noqa: S608 - statements are put together from names of our own tables

from collections.abc import Sequence
from dataclasses import replace

from hubposture.findings.tables import DECISIONS, WAIVERS
from hubposture.lake.bench import Bench
from hubposture.lake.cube import begin_cube, count_changes, difference
from hubposture.lake.engine import Connection
from hubposture.lake.output import Output
from hubposture.lake.publish import Draft, Head, Step
from hubposture.lake.work import NOTHING, Now, Work, dimension_files, draft, next_time, with_changed_cube, with_rollup

Rows = Sequence[tuple[object, ...]]


def deciding(bench: Bench, decisions: Rows, waivers: Rows, *, now: Now) -> Step:
    """Write which subjects are waived and what every waiver is; the cube takes what that changes."""
    assert len({row[0] for row in decisions}) == len(decisions), "a subject is decided once"
    tables = {DECISIONS.name: decisions, WAIVERS.name: waivers}

    def step(head: Head, output: Output) -> Draft:
        at = next_time(head, now)
        with bench.at(head) as connection:
            work = Work(bench, connection, output, head.number + 1, at)
            files = dimension_files(work, head.manifest.dimensions, tables)
            manifest = replace(head.manifest, dimensions=files)
            if manifest != head.manifest:
                _count(connection)
                counted = with_changed_cube(work, manifest)
                manifest = with_rollup(work, manifest) if counted == manifest else counted
            return draft(head, manifest, NOTHING, rejected=0, why="waivers")

    return step


def _count(connection: Connection) -> None:
    """Count the subjects whose waiver changed out of where they were in the cube, and into where they are."""
    begin_cube(connection)
    changed = difference("subject, effect", "temp.decisions", "memory.main.decisions")
    touched = f"SELECT s.* FROM subjects s WHERE s.subject IN (SELECT subject FROM ({changed}))"
    connection.execute(f"CREATE TEMP TABLE held_subjects AS {touched}")
    connection.execute("CREATE TEMP VIEW out_subjects AS SELECT * FROM held_subjects")
    count_changes(connection)
