"""What every part of the ledger works with."""

from collections.abc import Callable
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
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = build(table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement).one_or_none() is not None
