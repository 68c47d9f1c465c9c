"""Whether a policy can say what is desired of a node, and if not, which cells stand in the way."""

from collections.abc import Iterator
from dataclasses import dataclass

from hubposture.controls.central.ground import CentralGround
from hubposture.controls.central.types import ListForm, Profile
from hubposture.controls.central.wishes import NodeWish, RegionWish, Unlisted
from hubposture.model.controls import ControlId, Standard, natural_key
from hubposture.model.parameters import Parameters

_LEAVE = "controls without a row are left as they are, and a policy decides every control"
_LEAVE_HINT = "say enable or disable for unlisted controls here, or leave the node to itself (self-managed)"
_EQUAL_HINT = "make the rows equal in all linked Regions, or leave the node to itself (self-managed)"


@dataclass(frozen=True, slots=True, order=True)
class Obstacle:
    """One thing a policy cannot say: the cells that ask for it (may be empty), what it is, what to do."""

    cells: tuple[str, ...]
    what: str
    hint: str


def express(wish: NodeWish, ground: CentralGround) -> Profile | tuple[Obstacle, ...]:
    """The normal profile that says the wish, or everything that stands in the way, sorted, never empty.

    Sayable is what is the same in all linked Regions (where the control exists there; global-resource controls
    count in the Region that keeps them), the same over all standards, decides every control, and holds no
    service-managed standard.
    """
    found = [*_unlisted(wish), *_standards(wish, ground)]
    on, off = _states(wish, ground)
    found += _mixed(wish, ground, on=on, off=off)
    found += _parameters_differ(wish, ground, on=on)
    if found:
        return tuple(sorted(set(found)))
    return _profile(wish, ground, on=_any(on), off=_any(off))


def _unlisted(wish: NodeWish) -> Iterator[Obstacle]:
    if wish.unlisted is Unlisted.LEAVE:
        yield Obstacle((wish.unlisted_source,) if wish.unlisted_source else (), _LEAVE, _LEAVE_HINT)


def _standards(wish: NodeWish, ground: CentralGround) -> Iterator[Obstacle]:
    for standard in sorted(_wanted(wish)):
        if standard.is_service_managed:
            what = f"{standard.key} is managed by another service and cannot be in a policy"
            yield Obstacle(wish.cells(standard), what, "take it out of the Standards sheet; it is read-only")
            continue
        bits = ground.universe.of_standard.get(standard, 0)
        without = [
            region
            for region, here in wish.regions
            if standard not in here.standards and ground.available.get(region, 0) & bits
        ]
        if without:
            having = [region for region, here in wish.regions if standard in here.standards]
            what = f"{standard.key} is wanted on in {_list(having)} and off in {_list(without)}"
            yield Obstacle(wish.cells(standard), what, _EQUAL_HINT)


def _wanted(wish: NodeWish) -> frozenset[Standard]:
    return frozenset(standard for _, here in wish.regions for standard in here.standards)


def _states(wish: NodeWish, ground: CentralGround) -> tuple[dict[str, int], dict[str, int]]:
    """By Region, the pairs to be on and the pairs to be off that a policy reaches there."""
    on: dict[str, int] = {}
    off: dict[str, int] = {}
    masks: dict[tuple[RegionWish, int], tuple[int, int]] = {}
    for region, here in wish.regions:
        reach = ground.reach.get(region, 0)
        key = (here, reach)
        if key not in masks:
            within = reach & ground.pairs_of(here.standards) & ~ground.bits_of(ground.settling)
            unspoken = within & ~here.spoken if wish.unlisted is Unlisted.ENABLE else 0
            wanted = within & here.spoken & here.on | unspoken
            masks[key] = (wanted, within & ~wanted)
        on[region], off[region] = masks[key]
    return on, off


def _any(states: dict[str, int]) -> int:
    whole = 0
    for mask in states.values():
        whole |= mask
    return whole


def _mixed(wish: NodeWish, ground: CentralGround, *, on: dict[str, int], off: dict[str, int]) -> Iterator[Obstacle]:
    some_on, some_off = _any(on), _any(off)
    for control, bits in ground.universe.of_control.items():
        if not (some_on & bits and some_off & bits):
            continue
        standards = _split_by_standard(ground, bits, on=on, off=off)
        if standards is not None:
            what = f"{ground.name(control)} is wanted on in {standards[0]} and off in {standards[1]}"
            yield Obstacle(wish.cells(control), what, "switch the control alike in all its standards")
        else:
            there = [region for region, mask in on.items() if mask & bits]
            elsewhere = [region for region, mask in off.items() if mask & bits]
            what = f"{ground.name(control)} is wanted on in {_list(there)} and off in {_list(elsewhere)}"
            yield Obstacle(wish.cells(control), what, _EQUAL_HINT)


def _split_by_standard(
    ground: CentralGround, bits: int, *, on: dict[str, int], off: dict[str, int]
) -> tuple[str, str] | None:
    """In the first Region where a control is on in one standard and off in another: those standards."""
    for region, mask in on.items():
        if mask & bits and off[region] & bits:
            names = [
                _list(sorted(standard.key for standard, _ in ground.universe.decode(found)))
                for found in (mask & bits, off[region] & bits)
            ]
            return names[0], names[1]
    return None


def _parameters_differ(wish: NodeWish, ground: CentralGround, *, on: dict[str, int]) -> Iterator[Obstacle]:
    controls = {control for _, here in wish.regions for control, _ in here.parameters}
    values = {region: dict(here.parameters) for region, here in wish.regions} if controls else {}
    for control in sorted(controls, key=natural_key):
        bits = ground.universe.of_control.get(control, 0)
        found: dict[Parameters, list[str]] = {}
        for region, mask in on.items():
            if mask & bits:
                found.setdefault(values[region].get(control, ()), []).append(region)
        if len(found) > 1:
            told = "; ".join(f"{_shown(one)} in {_list(regions)}" for one, regions in sorted(found.items(), key=repr))
            what = f"{ground.name(control)} is wanted with different parameters: {told}"
            yield Obstacle(wish.cells(control), what, _EQUAL_HINT)


def _profile(wish: NodeWish, ground: CentralGround, *, on: int, off: int) -> Profile:
    parameters: dict[ControlId, Parameters] = {}
    for region, here in wish.regions:
        reach = ground.reach.get(region, 0)
        parameters.update((control, values) for control, values in here.parameters if reach & _bits(ground, control))
    form = ListForm.ENABLED if wish.unlisted is Unlisted.DISABLE else ListForm.DISABLED
    listed = on if form is ListForm.ENABLED else off
    controls = frozenset(control for _, control in ground.universe.decode(listed))
    content = ground.normal(Profile(_wanted(wish), form, controls, tuple(sorted(parameters.items()))))
    assert isinstance(content, Profile)
    return content


def _bits(ground: CentralGround, control: ControlId) -> int:
    return ground.universe.of_control.get(control, 0)


def _shown(values: Parameters) -> str:
    return ", ".join(f"{name}={value}" for name, value in values) or "defaults"


def _list(items: list[str], most: int = 3) -> str:
    """`a, b and c`, or the first few and how many more."""
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)
