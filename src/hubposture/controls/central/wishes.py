"""What the matrix wants of every account, OU and the root, as plain input of the compile.

Whoever resolves the matrix makes one `NodeWish` for every OU and the root (what a new account without tags placed there
would get) and one for every live account; suspended and closing accounts have none and are let be. Equal Regions
share one `RegionWish`, and equal accounts one `regions` tuple: then a thousand accounts cost as much as their
distinct wishes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from hubposture.controls.desired import Intent, Wish
from hubposture.model.controls import ControlId, Standard
from hubposture.model.parameters import Parameters, ParameterValue


class Unlisted(StrEnum):
    """What becomes of controls without a row. A policy is complete, so it cannot say `leave`."""

    ENABLE = "enable"
    DISABLE = "disable"
    LEAVE = "leave"


class Govern(StrEnum):
    """How a node should be governed. `keep` is the rule; the other two only where somebody asked for them."""

    KEEP = "keep"
    CENTRAL = "central"
    SELF_MANAGED = "self-managed"


@dataclass(frozen=True, slots=True)
class RegionWish:
    """What is desired in one linked Region, encoded in the run's `Universe`.

    `standards` are on, all others off. `spoken` are the pairs that have a decision, `on` those of them that are
    switched on; pairs outside `spoken` follow the wish's `unlisted`. `parameters` are the complete custom values of
    each control that has any, sorted by control; what a row leaves as it is must already be filled in with what the
    node has now. `cells` names the deciding workbook cell (or settings key) of a control or standard; it takes no
    part in equality.
    """

    standards: frozenset[Standard]
    spoken: int
    on: int
    parameters: tuple[tuple[ControlId, Parameters], ...] = ()
    cells: Mapping[ControlId | Standard, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class NodeWish:
    """What is desired of one account, OU or the root.

    `regions` are the linked Regions the account uses, sorted by Region (an OU and the root have all of them).
    `unlisted_source` and `govern_source` name the settings key or cell that says so. `declarative` names the
    Organizations policy that governs the account in some Region, or is '': such an account is shown, not written.
    """

    regions: tuple[tuple[str, RegionWish], ...]
    unlisted: Unlisted
    unlisted_source: str
    govern: Govern = Govern.KEEP
    govern_source: str = ""
    declarative: str = ""

    def cell(self, of: ControlId | Standard) -> str:
        """The cell that decides a control or standard, from the first Region that names one; else ''."""
        return next((wish.cells[of] for _, wish in self.regions if of in wish.cells), "")

    def cells(self, of: ControlId | Standard) -> tuple[str, ...]:
        """The cells that decide a control or standard in any Region, sorted, each once."""
        return tuple(sorted({wish.cells[of] for _, wish in self.regions if of in wish.cells}))


Wishes = Mapping[str, NodeWish]
"""Wishes by the id of the account, OU or root; every OU and the root must be there."""


def region_wish(
    wish: Wish,
    *,
    standards_now: frozenset[Standard] = frozenset(),
    parameters_now: Mapping[ControlId, Parameters] = MappingProxyType({}),
) -> RegionWish:
    """A target's wish as a policy's input.

    A policy is complete, so what the wish leaves alone is filled in: standards without a row with those of
    `standards_now` (what the node's policy has on), parameters without a value with those of `parameters_now`.
    """
    left = {one for one in standards_now if one not in wish.standards and not one.is_service_managed}
    values = ((control, _values(intent, parameters_now.get(control, ()))) for control, intent in wish.intents.items())
    cells: dict[ControlId | Standard, str] = {control: intent.source for control, intent in wish.intents.items()}
    cells.update((standard, intent.source) for standard, intent in wish.standards.items())
    return RegionWish(
        standards=frozenset(left | {standard for standard, intent in wish.standards.items() if intent.enabled}),
        spoken=wish.on | wish.off,
        on=wish.on,
        parameters=tuple(sorted((control, found) for control, found in values if found)),
        cells=MappingProxyType(cells),
    )


def _values(intent: Intent, now: Parameters) -> Parameters:
    wanted: dict[str, ParameterValue | None] = {**dict(now), **intent.parameters}
    return tuple(sorted((name, value) for name, value in wanted.items() if value is not None))
