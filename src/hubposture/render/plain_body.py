"""Text of a ticket or a mail as plain text, for systems that show letters and nothing else."""

from collections.abc import Iterator, Sequence

from hubposture.render.spans import clean, fitting, more_rows, units
from hubposture.work.body import Block, Body, Bullets, Grid, Heading, Line, Link, Literal, Paragraph, Plain, Span


def plain(body: Body, *, most: int) -> str:
    """The whole text, blocks with an empty line between them. Longer than `most` it is cut by rows and blocks, and says so.

    Rows of a table are written one below the other: such systems have no fixed font, in which columns could stand.
    """
    return _document(fitting(body, lambda one: units(_document(one)), most=most))


def plain_line(line: Line) -> str:
    """A line as plain text; a link is its words with the URL behind them."""
    return "".join(_span(span) for span in line).strip()


def _document(body: Body) -> str:
    said = "\n\n".join(said for block in body.blocks if (said := "\n".join(_block(block))))
    return f"{said}\n" if said else ""


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(text):
            yield clean(text).strip().upper()
        case Paragraph(spans):
            yield plain_line(spans)
        case Bullets(lines):
            yield from (f"- {plain_line(line)}" for line in lines)
        case Grid(headings, rows, more):
            for row in rows:
                yield from _row(headings, row)
            if more:
                yield more_rows(more)


def _row(headings: Sequence[str], row: Sequence[Line]) -> Iterator[str]:
    cells = [plain_line(cell) for cell in row]
    if not cells:
        return
    yield f"- {cells[0] or '-'}"
    named = [
        f"{clean(heading).strip()}: {cell}" for heading, cell in zip(headings[1:], cells[1:], strict=False) if cell
    ]
    if named:
        yield f"  {'; '.join(named)}"


def _span(span: Span) -> str:
    match span:
        case Plain(text) | Literal(text):
            return clean(text)
        case Link(text, url):
            said, address = clean(text), clean(url).strip()
            return said if said.strip() == address or not address else f"{said}: {address}" if said.strip() else address
