"""Where a waiver may stand, what systems of record say, and what counts as an approval."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from hubposture.waivers.waiver import SystemOfApproval


class State(StrEnum):
    """Where a waiver stands; only `holding` and `provisional` excuse anything."""

    HOLDING = "holding"
    PROVISIONAL = "provisional"
    NOT_YET = "not yet valid"
    UNAPPROVED = "waits for approval"
    CHANGED = "changed since its approval"
    UNCONFIRMED = "approval not confirmed"
    REJECTED = "rejected"
    WITHDRAWN = "approval withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"

    @property
    def holds(self) -> bool:
        """Whether it excuses what it covers."""
        return self in (State.HOLDING, State.PROVISIONAL)


class Verdict(StrEnum):
    """What the system of record says of an approval."""

    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes requested"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a system of record last said of an approval of a waiver with a digest; `until` may be earlier than asked."""

    waiver: str
    digest: str
    system: SystemOfApproval
    number: str
    by: str
    verdict: Verdict
    until: dt.date
    checked_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    """What counts.

    `record` is the system whose word is the approval: with `file` the baseline's own entries count, with another one an
    entry counts only once that system confirmed it. `provisional_days` is 0 where none count.
    """

    record: SystemOfApproval = SystemOfApproval.FILE
    max_days: int = 365
    provisional_days: int = 90
