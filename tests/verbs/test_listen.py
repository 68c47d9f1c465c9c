"""Listening: events are taken in batches, decided at once, and deleted only then; whatever happens, nothing is lost."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from holds.findings_world import Begun, Subject
from holds.holds_world import DATA, HOME, LINKED, WEB
from holds.waivers_world import WaiversWorld, world
from hubposture.cli.listen import Acting
from hubposture.errors import RemoteUnavailable
from hubposture.ports.findings import FindingsQueue, Message
from hubposture.ports.lake import Folded
from hubposture.sandbox.quirks import QueueDelivery, Quirks
from hubposture.sandbox.services.queues import HIDDEN
from hubposture.sandbox.storage import restore, save
from hubposture.verbs import listen as verb
from hubposture.verbs.held import held
from hubposture.verbs.listen import Batch, Means, listen
from hubposture.wiring import Store, findings_queue, open_store

BUCKET = "arn:aws:s3:::plain-0"
PLAIN: Subject = (WEB, HOME, "s3.8", BUCKET)
OTHER: Subject = (WEB, LINKED, "s3.8", "arn:aws:s3:::plain-1")


class Killed(BaseException):
    """The process is gone; nothing in it catches this."""


@dataclass
class Heard:
    """Somebody who listens: what was done, in order, what was told, and hands in between.

    `before` is called with each step's name before it is done: receive, fold, act, delete, job.
    """

    there: WaiversWorld
    steps: list[str] = field(default_factory=list)
    told: list[Batch] = field(default_factory=list)
    before: Callable[[str], None] = lambda _step: None
    is_stopped: Callable[[], bool] = lambda: False
    job: Callable[[], bool] = lambda: False

    def until_empty(self) -> None:
        """Listen until the queue is empty and no job is due."""
        with self._opened() as means:
            listen(means, once=True)

    def until_stopped(self) -> None:
        """Listen until a stop is asked for."""
        with self._opened() as means:
            listen(means)

    @contextmanager
    def _opened(self) -> Iterator[Means]:
        connection = self.there.connection()
        with ExitStack() as opened:
            ledger = opened.enter_context(connection.workplace.ledger())
            store = opened.enter_context(open_store(connection.workplace, connection.name, ledger))
            yield Means(
                queue=_Queue(self, findings_queue(connection)),
                writer=_Writer(self, store),  # type: ignore[arg-type]
                act=_acting(self, Acting(connection, store).act),
                job=lambda: self.step("job", self.job),
                is_stopped=self.is_stopped,
                tell=self.told.append,
            )

    def step(self, name: str, do: Callable[[], Any]) -> Any:
        """Do one step."""
        self.before(name)
        self.steps.append(name)
        return do()

    @property
    def failures(self) -> list[str]:
        """Everything that was told to have gone wrong."""
        return [f"{one.where}: {one.what}" for batch in self.told for one in batch.failures]


@dataclass
class _Queue:
    heard: Heard
    queue: FindingsQueue

    def receive(self, *, most: int, wait_seconds: int) -> Sequence[Message]:
        found: Sequence[Message] = self.heard.step(
            "receive", lambda: self.queue.receive(most=most, wait_seconds=wait_seconds)
        )
        return found

    def delete(self, receipts: Sequence[str]) -> Sequence[str]:
        stayed: Sequence[str] = self.heard.step("delete", lambda: self.queue.delete(receipts))
        return stayed


@dataclass
class _Writer:
    heard: Heard
    store: Store

    def fold(self, findings: Any, *, rejected: Any = ()) -> Folded:
        done: Folded = self.heard.step("fold", lambda: self.store.writer.fold(findings, rejected=rejected))
        return done


def _acting(heard: Heard, act: Callable[[Collection[str]], int | None]) -> Callable[[Collection[str]], int | None]:
    return lambda subjects: heard.step("act", lambda: act(subjects))


@pytest.fixture(scope="module")
def waived(waivers_begun: Begun, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """A waiver covers all buckets, what it does is done and seen, and nothing waits in the queue."""
    with pytest.MonkeyPatch.context() as patch:
        there = world(waivers_begun, tmp_path_factory.mktemp("waived") / "b", patch)
        there.waive("W-1", accounts=(WEB, DATA))
        there.once()
        there.box.wait(20 * 60)
        there.once()
        there.read("queue")
        assert waiting(there) == (0, 0)
        save(there.box, there.directory / ".sandbox")
        return Begun(there.directory, there.box.clock.now())


@pytest.fixture
def there(waived: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WaiversWorld:
    """A copy of that world."""
    return copied(waived, tmp_path / "b", monkeypatch)


def copied(waived: Begun, directory: Path, patch: pytest.MonkeyPatch, *, quirks: Quirks | None = None) -> WaiversWorld:
    """A copy of a world that was saved."""
    there = world(waived, directory, patch, quirks=quirks)
    assert restore(there.box, directory / ".sandbox")
    there.box.calls.clear()
    return there


def waiting(there: WaiversWorld) -> tuple[int, int]:
    """How many messages wait and how many are hidden."""
    return there.box.events.queue.counts(there.box.clock.now())


def updates(there: WaiversWorld) -> int:
    """How many calls wrote to findings."""
    return there.box.calls.counts()["securityhub:BatchUpdateFindings"]


def is_waived(there: WaiversWorld, subject: Subject) -> bool:
    """Whether the subject's finding fails and is suppressed under the waiver."""
    found = there.one(subject)
    return (found.compliance, found.workflow, found.waiver) == ("FAILED", "SUPPRESSED", "W-1")


