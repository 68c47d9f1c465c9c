"""The means of asking for waivers and deciding on them, for whoever calls."""

from collections.abc import Iterator
from contextlib import contextmanager

from hubposture.filters import EVERYTHING
from hubposture.ports.lake import Snapshot
from hubposture.verbs.waiver_rights import Rights
from hubposture.verbs.waiver_scope import Means
from hubposture.web.visit import Visit
from hubposture.wiring.asking import asking_means


@contextmanager
def asking(visit: Visit) -> Iterator[Means]:
    """Means over the whole version: what a waiver covers does not depend on who looks, and rights say what they may see."""
    if visit.snapshot.within == EVERYTHING:
        yield _means(visit, visit.snapshot)
        return
    with visit.desk.store.reader.snapshot(number=visit.snapshot.number) as whole:
        yield _means(visit, whole)


def _means(visit: Visit, whole: Snapshot) -> Means:
    caller = visit.caller
    rights = Rights(caller.person, whole, visit.rules, caller.may_use)
    return asking_means(visit.place, visit.desk.name, visit.desk.store.ledger, snapshot=whole, rights=rights)
