"""Verify: what the trackers say against what the checks say, without a look at what we meant to write."""

from dataclasses import dataclass

from hubposture.errors import RemoteError
from hubposture.ports.lake import Snapshot
from hubposture.ports.ledger import Failure
from hubposture.verbs.ticket_look import look_around, strange
from hubposture.verbs.tickets import Means, looking
from hubposture.work.ticket import Seen
from hubposture.work.verify import Disagreement, disagreements


@dataclass(frozen=True)
class Verified:
    """Every disagreement, how many tickets were compared, and what could not be read."""

    disagreements: tuple[Disagreement, ...]
    tickets: int
    subjects: int
    failures: tuple[Failure, ...] = ()


def verify(means: Means, snapshot: Snapshot) -> Verified:
    """Read every ticket by its id and look up every key; raises nothing remote."""
    looked = look_around(looking(means), snapshot, sweeps=True)
    failures = list(looked.failures)
    found: list[Seen] = []
    for name, tracker in sorted(means.trackers.items()):
        try:
            found += strange([tracker], looked.world.tickets)
        except RemoteError as error:
            failures.append(Failure(name, str(error)))
    rows = disagreements(looked.world, means.policy, now=means.now(), strange=found)
    live = [one for one in looked.world.tickets if one.state.is_live]
    return Verified(tuple(rows), len(live), len(looked.world.subjects), tuple(failures))
