"""Finding tickets: by their ids, numbers and keys, by when they changed, and by a query of an administrator."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from hubposture.connectors.servicenow.dictionary import read_dictionary
from hubposture.connectors.servicenow.tables import Condition, How, Row, Tables
from hubposture.connectors.servicenow.ticket_lookups import SYS_ID
from hubposture.connectors.servicenow.ticket_query import parsed
from hubposture.connectors.servicenow.ticket_rows import fields_of, seen_of
from hubposture.connectors.servicenow.ticket_shape import KEY, KEY_BEGINS, TicketShape
from hubposture.errors import InputError, RemoteRefused
from hubposture.work.ticket import Missing, Seen

_AT_ONCE: Final = 50
_GONE: Final = "ServiceNow has no such record, or none that we may see"


class Finding:
    """Reads tickets of one table."""

    def __init__(self, tables: Tables, shape: TicketShape) -> None:
        self._tables = tables
        self._shape = shape
        self._is_proven = False

    def read(self, ids: Sequence[str]) -> Mapping[str, Seen | Missing]:
        """Tickets by sys_id or number. One is missing only while others of the table may be seen. Raises RemoteError."""
        by_id = {one for one in ids if SYS_ID.fullmatch(one)}
        rows = self._by("sys_id", by_id)
        for one in sorted(by_id - set(rows)):
            row = self._tables.one(self._shape.table, one, fields_of(self._shape))
            if row is not None and row.get("sys_id") == one:
                rows[one] = row
        numbered = self._by("number", {one for one in ids if one not in by_id})
        rows |= {one: numbered[one.casefold()] for one in ids if one.casefold() in numbered}
        found: dict[str, Seen | Missing] = {
            one: seen_of(row, self._shape) for one, row in rows.items() if one in ids and self._shape.is_known(row)
        }
        absent = [one for one in ids if one not in rows]
        if absent and (rows or self._tables.any_row(self._shape.table, ("sys_id",)) is not None):
            found |= dict.fromkeys(absent, Missing(_GONE))
        return found

    def find(self, keys: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Tickets by key, oldest first; every key is there. Raises RemoteError, also where none could be found."""
        found: dict[str, list[Row]] = {key: [] for key in keys}
        for some in _chunks(_safe(self._shape.key, keys)):
            for row in self._rows((Condition(self._shape.key, tuple(some)),)):
                for key in some:
                    if row.get(self._shape.key, "").casefold() == key.casefold():
                        found[key].append(row)
        if not all(found.values()):
            self._prove_it_can_be_found()
        return {key: self._shown(rows) for key, rows in found.items()}

    def changed(self, since: dt.datetime) -> Sequence[Seen]:
        """Tickets with a key of ours that changed since then (UTC), oldest first. Raises RemoteError."""
        written = f"{since:%Y-%m-%d %H:%M:%S}"
        ours = Condition(self._shape.key, (KEY_BEGINS,), How.BEGINS)
        rows = list(self._rows((ours, Condition("sys_updated_on", (written,), How.SINCE))))
        if not rows:
            self._prove_it_can_be_found()
        return self._shown(row for row in rows if KEY.fullmatch(row.get(self._shape.key, "").casefold()))

    def query(self, text: str) -> Sequence[Seen]:
        """Tickets by an encoded query, held against it. Raises RemoteError, InputError."""
        conditions = parsed(text)
        asked = fields_of(self._shape, self._shape.body, *(name for one in conditions for name in one.fields))
        if row := self._tables.any_row(self._shape.table, asked):
            for name in sorted({name for one in conditions for name in one.fields} - set(row)):
                raise InputError(f"{text}: {self._shape.table} has no field {name}, or it may not be read")
        rows = list(self._tables.rows_of_query(self._shape.table, text, asked))
        if any(not one.fits(row) for row in rows for one in conditions):
            raise InputError(f"{text}: the instance gave records that do not fit the query; write it in simpler words")
        unique = {row["sys_id"]: row for row in rows}.values()
        return [seen_of(row, self._shape, text=row.get(self._shape.body, "")) for row in unique]

    def _by(self, field: str, values: set[str]) -> dict[str, Row]:
        """Records by the value of a field, in lower case."""
        found: dict[str, Row] = {}
        for some in _chunks(_safe(field, values)):
            found |= {row.get(field, "").casefold(): row for row in self._rows((Condition(field, tuple(some)),))}
        return found

    def _rows(self, conditions: tuple[Condition, ...]) -> Iterator[Row]:
        return self._tables.rows(self._shape.table, conditions, fields_of(self._shape))

    def _shown(self, rows: Iterable[Row]) -> list[Seen]:
        """Rows as tickets, each once, oldest first. Raises RemoteRefused where their states may not be read."""
        unique = {row["sys_id"]: row for row in rows}.values()
        for row in unique:
            if not self._shape.is_known(row):
                raise RemoteRefused(
                    f"ServiceNow {self._shape.table}: {' and '.join(self._shape.states)} may not be read, so nobody knows "
                    "what is done. Correct states.done, or grant the right to read them",
                    code="no state",
                )
        return sorted((seen_of(row, self._shape) for row in unique), key=lambda one: (one.created, one.id))

    def _prove_it_can_be_found(self) -> None:
        """That nothing was found proves something only where the field of the key may be read. Asked until it is so."""
        if self._is_proven:
            return
        table, key = self._shape.table, self._shape.key
        row = self._tables.any_row(table, (key,))
        if row is None:
            fields = self._fields()
            self._is_proven = key in fields
            is_lacking = bool(fields) and key not in fields
        else:
            self._is_proven = key in row
            is_lacking = not self._is_proven
        if is_lacking:
            raise RemoteRefused(
                f"ServiceNow {table}: there is no field {key}, or it may not be read; no ticket could be found again. "
                "Correct fields.key, or grant the right to read it",
                code="no key",
            )

    def _fields(self) -> frozenset[str]:
        """The names of the table's fields; none where the definitions may not be read."""
        try:
            return frozenset(read_dictionary(self._tables, self._shape.table).fields)
        except RemoteRefused:
            return frozenset()


def _safe(field: str, values: Iterable[str]) -> list[str]:
    """Those that can be asked for, sorted: one that cannot must not keep the others from being found."""
    return sorted({one for one in values if Condition(field, (one,)).is_safe})


def _chunks(values: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), _AT_ONCE):
        yield list(values[start : start + _AT_ONCE])
