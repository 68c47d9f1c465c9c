"""Operations: how hubposture itself does. A summary for who may see anything, details for who runs it."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import Response

from hubposture.access.actions import Action
from hubposture.verbs.operations import read_operations
from hubposture.views.pages import operations
from hubposture.views.pages.operations import Checked
from hubposture.views.pages.parts import Page
from hubposture.web.posted import Posted
from hubposture.web.told import Route, page_of_now, shown_page
from hubposture.web.visit import Visit, visiting
from hubposture.wiring.operations import check_connectors, operations_means


def _page(request: Request) -> Response:
    return page_of_now(request, lambda visit: _made(visit, None))


def _check(request: Request, fields: Posted) -> Response:
    """Ask the connectors; the answer is a page of its own, since nothing of it is kept."""
    del fields
    with visiting(request) as visit:
        visit.demand(Action.MANAGE_CONNECTORS)
        found = check_connectors(visit.desk.connection(), visit.desk.store)
        return shown_page(request, visit, _made(visit, found))


def _made(visit: Visit, checked: Sequence[Checked] | None) -> Page:
    means = operations_means(visit.place, visit.desk.store)
    return operations.page(
        read_operations(means, visit.snapshot),
        now=means.now,
        is_whole=visit.may(Action.ADMINISTER),
        may_check=visit.may(Action.MANAGE_CONNECTORS),
        checked=checked,
    )


ROUTES: Sequence[Route] = (("/operations", _page),)
ACTS: Sequence[Route] = (("/operations/check", _check),)
