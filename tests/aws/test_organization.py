"""The organization is read as it is: tree, states, tags, Regions, and who governs what; unknown is said to be unknown."""

import json

import pytest

from aws.sandboxed import (
    ADMINISTRATOR,
    CENTRAL,
    DARK,
    DATA,
    DECLARED,
    GONE,
    HOME,
    LINKED,
    LOOSE,
    MANAGEMENT,
    SPEC,
    WEB,
    stage,
)
from hubposture.aws.governance import governed_regions
from hubposture.aws.regions import linked_regions
from hubposture.model.organization import AccountState, RegionState
from hubposture.model.targets import Because, Governance, Target, Unreadable, Way
from hubposture.sandbox.quirks import EmptyPages, PolicyIdForm, Quirks, UnassociatedTarget

TARGETS = [Target("acme", account, region) for account in (WEB, DATA, DARK, GONE) for region in (HOME, LINKED)]


def test_tree_states_and_tags_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    organization = stage(monkeypatch).organization.read().organization
    assert {one.id: one.state for one in organization.accounts.values()} == {
        MANAGEMENT: AccountState.MANAGEMENT,
        ADMINISTRATOR: AccountState.ACTIVE,
        WEB: AccountState.ACTIVE,
        DATA: AccountState.ACTIVE,
        DARK: AccountState.ACTIVE,
        GONE: AccountState.SUSPENDED,
    }
    assert {one.path for one in organization.units.values()} == {"/", "/Workloads", "/Workloads/Prod"}
    assert [unit.path for unit in organization.lineage(organization.accounts[WEB].ou)] == [
        "/Workloads/Prod",
        "/Workloads",
        "/",
    ]
    assert organization.accounts[WEB].tags == {"stage": "prod", "team": "web"}
    assert organization.accounts[DATA].tags == {}
    assert organization.management_account == MANAGEMENT
    assert organization.administrator == ADMINISTRATOR


def test_home_linked_and_loose_regions_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = stage(monkeypatch).organization.read()
    assert reading.organization.home_region == HOME
    assert reading.organization.linked_regions == (HOME, LINKED)
    uses = {one.region: one for one in reading.regions}
    assert uses[HOME].state is uses[LINKED].state is RegionState.ON
    assert (uses[LOOSE].state, uses[LOOSE].in_use) == (RegionState.NOT_LINKED, True)
    assert "Security Hub on" in uses[LOOSE].why
    assert not reading.central


def test_regions_are_asked_of_ec2_where_account_management_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    allow = ("securityhub:*", "organizations:*", "ec2:DescribeRegions")
    roles = tuple(
        replace(one, allow=allow) if one.name == "hubposture-administrator-reader" else one for one in SPEC.roles
    )
    reading = stage(monkeypatch, replace(SPEC, roles=roles)).organization.read()
    assert [one.region for one in reading.regions] == [LOOSE, HOME, LINKED]


def test_empty_pages_do_not_end_a_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = stage(monkeypatch).organization.read()
    assert stage(monkeypatch, quirks=Quirks(empty_pages=EmptyPages.SOMETIMES)).organization.read() == plain


def test_aliases_are_read_where_there_is_a_role_and_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    reading = here.organization.read()
    assert here.calls("ListAccountAliases") == 0
    aliases = here.organization.aliases(list(reading.organization.accounts.values()))
    assert aliases[WEB] == "acme-web"
    assert aliases[DATA] == ""
    assert DARK not in aliases
    assert here.organization.with_aliases(reading).organization.accounts[WEB].shown == f"acme-web ({WEB})"


def test_a_local_organization_is_governed_by_account_and_closed_accounts_are_expected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = stage(monkeypatch)
    governance = here.organization.governance(here.organization.read(), TARGETS)
    assert list(governance) == TARGETS
    assert {governance[one] for one in TARGETS if one.account != GONE} == {Governance(Way.LOCAL)}
    closed = governance[Target("acme", GONE, HOME)]
    assert isinstance(closed, Unreadable)
    assert (closed.because, closed.expected) == (Because.SUSPENDED, True)


