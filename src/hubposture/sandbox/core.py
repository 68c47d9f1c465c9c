"""What every emulated operation shares: the organization, the hubs, the clock, the quirks, the faults, and paging."""

import base64
import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.catalogue import Catalogue, ControlDefinition, StandardDefinition
from hubposture.sandbox.clock import Clock
from hubposture.sandbox.faults import Faults
from hubposture.sandbox.hubs import (
    DISABLED,
    ENABLED,
    Association,
    Base,
    Hub,
    Parameters,
    Subscription,
    Timing,
    WorldBase,
)
from hubposture.sandbox.organization import Organization
from hubposture.sandbox.quirks import EmptyPages, Quirks, ReadLag, ReplyOrder
from hubposture.sandbox.world import AccountState, ControlOff, OrganizationSpec, TargetSpec

WORLD = "world"
"""The name of the base that holds the state the world began with."""

FRESH = "fresh"
"""The name of the base in which every control is on."""


@dataclass(slots=True)
class Aggregator:
    """The finding aggregator: its home Region, linking mode and the Regions named with it."""

    arn: str
    home: str
    mode: str
    regions: tuple[str, ...]


@dataclass(slots=True)
class OrganizationConfiguration:
    """LOCAL or CENTRAL, since when, and what LOCAL does with new accounts, per Region."""

    central: bool = False
    changed_at: datetime | None = None
    auto_enable: dict[str, bool] = field(default_factory=dict)
    auto_standards: dict[str, str] = field(default_factory=dict)


