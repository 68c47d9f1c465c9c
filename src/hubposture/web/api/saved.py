"""Operations: saved filters."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import Field

from hubposture.verbs.saved_filters import LONGEST_NAME, KeptFilter
from hubposture.web.api.acting import Believed, done
from hubposture.web.api.kinds import Asked, AsksFilter, Model, OfVersion, Said, Time, Wrong
from hubposture.web.api.overview import stamp
from hubposture.web.api.reading import Operation, of_now
from hubposture.web.saved import kept_filters, shelf_of
from hubposture.web.told import Absent
from hubposture.web.visit import Visit

_NAME = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_NAME,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\s]([^\x00-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s])?$",
        description="A name; it begins and ends with something that is shown.",
        json_schema_extra={"format": "hubposture-name"},
    ),
]


class SavedFilter(Model):
    """A filter under a name. `problems` say why it cannot be read any more; they are empty as a rule."""

    name: Said
    filter: Said
    owner: Said
    is_shared: bool
    is_mine: bool
    made_at: Time
    problems: Sequence[Wrong]


class SavedFilters(OfVersion):
    """Your own by name, then those that others share."""

    filters: Sequence[SavedFilter]


class Saved(OfVersion):
    """A filter that is kept."""

    saved: SavedFilter


class Deleted(OfVersion):
    """A filter that is not kept any more."""

    deleted: Said


class NewFilter(Asked):
    """A filter to keep, and under which name."""

    name: _NAME
    filter: Annotated[AsksFilter, Field(min_length=1)]
    share: Annotated[bool, Field(description="Let everybody of the organization use it.")] = False


class Change(Asked):
    """What a filter of yours becomes."""

    filter: Annotated[AsksFilter, Field(min_length=1)]
    share: bool = False


def filters(request: Request) -> Response:
    """The filters that you keep, and those that others share."""

    def make(visit: Visit) -> SavedFilters:
        return SavedFilters.model_validate(stamp(visit) | {"filters": [_told(one) for one in kept_filters(visit)]})

    return of_now(request, make)


def save_filter(request: Request, asked: NewFilter, believed: Believed) -> Response:
    """Keep a filter under a name, or put it in the place of your own of that name."""

    def make(visit: Visit) -> Saved:
        return _saved(visit, asked.name, asked.filter, is_shared=asked.share)

    return done(request, believed, make, status=201)


def put_filter(request: Request, name: _NAME, asked: Change, believed: Believed) -> Response:
    """Make a filter of yours be this, whether it is there or not."""

    def make(visit: Visit) -> Saved:
        return _saved(visit, name, asked.filter, is_shared=asked.share)

    return done(request, believed, make)


def delete_filter(request: Request, name: str, believed: Believed) -> Response:
    """Take a filter of yours away; those that others share are theirs."""

    def make(visit: Visit) -> Deleted:
        shelf_of(visit).delete(name)
        return Deleted.model_validate(stamp(visit) | {"deleted": name})

    return done(request, believed, make)


def _saved(visit: Visit, name: str, text: str, *, is_shared: bool) -> Saved:
    shelf = shelf_of(visit)
    shelf.save(
        name, text, is_shared=is_shared, parse=lambda one: visit.desk.parse(one, visit.snapshot),
        now=visit.desk.at.surroundings.now(),
    )  # fmt: skip
    kept = next((one for one in kept_filters(visit) if one.is_mine and one.saved.name == name.strip()), None)
    if kept is None:
        raise Absent("It was deleted just now.")
    return Saved.model_validate(stamp(visit) | {"saved": _told(kept)})


def _told(one: KeptFilter) -> dict[str, Any]:
    saved = one.saved
    return {
        "name": saved.name, "filter": saved.text, "owner": saved.owner, "is_shared": saved.is_shared,
        "is_mine": one.is_mine, "made_at": saved.made_at, "problems": one.problems,
    }  # fmt: skip


OPERATIONS: Sequence[Operation] = (
    Operation("GET", "/v1/filters", filters, SavedFilters, "Saved filters", "Saved filters"),
    Operation("POST", "/v1/filters", save_filter, Saved, "Save a filter", "Saved filters", status=201),
    Operation("PUT", "/v1/filters/{name}", put_filter, Saved, "Change a saved filter", "Saved filters"),
    Operation(
        "DELETE", "/v1/filters/{name}", delete_filter, Deleted, "Delete a saved filter", "Saved filters", refuses=(404,)
    ),
)