@pytest.mark.parametrize("form", list(PolicyIdForm))
@pytest.mark.parametrize("unassociated", list(UnassociatedTarget))
def test_configuration_policies_are_inherited_and_exceptions_are_self_managed(
    form: PolicyIdForm, unassociated: UnassociatedTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    quirks = Quirks(policy_id_form=form, unassociated_target=unassociated)
    here = stage(monkeypatch, CENTRAL, quirks=quirks)
    reading = here.organization.read()
    assert reading.central
    asked = [Target("acme", one, HOME) for one in (WEB, DATA, ADMINISTRATOR)]
    governance = here.organization.governance(reading, [*asked, Target("acme", WEB, LOOSE)])
    assert governance[asked[0]] == Governance(Way.CENTRAL, by="Baseline", origin="ou-root-work")
    assert governance[asked[1]] == Governance(Way.SELF_MANAGED, origin=DATA)
    found = governance[asked[2]]
    assert isinstance(found, Governance)
    assert found.way is Way.SELF_MANAGED
    assert governance[Target("acme", WEB, LOOSE)] == Governance(Way.LOCAL)


def test_a_declarative_policy_comes_first_where_it_governs(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch, DECLARED)
    governance = here.organization.governance(here.organization.read(), TARGETS)
    assert governance[Target("acme", WEB, HOME)] == Governance(Way.DECLARATIVE, by="cspm", origin=WEB)
    assert governance[Target("acme", WEB, LINKED)] == Governance(Way.LOCAL)
    assert governance[Target("acme", DATA, HOME)] == Governance(Way.LOCAL)


def test_where_a_declarative_policy_cannot_be_seen_nothing_is_taken_for_ungoverned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dataclasses import replace

    allow = ("securityhub:*", "account:*", "organizations:List[!P]*", "organizations:DescribeOrganization")
    roles = tuple(
        replace(one, allow=allow) if one.name == "hubposture-administrator-reader" else one for one in SPEC.roles
    )
    here = stage(monkeypatch, replace(DECLARED, roles=roles))
    governance = here.organization.governance(here.organization.read(), TARGETS)
    unknown = governance[Target("acme", DATA, HOME)]
    assert isinstance(unknown, Unreadable)
    assert unknown.because is Because.DENIED
    assert "organizations:DescribeEffectivePolicy" in unknown.detail


def test_declarative_policies_are_not_asked_for_where_their_type_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    here.organization.governance(here.organization.read(), TARGETS)
    assert here.calls("DescribeEffectivePolicy") == here.calls("ListPolicies") == 0


@pytest.mark.parametrize(
    ("content", "regions"),
    [
        ({"cspm_enablement": {"enable_in_regions": [HOME], "disable_in_regions": [LINKED]}}, {HOME, LINKED}),
        ({"x": {"cspm_enablement": {"enable_in_regions": {"@@assign": [HOME]}, "disable_in_regions": []}}}, {HOME}),
        ({"cspm_enablement": {"enable_in_regions": ["ALL_SUPPORTED"], "disable_in_regions": []}}, None),
        ({"something": "else"}, None),
        ({"cspm_enablement": {"enable_in_regions": [], "disable_in_regions": []}}, set()),
    ],
)
def test_a_declarative_policys_regions_are_those_it_names_and_all_where_it_is_not_understood(
    content: dict[str, object], regions: set[str] | None
) -> None:
    assert governed_regions(json.dumps(content)) == regions


def test_a_policy_that_is_no_json_governs_everywhere() -> None:
    assert governed_regions("<xml>") is None


@pytest.mark.parametrize(
    ("mode", "named", "linked"),
    [
        ("ALL_REGIONS", [], {HOME, LINKED, LOOSE}),
        ("ALL_REGIONS_EXCEPT_SPECIFIED", [LOOSE], {HOME, LINKED}),
        ("SPECIFIED_REGIONS", [LINKED], {LINKED}),
        ("NO_REGIONS", [], set()),
    ],
)
def test_linked_regions_follow_the_aggregators_mode(mode: str, named: list[str], linked: set[str]) -> None:
    found = {"RegionLinkingMode": mode, "Regions": named}
    assert linked_regions(found, [HOME, LINKED, LOOSE]) == linked


def test_without_an_aggregator_the_region_of_the_roles_is_home_and_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    here.sandbox.core.aggregator = None
    organization = here.organization.read().organization
    assert (organization.home_region, organization.linked_regions) == (HOME, (HOME,))
