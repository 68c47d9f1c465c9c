"""Places in few words: exact when it says all, all but, or names."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.model.organization import Account
from hubposture.model.targets import Target
from hubposture.views.where import account_name, where

IDS = tuple(f"{number:012}" for number in range(1, 7))
ACCOUNTS = {
    one: Account(one, f"account-{one[-1]}", "r-root", alias=f"acme-{one[-1]}" if one != IDS[0] else "") for one in IDS
}
REGIONS = ("eu-central-1", "eu-west-1", "us-east-1", "us-east-2", "us-west-2")
ALL = tuple(Target("acme", account, region) for account in IDS for region in REGIONS)


def said(*places: Target, everything: Sequence[Target] = ALL) -> str:
    return where(places, everything, ACCOUNTS)


def at(accounts: Iterable[str], regions: Sequence[str]) -> list[Target]:
    return [Target("acme", account, region) for account in accounts for region in regions]


def test_everything_is_called_all_targets() -> None:
    assert said(*ALL) == "all 30 targets"


def test_whole_accounts_and_whole_regions_are_called_so() -> None:
    assert said(*at(IDS, REGIONS[:1])) == "all 6 accounts in eu-central-1"
    assert said(*at(IDS[:1], REGIONS)) == f"account-1 ({IDS[0]}) in all 5 Regions"
    assert said(*at(IDS, REGIONS[:4])) == "all 6 accounts in 4 Regions"


def test_few_are_named_by_alias_and_few_missing_too() -> None:
    assert said(*at(IDS[1:3], REGIONS[:2])) == f"acme-2 ({IDS[1]}), acme-3 ({IDS[2]}) in eu-central-1, eu-west-1"
    assert said(*at(IDS[:5], REGIONS[:1])) == f"all accounts but acme-6 ({IDS[5]}) in eu-central-1"


def test_many_of_many_are_counted() -> None:
    many = tuple(Target("acme", f"{number:012}", "eu-central-1") for number in range(20))
    assert where(many[:10], many, {}) == "10 of 20 accounts in eu-central-1"


def test_what_is_ragged_is_counted() -> None:
    assert said(*at(IDS[:2], REGIONS), *at(IDS[2:3], REGIONS[:1])) == "11 targets (3 accounts, 5 Regions)"


def test_one_target_is_named_even_if_it_is_the_only_one() -> None:
    one = Target("acme", IDS[1], "eu-west-1")
    assert said(one, everything=[one]) == f"acme-2 ({IDS[1]}) in eu-west-1"


def test_no_target_is_called_so() -> None:
    assert said() == "no target"
    assert said(everything=()) == "no target"


def test_an_account_nobody_knows_is_shown_by_its_id() -> None:
    assert account_name("999999999999", ACCOUNTS) == "999999999999"


def meant(text: str, everything: list[Target]) -> set[Target] | None:
    """The targets a text stands for, or None where it only counts."""
    if match := re.fullmatch(r"all (\d+) targets?", text):
        return set(everything)
    match = re.fullmatch(r"(.*) in (.*?)", text)
    if match is None or " of " in match[1] or re.fullmatch(r"\d+ Regions", match[2]):
        return None
    named = set(re.findall(r"\((\d{12})\)", match[1]))
    regions = {one.region for one in everything}
    if not match[2].startswith("all "):
        regions = set(match[2].split(", "))
    within = {one for one in everything if one.region in regions}
    if match[1].startswith("all accounts but"):
        return {one for one in within if one.account not in named}
    return within if match[1].startswith("all ") else {one for one in within if one.account in named}


@settings(deadline=None)
@given(st.lists(st.sampled_from(ALL), min_size=1, unique=True), st.data())
def test_whatever_is_named_is_exactly_what_is_meant_and_counts_are_right(everything: Any, data: Any) -> None:
    few = data.draw(st.sampled_from([1, 3, 30]))
    accounts = data.draw(st.sets(st.sampled_from(IDS), min_size=1))
    regions = data.draw(st.sets(st.sampled_from(REGIONS), min_size=1, max_size=few))
    ragged = data.draw(st.booleans())
    chosen = {one for one in everything if one.account in accounts and one.region in regions}
    chosen = set(data.draw(st.lists(st.sampled_from(everything)))) if ragged else chosen
    text = where(chosen, everything, ACCOUNTS)
    found = meant(text, everything)
    if found is not None and chosen:
        assert found == chosen
    if match := re.match(r"(\d+) targets? \((\d+) accounts?, (\d+) Regions?\)", text):
        counts = (len(chosen), len({one.account for one in chosen}), len({one.region for one in chosen}))
        assert counts == tuple(int(number) for number in match.groups())
