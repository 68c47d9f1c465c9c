"""Scopes: which accounts and Regions a scope takes in, in an organization as it is now.

A scope's criteria (OUs, Accounts, Account tags, Regions) must all hold; the values of one criterion are alternatives;
a criterion that is blank holds everywhere. What Excluding names is taken out again, each of its values by itself.
An OU covers everything below it. OUs are known by id or path, accounts by id, exact name or exact alias, tags by exact
key and value (`*` for any value), scopes by name whatever the case. A criterion whose values name nothing that exists
holds nowhere: a scope never grows because something was deleted or misspelt. Ranks: see ranks.Rank.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hubposture.matrix.ranks import NO_PRIORITY, Rank
from hubposture.matrix.rows import ScopeRow
from hubposture.matrix.scope_names import scope_key, sort_excluding
from hubposture.model.organization import Account, Organization

AccountMatch = tuple[tuple[int, Rank], ...]
"""The scopes that hold at an account in some Region, by number, each with its rank; sorted by number."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A value of a scope that names nothing in the organization, or more than one thing.

    `column` is `ous`, `accounts` or `excluding`; `found` the ids of what it names, empty or at least two.
    """

    row: ScopeRow
    column: str
    text: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Set:
    """Units with their depths, accounts and tags: what a scope takes in, or takes out."""

    units: Mapping[str, int]
    accounts: frozenset[str]
    tags: tuple[tuple[str, str], ...]

    def depth(self, lineage: Iterable[str]) -> int | None:
        return max((self.units[unit] for unit in lineage if unit in self.units), default=None)

    def has_tag(self, account: Account) -> bool:
        return any(key in account.tags and (value == "*" or account.tags[key] == value) for key, value in self.tags)


@dataclass(frozen=True, slots=True)
class _Scope:
    row: ScopeRow
    within: _Set
    without: _Set
    regions: frozenset[str]
    without_regions: frozenset[str]
    without_scopes: tuple[int, ...]


class Scopes:
    """The scopes of a matrix in one organization.

    `names` holds their names by number, as written; `unresolved` what of them names nothing that exists.
    """

    def __init__(self, rows: Iterable[ScopeRow], organization: Organization) -> None:
        self._organization = organization
        self._lineages: dict[str, tuple[str, ...]] = {}
        self._unresolved: list[Unresolved] = []
        first: dict[str, ScopeRow] = {}
        for row in rows:
            first.setdefault(scope_key(row.scope), row)
        self.number: dict[str, int] = {key: number for number, key in enumerate(first)}
        self.names: tuple[str, ...] = tuple(row.scope for row in first.values())
        self._by_name = _accounts_by_name(organization)
        self._scopes = tuple(self._compile(row) for row in first.values())
        self.unresolved: tuple[Unresolved, ...] = tuple(self._unresolved)

    def of_account(self, account: Account) -> AccountMatch:
        """The scopes that hold at an account as far as Regions and excluded scopes allow."""
        found: list[tuple[int, Rank]] = []
        lineage = self._lineage(account.ou)
        for number, scope in enumerate(self._scopes):
            rank = _rank(scope, account, lineage)
            if rank is not None:
                found.append((number, rank))
        return tuple(found)

    def at(self, match: AccountMatch, region: str) -> dict[int, Rank]:
        """The scopes of an account that hold in one Region, with their ranks."""
        ranks = dict(match)
        known: dict[int, bool] = {}

        def holds(number: int) -> bool:
            if number not in known:
                known[number] = False  # a circle of exclusions is refused elsewhere; here it only has to end
                scope = self._scopes[number]
                known[number] = (
                    number in ranks
                    and (not scope.row.regions or region in scope.regions)
                    and region not in scope.without_regions
                    and not any(holds(other) for other in scope.without_scopes)
                )
            return known[number]

        return {number: rank for number, rank in match if holds(number)}

    def _lineage(self, ou: str) -> tuple[str, ...]:
        if ou not in self._lineages:
            self._lineages[ou] = tuple(unit.id for unit in self._organization.lineage(ou))
        return self._lineages[ou]

    def _compile(self, row: ScopeRow) -> _Scope:
        outside = sort_excluding(row, self.number, self._organization)
        return _Scope(
            row=row,
            within=_Set(
                self._units(row, "ous", row.ous), self._accounts(row, "accounts", row.accounts), row.account_tags
            ),
            without=_Set(
                self._units(row, "excluding", outside.ous),
                self._accounts(row, "excluding", outside.accounts),
                outside.tags,
            ),
            regions=frozenset(row.regions),
            without_regions=frozenset(outside.regions),
            without_scopes=tuple(self.number[scope_key(name)] for name in outside.scopes),
        )

    def _units(self, row: ScopeRow, column: str, texts: Iterable[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for text in texts:
            unit = self._organization.unit_by(text)
            if unit is None:
                self._unresolved.append(Unresolved(row, column, text))
            else:
                found[unit.id] = len(self._lineage(unit.id)) - 1
        return found

    def _accounts(self, row: ScopeRow, column: str, texts: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        for text in texts:
            ids = (text,) if text in self._organization.accounts else self._by_name.get(text, ())
            if len(ids) != 1:
                self._unresolved.append(Unresolved(row, column, text, ids))
            found.update(ids)
        return frozenset(found)


def _rank(scope: _Scope, account: Account, lineage: tuple[str, ...]) -> Rank | None:
    """The rank at which a scope holds at an account, or None; Regions and excluded scopes are looked at later."""
    row, without = scope.row, scope.without
    depth = scope.within.depth(lineage)
    outside = (
        (row.accounts and account.id not in scope.within.accounts)
        or (row.ous and depth is None)
        or (row.account_tags and not scope.within.has_tag(account))
        or account.id in without.accounts
        or without.depth(lineage) is not None
        or without.has_tag(account)
    )
    if outside:
        return None
    return Rank(
        account=bool(row.accounts),
        priority=NO_PRIORITY if row.priority is None else row.priority,
        depth=depth or 0,
        tag=bool(row.account_tags),
        region=bool(row.regions),
    )


def _accounts_by_name(organization: Organization) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for account in organization.accounts.values():
        for name in filter(None, (account.name, account.alias)):
            found.setdefault(name, set()).add(account.id)
    return {name: tuple(sorted(ids)) for name, ids in found.items()}
