"""Writes to a record: made, read back, made once more where something is missing, and told by the name of the field."""

from collections.abc import Iterable, Mapping
from typing import Final

from hubposture.connectors.servicenow.tables import Row, Tables
from hubposture.connectors.servicenow.ticket_rows import fields_of
from hubposture.connectors.servicenow.ticket_shape import TicketShape
from hubposture.connectors.servicenow.values import is_there
from hubposture.errors import RemoteError, RemoteRefused
from hubposture.ports.tracker import Wrote

_LONGEST: Final = 60
_NOT_FOUND: Final = "404"
_NOT_SIGNED_IN: Final = "401"
_RIGHTS: Final = ("ACL Exception", "security constraints")
"""What an instance says where an access rule refuses."""


class Writes:
    """Writes to records of one table and holds what stands there against what was written."""

    def __init__(self, tables: Tables, shape: TicketShape) -> None:
        self._tables = tables
        self._shape = shape

    def row(self, sys_id: str, *more: str) -> Row | None:
        """A record as it is, with further fields; None where it is gone or may not be read. Raises RemoteError."""
        return self._tables.one(self._shape.table, sys_id, fields_of(self._shape, *more))

    def put(self, sys_id: str, wanted: Mapping[str, str]) -> Wrote:
        """Write fields and hold them. A write without an answer is judged by what stands there."""
        try:
            refusal = self._change(sys_id, wanted)
            lost = lost_of(self._seen(sys_id, wanted), wanted)
            if lost and refusal is None:
                refusal = self._change(sys_id, {name: wanted[name] for name in lost})
                lost = lost_of(self._seen(sys_id, wanted), wanted)
        except RemoteError as error:
            return Wrote(str(error), is_doubtful=True)
        if not lost:
            return Wrote()
        return self.trouble(sys_id, refusal) if refusal is not None else Wrote(self.said(lost))

    def read_back(self, sys_id: str, wanted: Mapping[str, str]) -> Row:
        """A record with fields that were written. Raises RemoteError, RemoteRefused where it cannot be seen."""
        return self._seen(sys_id, fields_of(self._shape, *wanted))

    def said(self, lost: Mapping[str, str]) -> str:
        """Which fields did not keep what was written."""
        fields = ", ".join(f"{name} (it holds {_short(stands)})" for name, stands in sorted(lost.items()))
        return (
            f"ServiceNow {self._shape.table}: written twice and not kept: {fields}. A rule of the instance or a missing "
            "right is in the way; change the rule, grant the right, or correct the field in the settings"
        )

    def trouble(self, sys_id: str, error: RemoteError) -> Wrote:
        """What a failed write means: for this record, which may be finished for good, or for the whole table."""
        if not isinstance(error, RemoteRefused) or error.code == _NOT_SIGNED_IN or not is_of_the_place(error):
            return trouble(error)
        try:
            row = self.row(sys_id)
        except RemoteError:
            return trouble(error)
        is_finished = row is not None and self._shape.is_done(row)
        return Wrote(str(error), is_impossible=is_finished, is_place_broken=row is not None and not is_finished)

    def _seen(self, sys_id: str, fields: Iterable[str]) -> Row:
        row = self._tables.one(self._shape.table, sys_id, tuple(fields))
        if row is None:
            raise RemoteRefused(
                f"ServiceNow {self._shape.table}: {sys_id} cannot be read back: it was deleted, or it may not be read",
                code=_NOT_FOUND,
            )
        return row

    def _change(self, sys_id: str, wanted: Mapping[str, str]) -> RemoteError | None:
        """Write; gives why it was refused or not answered."""
        try:
            self._tables.change(self._shape.table, sys_id, wanted)
        except RemoteError as error:
            return error
        return None


def lost_of(row: Row, wanted: Mapping[str, str]) -> dict[str, str]:
    """Fields of a row that do not hold what was written, with what stands there."""
    return {name: row.get(name, "") for name, sent in wanted.items() if not is_there(sent, row.get(name, ""))}


def trouble(error: RemoteError) -> Wrote:
    """What a failed write means where nothing is known of the record: what is refused is surely not done."""
    return Wrote(
        str(error),
        is_doubtful=not isinstance(error, RemoteRefused),
        is_place_broken=isinstance(error, RemoteRefused) and is_of_the_place(error),
    )


def is_of_the_place(error: RemoteRefused) -> bool:
    """Whether a refusal is one of rights, so that others are refused as well; rules and policies speak of one record."""
    said = str(error)
    return error.code == _NOT_SIGNED_IN or (error.code == "403" and any(words in said for words in _RIGHTS))


def _short(text: str) -> str:
    """A value for a message; '' is said to be nothing."""
    flat = " ".join(text.split())
    return "nothing" if not flat else repr(flat if len(flat) <= _LONGEST else flat[:_LONGEST] + "...")
