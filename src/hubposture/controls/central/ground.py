"""What the compile stands on: which pairs exist in which linked Region, and what a policy moves there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from hubposture.controls.central.types import Content, ListForm, Profile, ServiceDisabled
from hubposture.controls.definitions import Definitions
from hubposture.controls.state import Universe
from hubposture.model.controls import ControlId, Standard
from hubposture.model.organization import Organization
from hubposture.model.parameters import Parameters


@dataclass(frozen=True)
class CentralGround:
    """The linked Regions (home included, sorted) with the pairs that exist in each.

    `available` maps a Region to the mask of its pairs; a Region whose definitions could not be read has none and
    binds nothing. `shown` is AWS's casing of an id. `global_controls` are those that AWS keeps on in one Region
    only under a policy; `settling` are too young to be written: they are neither compared nor changed.
    """

    universe: Universe
    home: str
    regions: tuple[str, ...]
    available: Mapping[str, int]
    shown: Mapping[ControlId, str]
    global_controls: frozenset[ControlId] = frozenset()
    settling: frozenset[ControlId] = frozenset()

    @cached_property
    def anywhere(self) -> int:
        """The pairs that exist in some linked Region."""
        return _union(self.available.get(region, 0) for region in self.regions)

    @cached_property
    def reach(self) -> Mapping[str, int]:
        """The pairs a policy can have on in each Region.

        A global-resource control is on in the home Region only, or, where the home Region lacks it, in one linked
        Region; AWS does not say which, the first by name stands for it here.
        """
        reach = {region: self.available.get(region, 0) for region in self.regions}
        for control in self.global_controls:
            bits = self.universe.of_control.get(control, 0)
            for region in self._elsewhere(bits):
                reach[region] &= ~bits
        return reach

    def _elsewhere(self, bits: int) -> list[str]:
        holders = [region for region in self.regions if self.available.get(region, 0) & bits]
        keeper = self.home if self.home in holders else next(iter(holders), "")
        return [region for region in holders if region != keeper]

    def pairs_of(self, standards: Iterable[Standard]) -> int:
        """All pairs of some standards; standards without definitions have none."""
        return _union(self.universe.of_standard.get(standard, 0) for standard in standards)

    def bits_of(self, controls: Iterable[ControlId]) -> int:
        """All pairs of some controls; controls without definitions have none."""
        return _union(self.universe.of_control.get(control, 0) for control in controls)

    def switched_on(self, content: Content) -> int:
        """The pairs that a content has on, whatever the Region."""
        if isinstance(content, ServiceDisabled):
            return 0
        within = self.pairs_of(content.standards)
        listed = self.bits_of(content.controls)
        return within & listed if content.form is ListForm.ENABLED else within & ~listed

    def normal(self, content: Content) -> Content:
        """The content without what has no effect today, so that contents of equal effect are equal.

        Dropped: listed controls that are in none of its standards, settling ones, parameters of controls that are
        off. What is left out of a comparison is also never the reason of a write.
        """
        if isinstance(content, ServiceDisabled):
            return content
        within = self.pairs_of(content.standards)
        on = self.switched_on(content)
        of_control = self.universe.of_control
        return Profile(
            standards=content.standards,
            form=content.form,
            controls=frozenset(
                control
                for control in content.controls
                if within & of_control.get(control, 0) and control not in self.settling
            ),
            parameters=tuple(
                sorted(
                    (control, values)
                    for control, values in content.parameters
                    if values and on & of_control.get(control, 0) and control not in self.settling
                )
            ),
        )

    def written(self, wanted: Profile, over: Content | None) -> Profile:
        """What to write for a normal profile over a policy's present content: settling controls stay as they are."""
        if not isinstance(over, Profile) or not self.settling:
            return wanted
        as_listed = (over.controls if over.form is wanted.form else self._outside(over)) & self.settling
        values = [(control, values) for control, values in over.parameters if control in self.settling]
        return Profile(
            standards=wanted.standards,
            form=wanted.form,
            controls=wanted.controls | as_listed,
            parameters=tuple(sorted([*wanted.parameters, *values])),
        )

    def _outside(self, over: Profile) -> frozenset[ControlId]:
        return frozenset(control for control in self.settling if control not in over.controls)

    def name(self, control: ControlId) -> str:
        """The control as AWS writes it."""
        return self.shown.get(control, control)


def central_ground(
    organization: Organization,
    definitions: Definitions,
    *,
    universe: Universe,
    global_controls: frozenset[ControlId],
    settling: frozenset[ControlId] = frozenset(),
) -> CentralGround:
    """The ground of an organization's linked Regions, from the live definitions."""
    return CentralGround(
        universe=universe,
        home=organization.home_region,
        regions=tuple(sorted(organization.linked_regions)),
        available={region: _available(definitions, region, universe) for region in organization.linked_regions},
        shown={
            control: definition.shown for one in definitions.values() for control, definition in one.controls.items()
        },
        global_controls=global_controls,
        settling=settling,
    )


def _available(definitions: Definitions, region: str, universe: Universe) -> int:
    if (here := definitions.get(region)) is None:
        return 0
    return universe.encode(
        (standard, control)
        for standard, controls in here.standards.items()
        if not standard.is_service_managed
        for control in controls
        if (definition := here.controls.get(control)) is not None and definition.available
    )


class Moves:
    """Counts what an account's change from one content to another moves; remembers, as contents are few."""

    def __init__(self, ground: CentralGround) -> None:
        self._ground = ground
        self._on: dict[Content, int] = {}
        self._changed: dict[tuple[Content | None, Content], int] = {}
        self._controls: dict[int, int] = {}

    def count(self, before: Content | None, after: Content, *, regions: Iterable[str]) -> int:
        """Region x control cells that move; `before` None means unknown, then all that `after` reaches count.

        A control moves where one of its pairs is switched or its parameters change.
        """
        changed = self._change(before, after)
        return sum(self._distinct(changed & self._ground.reach.get(region, 0)) for region in regions)

    def _change(self, before: Content | None, after: Content) -> int:
        key = (before, after)
        if key not in self._changed:
            self._changed[key] = self._work_out(before, after)
        return self._changed[key]

    def _work_out(self, before: Content | None, after: Content) -> int:
        if before is None:
            return self._ground.anywhere
        on = self._mask(after)
        kept = on & self._mask(before)
        values = _parameters(before) ^ _parameters(after)
        return (on ^ self._mask(before)) | (kept & self._ground.bits_of(control for control, _ in values))

    def _mask(self, content: Content) -> int:
        if content not in self._on:
            self._on[content] = self._ground.switched_on(content)
        return self._on[content]

    def _distinct(self, mask: int) -> int:
        if mask not in self._controls:
            self._controls[mask] = len({control for _, control in self._ground.universe.decode(mask)})
        return self._controls[mask]


def _parameters(content: Content) -> frozenset[tuple[ControlId, Parameters]]:
    return frozenset() if isinstance(content, ServiceDisabled) else frozenset(content.parameters)


def _union(masks: Iterable[int]) -> int:
    whole = 0
    for mask in masks:
        whole |= mask
    return whole
