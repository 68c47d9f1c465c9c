"""When controls were first seen: AWS does not say when it released one."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import insert, select

from hubposture.ledger.engine import Lock, lock, writing
from hubposture.ledger.part import Part
from hubposture.ledger.schema import SEEN_CONTROLS


class SeenControls(Part):
    """First sightings per organization."""

    def first_seen(self, organization: str, controls: Iterable[str]) -> Mapping[str, datetime | None]:
        """See `ports.ledger`."""
        asked = sorted(set(controls))
        query = select(SEEN_CONTROLS).where(SEEN_CONTROLS.c.organization == organization)
        with writing(self._engine) as connection:
            lock(connection, Lock.CONTROLS)
            known: dict[str, datetime | None] = {row.control: row.first_seen for row in connection.execute(query)}
            # At the first look everything is new to us and old to AWS.
            since = self._now() if known else None
            fresh = [name for name in asked if name not in known]
            if fresh:
                rows = [{"organization": organization, "control": name, "first_seen": since} for name in fresh]
                connection.execute(insert(SEEN_CONTROLS), rows)
        return {name: known.get(name, since) for name in asked}
