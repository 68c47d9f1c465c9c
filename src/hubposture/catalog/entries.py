"""What the catalog says of one control."""

from dataclasses import dataclass
from datetime import date

from hubposture.model.controls import ControlId, Severity, Standard
from hubposture.model.parameters import ParameterSpec

Membership = tuple[tuple[Standard, tuple[str, ...]], ...]
"""The standards a control belongs to, sorted, each with its requirement numbers (none where they are not known)."""


@dataclass(frozen=True, slots=True)
class CatalogControl:
    """One control of Security Hub.

    `shown` is the id as AWS writes it; `title` our own short words, or the hub's once it was asked. `schedule`,
    `resource` and `rule` (the AWS Config rule) may be empty. `parameters` may be empty although `customizable` is
    true: then it takes parameters that are not known here. `regions` are the Regions where it is available, None as
    long as no hub was asked; `only_region` is the one Region that judges a global service. `is_global` marks
    controls over global resources, which are kept on in one Region only. `retiring` is the day after which AWS said
    it may take the control away.
    """

    id: ControlId
    shown: str
    title: str
    service: str
    severity: Severity
    schedule: str = ""
    resource: str = ""
    rule: str = ""
    customizable: bool = False
    parameters: tuple[ParameterSpec, ...] = ()
    membership: Membership = ()
    is_global: bool = False
    only_region: str = ""
    retiring: date | None = None
    regions: frozenset[str] | None = None

    @property
    def standards(self) -> tuple[Standard, ...]:
        """The standards it belongs to, sorted."""
        return tuple(standard for standard, _ in self.membership)

    def requirements(self, standard: Standard) -> tuple[str, ...]:
        """Its requirement numbers in a standard; empty if it is no member or the numbers are not known here."""
        return next((numbers for each, numbers in self.membership if each == standard), ())

    def parameter(self, name: str) -> ParameterSpec | None:
        """The parameter of this name, whatever the casing."""
        return next((spec for spec in self.parameters if spec.name.casefold() == name.casefold()), None)


@dataclass(frozen=True, slots=True)
class RetiredControl:
    """A control AWS took away; known so that an old workbook can be told so. `since` is None if the day is unknown."""

    id: ControlId
    shown: str
    title: str
    since: date | None

    def __str__(self) -> str:
        return f"{self.shown} was retired by AWS" + (f" on {self.since.isoformat()}" if self.since else "")
