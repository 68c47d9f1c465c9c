"""Refusals that come before an operation's own work: who governs the account that is written to."""

from hubposture.sandbox.answers import Call, ServiceError
from hubposture.sandbox.core import Core
from hubposture.sandbox.quirks import AdministratorUnderPolicy
from hubposture.sandbox.standings import SELF_MANAGED, Standings

CENTRAL_REFUSAL = (
    "This account is currently associated with a central configuration policy, so only the administrator can access "
    "this operation."
)
"""The text that users of centrally managed accounts have been answered with."""

DECLARATIVE_REFUSAL = "This account is managed by a Security Hub CSPM policy in AWS Organizations."
"""An assumed text: none is documented."""


class Guards:
    """Says who governs a target, and refuses account-level writes where that is not the account itself."""

    def __init__(self, core: Core, standings: Standings) -> None:
        self.core = core
        self.standings = standings

    def is_central(self, call: Call) -> bool:
        """Say whether a configuration policy governs the caller's hub and the caller may not write itself."""
        if not self.core.configuration.central or call.region not in self.core.central_regions():
            return False
        allowed = self.core.quirks.administrator_under_policy is AdministratorUnderPolicy.ALLOWED
        if allowed and self.core.is_administrator(call):
            return False
        return self.standings.policy_of(call.account) not in {"", SELF_MANAGED}

    def account_write(self, call: Call) -> None:
        """Refuse a write where an Organizations policy or a configuration policy governs."""
        self.declarative_write(call)
        if self.is_central(call):
            raise ServiceError("AccessDeniedException", CENTRAL_REFUSAL)

    def declarative_write(self, call: Call) -> None:
        """Refuse a write where an Organizations policy governs."""
        if self.core.organization.governing(call.account, call.region):
            raise ServiceError("AccessDeniedException", DECLARATIVE_REFUSAL)
