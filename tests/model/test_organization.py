"""The organization: lineage, units by id or path, accounts as they are shown."""

from dataclasses import replace
from typing import Any

import pytest

from hubposture.errors import InputError
from hubposture.model.organization import Account, AccountState, OrgUnit
from hubposture.model.targets import Target, Way
from verbs.worlds import ORGANIZATION

DEEP = OrgUnit("ou-root-deepdeep", "Web", "ou-root-prodprod", "/Prod/Web")
TREE = replace(ORGANIZATION, units={**ORGANIZATION.units, DEEP.id: DEEP})


def test_the_lineage_goes_from_the_unit_up_to_the_root() -> None:
    assert [one.path for one in TREE.lineage(DEEP.id)] == ["/Prod/Web", "/Prod", "/"]
    assert TREE.lineage("ou-nowhere") == ()


@pytest.mark.parametrize("text", ["ou-root-deepdeep", "/Prod/Web", "prod/web", " /PROD/WEB/ "])
def test_a_unit_is_found_by_id_and_by_path_whatever_its_casing(text: Any) -> None:
    assert TREE.unit_by(text) == DEEP


def test_the_root_is_a_slash_and_what_does_not_exist_is_none() -> None:
    assert TREE.unit_by("/") == TREE.root
    assert TREE.unit_by("/Nowhere") is None


def test_an_organization_without_a_root_is_told_by_name() -> None:
    with pytest.raises(InputError, match="acme: no root among its 1"):
        _ = replace(TREE, units={DEEP.id: DEEP}).root


def test_an_account_is_never_shown_as_a_bare_number() -> None:
    assert Account("1", "shop", "r", alias="acme-shop").shown == "acme-shop (1)"
    assert Account("1", "shop", "r").shown == "shop (1)"


def test_only_active_and_management_accounts_are_live() -> None:
    assert {one for one in AccountState if one.is_live} == {AccountState.ACTIVE, AccountState.MANAGEMENT}


def test_targets_sort_by_account_then_region_and_are_written_short() -> None:
    a, b = Target("acme", "1", "us-east-1"), Target("acme", "2", "eu-west-1")
    assert sorted([b, a]) == [a, b]
    assert str(a) == "1/us-east-1"


def test_local_and_self_managed_targets_are_written_by_account_and_no_others() -> None:
    assert {one for one in Way if one.is_written_by_account} == {Way.LOCAL, Way.SELF_MANAGED}
