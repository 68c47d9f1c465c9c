"""How the organization stands, in the words of the API."""

import datetime as dt
from collections.abc import Sequence

from hubposture.web.api.kinds import Level, Model, OfVersion, Said, Time, Whole


class Overdue(Model):
    """Obligations of a severity that are open longer than their due days, all that are open, and since when the oldest is."""

    severity: Said
    overdue: Whole
    open: Whole
    oldest: Time | None


class Missing(Model):
    """What is not in the score: where, why, how many subjects were known there, and since when."""

    where: Said
    why: Said
    subjects: Whole
    since: Time | None


class AwsScore(Model):
    """Controls by AWS's control status; `score` is AWS's percentage, null without data. null for the organization."""

    standard: Said
    score: int | None
    passed: Whole
    failed: Whole
    unknown: Whole
    no_data: Whole
    disabled: Whole


class WorstControl(Model):
    """A control by its open obligations."""

    shown: Said
    title: Said
    severity: Said
    level: Level
    accounts: Whole
    overdue: Whole
    waived: Whole
    oldest: Time | None


class WorstAccount(Model):
    """An account by its open obligations."""

    account: Said
    alias: Said
    name: Said
    ou_path: Said
    owner: Said
    level: Level
    overdue: Whole
    waived: Whole


class Waived(Model):
    """Failing obligations that are waived, of them accepted visibly, and those suppressed without a waiver."""

    waived: Whole
    visible: Whole
    unapproved: Whole


class Step(Model):
    """What one cause did: open obligations it added and took away, and met and open ones together that it added or removed."""

    cause: Said
    opened: Whole
    closed: Whole
    obligations: int


class Moved(Model):
    """From one day to another, cause by cause. `like` are the obligations that existed on both days, then and now."""

    begin: dt.date
    end: dt.date
    before: Level
    after: Level
    steps: Sequence[Step]
    unexplained: int
    like: tuple[Level, Level] | None
    frozen: Said


class ByRow(Model):
    """One line of a dimension: what it is of (`key`, `id`, `more`), and how it stands. `standing` says why not all is met."""

    key: Said
    id: Said
    more: Said
    severity: Said
    level: Level
    without_waivers: Level | None
    overdue: Whole
    failing: Whole
    waived: Whole
    standing: Said
    aws: AwsScore | None


class Posture(OfVersion):
    """How the organization stands: the score in three lines, and what stands beside it. Only what one may see is counted."""

    organization: Said
    as_is: Level
    without_waivers: Level
    nothing_off: Level
    accounts: Level
    waivers: Waived
    overdue: Sequence[Overdue]
    not_measured: Sequence[Missing]
    lost: Sequence[Missing]
    aws: Sequence[AwsScore]
    controls: Sequence[WorstControl]
    worst_accounts: Sequence[WorstAccount]
    unwanted: Sequence[Said]


class Movement(OfVersion):
    """What moved in the week before this version; null where the lake does not go back so far."""

    movement: Moved | None


class Week(Model):
    """The score at the end of a day; `aws` is AWS's percentage over all standards, null without data."""

    day: dt.date
    as_is: Level
    without_waivers: Level
    nothing_off: Level
    accounts: Level
    overdue: Whole
    aws: int | None


class Trend(OfVersion):
    """The score week by week, the oldest first."""

    weeks: Sequence[Week]


class Rows(OfVersion):
    """Lines of a dimension, and the organization's own level."""

    total: Level
    rows: Sequence[ByRow]
