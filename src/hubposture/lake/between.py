"""Two versions side by side: the relations that movement is computed from."""
# ruff: noqa: S608 - statements are put together from names of our own tables

from collections.abc import Mapping
from typing import Any

from hubposture.findings.tables import DIMENSIONS
from hubposture.lake.engine import Connection

_STATE = "subject, kind, account, region, control, resource, presence, status, aws_status, suppressed, failing_since"


def show_both(cursor: Connection, *, first: str, last: str, schema: str) -> None:
    """Make the relations over two open versions' schemas in a schema of their own, and look there.

    `state_from` and `state_to`, every dimension as `from_NAME` and `to_NAME`, and `controls` of the last.
    """
    cursor.execute(f"CREATE OR REPLACE SCHEMA {schema}")
    for side, version in (("from", first), ("to", last)):
        cursor.execute(f"CREATE VIEW {schema}.state_{side} AS SELECT {_STATE} FROM {version}.subjects")
        for table in DIMENSIONS:
            columns = ", ".join(table.names)
            cursor.execute(f"CREATE VIEW {schema}.{side}_{table.name} AS SELECT {columns} FROM {version}.{table.name}")
    cursor.execute(f"CREATE VIEW {schema}.controls AS SELECT * FROM {last}.controls")
    cursor.execute(f"SET schema = '{schema}'")


def ask(cursor: Connection, sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """One statement's rows."""
    return cursor.execute(sql, dict(parameters)).fetchall()
