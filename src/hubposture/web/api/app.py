"""The API as an application of its own, under /api: its operations, its problems, and the document that describes it."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from hubposture import __version__
from hubposture.errors import HubpostureError
from hubposture.web.api import asking, changing, findings, overview, saved, things, work
from hubposture.web.api.limits import Limited
from hubposture.web.api.problems import Problem, documented, told
from hubposture.web.api.reading import Nothing, Operation
from hubposture.web.caller import Door, NotSignedIn
from hubposture.web.desk import Desk
from hubposture.web.door import Cookies

PREFIX = "/api"
OPERATIONS: Sequence[Operation] = (
    *overview.OPERATIONS,
    *findings.OPERATIONS,
    *saved.OPERATIONS,
    *changing.OPERATIONS,
    *things.OPERATIONS,
    *asking.OPERATIONS,
    *work.OPERATIONS,
)
_EVERY = (401, 403, 422, 429, 500, 503)
"""Problems of every operation."""
_OF_ACTS = (409, 413)
"""Problems of every operation that acts."""
_ABOUT = """
Everything that the pages show and do. Answers are JSON and name the version of the lake that they were read from; times are
UTC. Lists, counts and scores cover only what the access rules let whoever asks see. What is wrong is told as problem details
(RFC 9457), all at once. ETag and If-None-Match work as for pages.
"""


def make_api(desk: Desk, *, door: Door) -> FastAPI:
    """The API of an organization, for those whom the door lets in."""
    api = bare_api()
    api.state.desk, api.state.door = desk, door
    return api


def bare_api() -> FastAPI:
    """The operations without an organization: what describes them needs none."""
    api = FastAPI(
        title="hubposture", version=__version__, docs_url=None, redoc_url=None, openapi_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    for one in OPERATIONS:
        _add(api, one)
    api.add_api_route("/openapi.json", _document, methods=["GET", "HEAD"], include_in_schema=False, response_model=None)
    for kind in (NotSignedIn, HubpostureError, HTTPException, RequestValidationError, Exception):
        api.add_exception_handler(kind, told)
    api.add_middleware(Limited)
    return api


def _add(api: FastAPI, one: Operation) -> None:
    of_act = () if one.method == "GET" else _OF_ACTS
    refused = {*_EVERY, *of_act, *one.refuses, *([404] if "{" in one.path else [])}
    # A question that an operation does not take is a mistake of who asks, and is said.
    checks = [] if one.asks else [Depends(_nothing_asked)]
    api.add_api_route(
        one.path, one.act, methods=[one.method], response_model=one.answers, status_code=one.status,
        summary=one.summary, description=inspect.getdoc(one.act), tags=[one.tag], operation_id=one.act.__name__,
        responses=documented(*sorted(refused)), dependencies=checks,
    )  # fmt: skip
    if one.method == "GET":
        api.add_api_route(
            one.path, one.act, methods=["HEAD"], response_model=None, include_in_schema=False, dependencies=checks
        )


def _nothing_asked(asked: Annotated[Nothing, Query()]) -> None:
    del asked


def _document(request: Request) -> Response:
    return JSONResponse(document(request.app))


def document(api: FastAPI) -> Mapping[str, Any]:
    """What the API takes and gives, as OpenAPI; it names no organization and needs nobody to be signed in."""
    kept: Mapping[str, Any] | None = getattr(api.state, "document", None)
    if kept is None:
        kept = api.state.document = _made(api)
    return kept


def _made(api: FastAPI) -> Mapping[str, Any]:
    made = get_openapi(
        title=api.title, version=api.version, description=_ABOUT.strip().replace("\n", " "), routes=api.routes,
        servers=[{"url": PREFIX}],
    )  # fmt: skip
    schemas = made["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    made["components"]["schemas"] = dict(sorted(schemas.items()))
    made["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token of a person."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": Cookies(is_https=True).session,
            "description": "After sign-in.",
        },
    }
    made["security"] = [{"token": []}, {"session": []}]
    return made
