"""What should be done to tickets: one action each, with its reason."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hubposture.work.body import Body
from hubposture.work.ticket import Draft, Outcome, Ticket


class Kind(StrEnum):
    """The kinds of actions, in the order in which they are done.

    `look`: a ticket that was asked for and may exist is looked for. `forget`: it was deleted there; its subjects get a new
    one. `adopt`: one that exists there is taken as ours. `link`: the younger of two for the same work is tied to the older and
    closed. `close`, `reopen`, `update`, `create`: as they say. `escalate`: the ladder's next step. `leave`: closed by hand again
    and again; counted and not fought.
    """

    LOOK = "look"
    FORGET = "forget"
    ADOPT = "adopt"
    LINK = "link"
    CLOSE = "close"
    REOPEN = "reopen"
    UPDATE = "update"
    ESCALATE = "escalate"
    LEAVE = "leave"
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `before` is the ticket as the ledger has it (None for a new one), `after` as it is once it is done.

    `draft` is what the ticket says then (None: it stays as it is). `comment` is for people, only where one needs to know.
    `outcome` is that of a closing. `other` is the id in the tracker of the ticket to link to or to adopt; ''. For a
    successor `other` is the id of the ticket it follows, and `comment` is for that one.
    """

    kind: Kind
    after: Ticket
    before: Ticket | None
    reason: str
    draft: Draft | None = None
    comment: Body | None = None
    outcome: Outcome | None = None
    other: str = ""

    @property
    def order(self) -> tuple[int, str, str, str]:
        """By which actions are sorted: kind, team, control, key."""
        group = self.after.group
        return (list(Kind).index(self.kind), group.owner, group.control, self.after.key)


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """Subjects that should have a ticket and get none now: whose, of which control, how many and why."""

    owner: str
    control: str
    why: str
    subjects: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What people said in a ticket that is for somebody else to act on: `not mine`, or `won't do`.

    `ticket` is its key and `shown` how people call it, '' where that is not known.
    """

    kind: str
    ticket: str
    owner: str
    said: str
    by: str
    at: dt.datetime
    shown: str = field(default="", compare=False)


@dataclass(frozen=True)
class TicketPlan:
    """What should be done, what waits and why, and what people answered. Sorted; equal worlds give equal plans.

    `heard` are the keys of the tickets in which answers were looked for: what is not among `answers` is not said there now.
    """

    actions: Sequence[Action]
    held: Sequence[Held] = ()
    answers: Sequence[Answer] = ()
    unchanged: int = 0
    heard: Sequence[str] = ()

    @property
    def counts(self) -> Mapping[Kind, int]:
        """Actions by kind, every kind a key."""
        found = Counter(one.kind for one in self.actions)
        return {kind: found[kind] for kind in Kind}
