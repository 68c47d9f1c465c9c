"""A run's own view of the ledger: where applying writes down what it is about to do, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.ports.ledger import Ledger
from hubposture.reconcile.change import Change
from hubposture.reconcile.outcome import Result


@dataclass(frozen=True, slots=True)
class RunJournal:
    """Intents and results of one run; see `ports.ledger` for errors."""

    ledger: Ledger
    run: str

    def intend(self, changes: Sequence[Change]) -> None:
        """Write down what is sent next; durable when it returns. From here on every one may have happened."""
        self.ledger.intend(self.run, changes)
        self.ledger.sent(self.run, changes)

    def record(self, results: Sequence[Result]) -> None:
        """Write down results; those applied or failed go to the audit trail as well."""
        self.ledger.record(self.run, results)
