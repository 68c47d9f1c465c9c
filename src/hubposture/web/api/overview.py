"""Operations: who asks, and how the organization stands."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import Response

from hubposture.access.actions import Action
from hubposture.posture.scores import Dimension
from hubposture.verbs.posture import read_rows
from hubposture.web.api import posture_models as told
from hubposture.web.api.kinds import OfVersion, Said
from hubposture.web.api.reading import Operation, of_now, of_version
from hubposture.web.visit import Visit


class Me(OfVersion):
    """Who asks: as they are known to the rules, and what this way in is for (null: all that they may do)."""

    name: Said
    way: Said
    person: Said
    groups: Sequence[Said]
    units: Sequence[Said]
    accounts: Sequence[Said]
    is_asked: bool
    actions: Sequence[Said] | None


def stamp(visit: Visit) -> dict[str, object]:
    """The version that an answer is of."""
    return {"version": visit.snapshot.number, "at": visit.snapshot.at}


def me(request: Request) -> Response:
    """Your name, your groups and places, and whether the access rules are asked for you."""

    def make(visit: Visit) -> Me:
        caller, person = visit.caller, visit.caller.person
        actions = None if caller.actions is None else sorted(str(one) for one in caller.actions & frozenset(Action))
        return Me.model_validate(
            stamp(visit) | {
                "name": caller.name, "way": str(caller.way), "person": person.name, "groups": person.groups,
                "units": person.units, "accounts": person.accounts, "is_asked": caller.is_asked, "actions": actions,
            }
        )  # fmt: skip

    return of_now(request, make)


def posture(request: Request) -> Response:
    """Obligations met, the score in three lines, overdue work, what is not measured and what we lost sight of."""

    def make(visit: Visit) -> told.Posture:
        found = visit.desk.overview(visit.snapshot).posture
        values = {name: getattr(found, name) for name in told.Posture.model_fields if hasattr(found, name)}
        return told.Posture.model_validate(values | stamp(visit) | {"organization": visit.desk.name})

    return of_version(request, make)


def movement(request: Request) -> Response:
    """How open obligations got from a week ago to now, cause by cause; the causes add up to the difference."""

    def make(visit: Visit) -> told.Movement:
        found = visit.desk.overview(visit.snapshot).posture.movement
        return told.Movement.model_validate(stamp(visit) | {"movement": found})

    return of_version(request, make)


def trend(request: Request) -> Response:
    """The score of the last twelve weeks."""

    def make(visit: Visit) -> told.Trend:
        return told.Trend.model_validate(stamp(visit) | {"weeks": visit.desk.overview(visit.snapshot).weeks})

    return of_version(request, make)


def dimension(request: Request, dimension: Dimension) -> Response:
    """The same score by account, OU, owner, control, standard or severity; the most open first."""

    def make(visit: Visit) -> told.Rows:
        return rows_of(visit, dimension)

    return of_version(request, make)


def rows_of(visit: Visit, dimension: Dimension) -> told.Rows:
    """The lines of a dimension."""
    rows, total = read_rows(visit.snapshot, dimension)
    return told.Rows.model_validate(stamp(visit) | {"rows": rows, "total": total})


OPERATIONS: Sequence[Operation] = (
    Operation("GET", "/v1/me", me, Me, "Who you are", "Overview"),
    Operation("GET", "/v1/posture", posture, told.Posture, "How the organization stands", "Overview"),
    Operation("GET", "/v1/posture/{dimension}", dimension, told.Rows, "The score by a dimension", "Overview"),
    Operation("GET", "/v1/movement", movement, told.Movement, "What moved in a week", "Overview"),
    Operation("GET", "/v1/trend", trend, told.Trend, "The score week by week", "Overview"),
)
