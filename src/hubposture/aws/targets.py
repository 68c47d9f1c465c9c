"""Reads one target with as few calls as there can be, and says why where it cannot."""

from collections.abc import Mapping
from typing import TypeVar

from hubposture.aws.associations import Batch, batches, read_associations
from hubposture.aws.credentials import NoRole
from hubposture.aws.failures import is_denied, is_hub_off, is_region_closed, is_region_unknown
from hubposture.aws.gateway import Gateway, reader_of
from hubposture.aws.parameters import parametered, read_parameters
from hubposture.aws.standards import Readiness, Subscription, subscriptions
from hubposture.controls.definitions import Definitions, RegionDefinitions
from hubposture.controls.state import Reading, TargetState, Universe
from hubposture.errors import RemoteError
from hubposture.model.controls import Standard
from hubposture.model.targets import Because, Governance, Target, Unreadable, Way

H = TypeVar("H")


class TargetReader:
    """Reads targets one by one; remembers what is equal for many: requests per Region, and states that repeat."""

    def __init__(self, gateway: Gateway, universe: Universe, definitions: Definitions) -> None:
        self._gateway = gateway
        self._universe = universe
        self._definitions = definitions
        self._batches: dict[tuple[str, tuple[tuple[Standard, str], ...]], tuple[Batch, ...]] = {}
        self._ids: dict[tuple[str, int], tuple[str, ...]] = {}
        self._interned: dict[object, object] = {}

    def read(self, target: Target, governance: Governance | Unreadable) -> Reading:
        """The state of a target, or why there is none; raises nothing that another system causes."""
        if isinstance(governance, Unreadable):
            return governance
        definitions = self._definitions.get(target.region)
        if definitions is None:
            why = "the control definitions of this Region could not be read in the administrator's account"
            return Unreadable(target, Because.REMOTE, why)
        try:
            return self._state(target, governance, definitions)
        except RemoteError as problem:
            return unreadable(target, governance, problem)

    def _state(self, target: Target, governance: Governance, definitions: RegionDefinitions) -> Reading:
        gateway, seat = self._gateway, reader_of(target)
        try:
            gateway.call(seat, "DescribeHub")
        except RemoteError as problem:
            if is_hub_off(problem.code):
                return Unreadable(target, Because.HUB_OFF, "Security Hub is not enabled there")
            raise
        found = subscriptions(gateway, seat)
        asked = self._asked(definitions, found)
        answered = read_associations(gateway, seat, asked)
        settling = standards_in(found, Readiness.SETTLING)
        # A standard that is still being enabled need not show its controls; their parameters are there all the same.
        shown = answered.known | sum(self._universe.of_standard.get(one, 0) for one in settling) & ~answered.known
        customized = read_parameters(gateway, seat, self._parametered(definitions, shown))
        return TargetState(
            target=target,
            governance=governance,
            standards=self._one(standards_in(found, Readiness.READY)),
            settling=self._one(settling),
            managed=self._one(frozenset(one for one in found if one.is_service_managed)),
            known=self._one(answered.known),
            enabled=self._one(answered.enabled),
            parameters=self._one(customized.values),
            updating=self._one(customized.updating),
        )

    def _asked(self, definitions: RegionDefinitions, found: Mapping[Standard, Subscription]) -> tuple[Batch, ...]:
        standards = tuple(
            (one.standard, one.standards_arn)
            for one in sorted(found.values(), key=lambda one: one.standard)
            if one.readiness in (Readiness.READY, Readiness.SETTLING) and not one.standard.is_service_managed
        )
        key = (definitions.region, standards)
        if key not in self._batches:
            self._batches[key] = batches(self._universe, definitions, standards)
        return self._batches[key]

    def _parametered(self, definitions: RegionDefinitions, known: int) -> tuple[str, ...]:
        key = (definitions.region, known)
        if key not in self._ids:
            self._ids[key] = parametered(self._universe, definitions, known)
        return self._ids[key]

    def _one(self, value: H) -> H:
        """The first value equal to this one: thousands of targets have few distinct states."""
        return self._interned.setdefault((type(value), value), value)  # type: ignore[return-value]


def standards_in(found: Mapping[Standard, Subscription], readiness: Readiness) -> frozenset[Standard]:
    """The standards of a readiness that may be written; service-managed ones are not among them."""
    return frozenset(
        one.standard for one in found.values() if one.readiness is readiness and not one.standard.is_service_managed
    )


def unreadable(target: Target, governance: Governance, problem: RemoteError) -> Unreadable:
    """Why a target could not be read, from what went wrong.

    Expected is what the Region's state explains, and the missing role of a centrally governed account: its policy is
    read with the administrator's role, which does not see the member's own controls.
    """
    if isinstance(problem, NoRole):
        if governance.way is Way.CENTRAL:
            why = f"governed by the policy {governance.by}; its controls are seen with a reader role there alone"
            return Unreadable(target, Because.NO_ROLE, f"{why}. {problem}", expected=True)
        return Unreadable(target, Because.NO_ROLE, str(problem))
    if is_region_closed(problem):
        return Unreadable(target, Because.CLOSED_REGION, str(problem), expected=True)
    if is_region_unknown(problem.code):
        return Unreadable(target, Because.NOT_OPTED_IN, str(problem), expected=True)
    because = Because.DENIED if is_denied(problem.code) else Because.REMOTE
    return Unreadable(target, because, str(problem))
