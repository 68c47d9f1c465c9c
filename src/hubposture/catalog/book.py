"""The catalog: every control by id, the retired ones, and which standard asks for what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from hubposture.catalog.entries import CatalogControl, RetiredControl
from hubposture.catalog.packaged import read_packaged
from hubposture.catalog.requirements import Requirement
from hubposture.catalog.standards import STANDARDS
from hubposture.model.controls import ControlId, Standard, control_id, natural_key


@dataclass(frozen=True, slots=True)
class Catalog:
    """The controls of Security Hub. Both mappings are keyed by id and in natural order (`EC2.2` before `EC2.10`)."""

    controls: Mapping[ControlId, CatalogControl]
    retired: Mapping[ControlId, RetiredControl]

    def get(self, text: str) -> CatalogControl | None:
        """The control with this id in any casing, or None; retired controls are not found here."""
        return self.controls.get(control_id(text))

    def shown(self, control: ControlId) -> str:
        """The id as AWS writes it (`S3.8`); an unknown one as it is, with its first letter raised."""
        known = self.controls.get(control) or self.retired.get(control)
        return known.shown if known else control[:1].upper() + control[1:]

    @property
    def standards(self) -> tuple[Standard, ...]:
        """The standards that any control belongs to: the known ones in their usual order, then others by name."""
        found = {standard for control in self.controls.values() for standard, _ in control.membership}
        usual = [standard for standard in STANDARDS if standard in found]
        return (*usual, *sorted(found.difference(usual)))

    def requirements(self, control: ControlId, standard: Standard) -> tuple[str, ...]:
        """A control's requirement numbers in a standard; empty for no member, unknown numbers or an unknown control."""
        known = self.controls.get(control)
        return known.requirements(standard) if known else ()

    def members(self, standard: Standard) -> tuple[CatalogControl, ...]:
        """The controls of a standard in natural order."""
        return tuple(control for control in self.controls.values() if standard in control.standards)

    def controls_by_requirement(self, standard: Standard) -> Mapping[str, tuple[CatalogControl, ...]]:
        """The requirement numbers of a standard that have a control, in natural order, each with its controls.

        Requirements that are checked by hand have no control and are not known here; for NIST and PCI DSS the
        packaged catalog knows no numbers, so that it is empty until a hub was asked.
        """
        found: dict[str, list[CatalogControl]] = {}
        for control in self.controls.values():
            for number in control.requirements(standard):
                found.setdefault(number, []).append(control)
        return MappingProxyType({number: tuple(found[number]) for number in sorted(found, key=natural_key)})

    def labels(self, control: ControlId) -> tuple[Requirement, ...]:
        """Every requirement a control is known to serve, standards in their usual order."""
        known = self.controls.get(control)
        if known is None:
            return ()
        order = {standard: at for at, standard in enumerate(STANDARDS)}
        members = sorted(known.membership, key=lambda pair: (order.get(pair[0], len(order)), pair[0]))
        return tuple(Requirement(standard, number) for standard, numbers in members for number in numbers)


def make_catalog(controls: Iterable[CatalogControl], retired: Iterable[RetiredControl]) -> Catalog:
    """A catalog of these controls, put in natural order."""
    return Catalog(
        controls=MappingProxyType({each.id: each for each in sorted(controls, key=lambda one: natural_key(one.id))}),
        retired=MappingProxyType({each.id: each for each in sorted(retired, key=lambda one: natural_key(one.id))}),
    )


@cache
def load() -> Catalog:
    """The packaged catalog, read once per process; what a hub says wins over it (`with_live`)."""
    controls, retired = read_packaged()
    return Catalog(
        controls=MappingProxyType({each.id: each for each in controls}),
        retired=MappingProxyType({each.id: each for each in retired}),
    )
