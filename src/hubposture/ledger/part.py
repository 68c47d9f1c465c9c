"""What every part of the ledger works with."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, Select, Subquery, Table, Text, cast, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from hubposture.ledger.columns import clean, dump


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


def texts(connection: Connection, values: Iterable[str]) -> Select[tuple[str]]:
    """These texts as a subquery for IN, however many: databases limit the parameters of a statement, and this is one."""
    held = literal(dump([clean(value) for value in dict.fromkeys(values)]), Text)
    if connection.dialect.name == "postgresql":
        return select(func.jsonb_array_elements_text(cast(held, postgresql.JSONB)).table_valued("value").c.value)
    return select(func.json_each(held).table_valued("value").c.value)


def text_rows(connection: Connection, names: Sequence[str], rows: Iterable[Sequence[str]]) -> Subquery:
    """Rows of texts as a table with these columns to join with; one parameter as well."""
    held = literal(dump([[clean(value) for value in row] for row in rows]), Text)
    if connection.dialect.name == "postgresql":
        each = func.jsonb_array_elements(cast(held, postgresql.JSONB)).table_valued("value")
        columns = [each.c.value.op("->>")(place).label(name) for place, name in enumerate(names)]
    else:
        each = func.json_each(held).table_valued("value")
        columns = [func.json_extract(each.c.value, f"$[{place}]").label(name) for place, name in enumerate(names)]
    return select(*columns).subquery()


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
