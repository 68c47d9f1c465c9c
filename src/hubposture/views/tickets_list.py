"""The tickets there are: what fails in each, when it is due, and whose it is."""

from collections.abc import Iterator, Sequence
from typing import Any

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.tickets_rows import TicketRow
from hubposture.views.words import day, severity


def list_document(organization: str, rows: Sequence[TicketRow], *, limit: int = 20, team: str = "") -> Document:
    """The tickets there are, in the order they are given; at most `limit` of them. `team` is the one that was asked for."""
    blocks: list[Block] = [Lines(list(_listed(rows, team)))]
    if rows:
        blocks.append(_list_table(rows, limit))
    if troubled := [one for one in rows if one.trouble]:
        table: list[Sequence[Cell]] = [(_called(one), one.team, one.trouble) for one in troubled[:limit]]
        more = max(0, len(troubled) - limit)
        blocks += [Heading("The last write failed"), Table(("Ticket", "Team", "Why"), table, more=more)]
    data = {
        "organization": organization,
        "tickets": [_ticket_data(one) for one in rows],
        "number": len(rows),
        "overdue": sum(one.overdue_days > 0 for one in rows),
        "failing": sum(one.failing for one in rows if one.is_live),
        "hand_closed": sum(one.hand_closed > 0 for one in rows),
    }
    return Document(f"Tickets of {organization}", blocks, data)


def _listed(rows: Sequence[TicketRow], team: str) -> Iterator[Cell]:
    if not rows:
        yield f"No tickets of {team}." if team else "No tickets."
        return
    failing = sum(one.failing for one in rows if one.is_live)
    yield Text(f"{counted(len(rows), 'ticket')} with {counted(failing, 'failing resource')}", Tone.STRONG)
    if overdue := sum(one.overdue_days > 0 for one in rows):
        yield Text(f"{overdue:,} overdue", Tone.BAD)
    if by_hand := sum(one.hand_closed > 0 for one in rows):
        what = "something in it failed" if by_hand == 1 else "something in them failed"
        yield Text(f"{by_hand:,} closed by hand while {what}", Tone.WARN)


def _list_table(rows: Sequence[TicketRow], limit: int) -> Table:
    table: list[Sequence[Cell]] = [
        (
            severity(one.severity or "-"),
            _called(one),
            one.team,
            one.control,
            f"{one.failing:,} of {one.subjects:,}",
            day(one.due) if one.due is not None else "-",
            Text(counted(one.overdue_days, "day"), Tone.BAD) if one.overdue_days else "-",
            Text(one.state, Tone.PLAIN if one.is_live else Tone.DIM),
            f"{one.tracker} {one.place}",
            one.url or "-",
        )
        for one in rows[:limit]
    ]
    headings = ("Severity", "Ticket", "Team", "Control", "Failing", "Due", "Overdue", "State", "Place", "Link")
    return without_empty(
        Table(
            headings,
            table,
            numbers=frozenset({4, 6}),
            more=max(0, len(rows) - limit),
            spare=(9, 8),
            cut=frozenset({2}),
        )
    )


def _called(one: TicketRow) -> str:
    return one.shown or one.key


def _ticket_data(one: TicketRow) -> dict[str, Any]:
    return {
        "key": one.key, "ticket": one.shown, "team": one.team, "tracker": one.tracker, "place": one.place,
        "control": one.control, "severity": one.severity, "state": one.state, "live": one.is_live,
        "failing": one.failing, "resources": one.subjects,
        "due": one.due.isoformat() if one.due is not None else None, "overdue_days": one.overdue_days,
        "url": one.url, "hand_closed": one.hand_closed, "trouble": one.trouble,
    }  # fmt: skip
