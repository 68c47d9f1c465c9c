"""Saved filters: the page that lists them, and the forms that keep one and take one away."""

import hashlib
from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import Response

from hubposture.access.people import person_key
from hubposture.errors import InputErrors, Problem
from hubposture.ports.saved import NameTaken
from hubposture.verbs.saved_filters import KeptFilter, NoSuchFilter, Shelf, plain
from hubposture.views.pages import filters
from hubposture.views.pages.filters import PLACE, Draft
from hubposture.views.pages.parts import Page
from hubposture.web.posted import Posted, done
from hubposture.web.told import Absent, Route, page_of_now, shown_page
from hubposture.web.visit import Visit, visiting


def shelf_of(visit: Visit) -> Shelf:
    """The saved filters of who asks."""
    return Shelf(visit.desk.store.ledger, visit.desk.name, person_key(visit.caller.person.name))


def kept_filters(visit: Visit) -> Sequence[KeptFilter]:
    """Their own and those that others share, each with what is wrong with it by now."""
    return shelf_of(visit).all(lambda text: visit.desk.parse(text, visit.snapshot))


def digest_of(found: Sequence[KeptFilter]) -> str:
    """What a page that shows these filters depends on."""
    return hashlib.sha256(repr(found).encode("utf-8", "replace")).hexdigest()[:12]


def _filters(request: Request) -> Response:
    draft = Draft(text=request.query_params.get("filter", "")[:4_000])
    return page_of_now(request, lambda visit: _page(visit, draft))


def _page(visit: Visit, draft: Draft) -> Page:
    return filters.page(kept_filters(visit), draft)


def _save(request: Request, fields: Posted) -> Response:
    draft = Draft(fields.get("name", "").strip(), fields.get("filter", "").strip(), share=bool(fields.get("share")))
    with visiting(request) as visit:
        try:
            is_new = shelf_of(visit).save(
                draft.name, draft.text, is_shared=draft.share,
                parse=lambda text: visit.desk.parse(text, visit.snapshot), now=visit.desk.at.surroundings.now(),
            )  # fmt: skip
        except InputErrors as error:
            return _again(request, visit, draft, error.problems)
        except NameTaken as error:
            return _again(request, visit, draft, [Problem("name", str(error))])
        said = "is saved" if is_new else "was changed"
        return done(visit.caller, PLACE, f"The filter {plain(draft.name)} {said}.")


def _again(request: Request, visit: Visit, draft: Draft, problems: Sequence[Problem]) -> Response:
    return shown_page(request, visit, _page(visit, Draft(draft.name, draft.text, draft.share, problems)), status=422)


def _delete(request: Request, fields: Posted) -> Response:
    name = fields.get("name", "")
    with visiting(request) as visit:
        try:
            shelf_of(visit).delete(name)
        except NoSuchFilter as error:
            raise Absent(str(error)) from error
        return done(visit.caller, PLACE, f"The filter {plain(name)} is deleted.")


ROUTES: Sequence[Route] = ((PLACE, _filters),)
ACTS: Sequence[Route] = ((f"{PLACE}/save", _save), (f"{PLACE}/delete", _delete))
