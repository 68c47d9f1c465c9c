"""Listen: events in small batches, what they touch decided at once, jobs between them, and a clean stop."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from hubposture.errors import HubpostureError, RemoteError
from hubposture.ports.findings import FindingsQueue
from hubposture.ports.lake import Folded, LakeWriter
from hubposture.ports.ledger import Failure

MOST = 2_000
"""Messages of one batch: few enough to be acted on within seconds, enough that a flood costs one version a batch."""
HELD = 5 * MOST
"""Messages that may wait for a decision before no more are taken."""
WAIT_SECONDS = 5
"""How long an empty queue is waited for before jobs are looked at again."""


@dataclass(frozen=True)
class Means:
    """What listening needs.

    `act` decides on subjects and writes; it gives how many it wrote, None where somebody else is deciding just now. `job`
    does one job that is due, and gives False where none is. `is_stopped` says that a stop was asked for. `tell` hears what
    was done.
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


@dataclass
class _Undecided:
    """Subjects that are to be decided on, and the messages that spoke of them, which are deleted only after that."""

    subjects: set[str] = field(default_factory=set)
    receipts: list[str] = field(default_factory=list)


def listen(means: Means, *, once: bool = False) -> None:
    """Until a stop is asked for: receive, publish, decide, write, delete; then a job that is due.

    The next batch is taken only when this one is done, so what Security Hub cannot take waits in the queue. A message is
    deleted only once its subjects were decided on: killed anywhere before, it comes again. With `once` it ends when the
    queue is empty and no job is due. Raises nothing remote.
    """
    left = _Undecided()
    while not means.is_stopped():
        batch = _batch(means, left, wait_seconds=0 if once else WAIT_SECONDS)
        if batch.messages or batch.subjects or batch.failures:
            means.tell(batch)
        if means.is_stopped():
            return
        worked = means.job()
        if once and not batch.messages and not worked:
            return


def _batch(means: Means, left: _Undecided, *, wait_seconds: int) -> Batch:
    """One round over the queue. What could not be decided on is kept for the next round, and for the whole run."""
    failures: list[Failure] = []
    messages, folded = _taken_in(means, left, failures, wait_seconds=wait_seconds)
    subjects = written = 0
    if left.receipts:
        try:
            acted = means.act(frozenset(left.subjects)) if left.subjects else 0
        except HubpostureError as error:
            failures.append(Failure("deciding", str(error)))
        else:
            if acted is not None:
                subjects, written = len(left.subjects), acted
                left.subjects.clear()
                _delete(means.queue, left, failures)
    return Batch(messages, folded, subjects, written, tuple(failures))


def _taken_in(means: Means, left: _Undecided, failures: list[Failure], *, wait_seconds: int) -> tuple[int, Folded]:
    """Receive and publish; how many messages, and what folding them did.

    While nothing can be decided on, no more than `HELD` messages are taken: the others wait in the queue.
    """
    if len(left.receipts) >= HELD:
        return 0, Folded(0)
    try:
        messages = means.queue.receive(most=MOST, wait_seconds=wait_seconds)
        if not messages:
            return 0, Folded(0)
        findings = [one for message in messages for one in message.findings]
        rejected = [one for message in messages for one in message.rejected]
        folded = means.writer.fold(findings, rejected=rejected)
    except RemoteError as error:
        failures.append(Failure("queue", str(error)))
        return 0, Folded(0)
    left.subjects |= {one.subject for one in findings if one.kind == "control"}
    left.receipts += [one.receipt for one in messages]
    return len(messages), folded


def _delete(queue: FindingsQueue, left: _Undecided, failures: list[Failure]) -> None:
    """Delete what was decided on; what stays comes again, and then changes nothing."""
    receipts, left.receipts = left.receipts, []
    try:
        stayed = queue.delete(receipts)
    except RemoteError as error:
        failures.append(Failure("queue", str(error)))
        return
    if stayed:
        failures.append(Failure("queue", f"{len(stayed)} messages were decided on and could not be deleted"))
