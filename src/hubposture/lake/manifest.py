"""The manifest of a version: which files it is made of, as JSON in the ledger.

Names are relative to the lake's root; a file, once written, never changes. Layered tables (findings, subjects) are
base files with ordered deltas on top: a row of a later delta replaces the row of the same key below it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hubposture.errors import InputError

FORMAT = 1
SCRATCH = ".scratch"
"""The folder of files that are not complete yet."""
_FOLDERS = frozenset(
    {SCRATCH, "findings", "subjects", "transitions", "tags", "rejects", "cube", "rollup", "dimensions"}
)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_DIGITS, _ULID_DIGITS = 10, 26
_MOST_FILES, _MOST_SHARE, _FEW_ROWS = 24, 0.15, 20_000


@dataclass(frozen=True, slots=True)
class File:
    """One Parquet file: its name, rows, size in bytes, and the BLAKE2b digest (16 bytes, hex) of its bytes."""

    name: str
    rows: int
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Layers:
    """A table in base files, sorted, and deltas of upserts in the order in which they were published."""

    base: tuple[File, ...] = ()
    deltas: tuple[File, ...] = ()

    @property
    def files(self) -> tuple[File, ...]:
        """All files, base first."""
        return self.base + self.deltas

    def with_deltas(self, files: Iterable[File]) -> "Layers":
        """The same with further deltas on top."""
        return replace(self, deltas=(*self.deltas, *files))


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows of a version: subjects, those of them FAILED and in sight, and findings."""

    subjects: int = 0
    failing: int = 0
    findings: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of one version. `transitions`, `tags` and `rejects` are lists whose rows add up.

    `dimensions` are keyed by table name. `cube` and `rollup` are None until there is something to count. `frozen`: consolidated findings
    were switched lately (`ports.lake.Dimensions`). `why` says what made it.
    """

    findings: Layers = Layers()
    subjects: Layers = Layers()
    transitions: tuple[File, ...] = ()
    tags: tuple[File, ...] = ()
    rejects: tuple[File, ...] = ()
    cube: File | None = None
    rollup: File | None = None
    dimensions: Mapping[str, File] = field(default_factory=dict)
    tally: Tally = Tally()
    frozen: bool = False
    why: str = ""

    def files(self) -> Iterator[File]:
        """Every file that this version needs to be read whole."""
        yield from self.slim_files()
        yield from (*self.findings.files, *self.subjects.files, *self.transitions, *self.tags, *self.rejects)

    def slim_files(self) -> Iterator[File]:
        """The files that a day keeps when its findings are no longer kept; transitions come from the head."""
        yield from (file for file in (self.cube, self.rollup) if file is not None)
        yield from self.dimensions.values()


def needs_compaction(manifest: Manifest) -> bool:
    """Whether so much lies on top of the base files that reading suffers."""
    many = (manifest.findings.deltas, manifest.subjects.deltas, manifest.transitions, manifest.tags, manifest.rejects)
    if any(len(files) > _MOST_FILES for files in many):
        return True
    base, deltas = _rows(manifest.findings.base), _rows(manifest.findings.deltas)
    return deltas > max(base * _MOST_SHARE, _FEW_ROWS)


def _rows(files: tuple[File, ...]) -> int:
    return sum(file.rows for file in files)


def to_json(manifest: Manifest) -> dict[str, Any]:
    """The manifest as the ledger keeps it."""
    return {
        "format": FORMAT,
        "why": manifest.why,
        "frozen": manifest.frozen,
        "findings": _layers_to_json(manifest.findings),
        "subjects": _layers_to_json(manifest.subjects),
        "transitions": [_file_to_json(file) for file in manifest.transitions],
        "tags": [_file_to_json(file) for file in manifest.tags],
        "rejects": [_file_to_json(file) for file in manifest.rejects],
        "cube": _maybe_to_json(manifest.cube),
        "rollup": _maybe_to_json(manifest.rollup),
        "dimensions": {name: _file_to_json(file) for name, file in sorted(manifest.dimensions.items())},
        "counts": {
            "subjects": manifest.tally.subjects,
            "failing": manifest.tally.failing,
            "findings": manifest.tally.findings,
        },
    }


def from_json(kept: Mapping[str, Any]) -> Manifest:
    """A manifest as it was kept. Raises InputError for one of a newer format."""
    if kept["format"] > FORMAT:
        raise InputError(
            f"the lake was written by a newer hubposture (format {kept['format']}, this one reads {FORMAT}); update it"
        )
    counts = kept["counts"]
    return Manifest(
        findings=_layers(kept["findings"]),
        subjects=_layers(kept["subjects"]),
        transitions=_files(kept["transitions"]),
        tags=_files(kept["tags"]),
        rejects=_files(kept["rejects"]),
        cube=_maybe(kept["cube"]),
        rollup=_maybe(kept["rollup"]),
        dimensions={name: _file(one) for name, one in kept["dimensions"].items()},
        tally=Tally(counts["subjects"], counts["failing"], counts["findings"]),
        frozen=kept["frozen"],
        why=kept["why"],
    )


def _file_to_json(file: File) -> list[Any]:
    return [file.name, file.rows, file.bytes, file.digest]


def _maybe_to_json(file: File | None) -> list[Any] | None:
    return None if file is None else _file_to_json(file)


def _layers_to_json(layers: Layers) -> dict[str, Any]:
    return {
        "base": [_file_to_json(file) for file in layers.base],
        "deltas": [_file_to_json(file) for file in layers.deltas],
    }


def _file(kept: list[Any]) -> File:
    name, rows, size, digest = kept
    return File(name, rows, size, digest)


def _files(kept: list[list[Any]]) -> tuple[File, ...]:
    return tuple(_file(one) for one in kept)


def _maybe(kept: list[Any] | None) -> File | None:
    return None if kept is None else _file(kept)


def _layers(kept: Mapping[str, Any]) -> Layers:
    return Layers(_files(kept["base"]), _files(kept["deltas"]))


def is_ours(name: str) -> bool:
    """Whether a name is one of those under which a lake keeps files: nothing else is ever deleted."""
    return name.split("/", 1)[0] in _FOLDERS and name.endswith(".parquet")


def written_at(name: str) -> dt.datetime | None:
    """When a file was named, by the clock of who wrote it, from the ULID at the end of its name; None without one."""
    ulid = name.rsplit("/", 1)[-1].removesuffix(".parquet")[-_ULID_DIGITS:]
    if len(ulid) < _ULID_DIGITS or any(digit not in _ALPHABET for digit in ulid):
        return None
    milliseconds = 0
    for digit in ulid[:_TIME_DIGITS]:
        milliseconds = milliseconds * 32 + _ALPHABET.index(digit)
    return dt.datetime.fromtimestamp(milliseconds / 1000, tz=dt.UTC)
