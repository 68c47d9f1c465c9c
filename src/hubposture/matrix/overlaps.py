"""Whether two scopes can hold at one target with equal rank, told from the workbook alone."""

import re
from enum import IntEnum

from hubposture.matrix.rows import Origin, ScopeRow
from hubposture.model.organization import ACCOUNT_PATTERN


class Overlap(IntEnum):
    """How sure it is that two scopes meet at equal rank; the least of a scope's criteria counts."""

    NEVER = 0
    PERHAPS = 1
    CERTAIN = 2


def overlap(one: ScopeRow | None, other: ScopeRow | None) -> Overlap:
    """Whether two scopes (None is the whole organization) meet at equal rank somewhere.

    CERTAIN holds as far as the organization has what both name. Criteria that only meet if an account happens to lie
    in both are PERHAPS.
    """
    a, b = one or _everything(), other or _everything()
    if (bool(a.accounts), a.priority, bool(a.account_tags), bool(a.regions)) != (
        bool(b.accounts), b.priority, bool(b.account_tags), bool(b.regions),
    ):  # fmt: skip
        return Overlap.NEVER
    least = min(_units(a, b), _accounts(a, b), _tags(a, b), _regions(a, b))
    same = (a.ous, a.accounts, a.account_tags) == (b.ous, b.accounts, b.account_tags)
    joined = sum(map(bool, (a.ous, a.accounts, a.account_tags))) > 1
    if least is Overlap.CERTAIN and (a.excluding or b.excluding or (joined and not same)):
        return Overlap.PERHAPS
    return least


def _everything() -> ScopeRow:
    return ScopeRow("", Origin("", "", 0, {}))


def _units(a: ScopeRow, b: ScopeRow) -> Overlap:
    """Units tie only in a unit both name: units of one depth do not overlap, and depths differ in rank."""
    one, other = (frozenset(_path(ou) for ou in row.ous) or frozenset({"/"}) for row in (a, b))
    if one & other:
        return Overlap.CERTAIN
    by_id = any(not ou.startswith("/") for ou in one | other)
    return Overlap.PERHAPS if by_id else Overlap.NEVER


def _path(ou: str) -> str:
    """A unit's path in one form; ids stay as they are."""
    return ou if re.match(r"(ou|r)-", ou) else "/" + ou.strip("/").casefold()


def _accounts(a: ScopeRow, b: ScopeRow) -> Overlap:
    if not a.accounts or set(a.accounts) & set(b.accounts):
        return Overlap.CERTAIN
    ids = all(re.fullmatch(ACCOUNT_PATTERN, account) for account in (*a.accounts, *b.accounts))
    return Overlap.NEVER if ids else Overlap.PERHAPS


def _tags(a: ScopeRow, b: ScopeRow) -> Overlap:
    if not a.account_tags or set(a.account_tags) & set(b.account_tags):
        return Overlap.CERTAIN
    keys = {key for key, _ in (*a.account_tags, *b.account_tags)}
    any_value = any(value == "*" for _, value in (*a.account_tags, *b.account_tags))
    return Overlap.NEVER if len(keys) == 1 and not any_value else Overlap.PERHAPS


def _regions(a: ScopeRow, b: ScopeRow) -> Overlap:
    return Overlap.CERTAIN if not a.regions or set(a.regions) & set(b.regions) else Overlap.NEVER