class Core:
    """The sandbox's state and the helpers that operations of all families use."""

    def __init__(
        self,
        spec: OrganizationSpec,
        *,
        clock: Clock,
        catalogue: Catalogue,
        quirks: Quirks,
        timing: Timing,
        faults: Faults,
        seed: int,
    ) -> None:
        self.spec = spec
        self.clock = clock
        self.quirks = quirks
        self.timing = timing
        self.faults = faults
        self.seed = seed
        self._drawn = 0
        self.organization = Organization(spec)
        self.configuration = OrganizationConfiguration(central=spec.central)
        self.hubs: dict[tuple[str, str], Hub] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.removed_members: dict[str, set[str]] = {}
        self.aggregator: Aggregator | None = None
        if spec.linked_regions:
            arn = f"arn:{spec.partition}:securityhub:{spec.home_region}:{spec.administrator}:finding-aggregator/{self.new_id('aggregator')}"
            self.aggregator = Aggregator(arn, spec.home_region, "SPECIFIED_REGIONS", spec.linked_regions)
        self.bases: dict[str, Base] = {FRESH: WorldBase()}
        self.begin_at(clock.now() - timedelta(days=400))
        self._whole = catalogue
        self._by_day: tuple[date, Catalogue] | None = None
        self._founders = frozenset(account.id for account in spec.accounts)
        self._targets = {(one.account, one.region): one for one in spec.targets}

    def begin_at(self, began: datetime) -> None:
        """Set since when the world is as it was described."""
        self.began = began
        self.bases[WORLD] = WorldBase(self._associations_off(self.spec.controls_off))

    # Time and identity

    def now(self) -> datetime:
        """Give the sandbox's time."""
        return self.clock.now()

    @property
    def drawn(self) -> int:
        """How many ids have been drawn; kept with the state so that no id comes twice."""
        return self._drawn

    @drawn.setter
    def drawn(self, count: int) -> None:
        self._drawn = count

    def new_id(self, kind: str) -> str:
        """Draw a UUID; the same seed and order of draws give the same ids."""
        self._drawn += 1
        text = f"{self.seed}|{kind}|{self._drawn}"
        return str(uuid.UUID(bytes=hashlib.blake2b(text.encode(), digest_size=16).digest(), version=4))

    def arn(self, call: Call, tail: str) -> str:
        """Write an ARN of Security Hub in the caller's account and Region."""
        return f"arn:{self.spec.partition}:securityhub:{call.region}:{call.account}:{tail}"

    # Regions

    @property
    def home(self) -> str:
        """The home Region; the world's own where no aggregator exists."""
        return self.aggregator.home if self.aggregator else self.spec.home_region

    def usable_regions(self) -> tuple[str, ...]:
        """Give the Regions that accounts can use without opting in."""
        return self.spec.regions_enabled or self.spec.regions

    def linked(self) -> tuple[str, ...]:
        """Give the Regions that are linked to the home Region now, sorted."""
        if not self.aggregator:
            return ()
        named = set(self.aggregator.regions)
        found = {
            "SPECIFIED_REGIONS": named,
            "ALL_REGIONS": set(self.usable_regions()),
            "ALL_REGIONS_EXCEPT_SPECIFIED": set(self.usable_regions()) - named,
        }.get(self.aggregator.mode, set())
        return tuple(sorted(found - {self.home} - self.faults.unlinked))

    def central_regions(self) -> tuple[str, ...]:
        """Give the Regions where configuration policies take effect: home first, then the linked ones."""
        return (self.home, *self.linked())

    # Hubs

    def hub(self, account: str, region: str) -> Hub:
        """Give a hub's state, on or off; it comes to be from the world's description when first asked for."""
        key = (account, region)
        if key not in self.hubs:
            self.hubs[key] = self._first(account, region)
        return self.hubs[key]

    def is_on(self, account: str, region: str) -> bool:
        """Say whether Security Hub is on in a target."""
        return account in self.organization.accounts and self._is_on(self.hub(account, region))

    def _is_on(self, hub: Hub) -> bool:
        return hub.on and (hub.account, hub.region) not in self.faults.hub_off

    def hub_of(self, call: Call) -> Hub:
        """Give the caller's hub; an error where it is off."""
        hub = self.hub(call.account, call.region)
        if not self._is_on(hub):
            code = str(self.quirks.hub_off_error)
            raise ServiceError(code, f"Account {call.account} is not subscribed to AWS Security Hub")
        return hub

    def _newcomer(self, account: str, region: str) -> Hub:
        """Give the hub of an account that joined later: on, with the default standards, where LOCAL says so."""
        state, now = self.configuration, self.now()
        on = not state.central and state.auto_enable.get(region, False)
        hub = Hub(account=account, region=region, on=on, since=now)
        if on and state.auto_standards.get(region, "DEFAULT") == "DEFAULT":
            standards = [one for one in self.catalogue.standards.values() if one.default_on]
            hub.subscriptions = {one.path: Subscription(FRESH, now) for one in standards}
        return hub

    def _first(self, account: str, region: str) -> Hub:
        if account not in self._founders:
            return self._newcomer(account, region)
        target = self._targets.get((account, region), TargetSpec(account=account, region=region))
        on = target.hub_on and (region in self.spec.regions or (account, region) in self._targets)
        hub = Hub(
            account=account,
            region=region,
            on=on,
            since=self.began,
            consolidated=target.consolidated,
            recorder_on=target.recorder_on,
            closed=target.closed,
            missing=target.controls_missing,
        )
        for path in (self.spec.standards if target.standards is None else target.standards) if on else ():
            hub.subscriptions[path] = Subscription(
                WORLD, self.began, instant=True, incomplete=not target.recorder_on, associations=self._own(target, path)
            )
        for control, values in target.parameters.items():
            hub.parameters[control] = Parameters(dict(values), "", None)
        return hub

    def _own(self, target: TargetSpec, path: str) -> dict[str, Association]:
        return {
            one.control: Association(DISABLED, one.reason, self.began)
            for one in target.controls_off
            if one.standard in {"", path}
        }

    def _associations_off(self, controls: Sequence[ControlOff]) -> dict[tuple[str, str], Association]:
        return {(one.standard, one.control): Association(DISABLED, one.reason, self.began) for one in controls}

    # Controls and standards

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue as of the sandbox's day."""
        today = self.now().date()
        if not self._by_day or self._by_day[0] != today:
            self._by_day = (today, self._whole.released_by(today))
        return self._by_day[1]

    def control(self, hub: Hub, given: str) -> ControlDefinition | None:
        """Find the control that an id or this target's ARN of it names; None if the target does not know it."""
        wanted = given
        if given.startswith("arn:"):
            prefix = f"arn:{self.spec.partition}:securityhub:{hub.region}:{hub.account}:security-control/"
            wanted = given.removeprefix(prefix)
        found = self.catalogue.control(wanted)
        return found if found and self.has(hub, found) else None

    def has(self, hub: Hub, control: ControlDefinition) -> bool:
        """Say whether a control exists in a target."""
        return control.available_in(hub.region) and control.id not in hub.missing

    def control_arn(self, hub: Hub, control: str) -> str:
        """Write a control's ARN in a target."""
        return f"arn:{self.spec.partition}:securityhub:{hub.region}:{hub.account}:security-control/{control}"

    def standard(self, arn: str, region: str) -> StandardDefinition | None:
        """Find the standard that a StandardsArn names in a Region; None for an unknown one or another Region's."""
        found = self.catalogue.standards.get(arn.rpartition(":")[2])
        return found if found and found.arn(region, self.spec.partition) == arn else None

    def subscription(self, hub: Hub, path: str) -> Subscription | None:
        """Give a standard's subscription unless there is none or it has been deleted by now."""
        found = hub.subscriptions.get(path)
        if found and found.deleting_at is not None and found.is_gone(self.now(), self.timing):
            del hub.subscriptions[path]
            return None
        return found

    def live_paths(self, hub: Hub) -> list[str]:
        """List the paths of the standards that are on in a hub, in the catalogue's order."""
        return [path for path in self.catalogue.standards if self.subscription(hub, path)]

    def association(
        self, hub: Hub, sub: Subscription, path: str, control: ControlDefinition, *, lag: bool = False
    ) -> Association | None:
        """Give a control's state in a standard, as reads show it if `lag`; None means enabled, never written."""
        own = sub.associations.get(control.id)
        if own and (seen := own.seen(self.now(), self.read_lag if lag else timedelta(0))):
            return seen
        found = self.bases[sub.base].state(control, path, hub.region)
        if found is None and not hub.auto_enable_controls and control.released > sub.enabled_at.date():
            return Association(DISABLED, "", sub.enabled_at)
        return found

    def is_enabled(self, hub: Hub, path: str, control: ControlDefinition, *, lag: bool = False) -> bool:
        """Say whether a control is on in a standard of a hub."""
        sub = self.subscription(hub, path)
        if not sub or sub.deleting_at is not None or path not in control.standards or not self.has(hub, control):
            return False
        found = self.association(hub, sub, path, control, lag=lag)
        return found is None or found.status == ENABLED

    @property
    def read_lag(self) -> timedelta:
        """How long reads show the state before a write."""
        return self.timing.read_lag if self.quirks.read_lag is ReadLag.SECONDS_20 else timedelta(0)

    # Batches and pages

    def dropped(self, call: Call, count: int) -> frozenset[int]:
        """Say which items of a batch are to come back unprocessed, by position."""
        return self.faults.dropped((call.service, call.operation, call.account, call.region), count)

    def in_reply_order(self, items: list[Params], key: Callable[[Params], Any]) -> list[Params]:
        """Put a batch's results into the order that the quirk says; `key` is what `sorted` goes by."""
        match self.quirks.reply_order:
            case ReplyOrder.AS_SENT:
                return items
            case ReplyOrder.REVERSED:
                return items[::-1]
            case ReplyOrder.SORTED:
                return sorted(items, key=key)

    def page(self, call: Call, params: Params, items: Sequence[Any], *, default: int = 100) -> tuple[list[Any], Params]:
        """Cut a page out of a listing: its items and `{"NextToken": ...}`, empty after the last page."""
        start = self._start(call, params.get("NextToken"))
        if start is None:
            if self.quirks.empty_pages is EmptyPages.SOMETIMES and items:
                return [], {"NextToken": _token(call, 0)}
            start = 0
        end = start + params.get("MaxResults", default)
        more = {"NextToken": _token(call, end)} if end < len(items) else {}
        return list(items[start:end]), more

    def _start(self, call: Call, token: str | None) -> int | None:
        if not token:
            return None
        try:
            operation, account, region, start = orjson.loads(base64.urlsafe_b64decode(token))
        except (ValueError, TypeError) as error:
            raise ServiceError("InvalidInputException", "Invalid NextToken") from error
        if (operation, account, region) != (call.operation, call.account, call.region):
            raise ServiceError("InvalidInputException", "Invalid NextToken")
        return int(start)

    # Who may do what

    def is_administrator(self, call: Call) -> bool:
        """Say whether the caller is the delegated administrator."""
        return call.account == self.organization.administrator

    def require_administrator(self, call: Call, code: str = "AccessDeniedException") -> None:
        """Refuse anyone but the delegated administrator."""
        if not self.is_administrator(call):
            raise ServiceError(code, f"Account {call.account} is not an administrator for this organization")

    def members(self, region: str) -> list[str]:
        """List the accounts whose hubs belong to the administrator in a Region, itself left out, sorted."""
        removed = self.removed_members.get(region, set())
        return [
            account
            for account in sorted(self.organization.accounts)
            if account not in removed and account != self.organization.administrator and self.is_on(account, region)
        ]

    def is_active(self, account: str) -> bool:
        """Say whether an account can be used."""
        found = self.organization.accounts.get(account)
        return found is not None and found.state is AccountState.ACTIVE and account not in self.faults.suspended


def _token(call: Call, start: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([call.operation, call.account, call.region, start])).decode()


def given(params: Params, name: str) -> list[Any]:
    """Give a list member of an input, empty where it is left out."""
    found = params.get(name)
    return list(found) if found else []


def without_none(values: Mapping[str, Any]) -> Params:
    """Leave out what is None: the model has no null."""
    return {name: value for name, value in values.items() if value is not None}
