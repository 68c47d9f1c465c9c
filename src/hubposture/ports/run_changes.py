"""Changes of runs as pages of lists show them: so many at a time, and counted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.ports.ledger import Intent, IntentState


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """How many changes of a run are in a state, in one account of one organization."""

    run: str
    organization: str
    account: str
    state: IntentState
    number: int


class RunChanges(Protocol):
    """Every method is one transaction."""

    def change_counts(self, runs: Collection[str]) -> Sequence[ChangeCount]:
        """The changes of these runs, counted; sorted."""

    def change_page(
        self,
        run: str,
        *,
        organization: str,
        accounts: Collection[str] | None = None,
        states: Collection[IntentState] = (),
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[Intent]:
        """Changes of a run in their order, of these accounts (None for all) and states (empty for all)."""
