"""Files fetched once from a storage far away, in a directory that many processes may share."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hubposture.lake.manifest import SCRATCH, File
from hubposture.lake.storage import FileDamaged, compare

_IN_USE_SECONDS = 900.0
"""Files used so lately are never removed: somebody may be reading them. The size limit gives way."""


class Cache:
    """At most `limit_bytes` of files, the least recently used ones removed first.

    A cached file is compared byte by byte once per process, and fetched again if it is not what was written.
    """

    def __init__(self, directory: Path, *, limit_bytes: int) -> None:
        self._directory = directory
        self._limit = limit_bytes
        self._verified: set[str] = set()
        self._lock = threading.Lock()

    def path(self, name: str) -> Path:
        """Where a file is, or would be."""
        return self._directory / name

    def scratch(self, name: str) -> Path:
        """Where to write a file before it is complete; its directory exists."""
        path = self._directory / SCRATCH / f"{name.replace('/', '-')}.{os.getpid()}.{threading.get_ident()}"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def keep(self, path: Path, name: str) -> None:
        """Take in a file that was written here and is complete."""
        target = self.path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
        with self._lock:
            self._verified.add(name)
        self.shrink()

    def get(self, file: File, fetch: Callable[[Path], None]) -> Path:
        """A file's local path; `fetch` writes it to a path where it is not here yet. Raises FileDamaged."""
        target = self.path(file.name)
        if self._is_good(target, file):
            with contextlib.suppress(FileNotFoundError):
                os.utime(target)
                return target
        scratch = self.scratch(file.name)
        try:
            fetch(scratch)
            compare(scratch, file)
            self.keep(scratch, file.name)
        finally:
            scratch.unlink(missing_ok=True)
        return target

    def forget(self, name: str) -> None:
        """Remove a file that is no longer wanted."""
        self.path(name).unlink(missing_ok=True)

    def shrink(self) -> None:
        """Remove what was not used for longest until the limit holds."""
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        used_before = time.time() - _IN_USE_SECONDS
        for used, size, path in files:
            if total <= self._limit or used > used_before:
                return
            path.unlink(missing_ok=True)
            total -= size

    def _is_good(self, path: Path, file: File) -> bool:
        try:
            if file.name in self._verified:
                return path.stat().st_size == file.bytes
            compare(path, file)
        except (FileNotFoundError, FileDamaged):
            return False
        with self._lock:
            self._verified.add(file.name)
        return True

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        for directory, _, names in os.walk(self._directory):
            for name in names:
                path = Path(directory, name)
                with contextlib.suppress(FileNotFoundError):
                    stat = path.stat()
                    yield stat.st_mtime, stat.st_size, path
