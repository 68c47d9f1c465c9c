"""Which configuration policy each account stands under, and how far its application has come.

A policy is applied to a node (account, unit or root); an account stands under the nearest one. Whatever changes that
(an association, a new revision of a policy, a move) makes the account's standing PENDING and falls due by the clock;
`settle` then carries out what is due. Nothing runs in between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hubposture.sandbox.core import Core
from hubposture.sandbox.quirks import AssociationStart

SELF_MANAGED = "SELF_MANAGED_SECURITY_HUB"
PENDING, SUCCESS, FAILED = "PENDING", "SUCCESS", "FAILED"


@dataclass(frozen=True, slots=True)
class Applied:
    """A policy's UUID (or SELF_MANAGED) as it was applied to a node."""

    policy: str
    at: datetime


@dataclass(slots=True)
class Standing:
    """What an account stands under: policy ('' is none) and its revision, since when, and how its application went."""

    policy: str
    revision: int
    at: datetime
    due: datetime
    status: str = PENDING
    message: str = ""


class Standings:
    """The applied policies by node, and the standing of every account."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.applied: dict[str, Applied] = {}
        self.accounts: dict[str, Standing] = {}
        self.pending: set[str] = set()
        self.revision_of: Callable[[str], int] = lambda _policy: 0
        self._seen = (-1, -1)
        self._edits = 0

    def nearest(self, node: str) -> str:
        """Give the node at or above this one that a policy is applied to, '' if there is none."""
        return next((one for one in self.core.organization.ancestry(node) if one in self.applied), "")

    def policy_of(self, account: str) -> str:
        """Give the policy an account stands under; '' is none."""
        node = self.nearest(account)
        return self.applied[node].policy if node else ""

    def apply(self, node: str, policy: str) -> None:
        """Apply a policy to a node; it takes effect when it falls due."""
        self.applied[node] = Applied(policy, self.core.now())
        self.changed()

    def withdraw(self, node: str) -> None:
        """Take the policy off a node; what is below inherits from further up, or keeps its settings."""
        del self.applied[node]
        self.changed()

    def changed(self) -> None:
        """Make the next `restand` look at every account."""
        self._edits += 1
        self.restand()

    def restand(self) -> None:
        """Find the accounts that stand under something else than before, and make them pending."""
        now_seen = (self._edits, self.core.organization.revision)
        if now_seen == self._seen:
            return
        self._seen = now_seen
        now = self.core.now()
        due = now + self.core.timing.policy_association
        for account in self.core.organization.accounts:
            policy = self.policy_of(account)
            revision = self.revision_of(policy)
            old = self.accounts.get(account)
            if (old.policy, old.revision) == (policy, revision) if old else not policy:
                continue
            self.accounts[account] = Standing(policy, revision, now, due)
            self.pending.add(account)

    def again(self) -> None:
        """Apply every policy once more: the Regions it takes effect in have changed."""
        now = self.core.now()
        for account, old in self.accounts.items():
            if old.policy:
                due = now + self.core.timing.policy_association
                self.accounts[account] = Standing(old.policy, old.revision, now, due)
                self.pending.add(account)

    def take(self, applied: dict[str, Applied], accounts: dict[str, Standing], pending: set[str]) -> None:
        """Take over saved standings."""
        self.applied, self.accounts, self.pending = applied, accounts, pending

    def settle(self, carry_out: Callable[[str, Standing], str]) -> None:
        """Carry out what is due; `carry_out` gives why it failed, or ''."""
        self.restand()
        if not self.pending:
            return
        now = self.core.now()
        at_once = self.core.quirks.association_start is AssociationStart.SUCCESS
        for account in sorted(self.pending):
            standing = self.accounts[account]
            if account not in self.core.organization.accounts:
                self.pending.discard(account)
            elif standing.due <= now or at_once:
                self.pending.discard(account)
                standing.message = carry_out(account, standing)
                standing.status = FAILED if standing.message else SUCCESS
