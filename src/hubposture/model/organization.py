"""The organization: accounts in a tree of OUs, Regions, and what can be reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hubposture.errors import InputError

REGION_PATTERN = r"[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}"
ACCOUNT_PATTERN = r"[0-9]{12}"
OU_PATTERN = r"(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})"
"""Regular expressions of the whole of a Region, an account id and the id of an OU or a root."""


class AccountState(StrEnum):
    """Whether an account takes part. `management` is an active account that organization policies do not bind."""

    ACTIVE = "active"
    MANAGEMENT = "management"
    SUSPENDED = "suspended"
    CLOSING = "closing"

    @property
    def is_live(self) -> bool:
        """Whether anything can be read or written in the account."""
        return self in (AccountState.ACTIVE, AccountState.MANAGEMENT)


class RegionState(StrEnum):
    """How a Region stands to the organization's home Region."""

    ON = "on"
    NOT_OPTED_IN = "not opted in"
    CLOSED = "closed by policy"
    NOT_LINKED = "not linked"


@dataclass(frozen=True, slots=True)
class OrgUnit:
    """An organizational unit, or the root (whose `parent` is None). `path` is shown: `/Workloads/Prod`, `/` for the root."""

    id: str
    name: str
    parent: str | None
    path: str


@dataclass(frozen=True, slots=True)
class Account:
    """A member account. `alias` is empty where none is set or it could not be read; `ou` is the id of its parent."""

    id: str
    name: str
    ou: str
    state: AccountState = AccountState.ACTIVE
    alias: str = ""
    email: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """`alias (111122223333)`, or the name where there is no alias: never a bare number."""
        return f"{self.alias or self.name} ({self.id})"


@dataclass(frozen=True, slots=True)
class Organization:
    """One AWS organization as read in one run.

    `units` maps OU id to OU, the root included; `accounts` maps account id to account. `home_region` is the
    aggregation Region; `linked_regions` are those that aggregate into it, the home Region included, sorted.
    """

    name: str
    id: str
    partition: str
    management_account: str
    administrator: str
    home_region: str
    linked_regions: tuple[str, ...]
    units: Mapping[str, OrgUnit]
    accounts: Mapping[str, Account]

    @property
    def root(self) -> OrgUnit:
        """The root of the tree."""
        for unit in self.units.values():
            if unit.parent is None:
                return unit
        raise InputError(f"organization {self.name}: no root among its {len(self.units)} organizational units")

    def lineage(self, ou: str) -> tuple[OrgUnit, ...]:
        """The units from `ou` up to the root, nearest first; an unknown id gives an empty tuple."""
        found: list[OrgUnit] = []
        at: str | None = ou
        while at is not None and (unit := self.units.get(at)) is not None:
            found.append(unit)
            at = unit.parent
        return tuple(found)

    def unit_by(self, text: str) -> OrgUnit | None:
        """The unit with this id or this path (`/Workloads/Prod`, or without the leading slash), or None."""
        if (unit := self.units.get(text)) is not None:
            return unit
        wanted = "/" + text.strip().strip("/").casefold()
        return next((unit for unit in self.units.values() if unit.path.casefold() == wanted), None)
