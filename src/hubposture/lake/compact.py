"""Compaction: deltas merged into new base files, small files into few, while others go on publishing."""
# ruff: noqa: S608 - statements are put together from names of our own tables

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hubposture.findings.tables import FINDINGS, SUBJECTS, TAGS, TRANSITIONS, Table
from hubposture.lake.engine import REJECTS, Connection, Means, Opened, columns_of, connect, judged, parquet
from hubposture.lake.manifest import File, Layers, Manifest, to_json
from hubposture.lake.output import Output, write_findings_base, write_subjects_base
from hubposture.lake.publish import Head, Place
from hubposture.ports.lake import Compacted
from hubposture.ports.versions import HeadMoved, Publication

_PIN = dt.timedelta(hours=2)
_SMALL_ROWS = 100_000
_MOST_FOLDED = 300_000
"""Rows of deltas that are folded into memory; more are folded range by range as they are read."""
_MOST_REJECTS = 10_000
_TRIES = 100


@dataclass(frozen=True, slots=True)
class _Merged:
    """New files in place of those that were read: layers, and per list (old files, new ones)."""

    findings: tuple[File, ...] | None
    subjects: tuple[File, ...] | None
    transitions: tuple[tuple[File, ...], tuple[File, ...]]
    tags: tuple[tuple[File, ...], tuple[File, ...]]
    rejects: tuple[tuple[File, ...], tuple[File, ...]]


def compact(place: Place, means: Means) -> Compacted:
    """Compact the head; what others publish meanwhile stays as deltas on top. Raises LakeDamaged.

    Where another compaction was faster, nothing is published and `deltas` is 0.
    """
    head, output = place.head(), place.output()
    if not _is_worth_it(head.manifest):
        return _compacted(head.manifest, head.manifest, number=head.number, deltas=0)
    pin = f"compact/{place.new_id()}"
    place.books.pin(place.lake, head.number, name=pin, why="being compacted", until=place.now() + _PIN)
    try:
        with judged(place.storage, head.manifest, number=head.number), connect(means) as connection:
            merged = output.certainly(lambda: _merge(place, connection, head, output))
        return _publish(place, head, merged, output)
    finally:
        place.books.unpin(place.lake, pin)


def _is_worth_it(manifest: Manifest) -> bool:
    lists = (_small(manifest.transitions), manifest.tags, manifest.rejects)
    return bool(manifest.findings.deltas or manifest.subjects.deltas) or any(len(one) > 1 for one in lists)


def _merge(place: Place, connection: Connection, head: Head, output: Output) -> _Merged:
    manifest = head.manifest
    for file in (*manifest.findings.files, *manifest.subjects.files):
        place.storage.verify(file)  # or damage would live on in the new files
    is_large = sum(file.rows for file in manifest.findings.deltas) > _MOST_FOLDED
    opened = Opened(connection, place.storage, folded=() if is_large else (FINDINGS, SUBJECTS))
    opened.show(manifest, number=head.number)
    findings = subjects = None
    if manifest.findings.deltas:
        findings = write_findings_base(output, connection, "findings", rows=manifest.tally.findings)
    if manifest.subjects.deltas:
        subjects = write_subjects_base(output, connection, "subjects")
    newest = f'(SELECT * FROM rejects ORDER BY "at" DESC, place LIMIT {_MOST_REJECTS})'
    small = _small(manifest.transitions)
    moved = f"({parquet(opened.paths(small), TRANSITIONS)})"
    return _Merged(
        findings,
        subjects,
        transitions=_one_of(connection, output, small, TRANSITIONS, moved),
        tags=_one_of(connection, output, manifest.tags, TAGS, "(SELECT DISTINCT * FROM tags)"),
        rejects=_one_of(connection, output, manifest.rejects, REJECTS, newest),
    )


def _small(files: Iterable[File]) -> tuple[File, ...]:
    """The files worth merging: large ones stay as they are, so that no row is rewritten again and again."""
    return tuple(file for file in files if file.rows < _SMALL_ROWS)


def _one_of(
    connection: Connection, output: Output, files: Sequence[File], table: Table, relation: str
) -> tuple[tuple[File, ...], tuple[File, ...]]:
    """(files merged, the file in their place); both empty where there is nothing to merge."""
    if len(files) < 2:  # noqa: PLR2004 - two make one
        return (), ()
    order = ", ".join(table.key)
    query = f"SELECT {columns_of(table)} FROM {relation} ORDER BY {order}"
    file = output.write(connection, query, f"{table.name}/{table.name}")
    return tuple(files), () if file is None else (file,)


def _publish(place: Place, read: Head, merged: _Merged, output: Output) -> Compacted:
    """Put the new files in place of those read, on whatever the head is by now."""
    for left in reversed(range(_TRIES)):
        head = place.head()
        manifest = _rebased(read.manifest, merged, head.manifest)
        if manifest is None:
            output.take_back()
            return _compacted(head.manifest, head.manifest, number=head.number, deltas=0)
        try:
            kept = to_json(manifest)
            place.books.publish(place.lake, parent=head.number, manifest=kept, also=Publication(), lease=None)
        except HeadMoved:
            if left:
                continue
            output.take_back()
            raise
        deltas = len(read.manifest.findings.deltas) + len(read.manifest.subjects.deltas)
        return _compacted(head.manifest, manifest, number=head.number + 1, deltas=deltas)
    raise AssertionError("the last try returns or raises")


def _rebased(read: Manifest, merged: _Merged, head: Manifest) -> Manifest | None:
    """The head with the new files; None if somebody else replaced what was read."""
    findings = _on(read.findings, merged.findings, head.findings)
    subjects = _on(read.subjects, merged.subjects, head.subjects)
    lists = [
        _in_place(now, *change)
        for now, change in (
            (head.transitions, merged.transitions),
            (head.tags, merged.tags),
            (head.rejects, merged.rejects),
        )
    ]
    transitions, tags, rejects = lists
    if findings is None or subjects is None or transitions is None or tags is None or rejects is None:
        return None
    return replace(
        head, findings=findings, subjects=subjects, transitions=transitions, tags=tags, rejects=rejects, why="compacted"
    )


def _on(read: Layers, base: tuple[File, ...] | None, head: Layers) -> Layers | None:
    count = len(read.deltas)
    if head.base != read.base or head.deltas[:count] != read.deltas:
        return None
    return head if base is None else Layers(base, head.deltas[count:])


def _in_place(now: tuple[File, ...], old: tuple[File, ...], new: tuple[File, ...]) -> tuple[File, ...] | None:
    if not set(old) <= set(now):
        return None
    return (*(file for file in now if file not in old), *new)


def _compacted(before: Manifest, after: Manifest, *, number: int, deltas: int) -> Compacted:
    old, new = list(before.files()), list(after.files())
    sizes = (sum(file.bytes for file in old), sum(file.bytes for file in new))
    return Compacted(number, deltas, (len(old), len(new)), sizes)
