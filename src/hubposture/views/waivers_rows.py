"""What documents of waivers are made of: plain rows that verbs fill; times are naive UTC, days the organization's."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hubposture.reconcile.guard import Exceeded
from hubposture.waivers.decision import Verb
from hubposture.waivers.rule import Fit
from hubposture.waivers.standing import State
from hubposture.waivers.waiver import Effect, WaiverType


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """One subject for a reader. `control` is as AWS writes it; `alias` and `name` are the account's, '' where unknown.

    `fit` is how a waiver stands to it, `is_beyond` that it is not in the approved set (or in the one beside the file);
    `other` is another waiver that covers it now. `workflow` tells whether it is suppressed now.
    """

    account: str
    region: str
    control: str
    resource: str
    status: str
    severity: str
    alias: str = ""
    name: str = ""
    failing_since: dt.datetime | None = None
    is_suppressed: bool = False
    fit: Fit = Fit.COVERS
    is_beyond: bool = False
    other: str = ""

    @property
    def is_failing(self) -> bool:
        """Whether it does not pass."""
        return self.status != "PASSED"


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """One waiver as it stands.

    `controls` are as AWS writes them, `until` is the last day, `approval` like `servicenow PER0010042`; `asked_until` is
    a later end that nobody has approved yet. The numbers are those of `waivers.rule.Tally`. `passing_since` is since when all that it covers passes; with
    `is_unneeded` that is long enough for closing it.
    """

    waiver: str
    state: State
    controls: Sequence[str]
    type: WaiverType
    effect: Effect
    owner: str
    until: dt.date
    valid_from: dt.date
    why: str = ""
    asked_until: dt.date | None = None
    approved_by: str = ""
    approval: str = ""
    requested_by: str = ""
    risk_owner: str = ""
    reason: str = ""
    compensating: str = ""
    covers_new: int = 0
    matched: int = 0
    within: int = 0
    failing: int = 0
    surplus: int = 0
    surplus_failing: int = 0
    barred: int = 0
    missing: int = 0
    passing_since: dt.datetime | None = None
    is_unneeded: bool = False
    source: str = ""

    def left_days(self, today: dt.date) -> int:
        """Days after `today` on which it still holds; negative once it is over."""
        return (self.until - today).days


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One approval of a waiver. `counts` says whether it stands on it or could, `why` why not or what else there is."""

    system: str
    number: str
    by: str
    on: dt.date
    until: dt.date
    counts: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """Something that people should hear of a waiver; `kind` is expires-30, expired, surplus, unneeded, ..."""

    waiver: str
    kind: str
    until: dt.date
    at: dt.datetime
    owner: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class WaiverDetail:
    """Everything of one waiver. `criteria` are (name, entries) as its file gives them, `subjects` all that it matches.

    `digest` is that of the file and the set beside it as they are now. `set_file` names the approved set, with
    `set_subjects` lines of subjects; '' and 0 without one. `steps` are commands that come next.
    """

    row: WaiverRow
    criteria: Sequence[tuple[str, Sequence[str]]]
    digest: str
    set_file: str = ""
    set_subjects: int = 0
    approvals: Sequence[ApprovalRow] = ()
    subjects: Sequence[SubjectRow] = ()
    notices: Sequence[NoticeRow] = ()
    steps: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What a waiver would do. `subjects` are all that it matches; what is barred is not in the proposed set.

    `state` is None for a waiver that is not in the baseline. `digest` is what an approval would be bound to,
    `set_file` with `set_bytes` the approved-set file that would be written, and `is_current` whether that is what lies
    there already. `held` are the subjects of the set that was approved or lies there, `missing` those of them that it
    does not match any more. `steps` are commands that come next.
    """

    waiver: str
    controls: Sequence[str]
    type: WaiverType
    effect: Effect
    owner: str
    requested_by: str
    reason: str
    valid_from: dt.date
    until: dt.date
    criteria: Sequence[tuple[str, Sequence[str]]]
    subjects: Sequence[SubjectRow]
    digest: str
    set_file: str
    set_bytes: int
    is_current: bool = False
    held: int = 0
    missing: int = 0
    state: State | None = None
    compensating: str = ""
    covers_new: int = 0
    problems: Sequence[str] = ()
    steps: Sequence[str] = ()


class Fate(StrEnum):
    """What became of a decision that writes."""

    PLANNED = "planned"
    SENT = "written"
    FAILED = "failed"
    HELD_BACK = "held back"
    STOPPED = "stopped by a guard"
    OBSERVED = "only observed"


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision. `fate` is None for one that writes nothing; `why` says why it failed or is held back.

    `rule` is the automation rule that holds it, in the subject's Region. `who` suppressed it, `since` when: '' and None
    where nobody knows.
    """

    verb: Verb
    reason: str
    subject: SubjectRow
    waiver: str = ""
    fate: Fate | None = None
    why: str = ""
    rule: str = ""
    who: str = ""
    since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What verifying found of earlier writes: seen as written, still waited for, showing something else."""

    seen: int = 0
    waiting: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that failed or could not be read: where, and what."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Enforcement:
    """A plan of waivers and what became of it; `decisions` are all but those that leave a subject alone, any order.

    `left` counts decisions and open subjects that are left as they are, `failing` all subjects that fail. `run` is ''
    where nothing was written, `version` the version that has the decisions (with `is_observed`, that was looked at).
    `problems` are errors of the waivers' files, for which nothing is released.
    """

    decisions: Sequence[DecisionRow]
    left: int
    failing: int
    run: str = ""
    version: int = 0
    is_observed: bool = False
    guards: Sequence[Exceeded] = ()
    problems: Sequence[str] = ()
    before: Seen = field(default_factory=Seen)
    after: Seen = field(default_factory=Seen)
    notices: Sequence[NoticeRow] = ()
    troubles: Sequence[Trouble] = ()
