"""Whether a waiver holds on a day: its approvals, its dates, its revocation."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from hubposture.waivers.waiver import Approval, SubjectSet, SystemOfApproval, Waiver


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
    """What counts. `record` is the system whose word is the approval: with `file` the baseline's own entries count,
    with another one an entry counts only once that system confirmed it. `provisional_days` is 0 where none count.
    """

    record: SystemOfApproval = SystemOfApproval.FILE
    max_days: int = 365
    provisional_days: int = 90


@dataclass(frozen=True, slots=True)
class Standing:
    """A waiver on a day. `ends_at` is the first moment (naive UTC) at which it no longer holds, by the best approval.

    `approval` and `subjects` are those it stands on, None and an empty set without. `asked_until` is a later `expires`
    that nobody has approved yet. `why` says in a sentence why it does not hold; ''.
    """

    waiver: Waiver
    state: State
    why: str
    approval: Approval | None
    subjects: SubjectSet
    until: dt.date
    ends_at: dt.datetime
    asked_until: dt.date | None = None


def standing(
    waiver: Waiver,
    sets: Mapping[str, SubjectSet],
    *,
    today: dt.date,
    zone: ZoneInfo,
    rules: ApprovalRules,
    confirmations: Sequence[Confirmation] = (),
) -> Standing:
    """Where a waiver stands on the organization's day `today`. `sets` are the approved sets by file name.

    An approval holds for exactly what was approved: where only `expires` was moved it goes on to its own `until`; an
    earlier `expires` always counts. The requester's own approval counts for nothing.
    """
    raise NotImplementedError
