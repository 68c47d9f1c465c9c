"""A workbook written to its file in one step: readers see the old one or the new one, never half of either."""

import os
import tempfile
from pathlib import Path

from hubposture.workbook.complaint import complaint
from hubposture.workbook.guard import digest_of, guard
from hubposture.workbook.limits import DEFAULT_LIMITS, Limits
from hubposture.workbook.read import load

_CLOSE = "close it in the spreadsheet program and run the command again"


def save(path: Path, data: bytes, *, replaces: str | None, limits: Limits = DEFAULT_LIMITS) -> str:
    """Write `data` to `path` and return its digest.

    `replaces` is the digest of the file as it was read, or None for a file that must not be there yet. The new file is
    written beside it, flushed, read back and passed through the guard before it takes the name; it keeps the old one's
    permissions. Raises InputErrors when the file has changed since, is locked, or the result would not be accepted.
    """
    _check_unchanged(path, replaces, limits=limits)
    try:
        temporary = _write_beside(path, data)
    except OSError as error:
        raise complaint(str(path), f"cannot be written: {error.strerror or error}", hint=_CLOSE) from error
    try:
        guard(load(temporary, limits=limits), name=path.name, limits=limits)
        if digest_of(load(temporary, limits=limits)) != digest_of(data):
            raise complaint(
                str(path), "did not read back as it was written", hint="check the disk; nothing was replaced"
            )
        _check_unchanged(path, replaces, limits=limits)
        temporary.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise complaint(str(path), f"cannot be replaced: {error.strerror or error}", hint=_CLOSE) from error
    finally:
        temporary.unlink(missing_ok=True)
    return digest_of(data)


def _check_unchanged(path: Path, replaces: str | None, *, limits: Limits) -> None:
    if replaces is None:
        if path.exists():
            raise complaint(str(path), "is there already", hint="choose another name, or remove it")
    elif digest_of(load(path, limits=limits)) != replaces:
        raise complaint(str(path), "has changed since it was read, so nothing was written", hint=_CLOSE)


def _write_beside(path: Path, data: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary = Path(name)
    temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
    return temporary


def _flush_folder(folder: Path) -> None:
    """Make the new name durable where the system can; Windows cannot open folders."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
