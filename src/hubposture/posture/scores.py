"""Obligations met, and accounts with all of them met: our score, always in three lines."""

from dataclasses import dataclass, field
from enum import StrEnum

from hubposture.posture.ratio import Ratio
from hubposture.posture.status import AwsCounts


class Dimension(StrEnum):
    """By what scores are counted. All but the last three are views: sets of accounts."""

    ORGANIZATION = "organization"
    OU = "ou"
    OWNER = "owner"
    ACCOUNT = "account"
    STANDARD = "standard"
    CONTROL = "control"
    SEVERITY = "severity"


class WhyNot(StrEnum):
    """The first reason why an account does not have all its obligations met; ALL_MET where there is none."""

    ALL_MET = ""
    SUSPENDED = "suspended"
    CLOSING = "closing"
    LEFT = "left"
    NO_HUB = "no-hub"
    LOST = "lost"
    UNREADABLE = "unreadable"
    FAILING = "failing"
    NOTHING_MEASURED = "nothing-measured"
    NOT_MEASURED = "not-measured"
    MISSING = "missing"

    @property
    def text(self) -> str:
        """The reason in words."""
        return _WHY[self]


_WHY = {
    WhyNot.ALL_MET: "",
    WhyNot.SUSPENDED: "the account is suspended",
    WhyNot.CLOSING: "the account is being closed",
    WhyNot.LEFT: "the account left the organization",
    WhyNot.NO_HUB: "no Region with Security Hub is known",
    WhyNot.LOST: "a Region of it was lost sight of",
    WhyNot.UNREADABLE: "a Region of it cannot be read",
    WhyNot.FAILING: "obligations are failing",
    WhyNot.NOTHING_MEASURED: "nothing was measured that is an obligation",
    WhyNot.NOT_MEASURED: "checks say neither passed nor failed",
    WhyNot.MISSING: "controls in force have no result",
}


@dataclass(frozen=True, slots=True)
class Overdue:
    """Failing obligations past their due days, by our severity; `total` includes those of no severity."""

    total: int = 0
    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """How a part of the organization stands; counts are subjects unless said otherwise.

    `key` is the OU's path, the account's id, and so on ('' for the organization, and for accounts without an owner);
    `standard` '' stands for all controls, another value for those of one standard. `waived` are failing under a waiver
    and count as met, of them `visible` accepted visibly, without being suppressed. `suppressed` are those of `failing` that somebody suppressed without a waiver. `not_measured` are
    obligations that say neither passed nor failed; `missing` are (account, Region, control) in force without any
    result. `lost` were lost sight of and are in no line. `why` is given for accounts alone. `accounts` are accounts
    with all met of those that must. `aws` is AWS's score over the same accounts, and not counted by severity.
    """

    dimension: Dimension
    key: str
    standard: str
    shown: str
    met: int
    failing: int
    waived: int
    visible: int
    suppressed: int
    overdue: Overdue
    not_measured: int
    missing: int
    lost: int
    nothing_off: Ratio
    accounts: Ratio
    why: WhyNot
    aws: AwsCounts = field(default_factory=AwsCounts)

    @property
    def as_is(self) -> Ratio:
        """Obligations met, waivers included."""
        return Ratio(self.met, self.met + self.failing)

    @property
    def without_waivers(self) -> Ratio:
        """The same, were nothing waived."""
        return Ratio(self.met - self.waived, self.met + self.failing)
