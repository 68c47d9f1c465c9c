"""What the posture document is made of: plain numbers, each with what it counts."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from hubposture.views.movement import Level, Movement


@dataclass(frozen=True, slots=True)
class Overdue:
    """Obligations of a severity that are open longer than their due days: how many, and the oldest one's since."""

    severity: str
    overdue: int
    open: int
    oldest: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not in the score: where (`acme-web (1111...) in eu-central-1`, `S3.8 in 4 accounts`), why, how much.

    `subjects` are those that were known there; 0 where nothing ever was.
    """

    where: str
    why: str
    subjects: int = 0
    since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class AwsScore:
    """Controls of one standard by AWS's control status; `score` is AWS's percentage by its rule, None without data.

    `standard` is its title, or what the row is of (`all standards`).
    """

    standard: str
    score: int | None
    passed: int
    failed: int
    unknown: int
    no_data: int = 0
    disabled: int = 0


@dataclass(frozen=True, slots=True)
class WorstControl:
    """A control by its open obligations."""

    shown: str
    title: str
    severity: str
    level: Level
    accounts: int
    overdue: int
    waived: int
    oldest: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class WorstAccount:
    """An account by its open obligations."""

    account: str
    alias: str
    name: str
    ou_path: str
    owner: str
    level: Level
    overdue: int
    waived: int


@dataclass(frozen=True, slots=True)
class Waivers:
    """Failing obligations that are waived, those of them accepted visibly, and those suppressed without a waiver."""

    waived: int = 0
    visible: int = 0
    unapproved: int = 0


@dataclass(frozen=True, slots=True)
class Posture:
    """Everything the document tells.

    `as_is` counts a waiver as met; `without_waivers` does not; `nothing_off` counts what is off, and what is waived, as
    it was last seen. `accounts` are accounts with all their obligations met, of those that have any. `unwanted` are
    controls that are on without a row: they are in no score of ours.
    """

    as_is: Level
    without_waivers: Level
    nothing_off: Level
    accounts: Level
    waivers: Waivers = Waivers()
    overdue: Sequence[Overdue] = ()
    not_measured: Sequence[Missing] = ()
    lost: Sequence[Missing] = ()
    aws: Sequence[AwsScore] = ()
    controls: Sequence[WorstControl] = ()
    worst_accounts: Sequence[WorstAccount] = ()
    movement: Movement | None = None
    unwanted: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ByRow:
    """One line of a table by account, OU, owner, control or standard.

    `key` is what it is of, as a person reads it; `id` and `more` stand beside it (an account's number and name, a
    control's severity and title). `standing` says why an account has not all met, '' if it has. `failing` counts all subjects that fail, obligations or not.
    `accounts` are those of it with all met.
    """

    key: str
    level: Level
    overdue: int = 0
    failing: int = 0
    waived: int = 0
    without_waivers: Level | None = None
    id: str = ""
    more: str = ""
    severity: str = ""
    standing: str = ""
    accounts: Level | None = None
    aws: AwsScore | None = field(default=None)
