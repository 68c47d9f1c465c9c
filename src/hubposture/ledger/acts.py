"""What people do from messages, each press once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select, update

from hubposture.ledger.audit import append
from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.part import Part, insert_if_absent, texts
from hubposture.ledger.schema_acts import MESSAGE_ACTS
from hubposture.ledger.schema_work import MESSAGES
from hubposture.ledger.told import message_of
from hubposture.ports.acts import Act, ActState
from hubposture.ports.ledger import Entry
from hubposture.ports.work import SentMessage
from hubposture.work.offers import Doing

_COLUMNS = tuple(column.name for column in MESSAGE_ACTS.c)
_ENDS = ("state", "by", "detail", "ended_at")


class Acts(Part):
    """Acts by the id of the press."""

    def message_at(self, organization: str, where: str) -> SentMessage | None:
        """See `ports.acts`."""
        here = MESSAGES.c.organization == organization, MESSAGES.c.where == where
        with reading(self._engine) as connection:
            found = [message_of(row) for row in connection.execute(select(MESSAGES).where(*here))]
        return min(found, key=lambda one: (not one.things, one.key), default=None) if where else None

    def take_act(self, act: Act) -> bool:
        """See `ports.acts`. It waits for no other writer of work: whoever calls wants a quick answer."""
        with writing(self._engine) as connection:
            return insert_if_absent(connection, MESSAGE_ACTS, _row(act))

    def acts(self, organization: str, *, messages: Collection[str] | None = None) -> Sequence[Act]:
        """See `ports.acts`."""
        table = MESSAGE_ACTS.c
        query = select(MESSAGE_ACTS).where(table.organization == organization)
        with reading(self._engine) as connection:
            if messages is None:
                query = query.where(table.is_told.is_(False))
            else:
                query = query.where(table.message.in_(texts(connection, messages)))
            found = [_act(row) for row in connection.execute(query)]
        return tuple(sorted(found, key=lambda one: (one.at, one.id)))

    def try_act(self, act: Act, detail: str) -> None:
        """See `ports.acts`."""
        values = {"tries": MESSAGE_ACTS.c.tries + 1, "detail": detail}
        with writing(self._engine) as connection:
            waits = MESSAGE_ACTS.c.state == ActState.WAITING.value
            connection.execute(update(MESSAGE_ACTS).where(MESSAGE_ACTS.c.id == act.id, waits).values(values))

    def end_act(self, act: Act, entries: Iterable[Entry]) -> bool:
        """See `ports.acts`."""
        ended = replace(act, ended_at=self._now().replace(tzinfo=None))
        row = _row(ended)
        with writing(self._engine) as connection:
            lock(connection, Lock.WORK)
            waits = MESSAGE_ACTS.c.state == ActState.WAITING.value
            statement = update(MESSAGE_ACTS).where(MESSAGE_ACTS.c.id == act.id, waits)
            is_ended = connection.execute(statement.values({name: row[name] for name in _ENDS})).rowcount > 0
            if is_ended:
                append(connection, entries, at=self._now())
            return is_ended

    def told_act(self, act: Act) -> None:
        """See `ports.acts`."""
        with writing(self._engine) as connection:
            ended = MESSAGE_ACTS.c.state != ActState.WAITING.value
            connection.execute(update(MESSAGE_ACTS).where(MESSAGE_ACTS.c.id == act.id, ended).values(is_told=True))


def _row(act: Act) -> dict[str, object]:
    values = {name: getattr(act, name) for name in _COLUMNS}
    return values | {"doing": act.doing.value, "state": act.state.value, "fields": dict(act.fields)}


def _act(row: Row[Any]) -> Act:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Act(**values | {"doing": Doing(row.doing), "state": ActState(row.state)})
