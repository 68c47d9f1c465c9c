"""Where the files of a lake are: a directory, or a prefix of a bucket behind a local cache.

The database engine reads local files only. A file is written to the scratch directory, then put in place under its
name, at once and for good: after `put` it is there whole, also after a loss of power.
"""

import contextlib
import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hubposture.errors import RemoteRefused, RemoteUnavailable
from hubposture.lake.manifest import SCRATCH, File

_BLOCK = 1 << 20


class FileDamaged(Exception):
    """A file is missing or not what was written: `name` and `what` is wrong with it. Becomes LakeDamaged."""

    def __init__(self, name: str, what: str) -> None:
        self.name = name
        self.what = what
        super().__init__(f"{name}: {what}")


@dataclass(frozen=True, slots=True)
class Stored:
    """One file that is there: its name, size, and when it was written by the storage's clock (aware, UTC)."""

    name: str
    bytes: int
    modified: dt.datetime


class Storage(Protocol):
    """Files by relative name. All methods raise RemoteUnavailable or RemoteRefused where the storage fails."""

    @property
    def shown(self) -> str:
        """The root as people write it."""

    def scratch(self, name: str) -> Path:
        """A path for a file that is to be put under `name`; its directory exists."""

    def put(self, path: Path, name: str) -> None:
        """Put a scratch file under its name, durably; the scratch file is gone afterwards."""

    def fetch(self, file: File) -> Path:
        """A local path of a file, of the right size. Raises FileDamaged."""

    def verify(self, file: File) -> None:
        """Read a file where it is kept and compare all its bytes. Raises FileDamaged."""

    def size(self, name: str) -> int | None:
        """A file's size, or None if it is not there."""

    def listed(self) -> Iterator[Stored]:
        """Every file that is there, leftovers of interrupted writes included."""

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; one that is gone already is no error."""


def digest_of(path: Path) -> str:
    """The digest of a file's bytes as manifests have it."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def compare(path: Path, file: File) -> None:
    """Raise FileDamaged unless a local file is byte by byte what was written."""
    size = path.stat().st_size
    if size != file.bytes:
        raise FileDamaged(file.name, f"has {size} bytes instead of {file.bytes}")
    if digest_of(path) != file.digest:
        raise FileDamaged(file.name, "has other bytes than were written")


class LocalStorage:
    """A directory on a disk of this machine, or one that all processes share."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def shown(self) -> str:
        """See `Storage`."""
        return str(self._root)

    def scratch(self, name: str) -> Path:
        """See `Storage`. On the same file system, so that a rename puts it in place."""
        with _as_remote_errors(self._root):
            directory = self._root / SCRATCH
            directory.mkdir(parents=True, exist_ok=True)
            return directory / name.replace("/", "-")

    def put(self, path: Path, name: str) -> None:
        """See `Storage`."""
        target = self._root / name
        with _as_remote_errors(target):
            if not target.parent.is_dir():
                target.parent.mkdir(parents=True, exist_ok=True)
                _sync(self._root)
            _sync(path)
            path.replace(target)
            _sync(target.parent)

    def fetch(self, file: File) -> Path:
        """See `Storage`."""
        path = self._root / file.name
        size = self.size(file.name)
        if size is None:
            raise FileDamaged(file.name, "is missing")
        if size != file.bytes:
            raise FileDamaged(file.name, f"has {size} bytes instead of {file.bytes}")
        return path

    def verify(self, file: File) -> None:
        """See `Storage`."""
        path = self.fetch(file)
        with _as_remote_errors(path):
            compare(path, file)

    def size(self, name: str) -> int | None:
        """See `Storage`."""
        path = self._root / name
        with _as_remote_errors(path):
            try:
                return path.stat().st_size
            except (FileNotFoundError, NotADirectoryError):
                return None

    def listed(self) -> Iterator[Stored]:
        """See `Storage`."""
        with _as_remote_errors(self._root):
            for directory, _, names in os.walk(self._root):
                for name in sorted(names):
                    path = Path(directory, name)
                    with contextlib.suppress(FileNotFoundError):  # put or deleted meanwhile
                        stat = path.stat()
                        modified = dt.datetime.fromtimestamp(stat.st_mtime, tz=dt.UTC)
                        yield Stored(path.relative_to(self._root).as_posix(), stat.st_size, modified)

    def delete(self, names: Iterable[str]) -> None:
        """See `Storage`."""
        for name in names:
            with _as_remote_errors(self._root / name):
                (self._root / name).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Wait until a file, or a directory's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _as_remote_errors(path: Path) -> Iterator[None]:
    """Say in our words what a file system refuses."""
    try:
        yield
    except PermissionError as error:
        raise RemoteRefused(f"{path}: {error.strerror}; hubposture must be able to read and write the lake") from error
    except OSError as error:
        raise RemoteUnavailable(f"{path}: {error.strerror or error}; the lake cannot be used now") from error
