"""What the routes share: the desk of a request, and pages as answers."""

from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from hubposture.errors import InputError
from hubposture.ports.lake import Snapshot
from hubposture.views.pages.parts import Page
from hubposture.web.answers import answer, is_known, shown, tag_of, unchanged
from hubposture.web.desk import Desk

Route = tuple[str, Callable[..., Response]]
"""A path and the function that answers it."""


class Absent(InputError):
    """There is no such thing in the version that is shown."""


def desk_of(request: Request) -> Desk:
    """What the pages of this application are read from."""
    found: Desk = request.app.state.desk
    return found


def page_of_version(request: Request, make: Callable[[Desk, Snapshot], Page]) -> Response:
    """A page that a version alone decides: a browser that has it gets an empty answer, before anything is read."""
    desk = desk_of(request)
    with desk.snapshot() as snapshot:
        tag = tag_of(snapshot, desk.start)
        if is_known(request, tag):
            return unchanged(tag)
        return answer(request, _text(desk, snapshot, make(desk, snapshot)), tag=tag)


def page_of_now(request: Request, make: Callable[[Desk, Snapshot], Page]) -> Response:
    """A page that also tells of the ledger, of files or of the day."""
    desk = desk_of(request)
    with desk.snapshot() as snapshot:
        return answer(request, _text(desk, snapshot, make(desk, snapshot)), version=snapshot.number)


def _text(desk: Desk, snapshot: Snapshot, page: Page, **more: Any) -> str:
    return shown(
        "page.html", snapshot, {"page": page, "title": page.title, "place": page.place, **more}, organization=desk.name
    )
