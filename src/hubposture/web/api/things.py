"""Operations: accounts, OUs, controls, waivers."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import Response

from hubposture.errors import HubpostureError
from hubposture.posture.scores import Dimension
from hubposture.verbs.of_account import of_account
from hubposture.verbs.of_control import of_control
from hubposture.verbs.of_unit import of_unit
from hubposture.verbs.waivers_of_version import waivers_of
from hubposture.web.api import thing_models as told
from hubposture.web.api.kinds import Model
from hubposture.web.api.overview import rows_of, stamp
from hubposture.web.api.posture_models import Rows
from hubposture.web.api.reading import Operation, of_now, of_version
from hubposture.web.things import detail_of
from hubposture.web.told import Absent
from hubposture.web.visit import Visit

_SUBJECTS = 1_000
"""Subjects of one waiver."""


def accounts(request: Request) -> Response:
    """Every account that one may see something of, the most open first."""
    return of_version(request, lambda visit: rows_of(visit, Dimension.ACCOUNT))


def account(request: Request, number: str) -> Response:
    """One account: how it stands, what is left to do, the shortest first, and its Regions."""

    def make(visit: Visit) -> told.Account:
        desk, snapshot = visit.desk, visit.snapshot
        found = of_account(snapshot, number, parse=lambda text: desk.parse(text, snapshot))
        if found is None:
            raise Absent(f"No such account is known in version {snapshot.number}.")
        return told.Account.model_validate(_values(told.Account, found) | stamp(visit))

    return of_version(request, make)


def units(request: Request) -> Response:
    """Every OU in its order, each with what is below it."""
    return of_version(request, lambda visit: rows_of(visit, Dimension.OU))


def unit(request: Request, path: str) -> Response:
    """One OU by its path (Workloads/Prod): how it stands, what moved it, and its accounts, teams and tickets."""

    def make(visit: Visit) -> told.Unit:
        desk, snapshot = visit.desk, visit.snapshot
        found = of_unit(
            desk.store.reader, snapshot, f"/{path.strip('/')}", tickets=desk.store.ledger.tickets(desk.name),
            people=desk.at.settings.access.people, zone=desk.zone, today=desk.today(snapshot), keep=desk.keep_week,
        )  # fmt: skip
        if found is None:
            raise Absent(f"No such OU is known in version {snapshot.number}.")
        posture = found.overview.posture
        lines = {name: getattr(posture, name) for name in ("as_is", "without_waivers", "nothing_off", "movement")}
        return told.Unit.model_validate(
            _values(told.Unit, found) | lines | {"weeks": found.overview.weeks} | stamp(visit)
        )

    return of_now(request, make)


def controls(request: Request) -> Response:
    """Every control that anything is known of, the most open first."""
    return of_version(request, lambda visit: rows_of(visit, Dimension.CONTROL))


def control(request: Request, control: str) -> Response:
    """One control: where it fails, what is wanted where and by which cell of the matrix, what is on, its requirements."""

    def make(visit: Visit) -> told.Control:
        found = of_control(visit.snapshot, control.lower())
        if found is None:
            raise Absent(f"No such control is known in version {visit.snapshot.number}.")
        return told.Control.model_validate(_values(told.Control, found) | stamp(visit))

    return of_version(request, make)


def waivers(request: Request) -> Response:
    """Every waiver as it stood when it was last decided on."""

    def make(visit: Visit) -> told.Waivers:
        found = waivers_of(visit.snapshot, zone=visit.desk.zone)
        return told.Waivers.model_validate(stamp(visit) | {"waivers": [told.Waiver.of(one) for one in found]})

    return of_version(request, make)


def waiver(request: Request, name: str) -> Response:
    """One waiver: as it was last decided on, and as its file is now with what it matches, 1,000 subjects at most."""

    def make(visit: Visit) -> told.WaiverWhole:
        desk, snapshot = visit.desk, visit.snapshot
        kept = next((one for one in waivers_of(snapshot, zone=desk.zone) if one.waiver == name), None)
        file, trouble = _file(visit, name)
        if kept is None and file is None:
            raise Absent("No such waiver is known.")
        decided = None if kept is None else told.Waiver.of(kept)
        return told.WaiverWhole.model_validate(stamp(visit) | {"decided": decided, "file": file, "trouble": trouble})

    return of_now(request, make)


def _file(visit: Visit, name: str) -> tuple[told.WaiverFile | None, str]:
    """A waiver as its file is now, or why that cannot be told."""
    try:
        return told.WaiverFile.of(detail_of(visit, name), most=_SUBJECTS), ""
    except HubpostureError as error:
        return None, str(error)


def _values(model: type[Model], found: object) -> dict[str, object]:
    return {name: getattr(found, name) for name in model.model_fields if hasattr(found, name)}


OPERATIONS: Sequence[Operation] = (
    Operation("GET", "/v1/accounts", accounts, Rows, "Accounts", "Accounts and OUs"),
    Operation("GET", "/v1/accounts/{number}", account, told.Account, "One account", "Accounts and OUs", refuses=(404,)),
    Operation("GET", "/v1/ous", units, Rows, "OUs", "Accounts and OUs"),
    Operation("GET", "/v1/ous/{path:path}", unit, told.Unit, "One OU", "Accounts and OUs", refuses=(404,)),
    Operation("GET", "/v1/controls", controls, Rows, "Controls", "Controls"),
    Operation("GET", "/v1/controls/{control}", control, told.Control, "One control", "Controls", refuses=(404,)),
    Operation("GET", "/v1/waivers", waivers, told.Waivers, "Waivers", "Waivers"),
    Operation("GET", "/v1/waivers/{name}", waiver, told.WaiverWhole, "One waiver", "Waivers", refuses=(404,)),
)
