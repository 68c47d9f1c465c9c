"""What the API says where something is wrong: problem details (RFC 9457), with all that is wrong at once."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from hubposture.errors import HubpostureError, InputError, InputErrors, Refusal, RemoteUnavailable
from hubposture.ports.lake import NoSuchVersion
from hubposture.ports.saved import AskedForOther, NameTaken, StillAsked
from hubposture.verbs.saved_filters import NoSuchFilter
from hubposture.verbs.waiver_ask import SomebodyWasFaster
from hubposture.verbs.waiver_review import NotAsShown
from hubposture.web.api.kinds import Model, Said, Wrong
from hubposture.web.caller import NotSignedIn
from hubposture.web.limits import TooMany
from hubposture.web.told import Absent

MEDIA = "application/problem+json"
_TITLES = {
    401: "Sign in first",
    403: "This is not allowed",
    404: "Not found",
    405: "Nothing here answers to that",
    409: "It is in conflict with what is there",
    410: "This version is not kept any more",
    413: "This is too long",
    415: "This is not JSON",
    421: "This is not the address of this service",
    422: "Something must be fixed first",
    429: "Too many requests",
    500: "Something went wrong",
    503: "This cannot be shown now",
}
_LONGEST = 2_000


class Problem(Model):
    """A problem: `type` and `title` say of which kind, `detail` what happened, `errors` all that is wrong with what was sent."""

    type: Said = Field(
        description="about:blank, or /api#NAME for a problem of this service's own", examples=["about:blank"]
    )
    title: Said
    status: int = Field(ge=400, le=599)
    detail: Said
    errors: Sequence[Wrong] = ()


class Gone(HubpostureError):
    """The version that a page of a list goes on in is not kept any more."""


_STATUSES: Sequence[tuple[type[HubpostureError], int]] = (
    (Absent, 404),
    (NoSuchFilter, 404),
    (Gone, 410),
    (InputError, 422),
    (NameTaken, 409),
    (AskedForOther, 409),
    (StillAsked, 409),
    (SomebodyWasFaster, 409),
    (NotAsShown, 409),
    (Refusal, 403),
)
"""Which problem an error of ours is; the first that fits, else it cannot be shown now."""


def answer(
    status: int, detail: str, *, errors: Sequence[Wrong] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """A problem as an answer; nothing keeps it."""
    title = _TITLES.get(status) or HTTPStatus(status).phrase
    found = Problem(type="about:blank", title=title, status=status, detail=detail[:_LONGEST], errors=errors)
    more = {"Cache-Control": "no-store", **(headers or {})}
    if status == HTTPStatus.UNAUTHORIZED:
        more["WWW-Authenticate"] = "Bearer"
    return Response(found.model_dump_json(), status_code=status, media_type=MEDIA, headers=more)


def told(request: Request, error: Exception) -> Response:
    """An error as a problem; ours in their own words, others are defects and only named as that."""
    match error:
        case NotSignedIn():
            return answer(401, "Nobody is known to ask; send a token (Authorization: Bearer) or a session's cookie.")
        case RequestValidationError():
            return _invalid(error)
        case HubpostureError():
            return _ours(error)
        case HTTPException():
            return _of_protocol(request, error)
        case _:
            return answer(500, "This is a defect of hubposture; its log says more.")


def _ours(error: HubpostureError) -> Response:
    if isinstance(error, InputErrors):
        wrong = [Wrong(where=one.where, what=one.what, hint=one.hint) for one in error.problems]
        return answer(422, "What was sent has problems.", errors=wrong)
    if isinstance(error, NoSuchVersion):
        return answer(503, "Nothing was synced yet; `hubposture sync` fills the lake.")
    if isinstance(error, TooMany):
        return answer(429, str(error), headers={"Retry-After": str(error.seconds)})
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), HTTPStatus.SERVICE_UNAVAILABLE)
    later = {"Retry-After": "30"} if isinstance(error, RemoteUnavailable) else {}
    return answer(status, str(error), headers=later)


def _invalid(error: RequestValidationError) -> Response:
    """What does not fit the operation's parameters or its body, everything at once."""
    found = [Wrong(where=_where(one["loc"]), what=str(one["msg"])) for one in error.errors()]
    return answer(422, "What was sent has problems.", errors=found)


def _where(place: Sequence[Any]) -> str:
    return ".".join(str(part) for part in place)


def _of_protocol(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.NOT_FOUND:
        return answer(404, "There is no such address; /api/openapi.json lists those that there are.")
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = methods_of(request)
        return answer(405, f"This address takes {allowed}.", headers={"Allow": allowed})
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return answer(422, str(error.detail))
    return answer(error.status_code, str(error.detail), headers=headers)


def methods_of(request: Request) -> str:
    """The methods that the address of a request takes."""
    app: FastAPI = request.app
    found: set[str] = set()
    for route in app.routes:
        matched, _ = route.matches(request.scope)
        if matched is not Match.NONE:
            found |= set(getattr(route, "methods", None) or ())
    return ", ".join(sorted(found))


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problems as the OpenAPI document lists them."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    found: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        found[status] = {"description": _TITLES[status], "content": {MEDIA: schema}}
        if status == HTTPStatus.UNAUTHORIZED:
            found[status]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "Bearer"}}
    return found
