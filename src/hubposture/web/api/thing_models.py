"""Accounts, OUs, controls and waivers in the words of the API."""

import datetime as dt
from collections.abc import Sequence
from typing import Self

from hubposture.views.pages.waivers import KeptWaiver
from hubposture.views.waivers_rows import WaiverDetail
from hubposture.web.api.finding_models import Requirement
from hubposture.web.api.kinds import Level, Model, OfVersion, Said, Time, Whole
from hubposture.web.api.posture_models import ByRow, Moved, Week
from hubposture.web.api.work_models import Ticket


class Task(Model):
    """One thing to do in an account: a control with so many failing obligations; `help` is AWS's page on it."""

    control: Said
    title: Said
    severity: Said
    resources: Whole
    overdue: Whole
    oldest: Time | None
    help: Said


class Place(Model):
    """A Region of an account: whether it is seen and why not, how it is governed, when it was last swept."""

    region: Said
    sight: Said
    because: Said
    way: Said
    swept_at: Time | None


class Account(OfVersion):
    """One account; levels are null where nothing is known. Tasks are in order, the shortest first."""

    number: Said
    alias: Said
    name: Said
    state: Said
    ou_path: Said
    owner: Said
    level: Level | None
    without_waivers: Level | None
    overdue: Whole
    waived: Whole
    not_measured: Whole
    missing: Whole
    lost: Whole
    why: Said
    tasks: Sequence[Task]
    places: Sequence[Place]


class Unit(OfVersion):
    """One OU with everything below it: the OUs right below it, its accounts, and the teams whose work is there."""

    path: Said
    id: Said
    as_is: Level
    without_waivers: Level
    nothing_off: Level
    movement: Moved | None
    weeks: Sequence[Week]
    below: Sequence[ByRow]
    accounts: Sequence[ByRow]
    owners: Sequence[ByRow]
    tickets: Sequence[Ticket]
    run_by: Sequence[Said]


class Wanted(Model):
    """What is wanted in so many targets, by which cell of the matrix, and what is on there; `due_days` -1 is never."""

    disposition: Said
    in_force: bool
    cell: Said
    severity: Said
    due_days: int
    owner: Said
    state: Said
    targets: Whole
    accounts: Whole


class InAccount(Model):
    """A control in one account: failing without a waiver, failing with one, and all that is in sight."""

    account: Said
    alias: Said
    name: Said
    failing: Whole
    waived: Whole
    subjects: Whole
    oldest: Time | None


class Control(OfVersion):
    """One control as it is lived; levels are null where nothing is known."""

    shown: Said
    title: Said
    service: Said
    severity: Said
    url: Said
    level: Level | None
    without_waivers: Level | None
    overdue: Whole
    waived: Whole
    not_measured: Whole
    missing: Whole
    lost: Whole
    requirements: Sequence[Requirement]
    wanted: Sequence[Wanted]
    accounts: Sequence[InAccount]


class Waiver(Model):
    """A waiver as it stood when it was last decided on; `until` is its last day in the organization's zone.

    It covers `within` subjects, `failing` of which fail; `surplus` are those that nobody approved.
    """

    waiver: Said
    state: Said
    type: Said
    effect: Said
    controls: Said
    owner: Said
    risk_owner: Said
    requested_by: Said
    approved_by: Said
    approval: Said
    reason: Said
    valid_from: Time
    until: dt.date
    within: Whole
    failing: Whole
    surplus: Whole
    passing_since: Time | None
    holds: bool

    @classmethod
    def of(cls, found: KeptWaiver) -> Self:
        """A waiver of a version."""
        return cls.model_validate(found)


class Waivers(OfVersion):
    """Every waiver, the first to end first."""

    waivers: Sequence[Waiver]


class Approval(Model):
    """One approval: `counts` says whether the waiver stands on it, `why` why not."""

    system: Said
    number: Said
    by: Said
    on: dt.date
    until: dt.date
    counts: bool
    why: Said


class Matched(Model):
    """A subject that a waiver matches: `fit` is how the waiver stands to it, `is_beyond` that nobody approved it."""

    account: Said
    region: Said
    control: Said
    resource: Said
    status: Said
    severity: Said
    failing_since: Time | None
    is_suppressed: bool
    fit: Said
    is_beyond: bool
    other: Said


class Criterion(Model):
    """One criterion of a waiver's file, with its entries."""

    name: Said
    entries: Sequence[Said]


class WaiverFile(Model):
    """A waiver as its file is now, with what it matches in this version."""

    state: Said
    controls: Sequence[Said]
    until: dt.date
    valid_from: dt.date
    why: Said
    reason: Said
    compensating: Said
    covers_new: Whole
    digest: Said
    criteria: Sequence[Criterion]
    approvals: Sequence[Approval]
    matched: Whole
    subjects: Sequence[Matched]
    steps: Sequence[Said]

    @classmethod
    def of(cls, found: WaiverDetail, *, most: int) -> Self:
        """The whole waiver, with `most` subjects at most."""
        row = found.row
        return cls.model_validate(
            {
                **{name: getattr(row, name) for name in ("state", "controls", "until", "valid_from", "why", "reason")},
                "compensating": row.compensating, "covers_new": row.covers_new, "digest": found.digest,
                "criteria": [{"name": name, "entries": entries} for name, entries in found.criteria],
                "approvals": found.approvals, "matched": len(found.subjects), "subjects": found.subjects[:most],
                "steps": found.steps,
            }
        )  # fmt: skip


class WaiverWhole(OfVersion):
    """One waiver: as it was last decided on (null if it never was), and as its file is now.

    `trouble` says why the file cannot be read, and then `file` is null.
    """

    decided: Waiver | None
    file: WaiverFile | None
    trouble: Said
