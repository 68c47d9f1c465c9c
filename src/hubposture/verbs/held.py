"""A lease that is held for as long as work takes."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hubposture.errors import HubpostureError, Refusal
from hubposture.ports.ledger import Lease, Ledger

TTL = dt.timedelta(minutes=5)
"""After a crash nobody waits longer than this."""


class Elsewhere(Refusal):
    """Another process is at it just now."""


@contextmanager
def held(ledger: Ledger, name: str, holder: str, *, what: str) -> Iterator[None]:
    """Hold a lease, renewed in the background until the work ends.

    Raises Elsewhere at once where somebody else has it. Should it be lost on the way, the work goes on: everything that
    is written is idempotent and has its own precondition, and the lake has a lease of its own.
    """
    lease = ledger.take_lease(name, holder, ttl=TTL)
    if lease is None:
        raise Elsewhere(f"{what} is being done by another process; it does the same, so wait for it")
    ended = threading.Event()
    keeper = _Keeper(ledger, lease, ended)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()
        ledger.release_lease(keeper.lease)


class _Keeper(threading.Thread):
    """Renews a lease every third of its time."""

    def __init__(self, ledger: Ledger, lease: Lease, ended: threading.Event) -> None:
        super().__init__(daemon=True)
        self.lease = lease
        self._ledger = ledger
        self._ended = ended

    def run(self) -> None:
        """Renew until it ended; a ledger that is away for a moment is asked again at the next turn."""
        while not self._ended.wait(TTL.total_seconds() / 3):
            try:
                renewed = self._ledger.renew_lease(self.lease, ttl=TTL)
            except HubpostureError:
                continue
            if renewed is None:
                return
            self.lease = renewed
