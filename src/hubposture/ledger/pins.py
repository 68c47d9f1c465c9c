"""Pins: versions of the lake that something still needs."""

from datetime import datetime

from sqlalchemy import delete, or_, select

from hubposture.errors import Refusal
from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.part import Part, replace_rows
from hubposture.ledger.schema import LAKE_PINS, LAKE_VERSIONS
from hubposture.ports.versions import Pin


class Pins(Part):
    """Pinning and unpinning; what holds is decided by the clock at every look."""

    def pin(self, lake: str, number: int, *, name: str, why: str, until: datetime | None = None) -> Pin:
        """See `ports.versions`."""
        known = select(LAKE_VERSIONS.c.number).where(LAKE_VERSIONS.c.lake == lake, LAKE_VERSIONS.c.number == number)
        row = {"lake": lake, "name": name, "number": number, "why": why, "until": until}
        with writing(self._engine) as connection:
            lock(connection, Lock.LAKE)
            if connection.execute(known).one_or_none() is None:
                raise Refusal(f"lake {lake}: there is no version {number} to pin as {name}; pin one that is kept")
            replace_rows(connection, LAKE_PINS, [row])
        return Pin(lake, number, name, why, until)

    def unpin(self, lake: str, name: str) -> bool:
        """See `ports.versions`."""
        with writing(self._engine) as connection:
            lock(connection, Lock.LAKE)
            gone = delete(LAKE_PINS).where(LAKE_PINS.c.lake == lake, LAKE_PINS.c.name == name)
            return connection.execute(gone).rowcount == 1

    def pins(self, lake: str) -> tuple[Pin, ...]:
        """See `ports.versions`."""
        holds = or_(LAKE_PINS.c.until.is_(None), LAKE_PINS.c.until > self._now())
        query = select(LAKE_PINS).where(LAKE_PINS.c.lake == lake, holds)
        with reading(self._engine) as connection:
            found = [Pin(row.lake, row.number, row.name, row.why, row.until) for row in connection.execute(query)]
        # Sorted here: databases differ in how they order text.
        return tuple(sorted(found, key=lambda pin: pin.name))
