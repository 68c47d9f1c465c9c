"""Files of a baseline: found, read and written without ever leaving its directory."""

import os
import tempfile
from pathlib import Path, PurePosixPath

from hubposture.ports.repository import FileMissing, NoBaseline, OutsideBaseline

SETTINGS_FILE = "hubposture.toml"
_NEW_FILE_MODE = 0o644


def find_root(start: Path) -> Path:
    """The nearest directory at or above `start` that holds hubposture.toml, absolute. Raises NoBaseline."""
    first = start.resolve()
    if not first.is_dir():
        raise NoBaseline(f"{start} is not a directory")
    for directory in (first, *first.parents):
        if (directory / SETTINGS_FILE).is_file():
            return directory
    raise NoBaseline(
        f"no {SETTINGS_FILE} in {first} or above it; -C DIR says where the baseline is, `hubposture init DIR` makes one"
    )


def plain(path: str) -> str:
    """A relative path in its plain form (`a/b`). Raises OutsideBaseline for one that cannot name a baseline's file."""
    parts = PurePosixPath(path)
    if not parts.parts or "\0" in path or parts.is_absolute() or ".." in parts.parts or ".git" in parts.parts:
        raise OutsideBaseline(f"{path!r} is not a file of the baseline")
    return parts.as_posix()


def inside(root: Path, path: str) -> Path:
    """The file that a relative path names. Raises OutsideBaseline if it, or a link on its way, leaves the root."""
    found = root.joinpath(plain(path))
    if not found.resolve().is_relative_to(root.resolve()):
        raise OutsideBaseline(f"{path} is a link that leaves the baseline {root}")
    return found


def read_file(root: Path, path: str) -> bytes:
    """A file's bytes. Raises FileMissing (also for a directory), OutsideBaseline."""
    try:
        return inside(root, path).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise FileMissing(f"{path} is not in the baseline {root}") from error


def write_file(root: Path, path: str, contents: bytes) -> bool:
    """Write a file so that at any moment it is the old or the new one, whole; whether its contents changed.

    A link is followed within the root; an existing file keeps its permissions. Raises OutsideBaseline.
    """
    target = inside(root, path).resolve()
    if target.is_file() and target.read_bytes() == contents:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), target.stat().st_mode & 0o7777 if target.exists() else _NEW_FILE_MODE)
            stream.write(contents)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(target.parent)
    return True


def _sync_directory(directory: Path) -> None:
    """Make a rename durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
