"""What one process of a bulk load does: a range of a file becomes Parquet parts. Imported by the processes themselves."""

import datetime as dt
import gc
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hubposture.findings.finding import Finding, Rejected
from hubposture.findings.tables import FINDINGS, TAGS
from hubposture.lake.arrow import REJECTS, rejects_table, rows_table, schema_of, tagsets_table
from hubposture.lake.files import normal
from hubposture.lake.lines import Lines, open_bytes
from hubposture.lake.records import Record, line_records, read_records

BATCH = 20_000
"""Rows that are in memory at once, and in a row group."""
_UNIQUE = ("finding", "subject", "id", "resource")
"""Columns whose values hardly repeat: a dictionary of them would only cost."""


@dataclass(frozen=True, slots=True)
class Task:
    """Bytes `start` to `until` of a file of lines, or a whole file (`until` is None)."""

    number: int
    file: Path
    start: int
    until: int | None
    bytes: int
    observed_at: dt.datetime
    directory: Path

    def part(self, kind: str) -> Path:
        """Where the part goes; `kind` is findings, tags or rejects."""
        return self.directory / f"{kind}-{self.number:05}.parquet"


@dataclass(frozen=True, slots=True)
class Done:
    """What a task wrote: rows, records, rejected ones, sets of tags; `lines` of the range, 0 for a whole file.

    A part without rows is not written.
    """

    number: int
    rows: int
    records: int
    rejected: int
    tagsets: int
    lines: int
    bytes: int


def write_part(task: Task) -> Done:
    """Read, bring into normal form, write. Raises OSError and pyarrow's errors; then its files are to be removed.

    Rejected records of a range are placed by their line within it (`:12`), for what comes before is not known here.
    """
    was_on = gc.isenabled()
    gc.disable()  # a finding has no cycles, and looking for some costs a third of the time
    try:
        return _written(task)
    finally:
        if was_on:
            gc.enable()


def _written(task: Task) -> Done:
    with ExitStack() as stack:
        if task.until is None:
            return _Part(task, stack).fill(read_records(task.file), lines=None)
        file = stack.enter_context(open_bytes(task.file))
        file.seek(task.start)
        lines = Lines(file, until=task.until)
        return _Part(task, stack).fill(line_records(lines, ""), lines=lines)


class _Part:
    """What a task writes; files are opened when the first row comes and closed by the stack."""

    def __init__(self, task: Task, stack: ExitStack) -> None:
        self._task = task
        self._stack = stack
        self._open: dict[str, pq.ParquetWriter] = {}
        self._tagsets: set[str] = set()

    def fill(self, source: Iterable[Record | Rejected], *, lines: Lines | None) -> Done:
        """Write all of it, BATCH rows at a time."""
        rows = records = refused = 0
        findings: list[Finding] = []
        rejected: list[Rejected] = []
        for record in source:
            one = normal(record, now=self._task.observed_at)
            records += 1
            if isinstance(one, Rejected):
                rejected.append(one)
                refused += 1
            else:
                findings += one
                rows += len(one)
            if len(findings) + len(rejected) >= BATCH:
                self._write(findings, rejected)
                findings, rejected = [], []
        self._write(findings, rejected)
        count = lines.number - 1 if lines else 0
        return Done(self._task.number, rows, records, refused, len(self._tagsets), count, self._task.bytes)

    def _write(self, findings: list[Finding], rejected: list[Rejected]) -> None:
        """Add rows; none of a kind opens no file."""
        tagsets = {one.tagset: one.tags for one in findings if one.tagset and one.tagset not in self._tagsets}
        self._tagsets |= tagsets.keys()
        if findings:
            self._put("findings", schema_of(FINDINGS), rows_table(findings))
        if tagsets:
            self._put("tags", schema_of(TAGS), tagsets_table(tagsets))
        if rejected:
            self._put("rejects", REJECTS, rejects_table(rejected))

    def _put(self, kind: str, schema: pa.Schema, table: pa.Table) -> None:
        writer = self._open.get(kind)
        if writer is None:
            repeated = [name for name in schema.names if name not in _UNIQUE]
            writer = self._open[kind] = self._stack.enter_context(
                pq.ParquetWriter(self._task.part(kind), schema, compression="snappy", use_dictionary=repeated)
            )
        writer.write_table(table)
