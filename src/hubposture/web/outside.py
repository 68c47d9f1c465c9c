"""Changes past hubposture: what was found of them, restricted to what the caller may see."""

import datetime as dt
from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import Response

from hubposture.views.pages import outside
from hubposture.views.pages.parts import Page
from hubposture.web.changes import sight_of
from hubposture.web.told import Route, page_of_now
from hubposture.web.visit import Visit
from hubposture.wiring import outside_view

_DAYS = 30
_MOST = 200


def _outside(request: Request) -> Response:
    def make(visit: Visit) -> Page:
        desk, at = visit.desk, visit.place
        since = at.surroundings.now() - dt.timedelta(days=_DAYS)
        seen = sight_of(visit).accounts
        found = outside_view(at, desk.name, desk.store.ledger, visit.snapshot, since=since, limit=_MOST, seen=seen)
        return outside.page(found, more=len(found.writes) == _MOST)

    return page_of_now(request, make)


ROUTES: Sequence[Route] = (("/outside", _outside),)
