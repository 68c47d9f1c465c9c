"""A set of targets in few words: `all 12 accounts in 3 Regions`, `acme-prod (1111...) in eu-central-1`."""

from collections.abc import Collection, Mapping

from hubposture.model.organization import Account
from hubposture.model.targets import Target
from hubposture.views.document import counted

_NAMED = 3


def where(targets: Collection[Target], everything: Collection[Target], accounts: Mapping[str, Account]) -> str:
    """Describe targets against all there are; exact when it says `all`, `all but` or names, else a count."""
    chosen = set(targets)
    if not chosen:
        return "no target"
    if 1 < len(chosen) == len(everything) and chosen.issuperset(everything):
        return f"all {counted(len(chosen), 'target')}"
    by_account: dict[str, set[str]] = {}
    for one in chosen:
        by_account.setdefault(one.account, set()).add(one.region)
    regions = {frozenset(found) for found in by_account.values()}
    if len(regions) > 1:
        return _counts(chosen, by_account)
    here = next(iter(regions), frozenset())
    possible = {one.account for one in everything if one.region in here}
    return f"{_named(set(by_account), possible, accounts)} in {_regions(here, everything)}"


def _counts(chosen: Collection[Target], by_account: Mapping[str, set[str]]) -> str:
    regions = {one.region for one in chosen}
    return (
        f"{counted(len(chosen), 'target')} ({counted(len(by_account), 'account')}, {counted(len(regions), 'Region')})"
    )


def _named(chosen: set[str], possible: set[str], accounts: Mapping[str, Account]) -> str:
    if chosen == possible and len(chosen) > 1:
        return f"all {counted(len(chosen), 'account')}"
    if len(chosen) <= _NAMED:
        return ", ".join(account_name(one, accounts) for one in sorted(chosen))
    missing = possible - chosen
    if chosen < possible and len(missing) <= _NAMED:
        return "all accounts but " + ", ".join(account_name(one, accounts) for one in sorted(missing))
    return f"{len(chosen):,} of {counted(len(possible), 'account')}"


def _regions(chosen: Collection[str], everything: Collection[Target]) -> str:
    possible = {one.region for one in everything}
    if len(possible) > 1 and set(chosen) == possible:
        return f"all {len(possible)} Regions"
    if len(chosen) <= _NAMED:
        return ", ".join(sorted(chosen))
    return counted(len(chosen), "Region")


def account_name(account: str, accounts: Mapping[str, Account]) -> str:
    """`alias (id)`, or the id alone where the account is unknown."""
    found = accounts.get(account)
    return found.shown if found is not None else account
