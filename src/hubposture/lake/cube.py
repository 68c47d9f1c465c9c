"""The cube of the next version, in the temporary schema of a step."""
# ruff: noqa: S608 - statements are put together from names of our own tables

from hubposture.findings import fold
from hubposture.findings.tables import CUBE, SUBJECTS
from hubposture.lake.engine import Connection, columns_of

_CHANGES = "cube_changes"


def begin_cube(connection: Connection) -> None:
    """Start counting what changes; decisions are those of the relations as they are now, and as the head has them."""
    show_waived(connection)
    connection.execute("CREATE TEMP VIEW was_waived AS SELECT subject, effect FROM memory.main.decisions")
    connection.execute(f"CREATE TEMP TABLE {_CHANGES} ({CUBE.ddl})")


def count_changes(connection: Connection) -> None:
    """Add what the subjects in `out_subjects` change."""
    fold.cube_change(connection)
    connection.execute(f"INSERT INTO {_CHANGES} SELECT {columns_of(CUBE)} FROM out_cube")


def changed_cube(connection: Connection) -> bool:
    """Shadow `cube` by the next version's; False, and no shadow, where it stays as it was."""
    keys = ", ".join(CUBE.key)
    summed = f"SELECT {keys}, CAST(sum(n) AS BIGINT) AS n FROM {{}} GROUP BY {keys} HAVING sum(n) <> 0"
    if not connection.execute(f"SELECT 1 FROM ({summed.format(_CHANGES)}) LIMIT 1").fetchall():
        return False
    columns = columns_of(CUBE)
    both = f"(SELECT {columns} FROM memory.main.cube UNION ALL SELECT {columns} FROM {_CHANGES})"
    connection.execute(f"CREATE TEMP TABLE cube AS {summed.format(both)}")
    return True


def recounted_cube(connection: Connection) -> bool:
    """Shadow `subjects` by what they are with `out_subjects`, and `cube` by a recount; False where it stayed the same."""
    columns = columns_of(SUBJECTS)
    connection.execute(
        f"CREATE TEMP VIEW subjects AS SELECT {columns} FROM memory.main.subjects "
        f"WHERE subject NOT IN (SELECT subject FROM out_subjects) UNION ALL SELECT {columns} FROM out_subjects"
    )
    connection.execute(f"CREATE TEMP TABLE cube AS {fold.CUBE_OF_SUBJECTS}")
    query = f"SELECT count(*) FROM ({difference(columns_of(CUBE), 'temp.cube', 'memory.main.cube')})"
    return connection.execute(query).fetchall() != [(0,)]


def show_waived(connection: Connection) -> None:
    """The relation that the cube is counted with."""
    connection.execute("CREATE TEMP VIEW waived AS SELECT subject, effect FROM decisions")


def difference(columns: str, one: str, other: str) -> str:
    """The rows that are in one of two relations only."""
    there = f"SELECT {columns} FROM {one} EXCEPT ALL SELECT {columns} FROM {other}"
    back = f"SELECT {columns} FROM {other} EXCEPT ALL SELECT {columns} FROM {one}"
    return f"({there}) UNION ALL ({back})"
