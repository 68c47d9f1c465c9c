"""Security Hub as the verbs see it: definitions, targets, and writes in a target."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from hubposture.controls.definitions import Definitions, RegionDefinitions
from hubposture.controls.state import Reading, Universe
from hubposture.model.organization import Organization
from hubposture.model.targets import Governance, Target, Unreadable
from hubposture.reconcile.change import Edit
from hubposture.reconcile.outcome import Result

Progress = Callable[[int, int], None]
"""Called with (done, total) while something long goes on; may be called from any thread."""


class HubReader(Protocol):
    """Reads with the reader role; never writes."""

    def definitions(self, organization: Organization, regions: Sequence[str]) -> Definitions:
        """Controls and standards of each Region, read in the administrator's account.

        A Region that cannot be read is left out and logged. At most one pass of ListSecurityControlDefinitions for
        all controls and one per standard and Region.
        """

    def read(
        self,
        targets: Mapping[Target, Governance | Unreadable],
        universe: Universe,
        definitions: Definitions,
        *,
        progress: Progress | None = None,
    ) -> Iterator[Reading]:
        """Every target's state, in any order, each exactly once; what is Unreadable already comes back as it is.

        At most 2 + ceil(pairs/100) + ceil(parametered/100) calls per target: DescribeHub, GetEnabledStandards,
        BatchGetStandardsControlAssociations, BatchGetSecurityControls. One target failing stops no other.
        """

    def reasons(self, target: Target, controls: Sequence[str]) -> Mapping[tuple[str, str], tuple[str, str]]:
        """(standard key, control id) -> (UpdatedReason, UpdatedAt as ISO 8601) of pairs that are off, on demand."""


class HubWriter(Protocol):
    """Writes with the writer role of the account that the changes name."""

    def write(self, target: Target, edits: Sequence[Edit], *, definitions: RegionDefinitions) -> Iterable[Result]:
        """Apply the edits of one target in their stages, and give one Result for each, never more or fewer.

        Waits for standards to be READY and READY_FOR_UPDATES between stages, at most the configured time.
        `definitions` are those of the target's Region (StandardsArns, kinds of parameters). Results say what the API answered; the verb reads back.
        Never raises for a single edit; a lost answer is reported as failed, the read-back decides.
        """
