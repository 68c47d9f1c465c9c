"""Check: what would fail in the trackers, asked of each of them before the first ticket."""

from collections.abc import Sequence

from hubposture.errors import RemoteError
from hubposture.ports.ledger import Failure
from hubposture.ports.tracker import Doubt
from hubposture.verbs.tickets import Means


def check_trackers(means: Means, failures: list[Failure]) -> Sequence[Doubt]:
    """Every doubt of every tracker, errors first; what could not be asked is put into `failures`."""
    found: list[Doubt] = []
    for name, tracker in sorted(means.trackers.items()):
        routes = [one for one in means.routes.values() if one.tracker == name]
        try:
            found += tracker.check(sorted(routes, key=lambda one: (one.place, one.team)))
        except RemoteError as error:
            failures.append(Failure(name, str(error)))
    return sorted(found, key=lambda one: (not one.is_error, one.where, one.what))
