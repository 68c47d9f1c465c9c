"""The lists of pages as sheets, for files: accounts, OUs, controls, waivers, tickets."""

import datetime as dt
from collections.abc import Iterator, Sequence

from hubposture.views.pages.sheet import Sheet, SheetCell
from hubposture.views.pages.waivers import KeptWaiver
from hubposture.views.posture_rows import ByRow
from hubposture.views.tickets_rows import TicketRow

_COUNTS = ("Obligations", "Met", "Open", "Overdue", "Waived", "Met without waivers", "Failing, obligations or not")


def of_accounts(rows: Sequence[ByRow]) -> Sheet:
    """Accounts by their obligations."""
    return Sheet(
        "Accounts", ("Account", "Id", "Name", *_COUNTS, "Not all met, for"),
        [(one.key, one.id, one.more, *_counts(one), one.standing) for one in rows],
    )  # fmt: skip


def of_units(rows: Sequence[ByRow]) -> Sheet:
    """OUs, each with what is below it."""
    return Sheet("OUs", ("OU", *_COUNTS), [(one.key, *_counts(one)) for one in rows])


def of_controls(rows: Sequence[ByRow]) -> Sheet:
    """Controls by their obligations."""
    return Sheet(
        "Controls", ("Control", "Title", "Severity", *_COUNTS),
        [(one.key, one.more, one.severity, *_counts(one)) for one in rows],
    )  # fmt: skip


def _counts(one: ByRow) -> Iterator[SheetCell]:
    yield one.level.of
    yield one.level.met
    yield one.level.open
    yield one.overdue
    yield one.waived
    yield None if one.without_waivers is None else one.without_waivers.met
    yield one.failing


def of_waivers(found: Sequence[KeptWaiver]) -> Sheet:
    """Waivers as they stood when they were last decided on."""
    headings = (
        "Waiver", "State", "Type", "Effect", "Controls", "Owner", "Risk owner", "Requested by", "Approved by", "Approval",
        "Reason", "Valid from (UTC)", "Last day", "Covers", "Failing", "Surplus", "All pass since (UTC)",
    )  # fmt: skip
    return Sheet("Waivers", headings, [list(_waiver(one)) for one in found])


def _waiver(one: KeptWaiver) -> Iterator[SheetCell]:
    yield from (one.waiver, one.state, one.type, one.effect, one.controls, one.owner, one.risk_owner)
    yield from (one.requested_by, one.approved_by, one.approval, one.reason, one.valid_from, _day(one.until))
    yield from (one.within, one.failing, one.surplus, one.passing_since)


def of_tickets(rows: Sequence[TicketRow]) -> Sheet:
    """Tickets, live ones first."""
    headings = (
        "Ticket", "Key", "Team", "Tracker", "Place", "Control", "Severity", "State", "Failing", "Resources", "Due",
        "Days overdue", "Address", "Closed by hand", "Trouble",
    )  # fmt: skip
    return Sheet("Tickets", headings, [list(_ticket(one)) for one in rows])


def _ticket(one: TicketRow) -> Iterator[SheetCell]:
    yield from (one.shown, one.key, one.team, one.tracker, one.place, one.control, one.severity, one.state)
    yield from (one.failing, one.subjects, _day(one.due), one.overdue_days, one.url, one.hand_closed, one.trouble)


def _day(day: dt.date | None) -> str:
    """A day as files sort it; as a text, for it is no moment."""
    return "" if day is None else day.isoformat()
