"""The emulated queue of findings events: what EventBridge would have put into SQS, waiting to be received.

It is there from the beginning, in the administrator's account and home Region, and holds an event of every new or changed
finding that the administrator sees. Two things differ from AWS. A check that finds nothing new sends no event here:
AWS sends one for every refresh, twice a day for every finding, which would be most of the work of a simulated day. And
there is no queue for what nobody can read: a message comes again until it is deleted or too old.
"""

import heapq
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import orjson

from hubposture.sandbox.catalogue import Catalogue
from hubposture.sandbox.findings_record import Customer, Record, uuid_of
from hubposture.sandbox.findings_state import dump_record, load_record
from hubposture.sandbox.findings_store import event_of
from hubposture.sandbox.quirks import QueueDelivery

NAME = "hubposture-findings"
KEPT = timedelta(days=4)
MOST = 100_000
"""Messages that wait; the oldest go first, and `dropped` counts them."""

AGAIN = 0.2
"""The share of messages that come twice where messages may."""

_MARK = "receipt-"


@dataclass(slots=True)
class Waiting:
    """A message: a finding as it was when it changed, or a text that somebody sent; rendered when it is received."""

    number: int
    at: datetime
    body: Record | str
    received: int = 0
    deleted: bool = False

    @property
    def id(self) -> str:
        """Its MessageId."""
        return uuid_of("message", str(self.number), self.at.isoformat())

    @property
    def receipt(self) -> str:
        """The receipt of the last time it was received."""
        return f"{_MARK}{self.number}-{self.received}"

    def text(self) -> str:
        """Its body as it is received."""
        return self.body if isinstance(self.body, str) else orjson.dumps(event_of(self.body, self.at)).decode()


class EventQueue:
    """Messages that wait, and those that were received and are hidden until they are deleted or their time is up.

    `dropped` counts messages that found no room, `expired` those that nobody took in time.
    """

    def __init__(
        self, *, delivery: QueueDelivery = QueueDelivery.ONCE_IN_ORDER, seed: int = 0, most: int = MOST
    ) -> None:
        self.dropped = 0
        self.expired = 0
        self._loose = delivery is QueueDelivery.TWICE_IN_ANY_ORDER
        self._most = most
        self._sent = 0
        self._draw = random.Random(seed)  # noqa: S311 - chance of an emulator, from its seed
        self._ready: deque[Waiting] = deque()
        self._hidden: list[tuple[datetime, int, Waiting]] = []
        self._known: dict[str, Waiting] = {}

    def __len__(self) -> int:
        return sum(1 for _ in self._alive())

    def hear(self, record: Record, at: datetime) -> None:
        """Take in a finding that is new or changed, as it is now."""
        self._put(at, snapshot(record))

    def send(self, body: str, at: datetime) -> Waiting:
        """Take in a text."""
        return self._put(at, body)

    def _put(self, at: datetime, body: Record | str) -> Waiting:
        self._sent += 1
        made = Waiting(self._sent, at, body)
        self._show(made)
        return made

    def _show(self, one: Waiting) -> None:
        """Let a message wait; where there is no room the oldest goes."""
        self._ready.append(one)
        while len(self._ready) > self._most:
            oldest = self._ready.popleft()
            self.dropped += not oldest.deleted
            self._forget(oldest)

    def receive(self, most: int, now: datetime, hidden_for: timedelta) -> list[Waiting]:
        """At most so many messages, which are hidden from now on."""
        self.age(now)
        if self._loose and self._ready:
            self._ready.rotate(self._draw.randrange(len(self._ready)))
        given: list[Waiting] = []
        while self._ready and len(given) < most:
            one = self._ready.popleft()
            self._forget(one)
            if self._is_over(one, now):
                continue
            one.received += 1
            self._known[one.receipt] = one
            again = self._loose and self._draw.random() < AGAIN
            heapq.heappush(self._hidden, (now if again else now + hidden_for, one.number, one))
            given.append(replace(one))
        return given

    def delete(self, receipt: str) -> bool:
        """Delete the message of a receipt; False for what is no receipt. An old receipt deletes nothing, as in AWS."""
        if (found := self._known.pop(receipt, None)) is not None:
            found.deleted = True
        return receipt.startswith(_MARK)

    def clear(self) -> None:
        """Forget every message."""
        self._ready.clear()
        self._hidden.clear()
        self._known.clear()

    def counts(self, now: datetime) -> tuple[int, int]:
        """How many messages wait and how many are hidden."""
        self.age(now)
        ready = sum(1 for one in self._ready if not one.deleted)
        return ready, sum(1 for _, _, one in self._hidden if not one.deleted)

    def age(self, now: datetime) -> None:
        """Show again what was hidden long enough, and drop what is older than a queue keeps it."""
        while self._hidden and self._hidden[0][0] <= now:
            one = heapq.heappop(self._hidden)[2]
            if not one.deleted:
                self._show(one)
        while self._ready and self._is_over(self._ready[0], now):
            self._forget(self._ready.popleft())

    def _is_over(self, one: Waiting, now: datetime) -> bool:
        """Whether a message that comes next is deleted, or too old to be given."""
        too_old = not one.deleted and now - one.at > KEPT
        self.expired += too_old
        return one.deleted or too_old

    def _forget(self, one: Waiting) -> None:
        self._known.pop(one.receipt, None)

    def _alive(self) -> Iterator[Waiting]:
        yield from (one for one in self._ready if not one.deleted)
        yield from (one for _, _, one in self._hidden if not one.deleted)

    def dump(self) -> Any:
        """Everything as plain JSON; what is hidden is shown again after a restart."""
        return {
            "sent": self._sent,
            "dropped": self.dropped,
            "expired": self.expired,
            "messages": [
                [one.number, one.at.isoformat(), one.received, _plain(one.body)]
                for one in sorted(self._alive(), key=lambda one: one.number)
            ],
        }

    def load(self, state: Any, catalogue: Catalogue) -> None:
        """Take over what `dump` gave, in place of what is here."""
        self._sent, self.dropped, self.expired = state["sent"], state["dropped"], state["expired"]
        self._hidden, self._known = [], {}
        self._ready = deque(
            Waiting(
                number,
                datetime.fromisoformat(at),
                body if isinstance(body, str) else load_record(body, catalogue),
                received,
            )
            for number, at, received, body in islice(state["messages"], self._most)
        )


def snapshot(record: Record) -> Record:
    """A finding as it is now, which later changes do not touch."""
    customer = Customer(dict(record.customer.members)) if record.customer is not None else None
    return replace(record, updated_at=record.refreshed_at, beat=None, customer=customer, history=None)


def _plain(body: Record | str) -> Any:
    return body if isinstance(body, str) else dump_record(body)
