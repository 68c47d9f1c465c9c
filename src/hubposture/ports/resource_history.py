"""What AWS keeps of a resource's past, asked on demand with the reader role; never a write."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.timeline.facts import ConfigItem, Gap, Write
from hubposture.timeline.outside import Span
from hubposture.timeline.resource import Resource


@dataclass(frozen=True, slots=True)
class Recorded:
    """Configurations, oldest first, and what could not be seen of them."""

    items: Sequence[ConfigItem] = ()
    gaps: Sequence[Gap] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Writes, oldest first, and what could not be seen of them."""

    writes: Sequence[Write] = ()
    gaps: Sequence[Gap] = ()


class ConfigHistory(Protocol):
    """AWS Config."""

    def recorded(self, resource: Resource, *, since: dt.datetime, until: dt.datetime) -> Recorded:
        """What was recorded of a resource. Never raises for AWS: what fails is a gap."""


class WriteHistory(Protocol):
    """CloudTrail: by its event history, a data store of CloudTrail Lake, or a table in Athena."""

    def writes(self, resource: Resource, *, since: dt.datetime, until: dt.datetime) -> Told:
        """Calls that changed a resource, or tried to. Never raises for AWS: what fails is a gap."""


@dataclass(frozen=True, slots=True)
class HubRead:
    """What was read of a target: writes to Security Hub, what of the spans is left, and why, '' for no trouble."""

    writes: Sequence[Write]
    left: Sequence[Span]
    trouble: str = ""
    calls: int = 0


class HubWrites(Protocol):
    """CloudTrail's event history of Security Hub itself."""

    def hub_writes(self, account: str, region: str, spans: Sequence[Span], *, most_calls: int) -> HubRead:
        """Every write to Security Hub in these spans, newest span first, with at most so many calls."""
