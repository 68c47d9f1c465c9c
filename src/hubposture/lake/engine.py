"""DuckDB in memory, and the relations of one version on it."""
# ruff: noqa: S608 - statements are put together from names of our own tables and quoted paths

import datetime as dt
import itertools
import os
import platform
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from hubposture.findings.tables import CUBE, DIMENSIONS, FINDINGS, SUBJECTS, TAGS, TRANSITIONS, Column, Kind, Table
from hubposture.lake.manifest import File, Layers, Manifest
from hubposture.lake.storage import FileDamaged, Storage
from hubposture.ports.lake import LakeDamaged

Connection = duckdb.DuckDBPyConnection

REJECTS = Table(
    "rejects",
    "Records that were no findings, newest kept.",
    ("place", "why", "excerpt"),
    (
        Column("at", Kind.TIME, "when it was rejected"),
        Column("place", Kind.TEXT, "where it stood (`file:line`, `message id`)"),
        Column("why", Kind.TEXT, "why it is no finding"),
        Column("excerpt", Kind.TEXT, "its beginning; ''"),
    ),
)
_NOT_THE_FILES = (
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.OutOfMemoryException,
    duckdb.InterruptException,
)
"""What fails for another reason than a damaged file, which can come as almost any error."""
_NUMBERS = itertools.count(1)
_ARROW = {Kind.TEXT: pa.string(), Kind.INTEGER: pa.int64(), Kind.TRUTH: pa.bool_(), Kind.TIME: pa.timestamp("us")}


@dataclass(frozen=True, slots=True)
class Means:
    """What a database may take: memory in MiB, a directory to spill to (made when needed), and threads."""

    memory_mib: int
    spill: Path
    threads: int


def connect(means: Means) -> Connection:
    """A database in memory of its own that fetches no extensions; it spills to a directory of its own."""
    connection = duckdb.connect(
        config={
            "memory_limit": f"{means.memory_mib}MiB",
            "temp_directory": str(_spill(means.spill)),
            "threads": means.threads,
            "autoinstall_known_extensions": False,
            "parquet_metadata_cache": True,
            # A page has more rows than the 50 for which DuckDB reads the other columns only after it has chosen.
            "late_materialization_max_rows": 200,
        }
    )
    connection.execute("SET enable_progress_bar = false")
    return connection


