"""The records in a file: one object, a list, an envelope, events, one a line, any of it compressed."""

import datetime as dt
from collections.abc import Iterable, Iterator
from enum import StrEnum
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from hubposture.findings.finding import Rejected
from hubposture.findings.normal import excerpt
from hubposture.lake.lines import CUT_OFF, LONGEST_LINE, Line, Lines, open_bytes
from hubposture.lake.unwrap import unwrap

MOST_DOCUMENT = 512 << 20
"""Bytes of one JSON document, decompressed; it is read as a whole. Lines have no such limit."""
_PROBED = 100
_BLANK = b" \t\r\n,"
"""Around a record in a line: the commas are those of a list that has one record a line."""
_BRACKETS = (b"", b"[", b"]")
_UTF8_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_ONE_A_LINE = "write one finding a line, as `jq -c '.Findings[]'` does"


class Record(NamedTuple):
    """One record: where it stands (`file:line`, `file[3]`), and when it was seen, where an event around it says so."""

    where: str
    record: Any
    seen_at: dt.datetime | None


class Shape(StrEnum):
    """Whether every line of a file stands for itself; if that is unclear the file must be read as a whole."""

    LINES = "lines"
    UNCLEAR = "unclear"


def shape_of(path: Path) -> Shape:
    """The shape of a file by its first lines. Raises OSError and what is in CUT_OFF."""
    with open_bytes(path) as file:
        probe = list(islice(_filled(Lines(file)), _PROBED))
    if probe and _is_object(probe[0]):
        return Shape.LINES
    large = path.stat().st_size > MOST_DOCUMENT
    return Shape.LINES if large and any(_is_record(line) for line in probe) else Shape.UNCLEAR


def read_records(path: Path) -> Iterator[Record | Rejected]:
    """All records of a file in order, and what in it is none; never raises for what the file is.

    A damaged line is one rejected record, and the rest goes on; of a compressed file that is cut off everything that
    could be read comes first. A file that holds no JSON gives one rejected record.
    """
    try:
        with open_bytes(path) as file:
            first = next(_filled(Lines(file)), None)
        if first is None:
            yield Rejected(str(path), "it is empty")
        elif first.text.startswith(_WIDE_MARKS):
            yield Rejected(str(path), "it is UTF-16 or UTF-32; write it as UTF-8", excerpt(first.text))
        elif _is_object(first):
            with open_bytes(path) as file:
                yield from line_records(Lines(file), str(path))
        else:
            yield from _document(path)
    except CUT_OFF as error:
        yield Rejected(str(path), f"it is damaged or cut off ({error}); what could be read before that was read")
    except OSError as error:
        yield Rejected(str(path), f"it cannot be read: {error.strerror or error}")


def line_records(lines: Lines, name: str) -> Iterator[Record | Rejected]:
    """The records of lines of the file `name`."""
    for line in _filled(lines):
        where = f"{name}:{line.number}"
        if line.is_too_long:
            yield Rejected(where, f"the line is longer than {LONGEST_LINE >> 20} MiB", excerpt(line.text))
            continue
        try:
            value = orjson.loads(line.text)
        except orjson.JSONDecodeError as error:
            yield Rejected(where, f"it is no JSON: {error.msg}, column {error.colno}", excerpt(line.text))
            continue
        if value.__class__ is dict and "ProductArn" in value:
            yield Record(where, value, None)
        else:
            for record, place, seen_at in unwrap(value):
                yield Record(where + place, record, seen_at)


def _document(path: Path) -> Iterator[Record | Rejected]:
    """A file that is one JSON value over several lines, or else lines of which the first is damaged."""
    with open_bytes(path) as file:
        data = file.read(MOST_DOCUMENT + 1)
    if len(data) > MOST_DOCUMENT:
        del data
        yield from _large(path)
        return
    try:
        value = orjson.loads(data.removeprefix(_UTF8_MARK))
    except orjson.JSONDecodeError as error:
        if any(_is_record(line) for line in islice(_filled(Lines(BytesIO(data))), _PROBED)):
            yield from line_records(Lines(BytesIO(data)), str(path))
        else:
            why = f"it is no JSON: {error.msg}, line {error.lineno} column {error.colno}"
            yield Rejected(str(path), why, excerpt(data[:1_000]))
        return
    del data
    for record, place, seen_at in unwrap(value):
        yield Record(f"{path}{place}", record, seen_at)


def _large(path: Path) -> Iterator[Record | Rejected]:
    """A file that is too large for one document: lines, or nothing."""
    with open_bytes(path) as file:
        probe = list(islice(_filled(Lines(file)), _PROBED))
    if any(_is_record(line) for line in probe):
        with open_bytes(path) as file:
            yield from line_records(Lines(file), str(path))
        return
    why = f"it is one JSON document of more than {MOST_DOCUMENT >> 20} MiB; {_ONE_A_LINE}"
    yield Rejected(str(path), why, excerpt(probe[0].text) if probe else "")


def _filled(lines: Iterable[Line]) -> Iterator[Line]:
    """Lines that hold something, without what surrounds it."""
    for number, text, is_too_long in lines:
        if number == 1:
            text = text.removeprefix(_UTF8_MARK)  # noqa: PLW2901 - the mark is no part of the line
        inner = text.strip(_BLANK)
        if inner not in _BRACKETS:
            yield Line(number, inner, is_too_long)


def _is_object(line: Line) -> bool:
    """Whether a line is a JSON object or list by itself."""
    if line.is_too_long:
        return False
    try:
        return isinstance(orjson.loads(line.text), dict | list)
    except orjson.JSONDecodeError:
        return False


def _is_record(line: Line) -> bool:
    """Whether a line is a finding, or a list, an envelope or an event with one."""
    if line.is_too_long or not line.text.startswith((b"{", b"[")):
        return False
    try:
        inner = unwrap(orjson.loads(line.text))
    except orjson.JSONDecodeError:
        return False
    return any(isinstance(one.record, dict) and one.record.keys() & {"ProductArn", "class_uid"} for one in inner)
