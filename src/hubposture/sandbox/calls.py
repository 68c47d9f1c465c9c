"""A record of every call that reached the sandbox, and CloudTrail's view of the writes among them."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_READS = ("BatchGet", "Describe", "Get", "List", "Lookup", "Search")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call: what, where, by whom, and how it ended (`error` '' is success). `input` is kept for writes only."""

    service: str
    operation: str
    account: str
    region: str
    principal: str
    role: str
    at: datetime
    error: str = ""
    input: dict[str, Any] = field(default_factory=dict)
    event_id: str = ""

    @property
    def write(self) -> bool:
        """Whether the operation changes anything."""
        return is_write(self.operation)


def is_write(operation: str) -> bool:
    """Say whether an operation changes anything, by its name."""
    return not operation.startswith(_READS)


class CallLog:
    """The calls since the start or the last `clear`; the writes stay for CloudTrail, the newest 20,000 of them."""

    def __init__(self) -> None:
        self.records: deque[CallRecord] = deque(maxlen=200_000)
        self.trail: deque[CallRecord] = deque(maxlen=20_000)
        self.seen = 0

    def add(self, record: CallRecord) -> None:
        """Keep a call."""
        self.seen += 1
        self.records.append(record)
        if record.write and not record.error:
            self.trail.append(record)

    def clear(self) -> None:
        """Forget the calls, not the trail."""
        self.seen = 0
        self.records.clear()

    def counts(self) -> Counter[str]:
        """Count the calls by `service:Operation`."""
        return Counter(f"{one.service}:{one.operation}" for one in self.records)

    def by_role(self) -> dict[str, frozenset[str]]:
        """Give the `service:Operation` that each role called, '' standing for calls without a role."""
        found: dict[str, set[str]] = {}
        for one in self.records:
            found.setdefault(one.role, set()).add(f"{one.service}:{one.operation}")
        return {role: frozenset(actions) for role, actions in found.items()}

    def writes(self) -> list[CallRecord]:
        """Give the successful and failed writes among the calls, in order."""
        return [one for one in self.records if one.write]
