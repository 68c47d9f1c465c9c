"""People act from messages in chat: what they want is written down, asked of the rules in their name, done once, and told.

Nothing that a chat delivers is believed but who pressed where: the message and its things are looked up in the ledger, the
person in the chat, and the rules are asked each time. Killed anywhere, the next start goes on where it stood.
"""

import datetime as dt
import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Protocol

from hubposture.errors import HubpostureError, RemoteError
from hubposture.ports.acts import Act, ActLedger, ActState, Chat, Heard, Profile
from hubposture.ports.ledger import Entry, Ledger
from hubposture.ports.work import SentMessage, WorkLedger
from hubposture.verbs.acts_rules import Sight
from hubposture.verbs.held import Elsewhere, held
from hubposture.work.offers import Doing, Note, Thing, settled_by

_KEEPS_TRYING = dt.timedelta(hours=1)
"""How long what cannot be done now is tried again; then it failed, and whoever pressed is told."""
_TRIGGER = dt.timedelta(seconds=3)
"""How long after a press a form can be opened."""
_NOT_OURS = "this message is none that hubposture knows any more"
_NOT_THERE = "the message has changed since, and does not speak of this any more"


class Books(ActLedger, WorkLedger, Ledger, Protocol):
    """What is used of the ledger."""


@dataclass(frozen=True, slots=True)
class End:
    """How an act ends: in which state, with what is said of it; `is_silent`: nobody needs to be told."""

    state: ActState
    said: str
    is_silent: bool = False


@dataclass(frozen=True)
class Asked:
    """An act of somebody who is known, about a thing of that message; `thing` is None for the message itself."""

    act: Act
    message: SentMessage
    thing: Thing | None
    profile: Profile
    sight: Sight
    trigger: str = ""


Do = Callable[[Asked], End]
"""Does one kind of thing if the rules let the person. Raises HubpostureError for what another try may do."""


@dataclass(frozen=True)
class Means:
    """What acting needs. `now` is naive UTC; `holder` names this thread for leases; `problems` finds what is wrong in a form, by its fields."""

    organization: str
    holder: Callable[[], str]
    ledger: Books
    chat: Chat
    sight: Callable[[], AbstractContextManager[Sight]]
    doings: Mapping[Doing, Do]
    problems: Callable[[Heard], Mapping[str, str]]
    now: Callable[[], dt.datetime]


