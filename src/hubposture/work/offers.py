"""What people may do from a message: what it offers, about what, and what was done."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Doing(StrEnum):
    """What somebody does from a message."""

    ACKNOWLEDGE = "acknowledge"
    NOT_MINE = "not-mine"
    OPEN_TICKET = "open-ticket"
    REQUEST_WAIVER = "request-waiver"
    APPROVE = "approve"
    REJECT = "reject"


class Kind(StrEnum):
    """What a thing is. Of a control it is what fails of it for a team, in one account where it names one."""

    TICKET = "ticket"
    SUBJECT = "subject"
    CONTROL = "control"
    REQUEST = "request"


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """Something that a message is about.

    `id` is the ticket's key, the subject, the control in lower case, or the request's id; `owner` is the team by which the
    message speaks of it, `account` narrows a control, '' for none. `shown` is how people call it.
    """

    kind: Kind
    id: str
    shown: str
    owner: str = ""
    account: str = ""

    @property
    def ref(self) -> str:
        """What a button holds of it: a name that means nothing but in its own message; 16 hexadecimal digits."""
        parts = (self.kind.value, self.id, self.owner, self.account)
        return hashlib.sha256("\x1f".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a message lets people do: to one of these things, or to the message itself for none."""

    doing: Doing
    things: tuple[Thing, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """What was done from a message, as it is said there; `at` is naive UTC."""

    doing: Doing
    said: str
    by: str
    at: dt.datetime


def settled_by(notes: Sequence[Note]) -> frozenset[Doing]:
    """What is done once and for all with these notes, and offered no more."""
    done = {note.doing for note in notes}
    decisions = {Doing.APPROVE, Doing.REJECT}
    return frozenset({*(done & {Doing.ACKNOWLEDGE}), *(decisions if done & decisions else ())})


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form."""

    name: str
    label: str
    hint: str = ""
    first: str = ""
    choices: Sequence[tuple[str, str]] = ()
    most: int = 200
    is_long: bool = False
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked before something is done: a name and a label for each field; `where` and `thing` come back.

    A field with `choices` (value and label) is a list; a long one has room for a text. `first` is what stands there.
    """

    doing: Doing
    title: str
    where: str
    thing: Thing
    fields: Sequence[FormField]
