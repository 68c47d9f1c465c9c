"""What did not pass on the last day of a pack, control by control."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from hubposture.filters import Filter
from hubposture.ports.lake import LakeReader, Snapshot
from hubposture.views.evidence.model import Failing

_FAILING = """
SELECT s.account, COALESCE(a.alias, '') AS alias, s.region, s.resource, s.resource_type,
    COALESCE(w.severity, s.severity) AS severity, s.status, s.failing_since, s.suppressed, COALESCE(d.waiver, '') AS waiver,
    d.until, COALESCE(w.in_force, FALSE) AS obligation, s.subject
FROM subjects s
LEFT JOIN accounts a ON a.account = s.account
LEFT JOIN targets t ON t.account = s.account AND t.region = s.region
LEFT JOIN wishes w ON w.wishes = t.wishes AND w.control = s.control
LEFT JOIN decisions d ON d.subject = s.subject
WHERE s.kind = 'control' AND s.control = $control AND s.presence IN ('present', 'unsure') AND s.status <> 'PASSED'
ORDER BY s.account, s.region, s.resource, s.subject
"""


@dataclass
class Ended:
    """The version of the last day, open as long as it is entered; None where there is none."""

    reader: LakeReader
    number: int | None
    within: Filter
    snapshot: Snapshot | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        if self.number is not None:
            self.snapshot = self._stack.enter_context(self.reader.snapshot(number=self.number, within=self.within))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()


def read_end(reader: LakeReader, number: int | None, *, within: Filter) -> Ended:
    """The version to be read; nothing is read yet."""
    return Ended(reader, number, within)


def failing_of(ended: Ended, control: str) -> Sequence[Failing]:
    """What of a control did not pass, by account, Region and resource."""
    if ended.snapshot is None:
        return ()
    return [Failing(*row) for row in ended.snapshot.execute(_FAILING, {"control": control})]
