"""Blocks of documents as parts of pages: tables become grids, which show their rows as cards where there is little room."""

from collections.abc import Iterable, Iterator

from hubposture.views.document import Block, Heading, Lines, Table
from hubposture.views.pages.parts import Column, Grid, Part


def as_parts(blocks: Iterable[Block]) -> Iterator[Part]:
    """The blocks in their order; a table is called after the heading before it."""
    title = ""
    for one in blocks:
        if isinstance(one, Heading):
            title = one.text
        if not isinstance(one, Table):
            yield one
            continue
        columns = [Column(text or "What", is_number=at in one.numbers) for at, text in enumerate(one.headings)]
        caption = f"{title}: {', '.join(one.headings)}" if title else ", ".join(one.headings)
        yield Grid(caption, columns, [list(row) for row in one.rows])
        if one.more:
            yield Lines([f"and {one.more:,} more"])
