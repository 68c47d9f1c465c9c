"""A million findings: loaded, settled, changed by one in a hundred, compacted, and what they take on disk."""

import datetime as dt
from pathlib import Path

import orjson

from bench import asff
from bench.lake_world import FULL_DAYS, World, dimensions, opened, size_of
from bench.meter import Peak, quantile, timed
from hubposture.filters import EVERYTHING
from hubposture.findings.finding import Finding
from hubposture.findings.normal import normalize

COUNT = 1_000_000
_REJECT_EVERY = 1_000
_BATCHES = 5
_LARGE = 100_000
"""Transitions in a file; those of the load are in larger ones, those of the increments in smaller ones."""
_DAY = dt.timedelta(days=1)


def load(directory: Path) -> str:
    """The lines are written first, and so are warm; the dimensions are there, so that a rollup is made too."""
    lines = directory / "findings.ndjson"
    size = asff.write(lines, COUNT, reject_every=_REJECT_EVERY)
    with opened(directory) as world:
        world.writer.settle(dimensions())
        with Peak() as peak, timed() as span:
            done = world.writer.load([lines], observed_at=asff.NOW)
    lines.unlink()
    return (
        f"{span}, {peak} in all processes ({size / 1e9:.1f} GB; {done.folded.new:,} rows, "
        f"{done.folded.rejected:,} rejected)"
    )


def settled(directory: Path) -> str:
    """One settling in which the time of every target's sweep is new, as after every sweep."""
    found = dimensions()
    later = {**found.tables, "targets": [(*row[:-1], asff.NOW + _DAY) for row in found.tables["targets"]]}
    with opened(directory) as world, Peak() as peak, timed() as span:
        world.writer.settle(type(found)(later, recorded=found.recorded))
    return f"{span}, {peak}"


def increments(directory: Path) -> str:
    """Batches of 10,000 findings that all changed, on a writer and a reader that are warm, up to the answer of a count."""
    with opened(directory) as world, Peak() as peak:
        spans, readings = [], []
        for part in range(_BATCHES):
            with timed() as reading:
                batch = _batch(part)
            with timed() as span:
                world.writer.fold(batch)
                with world.reader.snapshot() as shot:
                    shot.count(EVERYTHING)
            spans.append(span.seconds)
            readings.append(reading.seconds)
    return (
        f"{quantile(spans[1:], 0.5):.2f} s, the first {spans[0]:.2f} s, and {quantile(readings, 0.5):.2f} s to bring "
        f"the records in normal form; {peak}"
    )


def compacted_many(directory: Path) -> str:
    """What the increments left."""
    return _compacted(directory)


def compacted_one(directory: Path) -> str:
    """One more increment, compacted."""
    with opened(directory) as world:
        world.writer.fold(_batch(_BATCHES))
    return _compacted(directory)


def disk(directory: Path) -> str:
    """What a year leaves, from the files as they are."""
    with opened(directory) as world:
        base = size_of(world, "findings/", "subjects/", "tags/", "rejects/")
        daily = size_of(world, "cube/", "rollup/") + _dimensions_of_a_day(world)
        moves = world.place.head().manifest.transitions
    first = sum(file.bytes for file in moves if file.rows > _LARGE)
    moved = sum(file.bytes for file in moves if file.rows <= _LARGE) / (_BATCHES + 1)
    year = base * (1 + FULL_DAYS) + first + 365 * (moved + daily)
    return (
        f"{year / 1e9:.2f} GB = {1 + FULL_DAYS} x {base / 1e6:.0f} MB (findings, subjects, tags) + {first / 1e6:.0f} MB "
        f"+ 365 x ({moved / 1e6:.1f} MB of transitions + {daily / 1e6:.1f} MB of cube, rollup and dimensions)"
    )


def _dimensions_of_a_day(world: World) -> int:
    """Of the dimensions those that change from day to day: the others keep their file."""
    return size_of(world, "dimensions/targets", "dimensions/decisions", "dimensions/wishes")


def _compacted(directory: Path) -> str:
    with opened(directory) as world, Peak() as peak, timed() as span:
        done = world.writer.compact()
    return f"{span}, {peak} ({done.deltas} deltas, {done.bytes[1] / 1e6:.0f} MB afterwards)"


def _batch(part: int) -> list[Finding]:
    found: list[Finding] = []
    for line in asff.later(part, COUNT):
        one = normalize(orjson.loads(line), observed_at=asff.NOW + _DAY, where="bench")
        assert isinstance(one, tuple)
        found += one
    return found
