"""Two accounts in two Regions, with changes to make in them, and a clock that the test moves."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hubposture.model.targets import Target
from hubposture.reconcile.change import Change, Edit
from hubposture.reconcile.outcome import Outcome, Result

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
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
