"""A lease that is held for as long as work takes."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from hubposture.errors import HubpostureError, Refusal
from hubposture.ports.ledger import Ledger, RunStatus

TTL = dt.timedelta(minutes=5)
"""After a crash nobody waits longer than this."""


class Elsewhere(Refusal):
    """Another process is at it just now."""


@contextmanager
def kept_up(renew: Callable[[], bool], *, every: dt.timedelta) -> Iterator[None]:
    """Renew something in the background until the work ends, or `renew` says that it is lost."""
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(every.total_seconds()):
            with suppress(HubpostureError):  # a ledger that is away for a moment is asked again at the next turn
                if not renew():
                    return

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


@contextmanager
def held(ledger: Ledger, name: str, holder: str, *, what: str) -> Iterator[None]:
    """Hold a lease, renewed in the background until the work ends.

    Raises Elsewhere at once where somebody else has it. Should it be lost on the way, the work goes on: everything that
    is written is idempotent and has its own precondition, and the lake has a lease of its own.
    """
    lease = ledger.take_lease(name, holder, ttl=TTL)
    if lease is None:
        raise Elsewhere(f"{what} is being done by another process; it does the same, so wait for it")
    newest = [lease]

    def renew() -> bool:
        renewed = ledger.renew_lease(newest[0], ttl=TTL)
        if renewed is not None:
            newest[0] = renewed
        return renewed is not None

    try:
        with kept_up(renew, every=TTL / 3):
            yield
    finally:
        ledger.release_lease(newest[0])


def close_dead(ledger: Ledger, organization: str, *, verb: str) -> None:
    """Close runs of a verb that died while they said `running`; only for who holds the lease under which they run."""
    for run in ledger.runs(verb=verb, status=RunStatus.RUNNING, limit=100):
        if run.organization == organization:
            ledger.close_run(run.id, status=RunStatus.INTERRUPTED, counts={}, calls={})
