"""AWS's control status and security score, by AWS's rule and labelled as AWS's.

After the user guide, "Evaluating compliance status and control status" and "Calculating security scores": findings that
are archived or suppressed do not count, controls without data or disabled ones are left out, and the score of a summary
is taken over the different controls of all enabled standards. Suppressing therefore raises it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from hubposture.posture.queries import Execute, query
from hubposture.posture.ratio import Ratio

LABEL = "AWS's security score"


class Status(StrEnum):
    """A control's status as the console names it."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    PASSED = "passed"
    NO_DATA = "no-data"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class ControlStatus:
    """A control (id and as AWS writes it) and its status in a view."""

    control: str
    shown: str
    status: Status


@dataclass(frozen=True, slots=True)
class AwsCounts:
    """How many controls have which status."""

    passed: int = 0
    failed: int = 0
    unknown: int = 0
    no_data: int = 0
    disabled: int = 0

    @property
    def score(self) -> Ratio:
        """Passed of those with data; `score.nearest` is the percentage that AWS shows."""
        return Ratio(self.passed, self.passed + self.failed + self.unknown)

    @classmethod
    def of(cls, statuses: Sequence[ControlStatus]) -> Self:
        """The counts of control statuses."""
        found = [one.status for one in statuses]
        return cls(
            passed=found.count(Status.PASSED),
            failed=found.count(Status.FAILED),
            unknown=found.count(Status.UNKNOWN),
            no_data=found.count(Status.NO_DATA),
            disabled=found.count(Status.DISABLED),
        )


def control_statuses(
    execute: Execute, *, dimension: str = "organization", key: str = "", region: str = "", standard: str = ""
) -> tuple[ControlStatus, ...]:
    """Every control that a view offers with its status, by control id.

    A view is `organization` (key ''), `ou` (path), `owner` or `account` (id). `region` '' takes all Regions together,
    as the home Region shows them; `standard` '' takes every enabled standard.
    """
    parameters = {"dimension": dimension, "key": key, "region": region, "standard": standard}
    return tuple(
        ControlStatus(control, shown, Status(status)) for control, shown, status in execute(query("status"), parameters)
    )


def aws_counts(execute: Execute) -> dict[tuple[str, str, str], AwsCounts]:
    """AWS's counts by (dimension, key, standard) over the cube; standard '' is the summary.

    Dimensions are those of `scores.Dimension` but for severity.
    """
    return {(row[0], row[1], row[2]): AwsCounts(*row[3:]) for row in execute(query("aws"), {})}
