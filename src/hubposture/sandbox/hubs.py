"""The state of the emulated hubs: one per account and Region, holding only what differs from a shared base."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from hubposture.sandbox.catalogue import ControlDefinition

ENABLED, DISABLED = "ENABLED", "DISABLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long the asynchronous transitions take; AWS documents none of these figures."""

    standard_pending: timedelta = timedelta(seconds=20)
    standard_updatable: timedelta = timedelta(seconds=30)
    standard_deleting: timedelta = timedelta(seconds=10)
    parameters_updating: timedelta = timedelta(seconds=15)
    policy_association: timedelta = timedelta(seconds=45)
    central_configuration: timedelta = timedelta(seconds=10)
    read_lag: timedelta = timedelta(seconds=20)
    findings_lag: timedelta = timedelta(minutes=3)

    def scaled(self, factor: float) -> "Timing":
        """Give the same timing with every duration multiplied."""
        return Timing(**{name: getattr(self, name) * factor for name in self.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Association:
    """A control's state in a standard, as last written; `before` is what a lagging read still shows."""

    status: str
    reason: str
    at: datetime
    before: "Association | None" = None

    def seen(self, now: datetime, lag: timedelta) -> "Association | None":
        """Give what a read shows; None means never written."""
        return self.before if lag and now < self.at + lag else self


class Base(Protocol):
    """What holds for a control in a standard where a hub has no entry of its own."""

    def state(self, control: ControlDefinition, path: str, region: str, /) -> Association | None:
        """Give the control's state; None means enabled and never written."""


@dataclass(frozen=True, slots=True)
class WorldBase:
    """The state that the world began with; keys are (standard's path or '', control id)."""

    off: Mapping[tuple[str, str], Association] = field(default_factory=dict)

    def state(self, control: ControlDefinition, path: str, _region: str, /) -> Association | None:
        """Give the control's state; None means enabled and never written."""
        if not self.off:
            return None
        return self.off.get((path, control.id)) or self.off.get(("", control.id))


@dataclass(frozen=True, slots=True)
class PolicyBase:
    """The state that one revision of a configuration policy sets; control ids are lower-case.

    Exactly one of `enabled` and `disabled` is given. A control on a global resource is on in one Region only: the home
    Region, or the first linked Region that has the control where the home Region lacks it.
    """

    enabled: frozenset[str] | None
    disabled: frozenset[str] | None
    regions: tuple[str, ...]
    off: Association

    def state(self, control: ControlDefinition, _path: str, region: str, /) -> Association | None:
        """Give the control's state; None means enabled and never written."""
        return None if self._is_on(control, region) else self.off

    def _is_on(self, control: ControlDefinition, region: str) -> bool:
        key = control.id.lower()
        wanted = key in self.enabled if self.enabled is not None else key not in (self.disabled or ())
        if not wanted or not control.global_resource:
            return wanted
        return region == next((one for one in self.regions if control.available_in(one)), "")


@dataclass(slots=True)
class Subscription:
    """A standard that is on in a hub. `base` names the shared base; `associations` are the hub's own entries by id."""

    base: str
    enabled_at: datetime
    instant: bool = False
    incomplete: bool = False
    deleting_at: datetime | None = None
    associations: dict[str, Association] = field(default_factory=dict)

    def is_gone(self, now: datetime, timing: Timing) -> bool:
        """Say whether the standard has been deleted by now."""
        return self.deleting_at is not None and now >= self.deleting_at + timing.standard_deleting

    def status(self, now: datetime, timing: Timing) -> str:
        """Give the StandardsStatus."""
        if self.deleting_at is not None:
            return "DELETING"
        if not self.instant and now < self.enabled_at + timing.standard_pending:
            return "PENDING"
        return "INCOMPLETE" if self.incomplete else "READY"

    def is_updatable(self, now: datetime, timing: Timing) -> bool:
        """Say whether the standard is READY_FOR_UPDATES."""
        return self.deleting_at is None and (self.instant or now >= self.enabled_at + timing.standard_updatable)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The custom values of a control's parameters as last written; `before` is what a lagging read still shows."""

    values: Mapping[str, Any]
    reason: str
    at: datetime | None
    before: "Parameters | None" = None

    def seen(self, now: datetime, lag: timedelta) -> "Parameters | None":
        """Give what a read shows; None means never written."""
        return self.before if self.at and lag and now < self.at + lag else self


@dataclass(slots=True)
class Hub:
    """Security Hub in one account and Region; subscriptions by the standard's path, parameters by control id."""

    account: str
    region: str
    on: bool
    since: datetime
    consolidated: bool = True
    auto_enable_controls: bool = True
    recorder_on: bool = True
    closed: bool = False
    missing: frozenset[str] = frozenset()
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    parameters: dict[str, Parameters] = field(default_factory=dict)
