"""The pages as an application: routes of every page, and what is said where something is wrong."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from hubposture.errors import HubpostureError, InputError, InputErrors, Refusal
from hubposture.ports.lake import NoSuchVersion
from hubposture.web import (
    audit,
    changes,
    controls,
    files,
    history,
    lists,
    machines,
    me,
    operations,
    outside,
    reports,
    saved,
    sign_in,
    things,
    units,
    waiver_requests,
    waivers,
    zones,
)
from hubposture.web.answers import answer, shown, static
from hubposture.web.api import problems
from hubposture.web.api.app import PREFIX, document, make_api
from hubposture.web.api.page import page as operations_page
from hubposture.web.caller import Caller, Door, NotSignedIn, bears_token
from hubposture.web.desk import Desk
from hubposture.web.guard import Guard
from hubposture.web.home import Home, hosts_of
from hubposture.web.limits import Gate, TooMany
from hubposture.web.log import Logged
from hubposture.web.told import Absent, Route, page_of_version

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_STATIC = {"hubposture.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"}
_NOT_FOUND, _BAD, _UNREADABLE, _BROKEN, _REFUSED, _UNKNOWN, _SEE_OTHER = 404, 400, 503, 500, 403, 401, 303
_TOO_MANY = 429
_PAGES: Sequence[Route] = (
    *lists.ROUTES,
    *files.ROUTES,
    *saved.ROUTES,
    *controls.ROUTES,
    *changes.ROUTES,
    *waiver_requests.ROUTES,
    *waivers.ROUTES,
    *waivers.LAST,
    *things.ROUTES,
    *machines.ROUTES,
    *units.ROUTES,
    *outside.ROUTES,
    *operations.ROUTES,
    *audit.ROUTES,
    *reports.ROUTES,
    *sign_in.ROUTES,
    *me.ROUTES,
    *zones.ROUTES,
)
_ACTS: Sequence[Route] = (
    *waiver_requests.ACTS,
    *waivers.ACTS,
    *history.ACTS,
    *saved.ACTS,
    *sign_in.ACTS,
    *me.ACTS,
    *zones.ACTS,
    *controls.ACTS,
    *changes.ACTS,
    *reports.ACTS,
    *operations.ACTS,
)
"""What is sent by forms: further ones are put in by the modules that have them."""


def make_app(desk: Desk, *, door: Door, hosts: Sequence[str] = LOOPBACK) -> FastAPI:
    """The application; it answers under these host names and those of the settings, and to those whom the door lets in."""
    web = desk.at.settings.web
    app = FastAPI(title="hubposture", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk, app.state.door = desk, door
    for path, act in _ACTS:
        app.add_api_route(path, act, methods=["POST"], response_model=None)
    for path, page in _PAGES:
        app.add_api_route(path, page, methods=["GET", "HEAD"], response_model=None)
    api = make_api(desk, door=door)
    app.add_api_route(PREFIX, partial(_api, api), methods=["GET", "HEAD"], response_model=None)
    app.mount(PREFIX, api)
    app.add_api_route("/static/{name}", _static, methods=["GET", "HEAD"], response_model=None)
    app.add_exception_handler(NotSignedIn, _unknown)
    for kind in (HubpostureError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _told)
    app.add_exception_handler(TooMany, _too_many)
    gate = Gate(web.limits) if door.sign_in else None
    app.add_middleware(Guard, hosts=hosts_of(web, hosts), home=Home.of(web) if door.sign_in else Home(), gate=gate)
    app.add_middleware(Logged)
    return app


def _api(api: FastAPI, request: Request) -> Response:
    return page_of_version(request, lambda _: operations_page(document(api), prefix=PREFIX))


def _unknown(request: Request, error: Exception) -> Response:
    """Somebody reading a page is led to the sign-in and back; everybody else is told."""
    del error
    door: Door = request.app.state.door
    if bears_token(request):
        lines = ["This token lets nobody in: it is none, was revoked, or its time is over."]
        found = _page(request, "Sign in first", lines, _UNKNOWN)
        found.headers["WWW-Authenticate"] = "Bearer"
        return found
    if request.method in ("GET", "HEAD") and door.sign_in:
        back = quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""), safe="")
        return RedirectResponse(f"{door.sign_in}?next={back}", status_code=_SEE_OTHER)
    lines = ["Nobody is signed in here any more.", "Sign in, go back and send it again."]
    return _page(request, "Sign in first", lines, _UNKNOWN)


def _too_many(request: Request, error: Exception) -> Response:
    assert isinstance(error, TooMany)
    found = _page(request, "Too much at once", [str(error)], _TOO_MANY)
    found.headers["Retry-After"] = str(error.seconds)
    return found


def _static(name: str) -> Response:
    if name not in _STATIC:
        raise Absent(f"There is no file {name}.")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(static(name), media_type=_STATIC[name], headers=headers)


def _told(request: Request, error: Exception) -> Response:
    """An error as a page; ours are told in their own words, others are defects and only named as that."""
    if request.url.path.startswith(f"{PREFIX}/"):
        return problems.told(request, error)  # an address that no operation can have, such as one with a line end
    title, lines, status = _words(error)
    return _page(request, title, lines, status)


def _page(request: Request, title: str, lines: Sequence[str], status: int) -> Response:
    desk: Desk = request.app.state.desk
    caller: Caller | None = getattr(request.state, "caller", None)
    given = {"title": title, "lines": lines, "place": ""}
    return answer(request, shown("trouble.html", None, given, organization=desk.name, caller=caller), status=status)


def _words(error: Exception) -> tuple[str, Sequence[str], int]:  # noqa: PLR0911 (one return per kind of error)
    match error:
        case Absent():
            return "Not found", [str(error)], _NOT_FOUND
        case NoSuchVersion():
            lines = ["Nothing was synced yet.", "Run `hubposture sync`; the pages show it as soon as it is there."]
            return "No findings yet", lines, _UNREADABLE
        case InputErrors():
            return "Something must be fixed first", [str(one) for one in error.problems], _BAD
        case InputError():
            return "This cannot be found", [str(error)], _BAD
        case Refusal():
            return "This is not allowed", [str(error)], _REFUSED
        case HubpostureError():
            return "This cannot be shown now", [str(error)], _UNREADABLE
        case HTTPException(status_code=404):
            return "Not found", ["There is no such page."], _NOT_FOUND
        case HTTPException():
            return "This cannot be shown", [str(error.detail)], error.status_code
        case RequestValidationError():
            return "This cannot be shown", ["The address asks for something that cannot be read."], _BAD
        case _:
            return "Something went wrong", ["This is a defect of hubposture; its log says more."], _BROKEN
