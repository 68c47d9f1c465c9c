"""A record of the calls that went out, by the purpose of the role: what the shipped policies must allow, no more."""

import threading
from collections import Counter
from collections.abc import Mapping

from hubposture.aws.iam import actions_of
from hubposture.aws.session import Acting, Purpose


class CallRecord:
    """Counts requests by (purpose, service, operation), tries included; hand `note` to `Clients` as `sent`."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[Purpose, str, str]] = Counter()
        self._lock = threading.Lock()

    def note(self, acting: Acting, service: str, operation: str) -> None:
        """Count one request."""
        with self._lock:
            self._counts[acting.purpose, service, operation] += 1

    @property
    def counts(self) -> Mapping[tuple[Purpose, str, str], int]:
        """How many requests went out by (purpose, service, operation)."""
        with self._lock:
            return dict(self._counts)

    def total(self, operation: str = "") -> int:
        """How many requests went out, of one operation or of all."""
        return sum(count for (_, _, name), count in self.counts.items() if operation in ("", name))

    def actions(self) -> Mapping[Purpose, frozenset[str]]:
        """The IAM actions that were used, by purpose."""
        used: dict[Purpose, set[str]] = {}
        for purpose, service, operation in self.counts:
            used.setdefault(purpose, set()).update(actions_of(service, operation))
        return {purpose: frozenset(actions) for purpose, actions in used.items()}

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._counts.clear()
