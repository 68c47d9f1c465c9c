"""The organization's tree: root, units, accounts and their tags."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from hubposture.aws.gateway import Gateway
from hubposture.aws.pool import Pool
from hubposture.errors import RemoteRefused
from hubposture.model.organization import Account, AccountState, OrgUnit

ORGANIZATIONS: Final = "organizations"
_PAGE: Final = {"MaxResults": 20}


@dataclass(frozen=True, slots=True)
class Root:
    """The organization's root, and the policy types that are enabled on it."""

    unit: OrgUnit
    policy_types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tree:
    """Units by id, the root included, and accounts by id."""

    units: Mapping[str, OrgUnit]
    accounts: Mapping[str, Account]


def read_root(gateway: Gateway) -> Root:
    """The root (ListRoots); raises RemoteError."""
    for one in gateway.items(gateway.administrator(ORGANIZATIONS), "ListRoots", "Roots", _PAGE):
        types = frozenset(kind["Type"] for kind in one.get("PolicyTypes") or () if kind["Status"] == "ENABLED")
        return Root(OrgUnit(one["Id"], one.get("Name", "Root"), None, "/"), types)
    raise RemoteRefused("organizations:ListRoots: the organization shows no root; ask as its delegated administrator")


def read_tree(gateway: Gateway, pool: Pool, root: OrgUnit, *, management: str) -> Tree:
    """Every unit and account below a root; raises RemoteError when any part of the tree cannot be read.

    Listed level by level, the units of a level at once: about one call a unit and one per 20 accounts, each twice.
    """
    units = {root.id: root}
    accounts: dict[str, Account] = {}
    level = [root]
    while level:
        below: list[OrgUnit] = []
        for unit, answer in pool.spread(lambda one: _children(gateway, one, management), level):
            if isinstance(answer, Exception):
                raise answer
            children, members = answer
            accounts |= {one.id: one for one in members}
            below += children
            del unit
        units |= {one.id: one for one in below}
        level = below
    return Tree(dict(sorted(units.items())), dict(sorted(accounts.items())))


def _children(gateway: Gateway, unit: OrgUnit, management: str) -> tuple[list[OrgUnit], list[Account]]:
    seat = gateway.administrator(ORGANIZATIONS)
    asked = {**_PAGE, "ParentId": unit.id}
    units = gateway.items(seat, "ListOrganizationalUnitsForParent", "OrganizationalUnits", asked)
    accounts = gateway.items(seat, "ListAccountsForParent", "Accounts", asked)
    return (
        [OrgUnit(one["Id"], one["Name"], unit.id, f"{unit.path.rstrip('/')}/{one['Name']}") for one in units],
        [_account(one, unit, management) for one in accounts],
    )


def _account(one: Mapping[str, Any], unit: OrgUnit, management: str) -> Account:
    state = AccountState.MANAGEMENT if one["Id"] == management else account_state(one)
    return Account(one["Id"], one.get("Name") or one["Id"], unit.id, state=state, email=one.get("Email", ""))


def account_state(one: Mapping[str, Any]) -> AccountState:
    """The state of a listed account, from the newer `State` or the older `Status`; an unknown one is not live."""
    match one.get("State") or one.get("Status"):
        case "ACTIVE":
            return AccountState.ACTIVE
        case "PENDING_CLOSURE" | "CLOSED":
            return AccountState.CLOSING
        case _:
            return AccountState.SUSPENDED


def with_tags(gateway: Gateway, pool: Pool, accounts: Iterable[Account]) -> dict[str, Account]:
    """Accounts by id, with their tags: a call each, ten a second. Raises RemoteError.

    Tags decide which rows hold for an account, so an account whose tags are unknown is not taken for one without.
    """
    found: dict[str, Account] = {}
    for account, answer in pool.spread(lambda one: _tags(gateway, one.id), accounts):
        if isinstance(answer, Exception):
            raise answer
        found[account.id] = replace(account, tags=MappingProxyType(answer))
    return dict(sorted(found.items()))


def _tags(gateway: Gateway, account: str) -> dict[str, str]:
    seat = gateway.administrator(ORGANIZATIONS)
    listed = gateway.items(seat, "ListTagsForResource", "Tags", {"ResourceId": account})
    return {one["Key"]: one["Value"] for one in sorted(listed, key=lambda tag: str(tag["Key"]))}
