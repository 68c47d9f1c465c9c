"""The organization as the verbs see it: its tree, its Regions, and how each target is governed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.model.organization import Organization, RegionState
from hubposture.model.targets import Governance, Target, Unreadable


@dataclass(frozen=True, slots=True)
class RegionUse:
    """One Region beside its link: `state`, and whether anybody uses it (Security Hub on, or named in the settings)."""

    region: str
    state: RegionState
    in_use: bool
    why: str


@dataclass(frozen=True, slots=True)
class OrganizationReading:
    """An organization with its Regions.

    `regions` holds every Region of the partition that matters (linked, on, or in use), sorted. `central` says whether
    Security Hub's organization configuration is CENTRAL.
    """

    organization: Organization
    regions: tuple[RegionUse, ...]
    central: bool


class OrganizationReader(Protocol):
    """Reads Organizations, accounts and the aggregator with the administrator's reader role."""

    def read(self) -> OrganizationReading:
        """The organization as it is now.

        Raises RemoteError with what to do when the tree cannot be read: without it nothing can be planned.
        """

    def governance(
        self, reading: OrganizationReading, targets: Sequence[Target]
    ) -> Mapping[Target, Governance | Unreadable]:
        """How each target is governed, or why nothing can be known of it; every given target is a key."""
