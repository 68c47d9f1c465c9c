"""Explain: the deciding row, what is on now and since when, and what the plan would do about it."""

from dataclasses import replace
from typing import Any

import pytest

from controls.controls_world import ACCOUNTS, DARK, HOME, OTHER, S38, TARGETS, pairs, state
from hubposture.catalog.standards import FSBP
from hubposture.controls.state import Reading
from hubposture.errors import InputError
from hubposture.model.controls import Disposition
from hubposture.verbs.explain import Explanation, InStandard, explain
from verbs.fakes import FakeHub
from verbs.test_plan import Rows, planned
from verbs.worlds import ORGANIZATION

ROWS: Rows = [
    {"control": "S3.8", "disposition": "siem", "reason": "an alarm"},
    {"control": "S3.8", "disposition": "enforce", "scope": "shop"},
    {"control": "IAM.6", "disposition": "enforce"},
    {"control": "KMS.4", "disposition": "monitor"},
]
SCOPES: Rows = [{"scope": "shop", "accounts": "acme-shop"}]
READINGS: list[Reading] = [*(state(one, off=pairs((FSBP, S38))) for one in TARGETS[:-1]), DARK]
HUB = FakeHub({one.target: one for one in READINGS}, why_off={(TARGETS[0], "fsbp-1.0.0", "s3.8"): "by hand"})


def asked(control: str = "s3.8", account: str = ACCOUNTS[0], region: str = HOME) -> Explanation:
    return explain(planned(ROWS, READINGS, scopes=SCOPES), HUB, control=control, account=account, region=region)


def test_what_holds_now_is_said_for_each_standard_with_its_reason_and_day() -> None:
    by_standard = {one.standard: one for one in asked().now}
    assert by_standard["fsbp-1.0.0"] == InStandard("fsbp-1.0.0", False, "by hand", "2026-11-01T00:00:00Z")
    assert by_standard["cis-5.0.0"] == InStandard("cis-5.0.0", True, "", "")


def test_the_deciding_row_comes_first_and_the_edits_of_this_control_alone_follow() -> None:
    found = asked()
    assert found.decision is not None
    assert found.decision.disposition is Disposition.SIEM
    assert [edit.key for edit in found.edits] == [("cis-5.0.0", "s3.8")]
    shop = asked(account="acme-shop")
    assert shop.decision is not None
    assert [one.row.scope for one in shop.decision.candidates] == ["shop", ""]
    assert [(edit.key, edit.desired) for edit in shop.edits] == [(("fsbp-1.0.0", "s3.8"), "on")]


def test_a_global_control_outside_home_says_where_it_is_checked() -> None:
    assert asked("iam.6", region=OTHER).elsewhere == HOME
    assert asked("iam.6").elsewhere == ""


def test_a_control_that_the_region_does_not_offer_is_unavailable_and_nothing_is_wanted() -> None:
    found = asked("KMS.4", region=OTHER)
    assert (found.available, found.intent) == (False, None)
    assert asked("KMS.4").available


def test_an_unreadable_target_is_explained_by_its_rows_without_asking_it() -> None:
    found = asked(account=DARK.target.account, region=DARK.target.region)
    assert found.reading == DARK
    assert found.now == ()
    assert found.decision is not None


@pytest.mark.parametrize("account", ["acme-shop", "shop", ACCOUNTS[1]])
def test_accounts_are_found_by_id_alias_and_name(account: Any) -> None:
    assert asked(account=account).target.account == ACCOUNTS[1]


def test_a_name_that_means_two_accounts_is_refused_with_both() -> None:
    made = planned(ROWS, READINGS, scopes=SCOPES)
    reading = made.survey.reading
    twins = {**ORGANIZATION.accounts, ACCOUNTS[2]: replace(ORGANIZATION.accounts[ACCOUNTS[2]], name="shop")}
    survey = replace(made.survey, reading=replace(reading, organization=replace(ORGANIZATION, accounts=twins)))
    with pytest.raises(InputError, match=rf"{ACCOUNTS[1]}.*{ACCOUNTS[2]}.*give the id"):
        explain(replace(made, survey=survey), HUB, control="s3.8", account="shop", region=HOME)


@pytest.mark.parametrize(
    ("control", "account", "region", "told"),
    [
        ("S3.999", ACCOUNTS[0], HOME, "S3.999: Security Hub has no such control"),
        ("S3.8", "nobody", HOME, "--account nobody"),
        ("S3.8", "", HOME, "--account "),
        ("S3.8", ACCOUNTS[0], "eu-west-9", f"--region eu-west-9: linked are {HOME}, {OTHER}"),
    ],
)
def test_what_does_not_exist_is_an_error_that_names_the_option(
    control: Any, account: Any, region: Any, told: Any
) -> None:
    with pytest.raises(InputError) as raised:
        asked(control, account, region)
    assert str(raised.value).startswith(told)
