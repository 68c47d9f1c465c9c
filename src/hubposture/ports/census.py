"""What a census asks of AWS beyond states: recorders, members, other people's automation, who changed a control."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hubposture.errors import RemoteError
from hubposture.model.organization import Organization
from hubposture.model.targets import Target, Unreadable


@dataclass(frozen=True, slots=True, order=True)
class Recorder:
    """AWS Config in one target: whether anything is recorded, whether global resources are, and what is amiss."""

    target: Target
    is_on: bool
    records_all: bool
    records_global: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Automation:
    """Something that others set up in a hub: `kind` is `automation rule`, `insight` or `custom action`."""

    kind: str
    region: str
    name: str
    arn: str
    detail: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """An account beside Security Hub's list of members: `status` is MemberStatus, or '' where it is no member."""

    account: str
    status: str


@dataclass(frozen=True, slots=True, order=True)
class Deed:
    """One recorded change: when, by whom (ARN or user name), by which call, and to which standards and controls."""

    at: datetime
    who: str
    operation: str
    controls: tuple[str, ...]
    event_id: str


class CensusReader(Protocol):
    """Reads on demand with the reader roles; never writes."""

    def recorders(self, targets: Sequence[Target]) -> Iterator[Recorder | Unreadable]:
        """AWS Config's state in each target, as it comes."""

    def members(self, organization: Organization) -> tuple[Member, ...]:
        """Every live account but the administrator with its member status in the home Region, sorted."""

    def automation(self, regions: Sequence[str]) -> Iterator[tuple[str, tuple[Automation, ...] | RemoteError]]:
        """Automation rules, insights and custom actions of the administrator, by Region, as they come."""

    def hubs(self, targets: Sequence[Target]) -> Iterator[tuple[Target, bool | RemoteError]]:
        """Whether Security Hub is on in each target, as it comes; one call each."""

    def deeds(self, target: Target, *, since: datetime, until: datetime, control: str = "") -> tuple[Deed, ...]:
        """Who changed standards, controls and parameters in a target, newest first. Raises RemoteError."""
