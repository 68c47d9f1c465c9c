"""Leases: one holder at a time, by compare-and-swap."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from hubposture.ledger.engine import writing
from hubposture.ledger.part import Part, insert_if_absent
from hubposture.ledger.schema import LEASES
from hubposture.ports.ledger import Lease

_PAST = datetime(1970, 1, 1, tzinfo=UTC)


class Leases(Part):
    """Taking, renewing and giving back.

    A clock that jumps back makes a lease of a dead holder last longer; one that jumps ahead can end the lease of a
    living holder early, who then fails to renew. Never do two tokens hold the same name: the larger one is right.
    """

    def take_lease(self, name: str, holder: str, *, ttl: timedelta) -> Lease | None:
        """See `ports.ledger`."""
        now = self._now()
        until = now + ttl
        free = update(LEASES).where(LEASES.c.name == name, LEASES.c.until <= now)
        taken = free.values(holder=holder, until=until, token=LEASES.c.token + 1)
        with writing(self._engine) as connection:
            if connection.execute(taken).rowcount == 1:
                token = connection.execute(select(LEASES.c.token).where(LEASES.c.name == name)).scalar_one()
                return Lease(name, holder, until, token)
            row: dict[str, object] = {"name": name, "holder": holder, "until": until, "token": 1}
            return Lease(name, holder, until, 1) if insert_if_absent(connection, LEASES, row) else None

    def renew_lease(self, lease: Lease, *, ttl: timedelta) -> Lease | None:
        """See `ports.ledger`."""
        until = self._now() + ttl
        # An expired lease that nobody took meanwhile is still ours: the token says so.
        return Lease(lease.name, lease.holder, until, lease.token) if self._move(lease, lease.holder, until) else None

    def release_lease(self, lease: Lease) -> bool:
        """See `ports.ledger`."""
        # The row stays, so that tokens go on growing.
        return self._move(lease, "", _PAST)

    def _move(self, lease: Lease, holder: str, until: datetime) -> bool:
        mine = (LEASES.c.name == lease.name, LEASES.c.token == lease.token, LEASES.c.holder == lease.holder)
        with writing(self._engine) as connection:
            return connection.execute(update(LEASES).where(*mine).values(holder=holder, until=until)).rowcount == 1
