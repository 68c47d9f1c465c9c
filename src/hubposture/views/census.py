"""The census on one page: who governs, what is off, what cannot be seen, what others set up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone


@dataclass(frozen=True, slots=True)
class Section:
    """One table with its heading; `said` stands before it, and alone where there are no rows."""

    heading: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    said: Sequence[Cell] = ()
    numbers: frozenset[int] = field(default=frozenset())


def document(
    organization: str, facts: Sequence[Cell], sections: Sequence[Section], data: Mapping[str, Any], *, most: int = 25
) -> Document:
    """The census; at most `most` rows a table, the JSON data has all of them."""
    blocks: list[Block] = [Lines(facts)]
    for section in sections:
        blocks.extend(_section(section, most))
    return Document(f"Census of {organization}", blocks, data)


def _section(section: Section, most: int) -> Iterator[Block]:
    yield Heading(section.heading)
    if section.said:
        yield Lines(section.said)
    if section.rows:
        rows = list(section.rows)
        yield Table(section.headings, rows[:most], numbers=section.numbers, more=max(0, len(rows) - most))
    elif not section.said:
        yield Lines([Text("nothing", Tone.DIM)])