@dataclass
class Desk:
    """Takes what a chat delivers, and does it. Triggers of forms are kept for seconds, and in memory alone."""

    means: Means
    _triggers: dict[str, tuple[str, dt.datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, heard: Heard) -> Mapping[str, str]:
        """Write down what somebody wants; gives what is wrong in the form, then nothing is written down.

        Raises HubpostureError where the ledger is away: then it must be delivered again.
        """
        if heard.fields is not None and (problems := self.means.problems(heard)):
            return problems
        message = self.means.ledger.message_at(self.means.organization, heard.where)
        now = self.means.now()
        act = Act(
            id=heard.id,
            organization=self.means.organization,
            doing=heard.doing,
            message=message.key if message is not None else "",
            where=heard.where,
            thing=heard.thing,
            user=heard.user,
            workspace=heard.workspace,
            at=now,
            fields=heard.fields or {},
        )
        if heard.trigger:
            with self._lock:
                self._triggers = {id_: one for id_, one in self._triggers.items() if now - one[1] <= _TRIGGER}
                self._triggers[act.id] = (heard.trigger, now)
        self.means.ledger.take_act(act)
        return {}

    def waiting(self) -> Sequence[Act]:
        """Everything that is to be done or told, oldest first."""
        return self.means.ledger.acts(self.means.organization)

    def work(self, act: Act) -> bool:
        """Do an act and tell of it; False where it waits for another try, or another process is at it."""
        try:
            with self._alone(act):
                act = self._newest(act)
                ended, is_silent = self._ended(act)
                if ended is None:
                    return False
                return self._told(ended, is_silent=is_silent)
        except Elsewhere:
            return False

    def _alone(self, act: Act) -> AbstractContextManager[None]:
        """One act of a message at a time, over all processes: two who press at once are one first and one second."""
        if is_opening(act):
            return nullcontext()
        name = hashlib.sha256(f"{act.message} {act.where}".encode(errors="surrogatepass")).hexdigest()[:32]
        what = "acting from this message"
        return held(self.means.ledger, f"act/{self.means.organization}/{name}", self.means.holder(), what=what)

    def _newest(self, act: Act) -> Act:
        found = self.means.ledger.acts(self.means.organization, messages=[act.message])
        return next((one for one in found if one.id == act.id), act)

    # --- doing -------------------------------------------------------------------------------------------------------

    def _ended(self, act: Act) -> tuple[Act | None, bool]:
        """The act as it ended, and whether nothing needs to be said; None where it waits."""
        if act.state is not ActState.WAITING:
            return act, act.is_told
        try:
            end, profile = self._done(act)
        except HubpostureError as error:
            if isinstance(error, RemoteError | Elsewhere) and self.means.now() - act.at < _KEEPS_TRYING:
                self.means.ledger.try_act(act, str(error))
                return None, True
            end, profile = End(ActState.FAILED, str(error)), None
        ended = replace(act, state=end.state, detail=end.said, by=profile.mail if profile is not None else "")
        message = self.means.ledger.messages(self.means.organization, keys=[act.message])
        self.means.ledger.end_act(ended, [] if end.is_silent else [_entry(ended, next(iter(message), None))])
        return ended, end.is_silent

    def _done(self, act: Act) -> tuple[End, Profile]:
        profile = self.means.chat.profile(act.user, act.workspace)
        if profile.why_not:
            return End(ActState.REFUSED, profile.why_not), profile
        message = self.means.ledger.message_at(self.means.organization, act.where)
        if message is None or message.key != act.message:
            return End(ActState.REFUSED, _NOT_OURS), profile
        thing = next((one for one in message.things if one.ref == act.thing), None)
        if act.thing and thing is None:
            return End(ActState.REFUSED, _NOT_THERE), profile
        do = self.means.doings.get(act.doing)
        if do is None or (thing is None and act.doing is not Doing.ACKNOWLEDGE):
            return End(ActState.REFUSED, "this cannot be done from here"), profile
        with self._lock:
            trigger, at = self._triggers.pop(act.id, ("", act.at))
        fresh = trigger if self.means.now() - at <= _TRIGGER else ""
        try:
            with self.means.sight() as sight:
                return do(Asked(act, message, thing, profile, sight, fresh)), profile
        except (RemoteError, Elsewhere):
            raise
        except HubpostureError as error:
            return End(ActState.FAILED, str(error)), profile

    # --- telling -----------------------------------------------------------------------------------------------------

    def _told(self, act: Act, *, is_silent: bool) -> bool:
        """Write it under the message, and tell the person where that does not; tried again for an hour."""
        ledger, chat = self.means.ledger, self.means.chat
        try:
            if act.message and act.state is ActState.DONE and not is_silent:
                notes = notes_of(ledger.acts(self.means.organization, messages=[act.message])).get(act.message, ())
                chat.show(act.where, notes, settled=settled_by(notes))
            if text := "" if is_silent else _answer(act):
                chat.tell(act.where, act.user, text)
        except HubpostureError as error:
            if self.means.now() - act.at < _KEEPS_TRYING:
                return False
            del error
        ledger.told_act(act)
        return True


def is_opening(act: Act) -> bool:
    """Whether an act asks for a form, and not for what the form is about."""
    return act.doing in (Doing.REQUEST_WAIVER, Doing.REJECT) and not act.fields


def notes_of(acts: Sequence[Act]) -> Mapping[str, Sequence[Note]]:
    """What was done from messages, by their keys, oldest first."""
    found: dict[str, list[Note]] = {}
    for one in acts:
        if one.state is ActState.DONE and not is_opening(one):
            found.setdefault(one.message, []).append(Note(one.doing, one.detail, one.by, one.ended_at or one.at))
    return found


def _answer(act: Act) -> str:
    """What whoever pressed reads; '' where the message says it all."""
    match act.state:
        case ActState.REFUSED:
            return f"Not done: {act.detail}"
        case ActState.FAILED:
            return f"This could not be done: {act.detail}"
        case _:
            return ""


def _entry(act: Act, message: SentMessage | None) -> Entry:
    """The record of an act: who, what, what became of it, and from where."""
    thing = next((one.shown for one in message.things if one.ref == act.thing), "") if message is not None else ""
    about = thing or act.message or "a message that is not known"
    where = f"pressed in Slack by user {act.user} of workspace {act.workspace}, in {act.where}"
    who = act.by or f"Slack user {act.user}"
    return Entry(who, f"{act.doing} from a message: {about}", None, f"{act.state}: {act.detail}".rstrip(": "), where)
