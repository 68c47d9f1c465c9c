"""Listen: events in small batches, what they touch decided at once, jobs between them, and a clean stop."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from hubposture.errors import HubpostureError, RemoteError
from hubposture.ports.findings import FindingsQueue, Message
from hubposture.ports.lake import Folded, LakeWriter
from hubposture.ports.ledger import Failure

MOST = 2_000
"""Messages of one batch: few enough to be acted on within seconds, enough that a flood costs one version a batch."""
WAIT_SECONDS = 5
"""How long an empty queue is waited for before jobs are looked at again."""


@dataclass(frozen=True)
class Means:
    """What listening needs.

    `act` decides on subjects and writes; it gives how many it wrote, None where somebody else is deciding just now. `job` does one job
    that is due, and gives False where none is. `is_stopped` says that a stop was asked for. `tell` hears what was done.
    """

    queue: FindingsQueue
    writer: LakeWriter
    act: Callable[[Collection[str]], int | None]
    job: Callable[[], bool]
    is_stopped: Callable[[], bool]
    tell: Callable[["Batch"], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch: messages, what folding them did, subjects decided on and written, and what went wrong."""

    messages: int = 0
    folded: Folded = field(default_factory=lambda: Folded(0))
    subjects: int = 0
    written: int = 0
    failures: tuple[Failure, ...] = ()


def listen(means: Means, *, once: bool = False) -> None:
    """Until a stop is asked for: receive, publish, delete, decide, write; then a job that is due.

    The next batch is taken only when this one is done, so what Security Hub cannot take waits in the queue. With `once`
    it ends when the queue is empty and no job is due. Raises nothing remote.
    """
    pending: set[str] = set()
    while not means.is_stopped():
        batch = _batch(means, pending, wait_seconds=0 if once else WAIT_SECONDS)
        if batch.messages or batch.subjects or batch.failures:
            means.tell(batch)
        if means.is_stopped():
            return
        worked = means.job()
        if once and not batch.messages and not worked:
            return


def _batch(means: Means, pending: set[str], *, wait_seconds: int) -> Batch:
    """One round over the queue. What could not be decided on is kept for the next round, and for the whole run."""
    failures: list[Failure] = []
    messages: Sequence[Message] = ()
    folded = Folded(0)
    try:
        messages = means.queue.receive(most=MOST, wait_seconds=wait_seconds)
        if messages:
            findings = [one for message in messages for one in message.findings]
            rejected = [one for message in messages for one in message.rejected]
            folded = means.writer.fold(findings, rejected=rejected)
            pending |= {one.subject for one in findings if one.kind == "control"}
            _delete(means.queue, messages, failures)
    except RemoteError as error:
        failures.append(Failure("queue", str(error)))
    subjects = written = 0
    if pending:
        try:
            acted = means.act(frozenset(pending))
        except HubpostureError as error:
            failures.append(Failure("deciding", str(error)))
        else:
            if acted is not None:
                subjects, written = len(pending), acted
                pending.clear()
    return Batch(len(messages), folded, subjects, written, tuple(failures))


def _delete(queue: FindingsQueue, messages: Sequence[Message], failures: list[Failure]) -> None:
    """Delete what was published; what stays comes again, and then changes nothing."""
    stayed = queue.delete([one.receipt for one in messages])
    if stayed:
        failures.append(Failure("queue", f"{len(stayed)} messages were published and could not be deleted"))
