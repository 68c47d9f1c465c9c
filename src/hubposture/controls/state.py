"""Encoded state: a target's (standard, control) pairs as the bits of one integer.

A thousand accounts in seventeen Regions hold seven million pairs, but few distinct states. One integer per state,
interned, keeps the whole organization in some megabytes, and a difference is one exclusive or.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from hubposture.controls.definitions import Definitions
from hubposture.model.controls import ControlId, Standard, natural_key
from hubposture.model.parameters import Parameters
from hubposture.model.targets import Governance, Target, Unreadable

Pair = tuple[Standard, ControlId]
"""A control in a standard: the thing Security Hub switches on and off."""


@dataclass(frozen=True)
class Universe:
    """All pairs of an organization in a fixed order; pair `i` is bit `i` of every encoded state."""

    pairs: tuple[Pair, ...]

    @cached_property
    def index(self) -> dict[Pair, int]:
        """The bit of each pair."""
        return {pair: bit for bit, pair in enumerate(self.pairs)}

    @cached_property
    def of_standard(self) -> dict[Standard, int]:
        """The bits of each standard as a mask."""
        masks: dict[Standard, int] = {}
        for bit, (standard, _) in enumerate(self.pairs):
            masks[standard] = masks.get(standard, 0) | 1 << bit
        return masks

    @cached_property
    def of_control(self) -> dict[ControlId, int]:
        """The bits of each control, over all standards, as a mask."""
        masks: dict[ControlId, int] = {}
        for bit, (_, control) in enumerate(self.pairs):
            masks[control] = masks.get(control, 0) | 1 << bit
        return masks

    def encode(self, pairs: Iterable[Pair]) -> int:
        """The mask of some pairs; pairs outside the universe are a KeyError, which is a defect of the caller."""
        index = self.index
        mask = 0
        for pair in pairs:
            mask |= 1 << index[pair]
        return mask

    def decode(self, mask: int) -> Iterator[Pair]:
        """The pairs of a mask in the universe's order."""
        while mask:
            low = mask & -mask
            yield self.pairs[low.bit_length() - 1]
            mask ^= low


def universe(definitions: Definitions) -> Universe:
    """The universe of all Regions' definitions; service-managed standards are left out, they are never written."""
    pairs = {
        (standard, control)
        for region in definitions.values()
        for standard, controls in region.standards.items()
        if not standard.is_service_managed
        for control in controls
    }
    return Universe(tuple(sorted(pairs, key=lambda pair: (pair[0], natural_key(pair[1])))))


@dataclass(frozen=True, slots=True)
class TargetState:
    """What one target has now.

    `standards` are enabled and ready; `settling` are enabled but not yet ready to be changed; `managed` are
    service-managed ones. `known` are the pairs whose state was read, `enabled` those of them that are on: a pair of
    an enabled standard outside `known` does not exist in this target. `parameters` holds the custom values of each
    control that has any, sorted by control. `updating` are controls whose parameters cannot be written yet.
    """

    target: Target
    governance: Governance
    standards: frozenset[Standard]
    settling: frozenset[Standard]
    managed: frozenset[Standard]
    known: int
    enabled: int
    parameters: tuple[tuple[ControlId, Parameters], ...] = ()
    updating: frozenset[ControlId] = frozenset()


Reading = TargetState | Unreadable
"""One target as read: its state, or why it has none."""
