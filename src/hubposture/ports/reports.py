"""Reports that were frozen: kept as they were, and never written again."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Frozen:
    """A report that is kept: of which organization, what (its kind, and a key), which week, when; naive UTC.

    `version` is that of the lake that was read. `body` is the report as JSON.
    """

    organization: str
    of: str
    key: str
    week: str
    frozen_at: dt.datetime
    version: int
    body: Mapping[str, Any]


class Reports(Protocol):
    """Every method is one transaction."""

    def freeze(self, report: Frozen) -> bool:
        """Keep a report; False where there is one of that week already, which then stays as it is."""

    def frozen(self, organization: str, *, of: str, key: str, week: str) -> Frozen | None:
        """The report that was kept, None where there is none."""

    def frozen_reports(self, organization: str) -> Sequence[Frozen]:
        """All of them without their bodies (`{}`), the newest week first, then by what they are of."""