# --- acting -----------------------------------------------------------------------------------------------------------


def test_what_an_event_says_is_suppressed_and_our_own_events_cause_no_more_writes(there: WaiversWorld) -> None:
    there.break_(BUCKET)
    heard = Heard(there)
    heard.until_empty()
    assert is_waived(there, PLAIN)
    assert updates(there) == 1
    there.box.wait(HIDDEN.total_seconds())
    for _ in range(3):
        heard.until_empty()
        there.box.wait(60)
    assert updates(there) == 1, "the event of our own update is no reason to write"
    assert waiting(there) == (0, 0)
    assert heard.failures == []


def test_nothing_is_received_before_what_was_received_is_decided_and_deleted(there: WaiversWorld) -> None:
    there.break_(BUCKET)
    heard = Heard(there)
    heard.until_empty()
    rounds = "".join(one[0] for one in heard.steps).replace("j", "j ").split()
    assert rounds[0] == "rfadj"
    assert set(rounds) <= {"rfadj", "rj"}


def test_poison_is_rejected_once_and_stops_nothing(there: WaiversWorld) -> None:
    queue, now = there.box.events.queue, there.box.clock.now()
    queue.send("no JSON at all", now)
    queue.send('{"detail-type": "Something else"}', now)
    there.break_(BUCKET)
    heard = Heard(there)
    heard.until_empty()
    assert sum(one.folded.rejected for one in heard.told) == 2
    assert is_waived(there, PLAIN)
    assert waiting(there) == (0, 0)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_messages_may_come_twice_and_in_any_order(
    seed: int, waived: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quirks = Quirks(queue_delivery=QueueDelivery.TWICE_IN_ANY_ORDER)
    there = copied(waived, tmp_path / "b", monkeypatch, quirks=quirks)
    heard = Heard(there)
    for number in range(3 + seed):
        there.break_(BUCKET)
        there.break_(OTHER[3])
        there.box.wait(30 + 60 * seed)
        if number % 2:
            heard.until_empty()
        there.fix(OTHER[3])
        there.box.wait(30)
    heard.until_empty()
    there.box.wait(HIDDEN.total_seconds())
    heard.until_empty()
    assert is_waived(there, PLAIN)
    assert there.one(OTHER).compliance == "PASSED"
    assert waiting(there) == (0, 0)


# --- what goes wrong ---------------------------------------------------------------------------------------------------


def test_a_batch_whose_decision_fails_is_decided_with_the_next_and_deleted_only_then(there: WaiversWorld) -> None:
    failing = [True]

    def fail_once(step: str) -> None:
        if step == "act" and failing:
            failing.clear()
            there.break_(OTHER[3])
            raise RemoteUnavailable("the ledger is away")

    there.break_(BUCKET)
    heard = Heard(there, before=fail_once)
    heard.until_empty()
    assert heard.failures == ["deciding: the ledger is away"]
    assert [one for one in heard.steps if one != "job"][:5] == ["receive", "fold", "receive", "fold", "act"]
    assert is_waived(there, PLAIN)
    assert is_waived(there, OTHER)
    assert waiting(there) == (0, 0)


def test_while_somebody_else_decides_messages_stay(there: WaiversWorld) -> None:
    there.break_(BUCKET)
    heard = Heard(there)
    with there.connection().workplace.ledger() as ledger, held(ledger, "waivers/acme", "somebody", what="deciding"):
        heard.until_empty()
        assert not is_waived(there, PLAIN)
        assert waiting(there)[1] > 0, "hidden, not deleted"
    there.box.wait(HIDDEN.total_seconds())
    Heard(there).until_empty()
    assert is_waived(there, PLAIN)
    assert waiting(there) == (0, 0)


def test_while_nothing_can_be_decided_only_so_many_messages_are_taken(
    there: WaiversWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "MOST", 2)
    monkeypatch.setattr(verb, "HELD", 4)
    for number in range(9):
        there.break_(f"arn:aws:s3:::plain-{number % 4}", ("S3.8", "S3.5", "S3.20")[number // 4])

    def fail(step: str) -> None:
        if step == "act":
            raise RemoteUnavailable("the ledger is away")

    rounds = iter(range(12))
    heard = Heard(there, before=fail, is_stopped=lambda: next(rounds) == 11)
    heard.until_stopped()
    assert waiting(there)[1] == 4
    assert heard.failures[-1] == "deciding: the ledger is away"


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("ReceiveMessage", "server_error"),
        ("DeleteMessageBatch", "lost_answer"),
        *(
            pytest.param(operation, kind, marks=pytest.mark.slow)
            for operation, kind in (
                ("ReceiveMessage", "timeout"),
                ("ReceiveMessage", "lost_answer"),
                ("ReceiveMessage", "throttled"),
                ("DeleteMessageBatch", "server_error"),
                ("DeleteMessageBatch", "timeout"),
            )
        ),
    ],
)
def test_a_queue_that_fails_is_told_and_nothing_is_lost(operation: str, kind: str, there: WaiversWorld) -> None:
    there.break_(BUCKET)
    there.box.faults.update({"services": ["sqs"], "operations": [operation], kind: 1.0})
    heard = Heard(there)
    heard.until_empty()
    assert any(one.startswith("queue: ") for one in heard.failures)
    there.box.faults.update({kind: 0.0})
    there.box.wait(HIDDEN.total_seconds())
    Heard(there).until_empty()
    assert is_waived(there, PLAIN)
    assert waiting(there) == (0, 0)
    assert updates(there) == 1


@pytest.mark.parametrize(
    "step", [*(pytest.param(one, marks=pytest.mark.slow) for one in ("fold", "job")), "act", "delete"]
)
def test_killed_before_any_step_nothing_is_lost(step: str, there: WaiversWorld) -> None:
    there.break_(BUCKET)
    heard = Heard(there, before=_kill_at(step))
    with pytest.raises(Killed):
        heard.until_empty()
    there.box.wait(HIDDEN.total_seconds())
    Heard(there).until_empty()
    assert is_waived(there, PLAIN)
    assert waiting(there) == (0, 0)
    assert updates(there) == 1


def _kill_at(victim: str) -> Callable[[str], None]:
    def kill(step: str) -> None:
        if step == victim:
            raise Killed

    return kill


# --- stopping, and jobs between -----------------------------------------------------------------------------------------


def test_a_stop_in_the_middle_finishes_what_was_begun_and_takes_nothing_more(there: WaiversWorld) -> None:
    there.break_(BUCKET)
    stopped: list[bool] = []

    def ask_to_stop(step: str) -> None:
        if step == "fold":
            stopped.append(True)
            there.break_(OTHER[3])

    heard = Heard(there, before=ask_to_stop, is_stopped=lambda: bool(stopped))
    heard.until_stopped()
    assert heard.steps == ["receive", "fold", "act", "delete"]
    assert is_waived(there, PLAIN)
    assert not is_waived(there, OTHER)
    assert waiting(there)[0] > 0, "the next one takes it"


def test_jobs_that_are_due_are_done_between_batches(there: WaiversWorld) -> None:
    due = [1, 2]
    there.break_(BUCKET)
    heard = Heard(there, job=lambda: bool(due) and due.pop() > 0)
    heard.until_empty()
    assert due == []
    assert heard.steps[-3:] != ["job", "job", "job"], "one at a time, and the queue is looked at in between"
    assert is_waived(there, PLAIN)


def test_a_batch_tells_what_it_did(there: WaiversWorld) -> None:
    there.break_(BUCKET)
    heard = Heard(there)
    heard.until_empty()
    first = heard.told[0]
    assert (first.messages, first.subjects, first.written, first.failures) == (1, 1, 1, ())
    assert replace(first.folded, version=0) == Folded(0, changed=1, transitions=1)
