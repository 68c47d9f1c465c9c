"""Pages of one thing: a finding, an account, a ticket; and what else is told of a finding and of a waiver."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import Response

from hubposture.filters.tree import All, Comparison, Operator
from hubposture.ports.lake import Snapshot
from hubposture.verbs.finding_line import line_of
from hubposture.verbs.of_account import of_account
from hubposture.verbs.of_control import requirements
from hubposture.verbs.ticket_rows import rows_of, seen_tickets
from hubposture.verbs.waiver_whole import waiver_whole
from hubposture.views import finding as one_finding
from hubposture.views.findings import Row
from hubposture.views.pages import accounts, finding, tickets, timeline
from hubposture.views.pages.parts import Page, Part
from hubposture.views.waivers_rows import WaiverDetail
from hubposture.web.offers import for_finding, for_place
from hubposture.web.told import Absent, Route, page_of_now, page_of_version
from hubposture.web.visit import Visit
from hubposture.wiring import naive, packaged_catalog, read_book
from hubposture.work.ticket import Ticket

_OTHERS = 50
_MEMBERS = 200


def _finding(request: Request, subject: str) -> Response:
    def make(visit: Visit) -> Page:
        desk, snapshot = visit.desk, visit.snapshot
        found = snapshot.item(subject)
        if found is None:
            raise Absent(f"No finding is called {subject} in version {snapshot.number}.")
        row = found.fields
        holding = desk.store.ledger.tickets(desk.name, subjects=[subject])
        told = one_finding.document(
            row, snapshot.findings_of(subject), snapshot.history_of(subject), snapshot.tags_of(str(row["tagset"])),
            at=snapshot.at, zone=desk.zone,
        )  # fmt: skip
        return finding.page(
            row, told,
            required=requirements(snapshot, str(row["control"])),
            tickets=rows_of(holding, snapshot, today=desk.today(snapshot)) if holding else (),
            others=others_of(snapshot, row),
            at=snapshot.at,
            line=_line(visit, row, holding),
            offers=for_finding(visit, found),
        )  # fmt: skip

    return page_of_now(request, make)


def _line(visit: Visit, row: Row, holding: Sequence[Ticket]) -> Sequence[Part]:
    """The time line as it was kept; asking AWS for more is a button."""
    desk, snapshot = visit.desk, visit.snapshot
    past, entries = line_of(snapshot, row, desk.store.ledger, organization=desk.name, tickets=holding)
    return timeline.parts(str(row["subject"]), past, entries, now=visit.place.surroundings.now())


def others_of(snapshot: Snapshot, row: Row) -> Sequence[Row]:
    """Further subjects of the same resource, in the same account."""
    if not row["resource"]:
        return ()
    same = (
        Comparison("account", Operator.IS, (str(row["account"]),)),
        Comparison("resource", Operator.IS, (str(row["resource"]),)),
    )
    found = snapshot.page(All(same), limit=_OTHERS)
    return [
        one.fields
        for one in found
        if one.fields["subject"] != row["subject"] and one.fields["resource"] == row["resource"]
    ]


def _account(request: Request, number: str) -> Response:
    def make(visit: Visit) -> Page:
        desk, snapshot = visit.desk, visit.snapshot
        found = of_account(snapshot, number, parse=lambda text: desk.parse(text, snapshot))
        if found is None:
            raise Absent(f"No account {number} is known in version {snapshot.number}.")
        return accounts.one_page(found, at=snapshot.at, offers=for_place(visit, account=number))

    return page_of_version(request, make)


def detail_of(visit: Visit, name: str) -> WaiverDetail:
    """A waiver as its file is now, with what the caller may see of what it matches.

    Raises InputError for one that the baseline does not have, or that is not for them to see.
    """
    desk, snapshot = visit.desk, visit.snapshot
    at, ledger = desk.place(snapshot), desk.store.ledger
    return waiver_whole(
        snapshot, read_book(at, ledger), name, ledger=ledger, organization=desk.name, catalog=packaged_catalog(),
        record=at.settings.waivers.system, unneeded_days=at.settings.waivers.unneeded_days,
        now=naive(at.surroundings.now()), today=desk.today(snapshot), teams=visit.caller.person.groups,
    )  # fmt: skip


def _ticket(request: Request, key: str) -> Response:
    def make(visit: Visit) -> Page:
        desk, snapshot = visit.desk, visit.snapshot
        found = seen_tickets(desk.store.ledger.tickets(desk.name, keys={key}), snapshot)
        if not found:
            raise Absent(f"The ledger knows no ticket {key}.")
        (row,) = rows_of(found, snapshot, today=desk.today(snapshot))
        members = found[0].members
        items = [snapshot.item(one.subject) for one in members[:_MEMBERS]]
        fields = [one.fields for one in items if one is not None]
        return tickets.one_page(row, fields, at=snapshot.at, more=max(0, len(members) - _MEMBERS))

    return page_of_now(request, make)


ROUTES: Sequence[Route] = (
    ("/findings/{subject:path}", _finding),
    ("/accounts/{number:path}", _account),
    ("/tickets/{key:path}", _ticket),
)
