"""Survey: read the organization, its definitions and every target, all before anything is planned."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hubposture.controls.definitions import Definitions
from hubposture.controls.state import Reading, Universe, universe
from hubposture.model.organization import Account, AccountState, Organization, RegionState
from hubposture.model.targets import Because, Governance, Target, Unreadable
from hubposture.ports.hub import HubReader, Progress
from hubposture.ports.organization import OrganizationReader, OrganizationReading, RegionUse


@dataclass(frozen=True, slots=True)
class Expected:
    """A target the settings say cannot be read: `region` may be `*`. After `review_by` it is a surprise again."""

    account: str
    region: str
    reason: str
    review_by: dt.date


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything read in one run; `readings` holds every target exactly once, sorted by target."""

    reading: OrganizationReading
    definitions: Definitions
    universe: Universe
    governance: Mapping[Target, Governance | Unreadable]
    readings: tuple[Reading, ...]

    @property
    def organization(self) -> Organization:
        """The organization that was read."""
        return self.reading.organization

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every target, sorted."""
        return tuple(one.target for one in self.readings)


def survey(
    organizations: OrganizationReader,
    hub: HubReader,
    *,
    expected: Sequence[Expected],
    today: dt.date,
    progress: Progress | None = None,
) -> Survey:
    """Read everything. Never raises for one target; raises RemoteError when the organization itself cannot be read."""
    reading = organizations.read()
    targets = all_targets(reading)
    definitions = hub.definitions(reading.organization, sorted({target.region for target in targets}))
    governance = dict(organizations.governance(reading, [target for target in targets if _open(target, reading)]))
    for target in targets:
        if target not in governance:
            governance[target] = _closed(target, reading)
        elif target.region not in definitions and not isinstance(governance[target], Unreadable):
            why = "the control definitions of this Region could not be read in the administrator's account"
            governance[target] = Unreadable(target, Because.REMOTE, why)
    everything = universe(definitions)
    readings = [
        _marked(one, expected, today) for one in hub.read(governance, everything, definitions, progress=progress)
    ]
    return Survey(reading, definitions, everything, governance, tuple(sorted(readings, key=lambda one: one.target)))


def all_targets(reading: OrganizationReading) -> tuple[Target, ...]:
    """Every account in every linked Region, sorted; closed accounts and Regions included, so that they are listed."""
    organization = reading.organization
    return tuple(
        Target(organization.name, account, region)
        for account in sorted(organization.accounts)
        for region in organization.linked_regions
    )


def _use(region: str, reading: OrganizationReading) -> RegionUse | None:
    return next((one for one in reading.regions if one.region == region), None)


def _account(target: Target, reading: OrganizationReading) -> Account:
    return reading.organization.accounts[target.account]


def _open(target: Target, reading: OrganizationReading) -> bool:
    use = _use(target.region, reading)
    closed = use is not None and use.state in (RegionState.NOT_OPTED_IN, RegionState.CLOSED)
    return _account(target, reading).state.is_live and not closed


def _closed(target: Target, reading: OrganizationReading) -> Unreadable:
    account = _account(target, reading)
    if not account.state.is_live:
        because = Because.SUSPENDED if account.state is AccountState.SUSPENDED else Because.CLOSING
        return Unreadable(target, because, "nothing can be read or written in it", expected=True)
    use = _use(target.region, reading)
    because = Because.CLOSED_REGION if use is not None and use.state is RegionState.CLOSED else Because.NOT_OPTED_IN
    return Unreadable(target, because, use.why if use is not None else "", expected=True)


def _marked(reading: Reading, expected: Sequence[Expected], today: dt.date) -> Reading:
    if not isinstance(reading, Unreadable) or reading.expected:
        return reading
    for one in expected:
        if one.account == reading.target.account and one.region in ("*", reading.target.region):
            if one.review_by < today:
                late = f"{reading.detail}; expected until {one.review_by} ({one.reason}), the review is due"
                return replace(reading, detail=late)
            return replace(reading, detail=f"{one.reason}, review by {one.review_by}", expected=True)
    return reading
