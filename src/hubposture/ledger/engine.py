"""Database engines: one way to begin a transaction, to lock and to fail, in SQLite and PostgreSQL."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from hubposture.errors import InputError
from hubposture.ledger.disk import local_disk_warning
from hubposture.ports.ledger import LedgerUnavailable

_READS = "hubposture_reads"
_LOCK_SPACE = 0x48554250
_WAL_TRIES = 50


class Lock(IntEnum):
    """What writers take one at a time, held until the transaction ends. SQLite has one writer anyway."""

    MIGRATE = 1
    AUDIT = 2
    CONTROLS = 3
    LAKE = 4
    WAIVERS = 5
    JOBS = 6
    WORK = 7


def ledger_url(text_: str, *, relative_to: Path) -> URL:
    """A settings text as a database URL; a relative SQLite path is taken from `relative_to`.

    Raises InputError for anything but `sqlite:///PATH` and `postgresql://...`; passwords never show in the text.
    """
    try:
        url = make_url(text_)
    except ArgumentError as error:
        raise InputError("ledger.url: not a database URL; write sqlite:///PATH or postgresql://HOST/NAME") from error
    kind = url.get_backend_name()
    if kind == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise InputError(f"ledger.url: {kind} is not supported; write sqlite:///PATH or postgresql://HOST/NAME")
    if not url.database or url.database == ":memory:":
        raise InputError("ledger.url: a ledger in memory would be forgotten; write sqlite:///PATH")
    return url.set(drivername="sqlite+pysqlite", database=str(relative_to / url.database))


def build_engine(url: URL, *, warn: Callable[[str], None], busy_seconds: float = 30.0) -> Engine:
    """An engine for a URL of `ledger_url`; `warn` gets a sentence if a SQLite file is not on a local disk.

    `busy_seconds` is how long a writer waits for another one (SQLite) or for a lock (PostgreSQL).
    Raises LedgerUnavailable if the driver is not installed or the directory cannot be made.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, warn, busy_seconds)
    options = f"-c lock_timeout={int(busy_seconds * 1000)} -c timezone=UTC"
    try:
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10, "options": options})
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise LedgerUnavailable(
            "the ledger is in PostgreSQL, but its driver is not installed; install hubposture[postgres]"
        ) from error


def _sqlite(url: URL, warn: Callable[[str], None], busy_seconds: float) -> Engine:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerUnavailable(f"the ledger's directory {path.parent} cannot be made: {error.strerror}") from error
    if warning := local_disk_warning(path.parent.resolve()):
        warn(warning)
    engine = create_engine(url, connect_args={"timeout": busy_seconds})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        del record
        connection.isolation_level = None  # the driver must not begin transactions by itself: see `begin`
        _switch_to_wal(connection)
        # FULL: a result that was recorded is on the disk, also after a loss of power.
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # IMMEDIATE takes the write lock at once: a transaction that read first could not wait for it later.
        reads = connection.get_execution_options().get(_READS, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _switch_to_wal(connection: Any) -> None:
    """Set WAL mode; SQLite does not wait for others here, so try again while they hold the file."""
    for left in reversed(range(_WAL_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except connection.OperationalError as error:
            if left == 0 or "locked" not in str(error):
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: committed at the end, rolled back on any error."""
    with _as_ledger_errors(engine), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads; it blocks no writer."""
    with _as_ledger_errors(engine), engine.connect().execution_options(**{_READS: True}) as connection:
        yield connection


@contextmanager
def reading_one_state(engine: Engine) -> Iterator[Connection]:
    """As `reading`, and all its queries see the database as it was at the first of them."""
    is_postgres = engine.dialect.name == "postgresql"
    # In SQLite a transaction that reads sees one state anyway.
    with reading(engine.execution_options(isolation_level="REPEATABLE READ") if is_postgres else engine) as connection:
        yield connection


@contextmanager
def holding(engine: Engine, tables: Sequence[str]) -> Iterator[Connection]:
    """A transaction for which all writers of these tables wait until it ends; readers go on.

    SQLite holds the whole file. PostgreSQL locks the tables one after the other, so give them in the order in which
    writers write them, or they deadlock; what is read is then as it was when the last of them was locked.
    """
    is_postgres = engine.dialect.name == "postgresql"
    # The snapshot of REPEATABLE READ is taken by the first query, and LOCK TABLE is none (SQL command LOCK, notes).
    used = engine.execution_options(isolation_level="REPEATABLE READ") if is_postgres else engine
    with _as_ledger_errors(engine), used.begin() as connection:
        if is_postgres:
            connection.execute(text(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE"))
        yield connection


def lock(connection: Connection, which: Lock) -> None:
    """Wait until no other transaction holds this lock, and hold it until the transaction ends."""
    if connection.dialect.name == "postgresql":
        keys = {"space": _LOCK_SPACE, "which": int(which)}
        connection.execute(text("SELECT pg_advisory_xact_lock(:space, :which)"), keys)


@contextmanager
def _as_ledger_errors(engine: Engine) -> Iterator[None]:
    """Say in our words that the database is busy, gone or not ours; defects (integrity, syntax) stay as they are."""
    try:
        yield
    except OperationalError as error:
        what = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
        raise LedgerUnavailable(f"the ledger {shown(engine.url)} cannot be used now: {what}") from error
    except DBAPIError as error:
        if "file is not a database" in str(error.orig):
            raise InputError(
                f"the ledger {shown(engine.url)} is not a SQLite file; see settings key ledger.url"
            ) from error
        raise


def shown(url: URL) -> str:
    """A URL for people, without its password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
