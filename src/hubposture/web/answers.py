"""Pages as answers: templates with everything escaped, and the version as the tag by which browsers ask again."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from hubposture import __version__
from hubposture.ports.lake import Snapshot
from hubposture.views.pages.parts import Page
from hubposture.views.words import Moment, moment
from hubposture.web.caller import Caller
from hubposture.web.viewing import seen_in, zone_of
from hubposture.web.visit import Visit

NAVIGATION = (
    ("/", "Overview"), ("/findings", "Findings"), ("/accounts", "Accounts"), ("/controls", "Controls"), ("/waivers", "Waivers"),
    ("/tickets", "Tickets"), ("/changes", "Changes"), ("/reports", "Reports"), ("/outside", "Outside"),
    ("/operations", "Operations"),
)  # fmt: skip
_WEB = "hubposture.web"


@cache
def templates() -> Environment:
    """The templates; everything they are given is escaped, and what is not given is an error."""
    found = Environment(
        loader=PackageLoader(_WEB, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["kind"] = lambda part: type(part).__name__
    found.filters["titles"] = _titles
    return found


def _titles(headings: Iterable[str], rows: Sequence[Sequence[object]]) -> Sequence[str]:
    """Headings of columns; where times say their zone themselves, a heading does not say UTC."""
    found = list(headings)
    for at, heading in enumerate(found):
        if "(UTC)" in heading and any(isinstance(row[at], Moment) for row in rows):
            found[at] = heading.replace(" (UTC)", "")
    return found


@cache
def static(name: str) -> bytes:
    """A file that pages need beside themselves."""
    return files(_WEB).joinpath("static", name).read_bytes()


@cache
def made_of() -> str:
    """A digest of what pages look like: the program's version, templates and style."""
    parts = [__version__.encode()]
    for folder in ("templates", "static"):
        entries = sorted(files(_WEB).joinpath(folder).iterdir(), key=lambda one: one.name)
        parts += [one.read_bytes() for one in entries]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def tag_of(visit: Visit) -> str:
    """The tag of pages that a version and who asks alone decide, as long as this run of the service lasts."""
    seen = hashlib.sha256(
        f"{visit.snapshot.within!r} {visit.caller.name} {visit.zone}".encode("utf-8", "replace")
    ).hexdigest()[:12]
    return f'"v{visit.snapshot.number}-{made_of()}-{visit.desk.start}-{seen}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the browser has it already."""
    asked = request.headers.get("if-none-match", "")
    return any(one.strip().removeprefix("W/") == tag for one in asked.split(","))


def unchanged(tag: str) -> Response:
    """The empty answer to a browser that has the page."""
    return Response(status_code=304, headers={"ETag": tag})


def shown(
    template: str,
    snapshot: Snapshot | None,
    given: Mapping[str, Any],
    *,
    organization: str,
    caller: Caller | None = None,
    notice: str = "",
) -> str:
    """A page as text; `notice` says what was just done."""
    return (
        templates()
        .get_template(template)
        .render(
            organization=organization,
            version=snapshot.number if snapshot is not None else 0,
            stamp=moment(snapshot.at) if snapshot is not None else "",
            navigation=NAVIGATION,
            style=made_of(),
            program=__version__,
            caller=caller,
            notice=notice,
            **given,
        )
    )


def content(page: Page, me: object) -> str:
    """What is between a page's head and its foot, as text; `me` has the token of forms."""
    return templates().get_template("content.html").render(page=page, me=me)


def answer(request: Request, text: str, *, tag: str = "", version: int = 0, status: int = 200) -> Response:
    """A page's answer. Without a `tag` one is made of the version and the text: the page tells more than the lake."""
    text = seen_in(zone_of(request), text)
    if status != 200:  # noqa: PLR2004 (OK)
        return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})
    mine = tag or f'"v{version}-{hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]}"'
    if is_known(request, mine):
        return unchanged(mine)
    return HTMLResponse(text.encode("utf-8", "replace"), headers={"ETag": mine})
