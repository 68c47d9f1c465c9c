"""The seeded organization and how it lives."""

from collections import Counter
from datetime import date, timedelta

import pytest

from hubposture.sandbox.catalogue import load
from hubposture.sandbox.clock import START
from hubposture.sandbox.population import (
    HOME,
    REGIONS,
    UNLINKED,
    WITHOUT_ROLE,
    findings,
    organization,
    tick,
)
from hubposture.sandbox.population_resources import inventory_of
from hubposture.sandbox.world import AccountState, OrganizationSpec
from sandbox.findings_world import PlainEstate


class SpecEstate(PlainEstate):
    """An estate that answers what an organization's spec says, as the engine does at the start."""

    def __init__(self, spec: OrganizationSpec) -> None:
        super().__init__(start=START)
        self.spec = spec
        self.by_target = {(one.account, one.region): one for one in spec.targets}
        active = {one.id: one.name for one in spec.accounts if one.state is AccountState.ACTIVE}
        self.names = active
        self.hubs = sorted(target for target, one in self.by_target.items() if one.hub_on and one.account in active)
        self.off = {
            target: {(one.control, one.standard) for one in spec_target.controls_off}
            for target, spec_target in self.by_target.items()
        }

    def recorder_on(self, account: str, region: str) -> bool:
        return self.by_target[account, region].recorder_on

    def standards_of(self, account: str, region: str, control: str) -> tuple[str, ...]:
        if (control, "") in self.off[account, region] or control in self.by_target[account, region].controls_missing:
            return ()
        return tuple(path for path in self.spec.standards if path in load().controls[control].standards)

    def enabled_standards(self, account: str, region: str) -> tuple[str, ...]:
        return self.spec.standards

    def visible_accounts(self, account: str, region: str) -> frozenset[str]:
        return frozenset(self.names)

    def visible_regions(self, account: str, region: str) -> tuple[str, ...]:
        return REGIONS

    def account_name(self, account: str) -> str:
        return self.names[account]


def test_the_same_seed_gives_the_same_organization_and_another_one_another() -> None:
    assert organization() == organization()
    assert organization(seed=8) != organization()


def test_the_organization_has_what_a_newcomer_finds() -> None:
    spec = organization()
    by_name = {one.name: one for one in spec.accounts}
    assert len(spec.accounts) == 12
    assert spec.administrator == by_name["security-tooling"].id
    assert [one.name for one in spec.accounts if one.state is AccountState.SUSPENDED] == ["old-website"]
    assert [one.name for one in spec.accounts if one.roles_missing] == [WITHOUT_ROLE]
    assert [(one.account, one.region) for one in spec.targets if not one.recorder_on] == [
        (by_name["shared-services"].id, "us-west-2")
    ]
    assert [one.account for one in spec.targets if one.region == UNLINKED] == [by_name["data-prod"].id]
    assert UNLINKED not in spec.linked_regions
    assert [one.region for one in spec.targets if one.controls_missing] == ["us-west-2"]
    assert len(spec.declarative) == 1
    assert all(one.ou == spec.root or one.ou in {ou.id for ou in spec.ous} for one in spec.accounts)


def test_everything_switched_off_or_tuned_is_a_control_with_such_parameters() -> None:
    for target in organization(accounts=40).targets:
        assert all(one.control in load().controls and one.reason for one in target.controls_off)
        for control, values in target.parameters.items():
            known = load().controls[control].parameters
            assert all(known[name].problem_with(value) is None for name, value in values.items())


def test_reasons_are_of_every_quality() -> None:
    reasons = {one.reason for target in organization().targets for one in target.controls_off}
    assert {"-", "n/a", "test", "too expensive"} <= reasons
    assert any(len(reason) > 40 for reason in reasons)


def test_the_central_variant_has_a_foreign_policy_and_a_self_managed_account() -> None:
    spec = organization(central=True)
    assert [one.name for one in spec.policies] == ["platform-baseline"]
    assert spec.policies[0].targets == ("ou-acme-infra",)
    assert spec.self_managed
    assert organization().policies == ()


