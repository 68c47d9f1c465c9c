"""What the routes share: the desk of a request, and pages as answers."""

from collections.abc import Callable

from fastapi import Request
from fastapi.responses import Response

from hubposture.errors import InputError
from hubposture.views.pages.parts import Page
from hubposture.web.answers import answer, is_known, shown, tag_of, unchanged
from hubposture.web.desk import Desk
from hubposture.web.posted import NOTICE, notice_of
from hubposture.web.visit import Visit, visiting

Route = tuple[str, Callable[..., Response]]
"""A path and the function that answers it."""


class Absent(InputError):
    """There is no such thing in the version that is shown."""


def desk_of(request: Request) -> Desk:
    """What the pages of this application are read from."""
    found: Desk = request.app.state.desk
    return found


def page_of_version(request: Request, make: Callable[[Visit], Page]) -> Response:
    """A page that a version and who asks alone decide: a browser that has it gets an empty answer, before anything is read."""
    with visiting(request) as visit:
        tag = tag_of(visit)
        if is_known(request, tag) and not notice_of(request, visit.caller):
            return unchanged(tag)
        return shown_page(request, visit, make(visit), tag=tag)


def page_of_now(request: Request, make: Callable[[Visit], Page]) -> Response:
    """A page that also tells of the ledger, of files or of the day."""
    with visiting(request) as visit:
        return shown_page(request, visit, make(visit))


def shown_page(request: Request, visit: Visit, page: Page, *, tag: str = "", status: int = 200) -> Response:
    """A page as an answer; `status` is 422 where a form is shown again with what is wrong with it."""
    notice = notice_of(request, visit.caller)
    text = shown(
        "page.html", visit.snapshot, {"page": page, "title": page.title, "place": page.place},
        organization=visit.desk.name, caller=visit.caller, notice=notice,
    )  # fmt: skip
    found = answer(request, text, tag="" if notice else tag, version=visit.snapshot.number, status=status)
    if notice:
        found.delete_cookie(NOTICE, path="/")
    return found
