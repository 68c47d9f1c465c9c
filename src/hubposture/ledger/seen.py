"""What AWS Config and CloudTrail said before."""

import datetime as dt
import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from hubposture.ledger.engine import reading, writing
from hubposture.ledger.part import Part, insert_if_absent, replace_rows
from hubposture.ledger.schema_seen import OUTSIDE_READINGS, OUTSIDE_WRITES, RESOURCE_PASTS
from hubposture.ports.seen import Outside
from hubposture.timeline.facts import Past, Write, as_data, from_data, write_data, write_of
from hubposture.timeline.outside import Reading, reading_data, reading_of


class Seen(Part):
    """Pasts by organization and resource; writes by organization and event; readings by organization and target."""

    def put_past(self, organization: str, resource: str, past: Past, *, most: int) -> None:
        """See `ports.seen`."""
        row: dict[str, object] = {
            "organization": organization, "resource": resource, "asked_at": past.asked_at, "body": as_data(past),
        }  # fmt: skip
        with writing(self._engine) as connection:
            replace_rows(connection, RESOURCE_PASTS, [row])
            self._forget(connection, organization, most)

    def _forget(self, connection: Connection, organization: str, most: int) -> None:
        table = RESOURCE_PASTS.c
        newest = (
            select(table.resource)
            .where(table.organization == organization)
            .order_by(table.asked_at.desc(), table.resource)
            .offset(most)
        )
        old = list(connection.execute(newest).scalars())
        for start in range(0, len(old), 500):
            gone = table.resource.in_(old[start : start + 500])
            connection.execute(delete(RESOURCE_PASTS).where(table.organization == organization, gone))

    def past(self, organization: str, resource: str) -> Past | None:
        """See `ports.seen`."""
        table = RESOURCE_PASTS.c
        query = select(table.body).where(table.organization == organization, table.resource == resource)
        with reading(self._engine) as connection:
            body = connection.execute(query).scalar_one_or_none()
        return None if body is None else from_data(body)

    def put_outside(self, organization: str, reading: Reading, writes: Sequence[Write], *, keep: dt.datetime) -> int:
        """See `ports.seen`."""
        place: dict[str, object] = {"organization": organization, "account": reading.account, "region": reading.region}
        new = 0
        with writing(self._engine) as connection:
            for one in sorted(writes, key=_event_key):
                row: dict[str, object] = {
                    "organization": organization, "event": _event_key(one), "at": one.at, "body": write_data(one),
                }  # fmt: skip
                new += insert_if_absent(connection, OUTSIDE_WRITES, row)
            table = OUTSIDE_WRITES.c
            connection.execute(delete(OUTSIDE_WRITES).where(table.organization == organization, table.at < keep))
            replace_rows(connection, OUTSIDE_READINGS, [{**place, "at": reading.at, "body": reading_data(reading)}])
        return new

    def outside(self, organization: str, *, since: dt.datetime, limit: int = 5_000) -> Outside:
        """See `ports.seen`."""
        writes, readings = OUTSIDE_WRITES.c, OUTSIDE_READINGS.c
        found = (
            select(writes.body)
            .where(writes.organization == organization, writes.at >= since)
            .order_by(writes.at.desc(), writes.event)
            .limit(limit)
        )
        read = select(readings.account, readings.region, readings.body).where(readings.organization == organization)
        with reading(self._engine) as connection:
            bodies = list(connection.execute(found).scalars())
            rows = connection.execute(read).all()
        return Outside(
            tuple(write_of(one) for one in bodies),
            tuple(sorted((reading_of(row.account, row.region, row.body) for row in rows), key=_place)),
        )


def _event_key(one: Write) -> str:
    """An event's id; one that has none, or a hostile one, goes by a digest of what it is."""
    if 0 < len(one.id) <= 64 and one.id.isascii() and one.id.isprintable():  # noqa: PLR2004 (the column)
        return one.id
    return hashlib.sha256(repr(one).encode("utf-8", "replace")).hexdigest()


def _place(one: Reading) -> tuple[str, str]:
    return one.account, one.region
