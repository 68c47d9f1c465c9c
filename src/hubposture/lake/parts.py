"""Bulk reading: files become Parquet parts in their normal form, by all cores at once."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hubposture.errors import HubpostureError
from hubposture.findings.finding import Rejected
from hubposture.lake.arrow import rejects_table
from hubposture.lake.lines import CUT_OFF, LONGEST_LINE, is_gzip
from hubposture.lake.part import Done, Task, write_part
from hubposture.lake.records import Shape, shape_of
from hubposture.ports.hub import Progress

RANGE = 64 << 20
"""Bytes of a file of lines that one task reads: some 20,000 findings."""
KINDS = ("findings", "tags", "rejects")
_PLACED = re.compile(r":(\d+)(.*)", re.DOTALL)


class PartsNotWritten(HubpostureError):
    """Files could not be turned into parts; nothing of them is left, and nothing was loaded."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What was written: files with the columns of FINDINGS, of TAGS, and of rejected records (where, why, excerpt).

    A set of tags may be in several files. `rows` are findings by resource; `records` counts everything that was read,
    `rejected` what of it is no finding.
    """

    findings: tuple[Path, ...]
    tags: tuple[Path, ...]
    rejects: tuple[Path, ...]
    rows: int
    records: int
    rejected: int


def read_parts(
    files: Sequence[Path],
    *,
    observed_at: dt.datetime,
    directory: Path,
    workers: int,
    progress: Progress | None = None,
    range_bytes: int = RANGE,
) -> Parts:
    """Read files by `workers` processes (1: this one) into Parquet parts in `directory`, which is made if need be.

    `observed_at` is naive UTC. `progress` counts bytes as they are on disk. Files of lines are read in ranges of about
    `range_bytes`; compressed files and single documents as a whole. Raises PartsNotWritten, also if a process died;
    then, and when it is interrupted, no part is left.
    """
    directory.mkdir(parents=True, exist_ok=True)
    tasks = list(_tasks(files, observed_at, directory, range_bytes))
    total = sum(task.bytes for task in tasks)
    done: dict[int, Done] = {}
    try:
        for one in _run(tasks, workers):
            done[one.number] = one
            if progress is not None:
                progress(sum(each.bytes for each in done.values()), total)
        _place_rejects(tasks, done)
    except BaseException:
        for task in tasks:
            for kind in KINDS:
                task.part(kind).unlink(missing_ok=True)
        raise
    return _parts(tasks, done)


def _tasks(files: Sequence[Path], observed_at: dt.datetime, directory: Path, range_bytes: int) -> Iterator[Task]:
    """What is to be read, numbered in the order of the files."""
    number = 0
    for file in files:
        for start, until in _ranges(file, range_bytes):
            size = (file.stat().st_size if file.is_file() else 0) if until is None else until - start
            yield Task(number, file, start, until, size, observed_at, directory)
            number += 1


def _ranges(file: Path, range_bytes: int) -> Iterator[tuple[int, int | None]]:
    """Where ranges of whole lines begin and end; (0, None) for a file that is read as a whole."""
    try:
        is_split = not is_gzip(file) and file.stat().st_size > range_bytes and shape_of(file) is Shape.LINES
    except (OSError, *CUT_OFF):
        is_split = False
    if not is_split:
        yield 0, None
        return
    size, start = file.stat().st_size, 0
    with file.open("rb") as opened:
        while start < size:
            opened.seek(min(size, start + range_bytes))
            while (line := opened.readline(LONGEST_LINE)) and not line.endswith(b"\n"):
                pass
            yield start, opened.tell()
            start = opened.tell()


def _run(tasks: Sequence[Task], workers: int) -> Iterator[Done]:
    """What tasks gave, as they end; the longest begin first."""
    ordered = sorted(tasks, key=lambda task: -task.bytes)
    if min(workers, len(tasks)) <= 1:
        for task in ordered:
            yield _here(task)
        return
    pool = ProcessPoolExecutor(min(workers, len(tasks)), mp_context=get_context("spawn"))
    try:
        running = {pool.submit(write_part, task): task for task in ordered}
        for future in as_completed(running):
            try:
                done = future.result()
            except (OSError, MemoryError, pa.ArrowException) as error:
                raise _failure(running[future], error) from error
            except BrokenProcessPool as error:
                raise PartsNotWritten(
                    "a process that read findings died (out of memory, or killed): nothing was loaded;"
                    " run it again, with fewer processes if memory is short"
                ) from error
            yield done
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _here(task: Task) -> Done:
    try:
        return write_part(task)
    except (OSError, MemoryError, pa.ArrowException) as error:
        raise _failure(task, error) from error


def _failure(task: Task, error: BaseException) -> PartsNotWritten:
    why = f"{type(error).__name__}: {error}"
    return PartsNotWritten(
        f"{task.file} could not be turned into a part in {task.directory} ({why}): nothing was loaded"
    )


def _place_rejects(tasks: Sequence[Task], done: Mapping[int, Done]) -> None:
    """Put file and line before the places of rejected records, which a task knows within its range only."""
    before: dict[Path, int] = {}
    for task in tasks:
        one = done[task.number]
        if one.rejected and task.until is not None:
            rows = pq.read_table(task.part("rejects")).to_pylist()
            base = before.get(task.file, 0)
            placed = [Rejected(_placed(task.file, base, row["where"]), row["why"], row["excerpt"]) for row in rows]
            pq.write_table(rejects_table(placed), task.part("rejects"))
        before[task.file] = before.get(task.file, 0) + one.lines


def _placed(file: Path, base: int, where: str) -> str:
    match = _PLACED.fullmatch(where)
    assert match is not None, where
    return f"{file}:{base + int(match[1])}{match[2]}"


def _parts(tasks: Sequence[Task], done: Mapping[int, Done]) -> Parts:
    results = [done[task.number] for task in tasks]
    return Parts(
        findings=tuple(task.part("findings") for task in tasks if done[task.number].rows),
        tags=tuple(task.part("tags") for task in tasks if done[task.number].tagsets),
        rejects=tuple(task.part("rejects") for task in tasks if done[task.number].rejected),
        rows=sum(one.rows for one in results),
        records=sum(one.records for one in results),
        rejected=sum(one.rejected for one in results),
    )
