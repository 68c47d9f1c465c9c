"""What tickets and messages say, in no system's markup; `render` writes it for each system and escapes it there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Plain:
    """Literal text; `is_strong` stands out where a system can show that."""

    text: str
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Literal:
    """An ARN, an id, a command: letter by letter, in a fixed font where there is one."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its words. A URL that is not http(s) is shown as text and never linked."""

    text: str
    url: str


Span: TypeAlias = Plain | Literal | Link
Line: TypeAlias = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    spans: Line


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, an entry a line."""

    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: headings, and cells of spans. `more` counts rows that were left out."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Line]]
    more: int = 0


Block: TypeAlias = Heading | Paragraph | Bullets | Grid


@dataclass(frozen=True, slots=True)
class Body:
    """Blocks in reading order."""

    blocks: tuple[Block, ...] = ()


def text(words: str, *, strong: bool = False) -> Line:
    """A line of plain words."""
    return (Plain(words, strong),)


def paragraph(*spans: Span | str) -> Paragraph:
    """A paragraph; a str is plain text."""
    return Paragraph(tuple(Plain(one) if isinstance(one, str) else one for one in spans))
