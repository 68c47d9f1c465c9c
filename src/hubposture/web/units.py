"""Pages of OUs: all of them, and one of them as the home of who runs it."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import Response

from hubposture.verbs.of_unit import of_unit, unit_rows
from hubposture.views.pages import units
from hubposture.views.pages.parts import Page
from hubposture.web.files import with_files
from hubposture.web.offers import for_place
from hubposture.web.told import Absent, Route, page_of_now, page_of_version
from hubposture.web.visit import Visit


def _units(request: Request) -> Response:
    def make(visit: Visit) -> Page:
        return with_files(visit, units.page(unit_rows(visit.snapshot)), "/ous")

    return page_of_version(request, make)


def _unit(request: Request, path: str) -> Response:
    def make(visit: Visit) -> Page:
        desk, snapshot = visit.desk, visit.snapshot
        today = desk.today(snapshot)
        found = of_unit(
            desk.store.reader, snapshot, f"/{path.strip('/')}", tickets=desk.store.ledger.tickets(desk.name),
            people=desk.at.settings.access.people, zone=desk.zone, today=today, keep=desk.keep_week,
        )  # fmt: skip
        if found is None:
            raise Absent(f"No OU /{path.strip('/')} is known in version {snapshot.number}.")
        return units.one_page(found, today=today, offers=for_place(visit, ou=found.path))

    return page_of_now(request, make)


ROUTES: Sequence[Route] = (("/ous", _units), ("/ous/{path:path}", _unit))
