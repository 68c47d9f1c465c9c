"""The tickets of a week, as the ledger knows them."""

import datetime as dt
from collections.abc import Collection, Sequence

from hubposture.filters import EVERYTHING
from hubposture.ports.lake import Snapshot
from hubposture.verbs.report_scope import view_of
from hubposture.verbs.report_sql import LATE, SUBJECTS
from hubposture.views.report.model import Of, Scope, Tickets
from hubposture.work.ticket import Outcome, State, Ticket


def tickets_of(tickets: Sequence[Ticket], snapshot: Snapshot, scope: Scope, *, begin: dt.date, end: dt.date) -> Tickets:
    """Those with a subject in the scope, as far as the snapshot has it: made, closed (by hand too) in the week; open, and late, at its end."""
    view = view_of(scope)
    late = {str(row[0]) for row in snapshot.execute(LATE, view)}
    if scope.of is not Of.ORGANIZATION or snapshot.within != EVERYTHING:
        inside = {str(row[0]) for row in snapshot.execute(SUBJECTS, view)}
        tickets = [one for one in tickets if any(member.subject in inside for member in one.members)]
    return counted_tickets(tickets, late, begin=_start(begin), end=_start(end + dt.timedelta(days=1)))


def counted_tickets(
    tickets: Sequence[Ticket], late: Collection[str], *, begin: dt.datetime, end: dt.datetime
) -> Tickets:
    """The counts between two moments (naive UTC); `late` are subjects that are overdue at the end."""

    def within(at: dt.datetime | None) -> bool:
        return at is not None and begin <= at < end

    open_ = [one for one in tickets if _is_open(one, end)]
    closed = [one for one in tickets if within(one.closed_at)]
    outcomes = [(str(kind), sum(1 for one in closed if one.outcome is kind)) for kind in Outcome]
    return Tickets(
        made=sum(1 for one in tickets if within(one.made_at) and one.state is not State.SENDING),
        closed=len(closed),
        by_hand=sum(1 for one in tickets if within(one.hand_closed_at)),
        open=len(open_),
        late=sum(1 for one in open_ if any(member.subject in late for member in one.members)),
        outcomes=tuple((name, number) for name, number in outcomes if number),
    )


def _is_open(ticket: Ticket, end: dt.datetime) -> bool:
    if ticket.made_at >= end or ticket.state in (State.SENDING, State.LOST, State.ENDED):
        return False
    return ticket.state is not State.CLOSED or (ticket.closed_at is not None and ticket.closed_at >= end)


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())
