"""What something is done to, and where in the organization it lies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from hubposture.access.actions import Kind

ROOT = "/"
"""The organization as a whole."""


@dataclass(frozen=True, slots=True)
class Unit:
    """An OU by its path (`/Workloads/Prod`)."""

    path: str = ROOT

    @property
    def kind(self) -> Kind:
        """What it is for rules."""
        return Kind.UNIT

    def __str__(self) -> str:
        return f"OU {self.path}" if self.path != ROOT else "the organization"


@dataclass(frozen=True, slots=True)
class Account:
    """An account by its id."""

    id: str

    @property
    def kind(self) -> Kind:
        """What it is for rules."""
        return Kind.ACCOUNT

    def __str__(self) -> str:
        return f"account {self.id}"


@dataclass(frozen=True, slots=True)
class ControlAt:
    """A control in an account, or in an OU: `control` in lower case (`s3.8`), `severity` ours, else AWS's."""

    control: str
    severity: str
    at: Unit | Account

    @property
    def kind(self) -> Kind:
        """What it is for rules."""
        return Kind.CONTROL

    def __str__(self) -> str:
        return f"{self.control} ({self.severity}) in {self.at}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A control's check of a resource, or a finding of another product, as the lake has it.

    `control` is in lower case, '' for other products. `severity` is as lists show it. `owner` is by the chain of owners;
    the account's own owner is in `Places`.
    """

    id: str
    account: str
    region: str = ""
    control: str = ""
    severity: str = ""
    resource: str = ""
    resource_type: str = ""
    product: str = ""
    owner: str = ""

    @property
    def kind(self) -> Kind:
        """What it is for rules."""
        return Kind.SUBJECT

    def __str__(self) -> str:
        of = self.control or self.product
        return f"{self.resource or self.id} ({of}, {self.severity}) in account {self.account}"


Thing = Unit | Account | ControlAt | Subject


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an account is: its owner by the chain ('' for nobody) and every OU above it, path and id ('')."""

    owner: str = ""
    units: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Places:
    """The organization: every account that is known, by its id."""

    accounts: Mapping[str, Placed] = field(default_factory=dict)

    @cached_property
    def units(self) -> Mapping[str, frozenset[str]]:
        """Every OU that has an account below it: its path, and the paths and ids that it is in, its own id included."""
        return {path: frozenset(self._above(path, inside)) for path, inside in self._inside().items()}

    @cached_property
    def names(self) -> frozenset[str]:
        """Every path and id of an OU that has an account below it."""
        every = (name for placed in self.accounts.values() for unit in placed.units for name in unit)
        return frozenset(name for name in every if name)

    def owner_of(self, account: str) -> str:
        """Whose an account is; '' for nobody."""
        found = self.accounts.get(account)
        return found.owner if found else ""

    def _inside(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = {}
        for account, placed in self.accounts.items():
            for path, _ in placed.units:
                found.setdefault(path, set()).add(account)
        return found

    def _above(self, path: str, inside: set[str]) -> Iterable[str]:
        """What every account of an OU is in and a path leads through: names with slashes must not lend membership."""
        common = frozenset.intersection(*(self.accounts[account].units for account in inside))
        for other, id_ in common:
            if other == path:
                yield id_
            elif other == ROOT or path.startswith(f"{other}/"):
                yield from (other, id_)
