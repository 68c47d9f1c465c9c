"""What every document must keep to: widths, and that its numbers can be had as data."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from hubposture.render import json as as_json
from hubposture.render import text
from hubposture.views.document import Document, Lines, Table
from views.test_plan import words

_DAY = re.compile(r"\b\d{1,2} [A-Z][a-z]{2} \d{4}\b")
_NUMBER = re.compile(r"(?<![\w.:/-])\d[\d,]*(?![\w.:/-])")


def widest(document: Document, width: int) -> int:
    """The longest line of a document on a terminal of a width; a line of code is not broken, so it does not count."""
    lines = text.render(document, width=width).splitlines()
    return max(len(line) for line in lines if not line.startswith("  hubposture "))


def numbers_said(document: Document) -> set[int]:
    """The whole numbers in its sentences and in the columns of numbers; parts of names, days and times are none."""
    found: set[str] = set()
    for block in document.blocks:
        if isinstance(block, Lines):
            found |= {one for line in words(block) for one in _NUMBER.findall(_DAY.sub("", line))}
        elif isinstance(block, Table):
            for row in block.rows:
                cells = words(Table((), [row]))
                found |= {cells[at] for at in block.numbers if re.fullmatch(r"[\d,]+", cells[at])}
    return {int(one.replace(",", "")) for one in found}


def numbers_had(document: Document) -> set[int]:
    """The whole numbers in its JSON, and those in its texts."""
    return set(_numbers(orjson.loads(as_json.render(document))))


def _numbers(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _numbers(one)
    elif isinstance(value, list):
        for one in value:
            yield from _numbers(one)
    elif isinstance(value, str):
        yield from (int(one.replace(",", "")) for one in _NUMBER.findall(value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield int(value)
