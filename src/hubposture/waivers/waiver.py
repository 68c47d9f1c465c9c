"""A waiver as it is written: which controls and resources, why, who asked and approved, until when."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from hubposture.findings.finding import subject_key
from hubposture.model.controls import ControlId


class WaiverType(StrEnum):
    """Why something is excused."""

    RISK_ACCEPTANCE = "risk-acceptance"
    FALSE_POSITIVE = "false-positive"
    BY_DESIGN = "by-design"
    COMPENSATING = "compensating"
    REMEDIATION_PLAN = "remediation-plan"


class Effect(StrEnum):
    """Suppressed in Security Hub, or accepted and counted apart while the finding stays open there."""

    SUPPRESS = "suppress"
    VISIBLE = "visible"


class SystemOfApproval(StrEnum):
    """Where an approval was given; `provisional` is nobody's approval and holds for a limited time only."""

    FILE = "file"
    GIT = "git"
    SERVICENOW = "servicenow"
    HUBPOSTURE = "hubposture"  # our own pages
    PROVISIONAL = "provisional"


class SubjectName(NamedTuple):
    """A subject by its names; `control` in lower case."""

    account: str
    region: str
    control: str
    resource: str

    @property
    def key(self) -> str:
        """Its key in the lake."""
        return subject_key(*self)


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which subjects a waiver speaks of. What is given is ANDed, the entries of one list are ORed; () is not given.

    `resources` are patterns: `*` is any run of characters, `?` exactly one, everything else is literal. `accounts` are
    ids, `ous` ids or paths (at any depth below), `tags` (name, pattern of the value), sorted. Controls are never
    empty, and neither are resources, accounts and ous together: Regions and tags only narrow.
    """

    controls: tuple[ControlId, ...]
    resources: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    ous: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval: by whom and where, on which day, until when, and bound to what.

    `digest` is that of the waiver as it was approved, with `until` in the place of `expires`; `subjects` names the file
    of the approved set beside the waiver's. `source` is where it stands (`file:line:column`).
    """

    system: SystemOfApproval
    number: str
    by: str
    on: dt.date
    until: dt.date
    digest: str
    subjects: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Revocation:
    """A waiver taken back before its end."""

    on: dt.date
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver of the baseline. `expires` is through the end of that day; `source` is `file:line:column`.

    `file` is the path in the repository of the file it stands in. `covers_new` is how many subjects beyond the
    approved set it may take in. Approvals are in the order of the file.
    """

    id: str
    criteria: Criteria
    type: WaiverType
    reason: str
    owner: str
    requested_by: str
    valid_from: dt.date
    expires: dt.date
    compensating: str = ""
    risk_owner: str = ""
    covers_new: int = 0
    effect: Effect = Effect.SUPPRESS
    approvals: tuple[Approval, ...] = ()
    revoked: Revocation | None = None
    file: str = ""
    source: str = ""

    @property
    def last_day(self) -> dt.date:
        """The last day on which it may hold whatever was approved: `expires`, or the day before it is revoked."""
        if self.revoked is None:
            return self.expires
        return min(self.expires, self.revoked.on - dt.timedelta(days=1))


@dataclass(frozen=True, slots=True)
class SubjectSet:
    """What was approved: the subjects that matched then, sorted, and the accounts to which the waiver's OUs led then."""

    subjects: tuple[SubjectName, ...]
    accounts: tuple[str, ...] = ()


def is_same_person(one: str, other: str) -> bool:
    """Whether two names are one person's: they differ in case and blanks at their ends at most."""
    return one.strip().casefold() == other.strip().casefold()
