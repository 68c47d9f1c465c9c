"""Guards: what a plan exceeds, and that the option they name really overrides them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.reconcile.guard import Limits, TooManyChanges, exceeded, refuse_if_exceeded
from reconcile.plans import PLANS, TARGETS, off, plan

THREE = plan({TARGETS[0]: [off("s3.8"), off("ec2.2")], TARGETS[1]: [off("s3.8")], TARGETS[2]: [off("s3.8")]}, cells=10)


def overridden(limits: Limits, option: str) -> Limits:
    """The limits as the command line makes them from the option a refusal names."""
    name, _, number = option.partition(" ")
    match name:
        case "--allow-changes":
            return replace(limits, changes=int(number))
        case "--allow-share":
            assert 0 <= int(number) <= 100
            return replace(limits, share=int(number) / 100)
        case "--allow-account-changes":
            return replace(limits, account=int(number))
    raise AssertionError(option)


def test_without_limits_nothing_is_exceeded() -> None:
    refuse_if_exceeded(THREE, Limits())
    refuse_if_exceeded(THREE, Limits(changes=4, share=0.4, share_from=1, account=3))


def test_every_exceeded_limit_is_named_with_what_was_found_and_its_option() -> None:
    with pytest.raises(TooManyChanges) as raised:
        refuse_if_exceeded(THREE, Limits(changes=3, share=0.39, share_from=4, account=2))
    text = str(raised.value)
    assert "nothing was applied" in text
    assert "changes: 4, limit 3; --allow-changes 4 allows it" in text
    assert "40.0%, limit 39%; --allow-share 41" in text
    assert "changes in one account (111111111111): 3, limit 2; --allow-account-changes 3" in text


def test_a_share_counts_only_from_enough_changes_on() -> None:
    assert exceeded(THREE, Limits(share=0.1, share_from=5)) == ()
    assert [one.what for one in exceeded(THREE, Limits(share=0.1, share_from=4))] == ["share of all cells"]


def test_changes_where_nothing_could_be_compared_are_a_share_of_everything() -> None:
    assert exceeded(replace(THREE, cells=0), Limits(share=0.5, share_from=1))[0].found == "100.0%"


def test_weights_count_and_not_edits() -> None:
    heavy = plan({TARGETS[0]: [off("s3.8", weight=500)]})
    assert exceeded(heavy, Limits(changes=499))[0].option == "--allow-changes 500"


LIMITS = st.builds(
    Limits,
    changes=st.none() | st.integers(0, 40),
    share=st.none() | st.integers(0, 100).map(lambda percent: percent / 100),
    share_from=st.integers(0, 5),
    account=st.none() | st.integers(0, 20),
)


@settings(deadline=None)
@given(PLANS, LIMITS)
def test_giving_the_named_options_is_always_enough(made: Any, limits: Any) -> None:
    for one in exceeded(made, limits):
        limits = overridden(limits, one.option)
    assert exceeded(made, limits) == ()
