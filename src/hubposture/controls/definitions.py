"""What the live hub says exists: controls and standards per Region, as the administrator's account sees them."""

from collections.abc import Mapping
from dataclasses import dataclass

from hubposture.model.controls import ControlId, Severity, Standard
from hubposture.model.parameters import ParameterSpec


@dataclass(frozen=True, slots=True)
class Definition:
    """A control as defined in one Region. `shown` is the id in AWS's casing; `parameters` is sorted by name."""

    id: ControlId
    shown: str
    title: str
    severity: Severity
    available: bool
    parameters: tuple[ParameterSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class RegionDefinitions:
    """One Region's controls, and which standards hold them.

    `standards` maps every standard offered there to its control ids; `arns` maps it to its StandardsArn. A
    service-managed standard may hold no controls here.
    """

    region: str
    controls: Mapping[ControlId, Definition]
    standards: Mapping[Standard, frozenset[ControlId]]
    arns: Mapping[Standard, str]


Definitions = Mapping[str, RegionDefinitions]
"""Definitions by Region; a Region whose definitions could not be read is absent and its targets are unreadable."""
