"""Tickets as rows of a list: what is open in each by the last sync of findings, and when it is due."""

import datetime as dt
from collections.abc import Iterable, Sequence

from hubposture.filters.tree import EVERYTHING
from hubposture.ports.lake import Snapshot
from hubposture.views.tickets import TicketRow
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Ticket

_GRAVEST = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL")


def seen_tickets(tickets: Iterable[Ticket], snapshot: Snapshot) -> Sequence[Ticket]:
    """The tickets that hold something of a snapshot; all of them where nothing is left out of it."""
    found = list(tickets)
    if snapshot.within == EVERYTHING:
        return found
    known = {one.subject for one in snapshot.work({member.subject for one in found for member in one.members})}
    return [one for one in found if any(member.subject in known for member in one.members)]


def rows_of(tickets: Iterable[Ticket], snapshot: Snapshot, *, today: dt.date) -> Sequence[TicketRow]:
    """Rows, live ones first, then the most overdue, the gravest, and by what they are called."""
    found = list(tickets)
    subjects = {one.subject: one for one in snapshot.work({m.subject for one in found for m in one.members})}
    rows = [_row(one, subjects, today) for one in found]
    return sorted(
        rows,
        key=lambda row: (
            not row.is_live,
            -row.overdue_days,
            _GRAVEST.index(row.severity) if row.severity in _GRAVEST else len(_GRAVEST),
            row.due or dt.date.max,
            row.key,
        ),
    )


def _row(ticket: Ticket, subjects: dict[str, Subject], today: dt.date) -> TicketRow:
    members = [subjects[one.subject] for one in ticket.members if one.subject in subjects]
    failing = [one for one in members if one.standing is Standing.FAILING]
    due = min((one.due for one in failing if one.due is not None), default=None)
    late = (today - due).days if due is not None and ticket.state.is_live else 0
    return TicketRow(
        key=ticket.key,
        shown=ticket.shown,
        team=ticket.group.owner,
        tracker=ticket.route.tracker,
        place=ticket.route.place,
        control=next((one.shown for one in members), ticket.group.control.upper()),
        severity=min((one.severity for one in failing), key=_rank, default=""),
        state=str(ticket.state),
        is_live=ticket.state.is_live,
        failing=len(failing),
        subjects=len(ticket.members),
        due=due,
        overdue_days=max(0, late),
        url=ticket.url,
        hand_closed=ticket.hand_closed,
        trouble=ticket.trouble,
    )


def _rank(severity: str) -> int:
    return _GRAVEST.index(severity) if severity in _GRAVEST else len(_GRAVEST)
