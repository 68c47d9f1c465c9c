"""A report as a document, for a terminal and for markdown."""

from collections.abc import Iterator, Sequence

from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone
from hubposture.views.report.kept import data
from hubposture.views.report.model import Report
from hubposture.views.report.section import Kind, Section, shown
from hubposture.views.report.sections import FIRST, period, sections, title

_CUT = frozenset({"Title", "OU", "Controls"})
_SPARE = ("A week ago", "Waived", "Of", "Oldest fails since")


def document(report: Report, *, most: int = 10) -> Document:
    """The whole report; at most `most` rows a table, the data has all of them."""
    found = sections(report)
    blocks: list[Block] = [Lines([Text(period(report), Tone.DIM)])]
    for one in found:
        blocks += _blocks(one, most if one.key not in FIRST else 1000)
    return Document(title(report), blocks, data(report))


def _blocks(section: Section, most: int) -> Iterator[Block]:
    yield Heading(section.title)
    says: list[Cell] = list(section.says)
    if not section.rows and section.empty:
        says.append(section.empty)
    if says:
        yield Lines(says)
    if section.rows:
        yield _table(section, most)


def _table(section: Section, most: int) -> Table:
    headings = [column.heading for column in section.columns]
    rows: list[Sequence[Cell]] = [
        [shown(value, column.kind) for value, column in zip(row, section.columns, strict=True)]
        for row in section.rows[:most]
    ]
    return Table(
        headings,
        rows,
        numbers=frozenset(at for at, column in enumerate(section.columns) if column.kind is not Kind.TEXT),
        more=max(0, len(section.rows) - most),
        spare=[at for name in _SPARE for at, heading in enumerate(headings) if heading == name],
        cut=frozenset(at for at, heading in enumerate(headings) if heading in _CUT),
    )
