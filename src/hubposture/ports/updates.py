"""Writing to findings, and reading what others let happen to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.errors import RemoteError
from hubposture.waivers.decision import FindingUpdate, ForeignRule


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of one finding (ProductArn, Id): `error` is '' where it was taken, else the code and what it means.

    `is_gone` says that AWS does not know the finding (any more); another try will not help. `is_doubtful` says that it may
    have been written although nobody said so: reading back decides.
    """

    product: str
    id: str
    error: str = ""
    is_gone: bool = False
    is_doubtful: bool = False


class FindingsUpdater(Protocol):
    """BatchUpdateFindings with the administrator's writer role in the home Region."""

    def update(self, updates: Sequence[FindingUpdate]) -> Iterator[Updated]:
        """Send updates, equal values together, at most 100 findings a call; one answer for every finding.

        What a reply leaves unprocessed is tried again by kind; a call that fails as a whole fails its findings and stops
        no other call. Raises nothing remote.
        """


class RulesReader(Protocol):
    """Automation rules of the administrator."""

    def rules(self, regions: Sequence[str]) -> Iterator[tuple[str, Sequence[ForeignRule] | RemoteError]]:
        """By Region, the enabled rules that set the workflow status, in the order in which they run."""
