"""Lines of a stream of bytes: never more in memory than a block and one line, whatever the stream is."""

import gzip
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

LONGEST_LINE = 16 << 20
"""Bytes; a finding has at most 240 KB. What is longer is no line of findings but a trap or another format."""
_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"
CUT_OFF = (EOFError, zlib.error, gzip.BadGzipFile)
"""What reading a compressed file that is damaged or cut off raises."""


class Line(NamedTuple):
    """A line without its end, or the beginning of one that is too long; numbers begin at 1."""

    number: int
    text: bytes
    is_too_long: bool


def is_gzip(path: Path) -> bool:
    """Whether a file begins as gzip does, whatever its name says."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def open_bytes(path: Path) -> BufferedIOBase:
    """A file's bytes, decompressed if it is gzip. Raises OSError."""
    return gzip.open(path, "rb") if is_gzip(path) else path.open("rb")


class Lines:
    """The lines from where a file stands; `number` is that of the line that comes next, counted from `first`.

    `until` is the position at or behind which no further line begins. Iterating raises what reading raises, after all
    lines that could be read (so it takes blocks as they come).
    """

    def __init__(self, file: BufferedIOBase, *, first: int = 1, until: int | None = None) -> None:
        self._file = file
        self._until = until
        self.number = first

    def __iter__(self) -> Iterator[Line]:
        start, rest, is_skipping = self._file.tell() if self._until is not None else 0, b"", False
        while block := self._file.read1(_BLOCK):
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            for line in lines:
                if not is_skipping:
                    yield _line(self.number, line)
                is_skipping = False
                self.number += 1
                start += len(line) + 1
                if self._until is not None and start >= self._until:
                    return
            if is_skipping or len(rest) > LONGEST_LINE:
                if not is_skipping:
                    yield _line(self.number, rest)
                start, rest, is_skipping = start + len(rest), b"", True
        if rest:
            yield _line(self.number, rest)
            self.number += 1


def _line(number: int, text: bytes) -> Line:
    if len(text) > LONGEST_LINE:
        return Line(number, text[:1_000], is_too_long=True)
    return Line(number, text, is_too_long=False)
