"""Targets: one (account, Region) of one organization, how it is governed, and whether it can be read."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One account in one Region of one organization; sorts by organization, account, Region."""

    organization: str
    account: str
    region: str

    def __str__(self) -> str:
        return f"{self.account}/{self.region}"


class Way(StrEnum):
    """How a target's controls are governed.

    `local`: by calls with a role in the account. `self-managed`: the organization is configured centrally, this
    account is left to itself, so it is written like a local one. `central`: by a configuration policy.
    `declarative`: by an Organizations policy of type SECURITYHUB_CSPM_POLICY, which is shown and never written.
    """

    LOCAL = "local"
    SELF_MANAGED = "self-managed"
    CENTRAL = "central"
    DECLARATIVE = "declarative"

    @property
    def is_written_by_account(self) -> bool:
        """Whether changes are calls in the account itself."""
        return self in (Way.LOCAL, Way.SELF_MANAGED)


@dataclass(frozen=True, slots=True)
class Governance:
    """How a target is governed, and by what: `by` names the policy, and `origin` the OU, root or account it sits on."""

    way: Way
    by: str = ""
    origin: str = ""


class Because(StrEnum):
    """Why a target cannot be read."""

    NO_ROLE = "no role"
    DENIED = "access denied"
    SUSPENDED = "account suspended"
    CLOSING = "account closing"
    HUB_OFF = "Security Hub off"
    NOT_OPTED_IN = "Region not opted in"
    CLOSED_REGION = "Region closed by policy"
    REMOTE = "remote failure"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A target we could not read. Unknown is never taken for absent: nothing is planned or written there.

    `expected` holds where the account's or Region's state or a settings entry explains it; only surprises make a
    run incomplete.
    """

    target: Target
    because: Because
    detail: str
    expected: bool = False
