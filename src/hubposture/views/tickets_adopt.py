"""Tickets that were there before, and a test ticket that was walked through a workflow."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from hubposture.errors import Problem
from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.tickets_rows import Doubted
from hubposture.work.ticket import Seen, Ticket

_END = {"reopen": "open again"}
"""What is not called as people would say it."""


class Tried(Protocol):
    """What became of a test ticket: how people call it ('' where none could be made), where it is, the ways it took."""

    @property
    def shown(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def paths(self) -> Sequence[tuple[str, Sequence[str]]]: ...  # noqa: D102
    @property
    def doubts(self) -> Sequence[Doubted]: ...  # noqa: D102


def adopt_document(
    organization: str,
    tickets: Sequence[Ticket],
    problems: Sequence[Problem],
    unnamed: Sequence[Seen] = (),
    *,
    is_written: bool,
    limit: int = 20,
) -> Document:
    """What is taken as ours, what cannot be and why, and tickets of a query whose text names nothing that fails."""
    blocks: list[Block] = [Lines(list(_adopted(tickets, problems, unnamed, is_written=is_written)))]
    blocks += _taken(tickets, limit)
    blocks += _problems(problems, limit)
    if unnamed:
        rows: list[Sequence[Cell]] = [(one.shown or one.id, one.title or "-") for one in unnamed]
        blocks += [Heading("Naming nothing that fails"), _table(("Ticket", "Title"), rows, limit)]
    if tickets:
        blocks.append(Code("hubposture tickets sync" if is_written else "hubposture tickets adopt ... --write"))
    data = {
        "organization": organization,
        "written": is_written,
        "adopted": len(tickets),
        "resources": sum(len(one.members) for one in tickets),
        "tickets": [_ticket(one) for one in tickets],
        "not_taken": len(problems),
        "problems": [{"where": one.where, "what": one.what, "hint": one.hint} for one in problems],
        "naming_nothing": len(unnamed),
        "unnamed": [{"ticket": one.shown, "id": one.id, "title": one.title, "url": one.url} for one in unnamed],
    }
    return Document(f"Tickets that {organization} has already", blocks, data)


def _adopted(
    tickets: Sequence[Ticket], problems: Sequence[Problem], unnamed: Sequence[Seen], *, is_written: bool
) -> Iterator[Cell]:
    said = f"{counted(len(tickets), 'ticket')} with {counted(sum(len(one.members) for one in tickets), 'resource')}"
    if not tickets:
        yield Text("Nothing to take.", Tone.WARN)
    elif is_written:
        yield Text(f"{said}: taken as ours", Tone.GOOD)
    else:
        yield Text(f"{said} would be taken as ours; nothing was written", Tone.STRONG)
    if problems:
        yield Text(f"{len(problems):,} cannot be taken", Tone.BAD)
    if unnamed:
        yield Text(f"{counted(len(unnamed), 'ticket')} of the query named nothing that fails", Tone.WARN)


def _taken(tickets: Sequence[Ticket], limit: int) -> Iterator[Block]:
    if tickets:
        rows: list[Sequence[Cell]] = [
            (one.shown or one.id, one.group.owner, one.group.control.upper(), f"{len(one.members):,}", one.key)
            for one in tickets
        ]
        yield Heading("Taken")
        yield _table(("Ticket", "Team", "Control", "Resources", "Label"), rows, limit, numbers=frozenset({3}))


def _problems(problems: Sequence[Problem], limit: int) -> Iterator[Block]:
    if problems:
        rows: list[Sequence[Cell]] = [(Text(one.where, Tone.BAD), one.what, one.hint or "-") for one in problems]
        yield Heading("Not taken")
        yield _table(("Where", "Why", "About"), rows, limit)


def _table(
    headings: Sequence[str], rows: Sequence[Sequence[Cell]], limit: int, *, numbers: frozenset[int] = frozenset()
) -> Table:
    return without_empty(Table(headings, rows[:limit], numbers=numbers, more=max(0, len(rows) - limit)))


def _ticket(one: Ticket) -> dict[str, Any]:
    return {
        "ticket": one.shown, "id": one.id, "key": one.key, "url": one.url, "team": one.group.owner,
        "control": one.group.control.upper(), "tracker": one.route.tracker, "place": one.route.place,
        "resources": len(one.members), "subjects": [member.subject for member in one.members],
    }  # fmt: skip


def test_document(organization: str, team: str, tried: Tried) -> Document:
    """The ways that a test ticket took to each end and back, and those that are closed."""
    lines: list[Cell] = []
    if not tried.shown:
        lines.append(Text(f"No test ticket could be made for {team}.", Tone.BAD))
    elif tried.doubts:
        lines.append(Text(f"{tried.shown}: {counted(len(tried.doubts), 'way')} not open", Tone.BAD))
    else:
        lines.append(Text(f"{tried.shown}: every way is open; it is closed now", Tone.GOOD))
    if tried.url:
        lines.append(tried.url)
    blocks: list[Block] = [Lines(lines)]
    if tried.paths:
        ways: list[Sequence[Cell]] = [(_END.get(end, end), "; ".join(steps) or "-") for end, steps in tried.paths]
        blocks += [Heading("Ways"), Table(("To", "By"), ways)]
    if tried.doubts:
        rows: list[Sequence[Cell]] = [(Text(one.where, Tone.BAD), one.what, one.hint or "-") for one in tried.doubts]
        blocks += [Heading("Not open"), without_empty(Table(("Where", "What", "What to do"), rows))]
    data = {
        "organization": organization,
        "team": team,
        "ticket": tried.shown,
        "url": tried.url,
        "paths": [{"to": end, "transitions": list(steps)} for end, steps in tried.paths],
        "not_open": len(tried.doubts),
        "doubts": [
            {"where": one.where, "what": one.what, "hint": one.hint, "error": one.is_error} for one in tried.doubts
        ],
    }
    return Document(f"A test ticket of {team} in {organization}", blocks, data)
