"""Requests for approval, and what the systems of record said last."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select

from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.part import Part, replace_rows
from hubposture.ledger.schema import APPROVAL_REQUESTS, CONFIRMATIONS
from hubposture.ports.waivers import Request, RequestState
from hubposture.waivers.standing import Confirmation, Verdict
from hubposture.waivers.waiver import SystemOfApproval

_REQUEST = tuple(column.name for column in APPROVAL_REQUESTS.c)
_CONFIRMATION = tuple(column.name for column in CONFIRMATIONS.c)


class Approvals(Part):
    """Requests by id, confirmations by waiver, digest and system."""

    def requests(self, *, waiver: str | None = None) -> Sequence[Request]:
        """See `ports.waivers`."""
        query = select(APPROVAL_REQUESTS)
        if waiver is not None:
            query = query.where(APPROVAL_REQUESTS.c.waiver == waiver)
        with reading(self._engine) as connection:
            found = [request_of(row) for row in connection.execute(query)]
        return tuple(sorted(found, key=lambda one: (one.asked_at, one.id)))

    def put_request(self, request: Request) -> None:
        """See `ports.waivers`."""
        with writing(self._engine) as connection:
            lock(connection, Lock.WAIVERS)
            replace_rows(connection, APPROVAL_REQUESTS, [request_row(request)])

    def confirmations(self) -> Sequence[Confirmation]:
        """See `ports.waivers`."""
        with reading(self._engine) as connection:
            found = [_confirmation(row) for row in connection.execute(select(CONFIRMATIONS))]
        return tuple(sorted(found, key=lambda one: (one.waiver, one.digest, one.system)))

    def put_confirmations(self, found: Iterable[Confirmation]) -> None:
        """See `ports.waivers`."""
        rows = [confirmation_row(one) for one in found]
        with writing(self._engine) as connection:
            lock(connection, Lock.WAIVERS)
            replace_rows(connection, CONFIRMATIONS, rows)


def request_row(request: Request) -> dict[str, object]:
    """A request as its row."""
    return {name: getattr(request, name) for name in _REQUEST} | {"state": request.state.value}


def confirmation_row(one: Confirmation) -> dict[str, object]:
    """A confirmation as its row."""
    values: dict[str, object] = {name: getattr(one, name) for name in _CONFIRMATION}
    return values | {"system": one.system.value, "verdict": one.verdict.value}


def request_of(row: Row[Any]) -> Request:
    """A request from its row."""
    values = {name: getattr(row, name) for name in _REQUEST}
    return Request(**values | {"state": RequestState(row.state)})


def _confirmation(row: Row[Any]) -> Confirmation:
    values = {name: getattr(row, name) for name in _CONFIRMATION}
    return Confirmation(**values | {"system": SystemOfApproval(row.system), "verdict": Verdict(row.verdict)})
