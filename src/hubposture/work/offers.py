"""What people may do from a message: what it offers, about what, and what was done."""

import datetime as dt
import hashlib
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
