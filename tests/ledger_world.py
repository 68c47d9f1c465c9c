"""Two accounts in two Regions, changes in them, marks on their findings, tickets for them, and a clock that the test moves."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hubposture.model.targets import Target
from hubposture.reconcile.change import Change, Edit
from hubposture.reconcile.outcome import Outcome, Result
from hubposture.waivers.decision import Mark, PersonsNote
from hubposture.work.ticket import By, Group, Member, Route, State, Ticket

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NOON = datetime(2026, 11, 24, 12, 0)
"""A time as the lake has them: UTC without a zone."""
PLACES = tuple(
    Target("main", account, region)
    for account in ("111122223333", "444455556666")
    for region in ("eu-central-1", "us-east-1")
)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, step: timedelta) -> None:
        self.now += step


def counting_entropy() -> Callable[[int], bytes]:
    numbers = itertools.count()
    return lambda size: next(numbers).to_bytes(size)


def edit(control: str = "s3.8", *, desired: str = "off") -> Edit:
    return Edit(
        stage=20,
        kind="association",
        key=("cis-5.0.0", control),
        current="on" if desired == "off" else "off",
        desired=desired,
        reason="root, S3.8",
        source="controls.xlsx!Controls!G7",
        weight=2,
        because="goes off",
    )


def changes(*controls: str) -> tuple[Change, ...]:
    """One change per control in every place."""
    return tuple(Change(place, edit(control)) for place in PLACES for control in controls or ("s3.8",))


def results(some: tuple[Change, ...], outcome: Outcome, detail: str = "") -> list[Result]:
    return [Result(change, outcome, detail) for change in some]


def mark(
    finding: str = "f1",
    *,
    organization: str = "main",
    wanted: str = "w1",
    written_at: datetime = NOON,
    seen_at: datetime | None = None,
    waiver: str = "W-2026-014",
) -> Mark:
    return Mark(
        organization=organization,
        finding=finding,
        subject=f"subject of {finding}",
        product="arn:aws:securityhub:eu-central-1::product/aws/securityhub",
        id=f"arn:aws:securityhub:eu-central-1:111122223333:security-control/S3.8/finding/{finding}",
        waiver=waiver,
        until=NOON + timedelta(days=90),
        state="suppressed",
        wanted=wanted,
        written_at=written_at,
        seen_at=seen_at,
        run="01RUN",
    )


def note(finding: str = "f1", text: str = "known, see the wiki", at: datetime | None = NOON) -> PersonsNote:
    return PersonsNote(finding, text, "kim@example.com", at)


def ticket(key: str, *subjects: str, organization: str = "main") -> Ticket:
    """A ticket of a team with these subjects in it, or with one."""
    group = Group(organization, By.CONTROL_OWNER, "s3.8", "storage")
    members = tuple(Member(one, NOON) for one in subjects or ("s1",))
    return Ticket(key, group, 1, Route("storage", "cloud", "OPS"), State.OPEN, members, NOON)