def _spill(above: Path) -> Path:
    """A directory nobody else spills to, not made yet; those that processes of this machine left behind are removed."""
    start = f"duckdb-{platform.node()}-"
    for left in above.glob(f"{start}*"):
        process = left.name.removeprefix(start).split("-")[0]
        if process.isdecimal() and not _is_running(int(process)):
            shutil.rmtree(left, ignore_errors=True)
    above.mkdir(parents=True, exist_ok=True)
    return above / f"{start}{os.getpid()}-{next(_NUMBERS)}"


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def quoted(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def columns_of(table: Table, *, of: str = "") -> str:
    """A table's columns as a SELECT lists them, of an alias if one is given; quoted, since `at` is a keyword."""
    return ", ".join(f'{of}."{name}"' if of else f'"{name}"' for name in table.names)


def parquet(paths: Sequence[Path], table: Table) -> str:
    """A query for a table's columns over Parquet files; over no files it has no rows.

    A column that files may lack reads there as the table says.
    """
    if not paths:
        columns = ", ".join(f'CAST(NULL AS {column.kind.duckdb}) AS "{column.name}"' for column in table.columns)
        return f"SELECT {columns} WHERE FALSE"
    listed = ", ".join(quoted(str(path)) for path in paths)
    later = [column for column in table.columns if column.before is not None]
    if not later:
        return f"SELECT {columns_of(table)} FROM read_parquet([{listed}])"
    lacking = ", ".join(f'CAST(NULL AS {column.kind.duckdb}) AS "{column.name}"' for column in later)
    found = (
        f"SELECT * FROM read_parquet([{listed}], union_by_name = true) UNION ALL BY NAME SELECT {lacking} WHERE FALSE"
    )
    return f"SELECT {', '.join(map(_read, table.columns))} FROM ({found})"


def _read(column: Column) -> str:
    """A column as it is read; only times are NULL in a file that has them."""
    if column.before is None:
        return f'"{column.name}"'
    before = quoted(column.before) if isinstance(column.before, str) else str(column.before)
    return f'COALESCE("{column.name}", {before}) AS "{column.name}"'


def arrow_table(table: Table, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    """Rows in the order of a table's columns as Arrow columns of its types."""
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in table.columns]
    arrays = [pa.array(values, _ARROW[one.kind]) for one, values in zip(table.columns, columns, strict=True)]
    return pa.table(arrays, names=list(table.names))


def naive(at: dt.datetime) -> dt.datetime:
    """A moment as the lake writes it: UTC without a zone."""
    return at.astimezone(dt.UTC).replace(tzinfo=None)


class Opened:
    """The relations of one version in a schema, brought forward to newer versions where that is cheap.

    Layered tables are views: base rows that no delta replaces, and the deltas folded once into a table in memory.
    `folded` are the tables whose deltas are folded so; others are folded whenever they are read.
    """

    def __init__(
        self,
        connection: Connection,
        storage: Storage,
        *,
        folded: Sequence[Table],
        rollup: Table | None = None,
        schema: str = "main",
    ) -> None:
        self.connection = connection
        self._storage = storage
        self._folded = frozenset(table.name for table in folded)
        self._rollup = rollup
        self._schema = schema
        self._shown: Manifest | None = None

    @property
    def manifest(self) -> Manifest | None:
        """What is shown; None while it is nothing, or after a failure on the way to another version."""
        return self._shown

    def show(self, manifest: Manifest, *, number: int) -> None:
        """Bring the relations to a version. Raises LakeDamaged."""
        before, self._shown = self._shown, None
        with judged(self._storage, manifest, number=number):
            self._show_layers(FINDINGS, None if before is None else before.findings, manifest.findings)
            self._show_layers(SUBJECTS, None if before is None else before.subjects, manifest.subjects)
            self.show_plain(manifest)
        self._shown = manifest

    def show_plain(self, manifest: Manifest) -> None:
        """The tables that are not layered. Raises FileDamaged."""
        for table, files in plain_files(manifest, self._rollup):
            self._view(table.name, parquet(self.paths(files), table))

    def paths(self, files: Iterable[File]) -> list[Path]:
        """Local paths of files. Raises FileDamaged."""
        return [self._storage.fetch(file) for file in files]

    def _show_layers(self, table: Table, old: Layers | None, new: Layers) -> None:
        if old == new:
            return
        base = parquet(self.paths(new.base), table)
        if not new.deltas:
            self._view(table.name, base)
            if table.name in self._folded:
                self.connection.execute(f"DROP TABLE IF EXISTS {self._schema}.{table.name}_deltas")
            return
        if table.name in self._folded:
            self._fold_deltas(table, old, new)
        else:
            self._view(f"{table.name}_deltas", newest(table, self.paths(new.deltas)))
        deltas = f"{self._schema}.{table.name}_deltas"
        same = " AND ".join(f"d.{name} = b.{name}" for name in table.key)
        columns = columns_of(table)
        below = f"SELECT {columns} FROM ({base}) b WHERE NOT EXISTS (SELECT 1 FROM {deltas} d WHERE {same})"
        self._view(table.name, f"{below} UNION ALL SELECT {columns} FROM {deltas}")

    def _fold_deltas(self, table: Table, old: Layers | None, new: Layers) -> None:
        """Fold the deltas that are new; all of them if what is folded already is not their beginning."""
        name = f"{self._schema}.{table.name}_deltas"
        count = 0 if old is None or old.base != new.base else len(old.deltas)
        if not count or old is None or old.deltas != new.deltas[:count]:
            count = 0
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} ({table.ddl})")
        key = ", ".join(table.key)
        for path in self.paths(new.deltas[count:]):
            above = parquet([path], table)
            self.connection.execute(f"DELETE FROM {name} WHERE ({key}) IN (SELECT ({key}) FROM ({above}))")
            self.connection.execute(f"INSERT INTO {name} {above}")

    def _view(self, name: str, query: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE VIEW {self._schema}.{name} AS {query}")


@contextmanager
def judged(storage: Storage, manifest: Manifest, *, number: int) -> Iterator[None]:
    """Turn what fails because of a damaged file into LakeDamaged, which says which one."""
    try:
        yield
    except FileDamaged as error:
        raise damaged(error, number=number, root=storage.shown) from error
    except duckdb.Error as error:
        if isinstance(error, _NOT_THE_FILES):
            raise
        for file in manifest.files():
            try:
                storage.verify(file)
            except FileDamaged as found:
                raise damaged(found, number=number, root=storage.shown) from error
        raise


def newest(table: Table, paths: Sequence[Path]) -> str:
    """A query for the newest row of every key over deltas in order."""
    columns, key = columns_of(table), ", ".join(table.key)
    layers = " UNION ALL ".join(
        f"SELECT *, {number} AS layer FROM ({parquet([path], table)})" for number, path in enumerate(paths)
    )
    ranked = f"row_number() OVER (PARTITION BY {key} ORDER BY layer DESC)"
    return f"SELECT {columns} FROM ({layers}) QUALIFY {ranked} = 1"


def plain_files(manifest: Manifest, rollup: Table | None) -> list[tuple[Table, Sequence[File]]]:
    """The tables of a version that are not layered, each with its files."""
    found: list[tuple[Table, Sequence[File]]] = [
        (TRANSITIONS, manifest.transitions),
        (TAGS, manifest.tags),
        (REJECTS, manifest.rejects),
        (CUBE, _maybe(manifest.cube)),
        *((table, _maybe(manifest.dimensions.get(table.name))) for table in DIMENSIONS),
    ]
    return found if rollup is None else [*found, (rollup, _maybe(manifest.rollup))]


def _maybe(file: File | None) -> Sequence[File]:
    return () if file is None else (file,)


def damaged(error: FileDamaged, *, number: int, root: str) -> LakeDamaged:
    """What a damaged file means for whoever wanted a version, and what to do."""
    return LakeDamaged(
        f"lake {root}, version {number}: {error.name} {error.what}; put that file back from a backup, or read another "
        "day, or load the findings again into an empty lake (`hubposture store check` lists all that is damaged)"
    )
