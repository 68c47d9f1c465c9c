"""What became of messages, as the view shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hubposture.work.message import Message


class Fate(StrEnum):
    """What became of a message, or would.

    `found`: it was in doubt and is there. `unchanged`: it stays as it was sent. `set aside`: its address failed before in
    this run. `may have been sent`: nobody can tell, so it is not sent again.
    """

    WOULD_SEND = "to be sent"
    WOULD_UPDATE = "to be updated"
    SENT = "sent"
    UPDATED = "updated"
    FOUND = "found"
    UNCHANGED = "unchanged"
    DOUBTFUL = "may have been sent"
    FAILED = "failed"
    SET_ASIDE = "set aside"


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One message, what became of it, and why; ''."""

    message: Message
    fate: Fate
    why: str = ""


@dataclass(frozen=True)
class Told:
    """Everything that was to be told.

    `unreached` are teams without an address. `counted` is how many new CRITICAL ones are counted in the messages of
    others. `failures` are (where, what) of what could not be gathered.
    """

    rows: Sequence[ToldRow]
    is_preview: bool
    unreached: Sequence[str] = ()
    counted: int = 0
    failures: Sequence[tuple[str, str]] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything that was to be told was told, as far as anybody knows."""
        bad = (Fate.FAILED, Fate.SET_ASIDE, Fate.DOUBTFUL)
        return not self.failures and not any(row.fate in bad for row in self.rows)
