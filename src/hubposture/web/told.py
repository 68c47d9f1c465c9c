"""What the routes share: the desk of a request, and pages as answers."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from fastapi import Request
from fastapi.responses import Response
from markupsafe import Markup

from hubposture.errors import InputError
from hubposture.views.pages.parts import Page
from hubposture.web.answers import answer, content, is_known, shown, tag_of, unchanged
from hubposture.web.desk import Desk
from hubposture.web.posted import NOTICE, notice_of
from hubposture.web.visit import Visit, visiting

Route = tuple[str, Callable[..., Response]]
"""A path and the function that answers it."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Stands for any session while a page is written."""

    form_token: str


class Absent(InputError):
    """There is no such thing in the version that is shown."""


def desk_of(request: Request) -> Desk:
    """What the pages of this application are read from."""
    found: Desk = request.app.state.desk
    return found


def page_of_version(request: Request, make: Callable[[Visit], Page]) -> Response:
    """A page that a version and who asks alone decide: a browser that has it gets an empty answer, before anything is read.

    What it says is kept, without what is of one session: a page of hundreds of rows costs more to write than to read.
    """
    with visiting(request) as visit:
        tag = tag_of(visit)
        if is_known(request, tag) and not notice_of(request, visit.caller):
            return unchanged(tag)
        asked = f"{request.url.path}?{request.url.query} {visit.snapshot.within!r} {visit.caller.rights!r}"
        page, content = visit.desk.texts.get(visit.snapshot.number, asked, lambda: _written(visit, make(visit)))
        return _answered(request, visit, page, content, tag=tag)


def page_of_now(request: Request, make: Callable[[Visit], Page]) -> Response:
    """A page that also tells of the ledger, of files or of the day."""
    with visiting(request) as visit:
        return shown_page(request, visit, make(visit))


def shown_page(request: Request, visit: Visit, page: Page, *, tag: str = "", status: int = 200) -> Response:
    """A page as an answer; `status` is 422 where a form is shown again with what is wrong with it."""
    return _answered(request, visit, *_written(visit, page), tag=tag, status=status)


def _written(visit: Visit, page: Page) -> tuple[Page, str]:
    """A page's title and place without its parts, and these as text, with a mark where a form's token belongs."""
    return replace(page, parts=()), content(page, StandIn(visit.desk.mark))


def _answered(request: Request, visit: Visit, page: Page, text: str, *, tag: str = "", status: int = 200) -> Response:
    notice = notice_of(request, visit.caller)
    mine = Markup(text.replace(visit.desk.mark, visit.caller.form_token))  # noqa: S704 (our templates escaped it)
    whole = shown(
        "page.html", visit.snapshot, {"content": mine, "title": page.title, "place": page.place},
        organization=visit.desk.name, caller=visit.caller, notice=notice,
    )  # fmt: skip
    found = answer(request, whole, tag="" if notice else tag, version=visit.snapshot.number, status=status)
    if notice:
        found.delete_cookie(NOTICE, path="/")
    return found
