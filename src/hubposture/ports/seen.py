"""What AWS Config and CloudTrail said before, as the ledger keeps it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.timeline.facts import Past, Write
from hubposture.timeline.outside import Reading


@dataclass(frozen=True, slots=True)
class Outside:
    """Writes that are not ours, newest first, and how far each account and Region was read."""

    writes: Sequence[Write]
    readings: Sequence[Reading]


class SeenLedger(Protocol):
    """Every method is one transaction."""

    def put_past(self, organization: str, resource: str, past: Past, *, most: int) -> None:
        """Keep what was said of a resource (a key of 32 digits); of all resources only the newest `most` stay."""

    def past(self, organization: str, resource: str) -> Past | None:
        """What was said of a resource when it was last asked; None where it never was, or was forgotten."""

    def put_outside(self, organization: str, reading: Reading, writes: Sequence[Write], *, keep: dt.datetime) -> int:
        """Keep writes and how far their account and Region was read; gives how many are new.

        What happened before `keep` is forgotten.
        """

    def outside(self, organization: str, *, since: dt.datetime, limit: int = 5_000) -> Outside:
        """Writes since a time, newest first, and every reading, by account and Region."""
