"""Findings that are in a ticket are set to NOTIFIED in Security Hub, where the settings ask for it; RESOLVED never."""

from collections.abc import Iterable

from hubposture.ports.lake import Snapshot
from hubposture.ports.ledger import Entry, Failure, Ledger
from hubposture.ports.updates import FindingsUpdater
from hubposture.reconcile.chunks import chunks
from hubposture.waivers.decision import FindingUpdate
from hubposture.work.ticket import State, Ticket

_MANY = 1_000
_NEW = """
SELECT f.product, f.id FROM findings f
WHERE f.subject IN (SELECT UNNEST($subjects)) AND f.record_state = 'ACTIVE' AND f.workflow = 'NEW'
    AND f.compliance = 'FAILED'
ORDER BY f.product, f.id
"""


def notified(
    updater: FindingsUpdater, ledger: Ledger, snapshot: Snapshot, tickets: Iterable[Ticket], *, who: str
) -> tuple[int, tuple[Failure, ...]]:
    """Set failing NEW findings of open tickets to NOTIFIED; gives how many were, and what failed. Raises nothing remote.

    What is NOTIFIED already, suppressed or resolved is never touched.
    """
    subjects = sorted({member.subject for one in tickets if one.state is State.OPEN for member in one.members})
    ids = [
        (str(product), str(id_))
        for some in chunks(subjects, _MANY)
        for product, id_ in snapshot.execute(_NEW, {"subjects": some})
    ]
    done: list[str] = []
    failures: list[Failure] = []
    for one in updater.update([FindingUpdate((id_,), "NOTIFIED", "", "", ()) for id_ in ids]):
        if one.error and not one.is_gone:
            failures.append(Failure(one.id, one.error))
        elif not one.error:
            done.append(one.id)
    ledger.audit(Entry(who, f"finding {one}", "NEW", "NOTIFIED", "it is in a ticket") for one in done)
    return len(done), tuple(failures)
