"""Tickets by the ledger: all of them, and one of them with its resources."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hubposture.views.document import Cell, Heading, Lines, Text, Tone, counted
from hubposture.views.pages import links
from hubposture.views.pages.parts import Column, Facts, Grid, Link, Page, PageCell, Part
from hubposture.views.tickets_rows import TicketRow
from hubposture.views.words import age, day, resource_short, severity, state

_COLUMNS = (
    Column("Ticket"), Column("Severity"), Column("Team"), Column("Control"), Column("Failing", is_number=True), Column("Due"),
    Column("State"), Column("Tracker", is_spare=True),
)  # fmt: skip

Row = Mapping[str, Any]


def page(rows: Sequence[TicketRow]) -> Page:
    """Live tickets, the most overdue first, and behind them those that ended."""
    live, ended = [one for one in rows if one.is_live], [one for one in rows if not one.is_live]
    late = sum(one.overdue_days > 0 for one in live)
    lead: list[Cell] = [f"{counted(len(live), 'ticket')} open, {late:,} overdue. By the ledger; no tracker is asked."]
    parts: list[Part] = [
        Heading("Open"), grid("Open tickets", live, "No ticket is open. `hubposture tickets plan` shows what would be made."),
    ]  # fmt: skip
    if ended:
        parts += [Heading("Ended"), grid("Tickets that ended", ended, "None.")]
    return Page("Tickets", parts, place="/tickets", lead=lead)


def grid(caption: str, rows: Sequence[TicketRow], empty: str, *, more: Link | None = None) -> Grid:
    """Tickets as a table, in the order given; `more` leads to those that are left out."""
    return Grid(caption, _COLUMNS, [list(_row(one)) for one in rows], empty=empty, more=more)


def _row(one: TicketRow) -> Iterator[PageCell]:
    yield Link(one.shown or one.key, links.ticket(one.key))
    yield severity(one.severity or "-")
    yield one.team
    yield Link(one.control, links.control(one.control)) if one.control else "-"
    yield f"{one.failing:,} of {one.subjects:,}"
    yield due(one)
    yield Text(one.state, Tone.PLAIN if one.is_live else Tone.DIM)
    yield f"{one.tracker} {one.place}"


def due(one: TicketRow) -> Cell:
    """When it is due, and how late that is."""
    if one.due is None:
        return "-"
    if one.overdue_days:
        return Text(f"{day(one.due)}, {counted(one.overdue_days, 'day')} overdue", Tone.BAD)
    return day(one.due)


def one_page(one: TicketRow, members: Sequence[Row], *, at: dt.datetime, more: int = 0) -> Page:
    """One ticket; `members` are its subjects as the lake's lists give them, `more` how many of them are left out."""
    parts: list[Part] = []
    if one.trouble:
        parts.append(Lines([Text(f"The last write failed: {one.trouble}", Tone.BAD)]))
    parts += [Facts(list(_facts(one))), Heading("What is in it"), _members(members, at)]
    if more:
        parts.append(Lines([Text(f"and {more:,} more", Tone.DIM)]))
    title = f"{one.shown or one.key}: {one.control}" if one.control else one.shown or one.key
    return Page(title, parts, place="/tickets", trail=(Link("Tickets", "/tickets"),))


def _facts(one: TicketRow) -> Iterator[tuple[str, PageCell]]:
    yield "State", Text(one.state, Tone.PLAIN if one.is_live else Tone.DIM)
    yield "Severity", severity(one.severity or "-")
    yield "Team", one.team or "-"
    yield "Failing", f"{one.failing:,} of {counted(one.subjects, 'resource')}"
    yield "Due", due(one)
    yield "Tracker", f"{one.tracker} {one.place}"
    if address := links.outside(one.url):
        yield "There", Link(one.shown or "open it", address)
    if one.hand_closed:
        yield "Closed by hand", f"{counted(one.hand_closed, 'time')} while something in it failed"
    yield "Key", one.key


def _members(members: Sequence[Row], at: dt.datetime) -> Grid:
    columns = (
        Column("Resource"),
        Column("Account"),
        Column("Region", is_spare=True),
        Column("State"),
        Column("For", is_number=True),
    )
    rows: list[Sequence[PageCell]] = [
        (
            Link(resource_short(row["resource"]), links.finding(row["subject"])),
            Link(row["account_shown"], links.account(row["account"])),
            row["region"],
            state(row["status"], row["presence"], suppressed=row["suppressed"], waived=bool(row["waiver"])),
            age(row["failing_since"], at),
        )
        for row in members
    ]
    return Grid("Resources of the ticket", columns, rows, empty="The lake knows none of its resources any more.")
