"""What every part of the ledger works with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite


@dataclass(frozen=True, slots=True)
class Store:
    """An opened database, the clock, and a maker of new ids."""

    engine: Engine
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


class Part:
    """A group of the ledger's methods over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def _engine(self) -> Engine:
        return self._store.engine

    def _now(self) -> datetime:
        return self._store.clock()


def insert_if_absent(connection: Connection, table: Table, row: dict[str, object]) -> bool:
    """Insert a row unless its primary key exists already; whether it was inserted."""
    statement = _insert(connection, table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement).one_or_none() is not None


def insert_absent(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert those rows of which no unique key exists already, also among themselves; the others change nothing."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def replace_rows(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert rows of all columns, or replace those of the same primary key."""
    if not rows:
        return
    statement = _insert(connection, table)
    others = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    connection.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=others), rows)


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
