"""What people do from messages: the ledger's part, and what a chat offers for it."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from hubposture.ports.ledger import Entry
from hubposture.ports.work import SentMessage
from hubposture.work.offers import Doing, Form, Note


class ActState(StrEnum):
    """How far an act got. `waiting` is written down before the chat is answered."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody wants from a message; times are naive UTC.

    `id` names the press itself: the same press is the same act, however often it is delivered. `message` is the key of the
    message, `where` its place in the chat (channel and ts), `thing` the `ref` of what it is done to ('' for the message
    itself), `user` and `workspace` the chat's own ids of who pressed. `by` is who that was found to be, '' until then.
    `fields` are what a form was filled with. `is_told`: the message and the person were told what became of it.
    """

    id: str
    organization: str
    doing: Doing
    message: str
    where: str
    thing: str
    user: str
    workspace: str
    at: dt.datetime
    fields: Mapping[str, str] = field(default_factory=dict)
    state: ActState = ActState.WAITING
    by: str = ""
    detail: str = ""
    tries: int = 0
    ended_at: dt.datetime | None = None
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What a chat delivered, and is known to come from it: a press, or a form that was sent.

    `id` is the same for the same press, `trigger` lets a form be opened for some seconds and is kept nowhere. `fields` are
    None for a press.
    """

    id: str
    doing: Doing
    where: str
    thing: str
    user: str
    workspace: str
    trigger: str = ""
    fields: Mapping[str, str] | None = None


class ActLedger(Protocol):
    """Every method is one transaction, all or nothing."""

    def message_at(self, organization: str, where: str) -> SentMessage | None:
        """The message at a place in the chat that names things, else any there; None where it is none of ours."""

    def take_act(self, act: Act) -> bool:
        """Keep what somebody wants; False where this very press is known already."""

    def acts(self, organization: str, *, messages: Collection[str] | None = None) -> Sequence[Act]:
        """What people did from these messages, oldest first; with None everything that is not told yet."""

    def try_act(self, act: Act, detail: str) -> None:
        """Count a try that came to nothing, and why."""

    def end_act(self, act: Act, entries: Iterable[Entry]) -> bool:
        """Write how an act ended, with what goes to the audit trail; False, and nothing is written, where it ended before."""

    def told_act(self, act: Act) -> None:
        """Note that the message and the person know."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Somebody as the chat knows them. `mail` is '' where it is not confirmed; `why_not` says why they may do nothing; ''."""

    user: str
    mail: str
    why_not: str = ""


class Chat(Protocol):
    """The chat in which people act. Every method raises RemoteError."""

    def profile(self, user: str, workspace: str) -> Profile:
        """Who a user is, by what the chat has verified."""

    def ask(self, trigger: str, form: Form) -> None:
        """Open a form before the person who pressed."""

    def tell(self, where: str, user: str, text: str) -> None:
        """Tell one person something that nobody else sees; what it is about is at that place."""

    def show(self, where: str, notes: Sequence[Note], *, settled: Collection[Doing]) -> None:
        """Write under a message what was done from it; what is settled is not offered any more. Twice is the same as once."""
