"""A message to people, in no carrier's markup."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from hubposture.work.body import Body
from hubposture.work.offers import Note, Offer, Thing


class Carrier(StrEnum):
    """How a message gets there."""

    SLACK = "slack"
    MAIL = "mail"


class Subject(StrEnum):
    """What a message is about."""

    RUN = "run"
    URGENT = "urgent"
    EXPIRY = "expiry"
    DIGEST = "digest"
    ANNOUNCEMENT = "announcement"
    ESCALATION = "escalation"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address.

    `key` is stable: the same key is the same message, which is sent once and, where the carrier can, updated. `to` is a
    channel or an address. `title` is one line. `attachment` is an HTML page with its file name, or None. `offers` are what
    people may do from it, where the carrier lets them, and `notes` what they did; neither is part of what it says.
    """

    key: str
    about: Subject
    team: str
    carrier: Carrier
    to: str
    title: str
    body: Body
    attachment: tuple[str, str] | None = None
    offers: tuple[Offer, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def things(self) -> tuple[Thing, ...]:
        """Everything that it lets people act on, each once."""
        return tuple(dict.fromkeys(thing for offer in self.offers for thing in offer.things))

    @property
    def digest(self) -> str:
        """A digest of what it says: equal ones need no update."""
        return hashlib.sha256(repr((self.title, self.body, self.attachment)).encode()).hexdigest()[:32]
