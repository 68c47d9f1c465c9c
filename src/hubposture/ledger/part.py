"""What every part of the ledger works with."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Engine, Row, Select, Table
from sqlalchemy.dialects import postgresql, sqlite

from hubposture.reconcile.chunks import chunks

PAGE = 500
"""How many values go into one statement; SQLite takes 999 where it was built with its old limit."""


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


def rows_in(connection: Connection, query: Select[Any], column: Column[str], keys: Iterable[str]) -> Iterator[Row[Any]]:
    """Rows of a query whose column has one of these values, however many they are: databases limit their number."""
    for chunk in chunks(dict.fromkeys(keys), PAGE):
        yield from connection.execute(query.where(column.in_(chunk)))


def insert_if_absent(connection: Connection, table: Table, row: dict[str, object]) -> bool:
    """Insert a row unless its primary key exists already; whether it was inserted."""
    statement = insert_into(connection, table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement).one_or_none() is not None


def insert_absent(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert those rows of which no unique key exists already, also among themselves; the others change nothing."""
    if rows:
        connection.execute(insert_into(connection, table).on_conflict_do_nothing(), rows)


def replace_rows(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert rows of all columns, or replace those of the same primary key."""
    if not rows:
        return
    statement = insert_into(connection, table)
    others = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    connection.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=others), rows)


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT in the database's own dialect, which both know how to end in ON CONFLICT."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
