"""A subject as work sees it: what is wrong with it, since when, whose it is, and what became of it."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """What the check and the baseline say of a subject now.

    `unknown` is what we cannot see or what is not measured: nothing is concluded from it, nothing opens and nothing closes.
    """

    FAILING = "failing"
    PASSED = "passed"
    WAIVED = "waived"
    GONE = "gone"
    NOT_REQUIRED = "no longer required"
    UNKNOWN = "unknown"

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self not in (Standing.FAILING, Standing.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject of an obligation that fails, or of a ticket that exists. Times are naive UTC, '' and None are unknown.

    `control` is in lower case and `shown` as AWS writes it. `severity` is ours. `owner` is a team where `is_team`, else a
    name that no team has, or ''. `due_days` is in how many days what fails is due, -1 for never. `seen_at` is when its
    target was last read whole: since then what it says holds. `changed_at` is when its state last changed. `waiver` and
    `until` are those of the waiver that covers it. `url` leads to AWS's remediation. `is_observed` says that its scope is
    only observed. `why` says, in a few words, why it is unknown or no longer required; ''.
    """

    subject: str
    account: str
    account_shown: str
    region: str
    control: str
    shown: str
    title: str
    url: str
    resource: str
    resource_type: str
    severity: str
    standing: Standing
    owner: str
    is_team: bool
    failing_since: dt.datetime | None
    last_passed_at: dt.datetime | None
    changed_at: dt.datetime
    seen_at: dt.datetime | None
    returns: int
    due_days: int = -1
    waiver: str = ""
    until: dt.datetime | None = None
    is_observed: bool = False
    why: str = ""

    @property
    def due(self) -> dt.date | None:
        """The last day on which it is not overdue; None where it never is, or does not fail."""
        if self.failing_since is None or self.due_days < 0 or self.standing is not Standing.FAILING:
            return None
        return self.failing_since.date() + dt.timedelta(days=self.due_days)
