"""Choosing the zone in which times are shown: kept in a cookie of the browser."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import Response

from hubposture.views.pages.parts import Page
from hubposture.views.pages.zones import page
from hubposture.web.posted import Posted, done
from hubposture.web.told import Route, page_of_now, shown_page
from hubposture.web.viewing import COOKIE, zone_asked, zones
from hubposture.web.visit import Visit, visiting
from hubposture.wiring import naive

_PLACE = "/zone"
_SECONDS = 366 * 24 * 3600


def _zone(request: Request) -> Response:
    return page_of_now(request, lambda visit: _page(visit, zone_asked(request)))


def _page(visit: Visit, chosen: str, problem: str = "") -> Page:
    now = naive(visit.place.surroundings.now())
    return page(zones(), chosen=chosen, organization=str(visit.desk.zone), now=now, problem=problem)


def _choose(request: Request, fields: Posted) -> Response:
    name = fields.get("zone", "")
    with visiting(request) as visit:
        if name and name not in zones():
            return shown_page(request, visit, _page(visit, "", "there is no such zone"), status=422)
        found = done(visit.caller, _PLACE, f"Times are shown in {name or visit.desk.zone} now.")
    if name:
        found.set_cookie(COOKIE, name, max_age=_SECONDS, path="/", httponly=True, samesite="lax")
    else:
        found.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return found


ROUTES: Sequence[Route] = ((_PLACE, _zone),)
ACTS: Sequence[Route] = ((_PLACE, _choose),)
