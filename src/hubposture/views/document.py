"""One document model for every report; the renderers in `render` turn it into text, markdown or JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Tone(StrEnum):
    """How a piece of text stands out; a renderer without colour leaves it plain, so words must carry the meaning."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    DIM = "dim"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Text:
    """Some text with a tone. The text is literal: renderers escape it."""

    text: str
    tone: Tone = Tone.PLAIN


Cell = str | Text


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Sentences, one a line; `tone` is that of all of them that have none of their own."""

    lines: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Code:
    """Commands or text to copy, letter by letter."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under headings. `numbers` are the columns aligned right; `more` counts rows left out for space.

    Where there is little room, columns of `spare` are left out, the first one first, and those of `cut` are shortened
    instead of wrapped; what stands in them is in the document's data as well.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: frozenset[int] = frozenset()
    more: int = 0
    spare: Sequence[int] = ()
    cut: frozenset[int] = frozenset()


Block = Heading | Lines | Code | Table


@dataclass(frozen=True, slots=True)
class Document:
    """A report: a title, blocks in reading order, and `data`, the same numbers as JSON with nothing left out."""

    title: str
    blocks: Sequence[Block]
    data: Mapping[str, Any] = field(default_factory=dict)


def counted(number: int, one: str, many: str = "") -> str:
    """`1 target`, `1,204 targets`: the word fits the number."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
