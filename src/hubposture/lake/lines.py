"""Lines of a file: never more in memory than a buffer and one line, whatever the file is."""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST_LINE = 16 << 20
"""Bytes; a finding has at most 240 KB. What is longer is no line of findings but a trap or another format."""
BUFFER = 1 << 20
_GZIP = b"\x1f\x8b"
CUT_OFF = (EOFError, zlib.error, gzip.BadGzipFile)
"""What reading a compressed file that is damaged or cut off raises."""


class Line(NamedTuple):
    """A line, its end included, or the beginning of one that is too long; numbers begin at 1."""

    number: int
    text: bytes
    is_too_long: bool


def is_gzip(path: Path) -> bool:
    """Whether a file begins as gzip does, whatever its name says."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


class _Compressed(io.RawIOBase):
    """What a compressed file gives, as it comes: where it is cut off, everything before that comes first."""

    def __init__(self, path: Path) -> None:
        self._file = gzip.GzipFile(path, "rb")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a part of the buffer; 0 at the end. Raises what is in CUT_OFF."""
        view = memoryview(buffer).cast("B")
        data = self._file.read1(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def open_bytes(path: Path) -> io.BufferedReader:
    """A file's bytes, decompressed if it is gzip. Raises OSError."""
    return io.BufferedReader(_Compressed(path) if is_gzip(path) else io.FileIO(path), BUFFER)


class Lines:
    """The lines from where a file stands; `number` is that of the line that comes next, counted from `first`.

    `until` is the position at or behind which no further line begins. Iterating raises what reading raises, after all
    lines that could be read.
    """

    def __init__(self, file: io.BufferedIOBase, *, first: int = 1, until: int | None = None) -> None:
        self._file = file
        self._until = until
        self.number = first

    def __iter__(self) -> Iterator[Line]:
        file, at = self._file, self._file.tell() if self._until is not None else 0
        while self._until is None or at < self._until:
            text = file.readline(LONGEST_LINE)
            if not text:
                return
            at += len(text)
            is_too_long = len(text) == LONGEST_LINE and not text.endswith(b"\n")
            yield Line(self.number, text[:1_000] if is_too_long else text, is_too_long)
            while is_too_long and (rest := file.readline(LONGEST_LINE)):
                at += len(rest)
                is_too_long = not rest.endswith(b"\n")
            self.number += 1
