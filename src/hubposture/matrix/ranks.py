"""How strongly a row speaks of a target: the order in which rows win."""

from dataclasses import dataclass

NO_PRIORITY = -1


@dataclass(frozen=True, slots=True, order=True)
class Rank:
    """The strength with which a scope holds at one target; the greater one wins.

    Compared in this order, the first difference decides:

    1. `account`: the scope names accounts in its Accounts column, the target's among them.
    2. `priority`: the scope's Priority, the greater number first; any number wins over none (-1).
    3. `depth`: of the deepest of the scope's OUs that has the account below it; the root is 0, and so is no OU.
    4. `tag`: the scope has Account tags.
    5. `region`: the scope has Regions.

    A row without a scope, a scope without criteria and a scope of the root alone share the lowest rank.
    """

    account: bool = False
    priority: int = NO_PRIORITY
    depth: int = 0
    tag: bool = False
    region: bool = False

    def __str__(self) -> str:
        """What makes the rank, strongest first: `account`, `Priority 5, OU at depth 2`, `whole organization`."""
        parts = (
            "account" if self.account else "",
            f"Priority {self.priority}" if self.priority != NO_PRIORITY else "",
            f"OU at depth {self.depth}" if self.depth else "",
            "account tag" if self.tag else "",
            "Region" if self.region else "",
        )
        return ", ".join(part for part in parts if part) or "whole organization"


WHOLE = Rank()
"""The rank of a row without a scope."""
