"""Operations: tickets, reports, runs, jobs, the audit trail."""

from collections.abc import Sequence
from itertools import islice
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field

from hubposture.access.actions import Action
from hubposture.verbs.ticket_rows import rows_of, seen_tickets
from hubposture.web.api import work_models as told
from hubposture.web.api.finding_models import Finding
from hubposture.web.api.kinds import Asked
from hubposture.web.api.overview import stamp
from hubposture.web.api.reading import Operation, of_now
from hubposture.web.told import Absent
from hubposture.web.visit import Visit
from hubposture.work.ticket import Ticket

_MEMBERS = 200


class Newest(Asked):
    """How many."""

    limit: Annotated[int, Field(ge=1, le=500, description="The newest so many.")] = 50


class Trail(Asked):
    """Where the trail goes on."""

    after: Annotated[int, Field(ge=0, le=10**15, description="The number of the last record that you have.")] = 0
    limit: Annotated[int, Field(ge=1, le=1_000, description="Records of a page.")] = 100


def _seen(visit: Visit) -> Sequence[Ticket]:
    return seen_tickets(visit.desk.store.ledger.tickets(visit.desk.name), visit.snapshot)


def tickets(request: Request) -> Response:
    """Tickets by the ledger, with what still fails in each by this version."""

    def make(visit: Visit) -> told.Tickets:
        rows = rows_of(_seen(visit), visit.snapshot, today=visit.desk.today(visit.snapshot))
        return told.Tickets.model_validate(stamp(visit) | {"tickets": rows})

    return of_now(request, make)


def ticket(request: Request, key: str) -> Response:
    """One ticket with the findings in it."""

    def make(visit: Visit) -> told.TicketWhole:
        desk, snapshot = visit.desk, visit.snapshot
        found = next((one for one in _seen(visit) if one.key == key), None)
        if found is None:
            raise Absent("The ledger knows no such ticket.")
        (row,) = rows_of([found], snapshot, today=desk.today(snapshot))
        items = [snapshot.item(one.subject) for one in found.members[:_MEMBERS]]
        shown = [Finding.of(one.fields) for one in items if one is not None]
        more = max(0, len(found.members) - _MEMBERS)
        return told.TicketWhole.model_validate(stamp(visit) | {"ticket": row, "findings": shown, "more": more})

    return of_now(request, make)


def reports(request: Request) -> Response:
    """Reports that are kept: which week, and of what. They are for those who see the whole organization."""

    def make(visit: Visit) -> told.Reports:
        visit.demand(Action.VIEW)
        found = visit.desk.store.ledger.frozen_reports(visit.desk.name)
        return told.Reports.model_validate(stamp(visit) | {"reports": found})

    return of_now(request, make)


def runs(request: Request, asked: Annotated[Newest, Query()]) -> Response:
    """What ran, and how it ended. For those who may administer hubposture."""

    def make(visit: Visit) -> told.Runs:
        visit.demand(Action.ADMINISTER)
        found = visit.desk.store.ledger.runs(limit=asked.limit)
        mine = [one for one in found if one.organization in (visit.desk.name, "")]
        return told.Runs.model_validate(stamp(visit) | {"runs": mine})

    return of_now(request, make)


def jobs(request: Request) -> Response:
    """Jobs with their schedules. For those who may administer hubposture."""

    def make(visit: Visit) -> told.Jobs:
        visit.demand(Action.ADMINISTER)
        return told.Jobs.model_validate(stamp(visit) | {"jobs": visit.desk.store.ledger.jobs(visit.desk.name)})

    return of_now(request, make)


def audit(request: Request, asked: Annotated[Trail, Query()]) -> Response:
    """The audit trail in order. For those who may administer hubposture."""

    def make(visit: Visit) -> told.Audit:
        visit.demand(Action.ADMINISTER)
        ledger = visit.desk.store.ledger
        found = list(islice(ledger.trail(after=asked.after, limit=asked.limit + 1), asked.limit + 1))
        records = [told.Record.of(one) for one in found[: asked.limit]]
        head = ledger.head()
        return told.Audit.model_validate(
            stamp(visit) | {
                "records": records, "after": records[-1].seq if len(found) > asked.limit else None,
                "head_seq": head.seq, "head_digest": head.digest,
            }
        )  # fmt: skip

    return of_now(request, make)


OPERATIONS: Sequence[Operation] = (
    Operation("GET", "/v1/tickets", tickets, told.Tickets, "Tickets", "Work"),
    Operation("GET", "/v1/tickets/{key}", ticket, told.TicketWhole, "One ticket", "Work", refuses=(404,)),
    Operation("GET", "/v1/reports", reports, told.Reports, "Reports that are kept", "Reports"),
    Operation("GET", "/v1/runs", runs, told.Runs, "Runs", "Running it", asks=True),
    Operation("GET", "/v1/jobs", jobs, told.Jobs, "Jobs", "Running it"),
    Operation("GET", "/v1/audit", audit, told.Audit, "The audit trail", "Running it", asks=True),
)
