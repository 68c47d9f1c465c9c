"""What one process of a bulk load does: a range of a file becomes Parquet parts. Imported by the processes themselves."""

import datetime as dt
import gc
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hubposture.findings.finding import Finding, Rejected
from hubposture.findings.tables import FINDINGS, TAGS
from hubposture.findings.tags import Pairs
from hubposture.lake.arrow import REJECTS, rejects_table, rows_table, schema_of, tagsets_table
from hubposture.lake.files import normal
from hubposture.lake.lines import Lines
from hubposture.lake.records import Record, line_records, read_records

BATCH = 20_000
"""Records that are in memory at once, and about the rows of a row group."""
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
    rows = records = rejected = 0
    seen: set[str] = set()
    with ExitStack() as stack:
        lines = None
        if task.until is None:
            source = read_records(task.file)
        else:
            file = stack.enter_context(task.file.open("rb"))
            file.seek(task.start)
            lines = Lines(file, until=task.until)
            source = line_records(lines, "")
        writers = _Writers(task, stack)
        while batch := list(islice(source, BATCH)):
            findings, refused = _sorted_out(batch, task.observed_at)
            tagsets = {one.tagset: one.tags for one in findings if one.tagset and one.tagset not in seen}
            seen |= tagsets.keys()
            writers.write(findings, tagsets, refused)
            rows, records, rejected = rows + len(findings), records + len(batch), rejected + len(refused)
    return Done(task.number, rows, records, rejected, len(seen), lines.number - 1 if lines else 0, task.bytes)


def _sorted_out(batch: list[Record | Rejected], now: dt.datetime) -> tuple[list[Finding], list[Rejected]]:
    findings: list[Finding] = []
    rejected: list[Rejected] = []
    for record in batch:
        one = normal(record, now=now)
        if isinstance(one, Rejected):
            rejected.append(one)
        else:
            findings += one
    return findings, rejected


class _Writers:
    """The files of a task, opened when the first row comes and closed by the stack."""

    def __init__(self, task: Task, stack: ExitStack) -> None:
        self._task = task
        self._stack = stack
        self._open: dict[str, pq.ParquetWriter] = {}

    def write(self, findings: list[Finding], tagsets: dict[str, Pairs], rejected: list[Rejected]) -> None:
        """Add rows; none of a kind opens no file."""
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
