"""The outbox: what is to be done after something was published, once per topic and key."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.part import Part, insert_absent
from hubposture.ledger.schema import OUTBOX
from hubposture.ledger.ulid import following
from hubposture.ports.versions import OutboxRow
from hubposture.reconcile.chunks import chunks

_PAGE = 500


class Outbox(Part):
    """Looking at what waits and taking it out; it is put in by publishing."""

    def outbox(self, *, topic: str | None = None, limit: int = 100) -> tuple[OutboxRow, ...]:
        """See `ports.versions`."""
        query = select(OUTBOX.c.topic, OUTBOX.c.key, OUTBOX.c.body).order_by(OUTBOX.c.id).limit(limit)
        if topic is not None:
            query = query.where(OUTBOX.c.topic == topic)
        with reading(self._engine) as connection:
            return tuple(OutboxRow(row.topic, row.key, row.body) for row in connection.execute(query))

    def settle_outbox(self, topic: str, keys: Sequence[str]) -> int:
        """See `ports.versions`."""
        with writing(self._engine) as connection:
            lock(connection, Lock.LAKE)
            return sum(
                connection.execute(delete(OUTBOX).where(OUTBOX.c.topic == topic, OUTBOX.c.key.in_(chunk))).rowcount
                for chunk in chunks(keys, _PAGE)
            )


def put(connection: Connection, rows: Sequence[OutboxRow], *, at: datetime, new_id: Callable[[], str]) -> None:
    """Add rows behind all that wait, in their order, within a transaction that holds `Lock.LAKE`.

    A key that waits already under its topic stays as it is.
    """
    if not rows:
        return
    last = connection.execute(select(func.max(OUTBOX.c.id))).scalar() or ""
    stored: list[dict[str, object]] = []
    for row in rows:
        last = following(last, new_id())
        stored.append({"id": last, "topic": row.topic, "key": row.key, "body": dict(row.body), "at": at})
    insert_absent(connection, OUTBOX, stored)