def test_a_thousand_accounts_are_made_and_fewer_than_twelve_refused() -> None:
    spec = organization(accounts=1000)
    assert len({one.id for one in spec.accounts}) == len({one.name for one in spec.accounts}) == 1000
    with pytest.raises(ValueError, match="at least 12"):
        organization(accounts=3)


def test_resources_lie_in_active_accounts_and_iam_only_in_the_home_region() -> None:
    spec = organization()
    suspended = {one.id for one in spec.accounts if one.state is AccountState.SUSPENDED}
    resources = list(inventory_of(spec, seed=7, start=START))
    assert len(resources) > 400
    assert not suspended & {one.account for one in resources}
    assert {one.region for one in resources if one.type.startswith("AWS::IAM")} == {HOME}
    assert len({(one.id, one.region) for one in resources}) == len(resources)


def test_two_weeks_pass_and_findings_move_in_every_way() -> None:
    spec = organization()
    estate = SpecEstate(spec)
    service = findings(spec)
    service.advance(estate)
    ids = {one.id for one in service.inventory}
    moves: Counter[tuple[str, str]] = Counter()
    service.on_change(
        lambda record, at: moves.update([(record.previous, record.compliance)] * (record.updated_at == at))
    )
    tick(service, estate, estate.clock, days=14)
    later = {one.id for one in service.inventory}
    assert moves["FAILED", "PASSED"] > 40
    assert moves["PASSED", "FAILED"] > 5
    assert ids - later
    assert later - ids
    workflows = Counter(one.workflow for one in service.store if one.compliance == "FAILED")
    assert min(workflows["SUPPRESSED"], workflows["RESOLVED"], workflows["NOTIFIED"]) > 0
    people = {
        entry.identity.rpartition("/")[2]
        for one in service.store
        for entry in one.history or ()
        if "SecurityAnalyst" in entry.identity
    }
    assert len(people) >= 3


def test_a_world_with_a_past_is_played_from_its_start() -> None:
    spec = organization()
    estate = SpecEstate(spec)
    service = findings(spec, start=START - timedelta(days=21))
    service.advance(estate)
    created = {one.created_at.date() for one in service.store if one.body.control_id}
    assert min(created) == date(2026, 11, 3)
    assert len(created) > 10


def test_switched_off_missing_and_unrecorded_controls_show_in_the_findings() -> None:
    spec = organization()
    estate = SpecEstate(spec)
    service = findings(spec, alive=False)
    service.advance(estate)
    by_name = {one.name: one.id for one in spec.accounts}
    held = {(one.account, one.region, one.body.control_id) for one in service.store}
    web, shared = by_name["web-prod"], by_name["shared-services"]
    assert (web, "us-west-2", "EC2.182") not in held
    assert (web, HOME, "EC2.182") in held
    assert not any(control == "CloudWatch.1" for _, _, control in held)
    recorder = Counter(one.compliance for one in service.store if (one.account, one.region) == (shared, "us-west-2"))
    assert recorder["WARNING"] > recorder["FAILED"]


def test_other_products_have_findings_too_and_people_have_dealt_with_some_at_the_start() -> None:
    spec = organization()
    service = findings(spec)
    service.advance(SpecEstate(spec))
    products = Counter(one.product_arn.rpartition("product/")[2] for one in service.store)
    assert min(products["aws/guardduty"], products["aws/config"]) > 3
    assert Counter(one.workflow for one in service.store)["SUPPRESSED"] > 5


def test_a_large_organization_has_findings_of_existing_resources_only() -> None:
    spec = organization(accounts=150)
    estate = SpecEstate(spec)
    service = findings(spec, alive=False, density=0.2)
    service.advance(estate)
    reasons = {reason for one in service.store for reason in one.reasons}
    assert "CONFIG_EVALUATIONS_EMPTY" not in reasons
    assert len(service.store) > 5000
