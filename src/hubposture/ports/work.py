"""The ledger's part of work: tickets, messages, and what people answered."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hubposture.work.action import Answer
from hubposture.work.offers import Thing
from hubposture.work.ticket import Ticket


class Delivery(StrEnum):
    """How far a message got. `sending` is written down before it is sent: it may have been."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as the ledger remembers it; times are naive UTC. `where` names it at its carrier; ''.

    `things` are what people may act on from it, and nothing else.
    """

    key: str
    organization: str
    about: str
    team: str
    carrier: str
    to: str
    digest: str
    state: Delivery
    at: dt.datetime
    where: str = ""
    attempts: int = 0
    trouble: str = ""
    things: tuple[Thing, ...] = ()


@dataclass(frozen=True, slots=True)
class Hook:
    """Something that a system told us by a webhook: `delivery` is its own id of the event, `id` the ticket it speaks of."""

    tracker: str
    delivery: str
    id: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer of people in a ticket, kept until somebody decides. `state` is open, accepted or declined."""

    answer: Answer
    state: str = "open"
    decided_by: str = ""
    detail: str = ""


class WorkLedger(Protocol):
    """Every method is one transaction, all or nothing. Times are naive UTC, as in the lake."""

    def tickets(
        self, organization: str, *, keys: Collection[str] | None = None, subjects: Collection[str] | None = None
    ) -> Sequence[Ticket]:
        """Every ticket of the organization, sorted by key; those with these keys, and those that hold one of these subjects."""

    def put_tickets(self, tickets: Iterable[Ticket]) -> None:
        """Write tickets with their members, replacing those of the same key."""

    def work_cursor(self, organization: str, name: str) -> dt.datetime | None:
        """A time that was remembered under a name (since when a tracker was polled); None for never."""

    def put_work_cursor(self, organization: str, name: str, at: dt.datetime) -> None:
        """Remember a time."""

    def messages(self, organization: str, *, keys: Collection[str] | None = None) -> Sequence[SentMessage]:
        """Messages that were sent or are to be, sorted by key."""

    def put_messages(self, messages: Iterable[SentMessage]) -> None:
        """Write messages, replacing those of the same key."""

    def answers(self, organization: str) -> Sequence[KeptAnswer]:
        """What people answered, oldest first."""

    def keep_answers(
        self, organization: str, found: Iterable[Answer], *, heard: Collection[str] = ()
    ) -> Sequence[Answer]:
        """Keep answers, once for each (kind, ticket, said); gives those that are new.

        `heard` are the tickets that were looked at: what was decided on and is not said there any more was taken back, and
        counts as new when it is said again.
        """

    def decide_answer(self, organization: str, kind: str, ticket: str, *, state: str, by: str, detail: str) -> bool:
        """Decide on an open answer, and write that to the audit trail; False where there is none."""

    def take_hook(self, hook: Hook) -> bool:
        """Keep what a webhook said; False where this delivery is known already."""

    def hooks(self, tracker: str) -> Mapping[str, dt.datetime]:
        """Ids of tickets of which something was told and that were not looked at since, with when."""

    def settle_hooks(self, tracker: str, ids: Collection[str], *, until: dt.datetime) -> None:
        """Forget what was told of these tickets until then."""
