"""How control findings come to be and what becomes of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.sandbox.catalogue import FSBP
from hubposture.sandbox.findings_quirks import ArchiveDelay, FindingQuirks, RulesOnRefresh, SuppressedUpdates
from hubposture.sandbox.lifecycle_workflow import Moment, next_workflow
from hubposture.sandbox.population_inventory import Resource
from hubposture.sandbox.quirks import SuppressedOnPassed
from hubposture.sandbox.seams import Findings
from sandbox.findings_world import CIS5, HOME, MEMBER, OTHER, PRODUCT, START, World, bucket


def failing() -> tuple[World, Resource]:
    site = bucket(blocks_public_access=False)
    return World(site), site


def states(finding: dict[str, Any]) -> tuple[str, str, str]:
    return (finding["Compliance"]["Status"], finding["RecordState"], finding["Workflow"]["Status"])


# --- verdicts and what they show -----------------------------------------------------------------------------------


def test_a_failing_resource_has_an_active_new_finding_of_the_controls_severity() -> None:
    world, _ = failing()
    finding = world.one()
    assert states(finding) == ("FAILED", "ACTIVE", "NEW")
    assert finding["Severity"]["Label"] == "HIGH"
    assert finding["AwsAccountName"] == "web-prod"


def test_a_passing_resource_has_a_resolved_informational_finding() -> None:
    world = World(bucket(blocks_public_access=True))
    finding = world.one()
    assert states(finding) == ("PASSED", "ACTIVE", "RESOLVED")
    assert finding["Severity"] == {"Label": "INFORMATIONAL", "Original": "INFORMATIONAL", "Normalized": 0}


def test_a_fix_updates_the_same_finding_in_place() -> None:
    world, site = failing()
    before = world.one()
    world.after(hours=3)
    world.edit(site, blocks_public_access=True)
    after = world.one()
    assert after["Id"] == before["Id"]
    assert states(after) == ("PASSED", "ACTIVE", "RESOLVED")
    assert after["ProductFields"]["PreviousComplianceStatus"] == "FAILED"
    assert after["FirstObservedAt"] > before["FirstObservedAt"]
    assert after["CreatedAt"] == before["CreatedAt"]


def test_a_regression_makes_a_resolved_finding_new_again() -> None:
    world, site = failing()
    world.edit(site, blocks_public_access=True)
    world.edit(site, blocks_public_access=False)
    assert states(world.one()) == ("FAILED", "ACTIVE", "NEW")


def test_without_any_resource_the_account_passes() -> None:
    world = World()
    finding = world.one(resource=f"AWS::::Account:{MEMBER}", Region=HOME)
    assert states(finding) == ("PASSED", "ACTIVE", "RESOLVED")
    assert finding["Compliance"]["StatusReasons"][0]["ReasonCode"] == "CONFIG_EVALUATIONS_EMPTY"
    assert finding["Resources"][0]["Type"] == "AwsAccount"


def test_a_control_that_the_region_lacks_has_no_findings() -> None:
    world = World(controls=["CloudFront.1"])
    assert {one["Region"] for one in world.find(ComplianceSecurityControlId="CloudFront.1")} == {OTHER}


def test_with_the_recorder_off_change_triggered_checks_warn_and_config_itself_fails() -> None:
    site = bucket(blocks_public_access=False)
    world = World(site)
    world.estate.recording = False
    world.after(hours=1)
    finding = world.one()
    assert finding["Compliance"]["Status"] == "WARNING"
    assert finding["Compliance"]["StatusReasons"][0]["ReasonCode"] == "CONFIG_RECORDER_DISABLED"
    assert world.one("Config.1", f"AWS::::Account:{MEMBER}", Region=HOME)["Compliance"]["Status"] == "FAILED"


# --- parameters ----------------------------------------------------------------------------------------------------


def test_a_custom_parameter_changes_the_verdict_and_is_shown_in_the_finding() -> None:
    world = World(controls=["IAM.7"])
    account = world.service.inventory.account_in((MEMBER, HOME))
    world.edit(
        account,
        password_length=12,
        **{f"password_{one}": True for one in ("uppercase", "lowercase", "symbols", "numbers")},
    )
    world.after(hours=13)
    assert world.one("IAM.7", account.id, Region=HOME)["Compliance"]["Status"] == "PASSED"
    world.estate.values["IAM.7"] = {"MinimumPasswordLength": 14}
    world.after(hours=1)
    finding = world.one("IAM.7", account.id, Region=HOME)
    assert finding["Compliance"]["Status"] == "FAILED"
    assert {"Name": "MinimumPasswordLength", "Value": ["14"]} in finding["Compliance"]["SecurityControlParameters"]


def test_a_secret_grows_too_old_with_time_alone_and_the_limit_is_the_parameter() -> None:
    rotated = (START - timedelta(days=88)).isoformat()
    secret = Resource(
        "AWS::SecretsManager::Secret", "arn:secret", MEMBER, HOME, START, facts={"secret rotated": rotated}
    )
    world = World(secret, controls=["SecretsManager.4"])
    assert world.one("SecretsManager.4", "arn:secret")["Compliance"]["Status"] == "PASSED"
    world.after(days=3)
    assert world.one("SecretsManager.4", "arn:secret")["Compliance"]["Status"] == "FAILED"
    world.estate.values["SecretsManager.4"] = {"maxDaysSinceRotation": 120}
    world.after(hours=1)
    assert world.one("SecretsManager.4", "arn:secret")["Compliance"]["Status"] == "PASSED"


def test_required_tags_are_looked_for_by_key() -> None:
    world = World(bucket(), controls=["S3.5"])
    table = Resource("AWS::DynamoDB::Table", "arn:table", MEMBER, HOME, START, {"owner": "team-web"})
    world.estate.controls = {"DynamoDB.5": ("standards/aws-resource-tagging-standard/v/1.0.0",)}
    world.estate.enabled_standards = lambda *_: ("standards/aws-resource-tagging-standard/v/1.0.0",)  # type: ignore[method-assign]
    world.service.inventory.add(table)
    world.after(hours=1)
    assert world.one("DynamoDB.5", "arn:table")["Compliance"]["Status"] == "PASSED"
    world.estate.values["DynamoDB.5"] = {"requiredTagKeys": ("owner", "cost-centre")}
    world.after(hours=1)
    assert world.one("DynamoDB.5", "arn:table")["Compliance"]["Status"] == "FAILED"


# --- refresh -------------------------------------------------------------------------------------------------------


def test_a_finding_without_news_is_refreshed_at_least_once_a_day() -> None:
    world, _ = failing()
    for day in range(1, 6):
        world.after(days=1)
        updated = datetime.fromisoformat(world.one()["UpdatedAt"])
        assert world.estate.now() - updated <= timedelta(hours=24), day


def test_a_refresh_is_not_in_the_history() -> None:
    world, _ = failing()
    world.after(days=4)
    finding = world.one()
    records = world.call("GetFindingHistory", FindingIdentifier={"Id": finding["Id"], "ProductArn": PRODUCT})["Records"]
    assert [one["FindingCreated"] for one in records] == [True]


def test_time_cut_into_any_steps_gives_the_same_findings() -> None:
    def played(steps: int) -> list[dict[str, Any]]:
        world = World(*(bucket(f"b{number}") for number in range(30)), alive=True)
        for _ in range(steps):
            world.after(hours=240 / steps)
        return sorted(world.find(), key=lambda one: str(one["Id"]))

    assert played(1) == played(48)


# --- deletion ------------------------------------------------------------------------------------------------------


def test_a_deleted_resources_finding_is_archived_at_once_and_the_account_passes_after_18_hours() -> None:
    world, site = failing()
    world.service.checks.resource_deleted(site, world.estate.now())
    assert states(world.one()) == ("NOT_AVAILABLE", "ARCHIVED", "NEW")
    account = f"AWS::::Account:{MEMBER}"
    world.after(hours=17)
    assert not world.find(ComplianceSecurityControlId="S3.8", ResourceId=account, Region=HOME)
    world.after(hours=2)
    assert states(world.one(resource=account, Region=HOME)) == ("PASSED", "ACTIVE", "RESOLVED")


def test_the_accounts_finding_is_archived_when_a_resource_appears() -> None:
    world = World()
    site = bucket(blocks_public_access=False)
    world.service.inventory.add(site)
    world.service.checks.resource_changed(site, world.estate.now())
    assert world.one(resource=f"AWS::::Account:{MEMBER}", Region=HOME)["RecordState"] == "ARCHIVED"
    assert states(world.one()) == ("FAILED", "ACTIVE", "NEW")


def test_archived_findings_are_kept_30_days() -> None:
    world, site = failing()
    world.service.checks.resource_deleted(site, world.estate.now())
    world.after(days=29)
    assert world.find(ResourceId=site.id)
    world.after(days=3)
    assert not world.find(ResourceId=site.id)


# --- controls off and on -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", list(ArchiveDelay))
def test_findings_of_a_disabled_control_stand_still_and_are_archived_after_3_to_5_days(delay: ArchiveDelay) -> None:
    world = World(bucket(blocks_public_access=False), quirks=FindingQuirks(archive_delay=delay))
    del world.estate.controls["S3.8"]
    world.after(hours=1)
    still = world.one()
    world.after(days=int(delay) - 1)
    assert world.one() == still
    world.after(days=1)
    assert states(world.one()) == ("FAILED", "ARCHIVED", "NEW")


def test_a_control_switched_on_again_revives_the_same_finding() -> None:
    world, _ = failing()
    before = world.one()
    world.update(before, Workflow={"Status": "NOTIFIED"})
    paths = world.estate.controls.pop("S3.8")
    world.after(days=6)
    world.estate.controls["S3.8"] = paths
    world.after(hours=1)
    after = world.one()
    assert after["Id"] == before["Id"]
    assert states(after) == ("FAILED", "ACTIVE", "NEW")


def test_a_newly_enabled_control_is_checked_within_two_hours() -> None:
    world = World(bucket(), controls=["S3.5"])
    world.estate.controls["S3.8"] = (FSBP, CIS5)
    world.after(minutes=5)
    assert not world.find(ComplianceSecurityControlId="S3.8")
    world.after(minutes=30)
    assert world.find(ComplianceSecurityControlId="S3.8")


def test_the_standards_of_a_finding_follow_what_is_enabled() -> None:
    world, _ = failing()
    assert {one["StandardsId"] for one in world.one()["Compliance"]["AssociatedStandards"]} == {FSBP, CIS5}
    assert world.one()["Compliance"]["RelatedRequirements"] == ["CIS AWS Foundations Benchmark v5.0.0/2.1.4"]
    world.estate.controls["S3.8"] = (FSBP,)
    world.after(hours=1)
    assert [one["StandardsId"] for one in world.one()["Compliance"]["AssociatedStandards"]] == [FSBP]


# --- consolidated findings -----------------------------------------------------------------------------------------


def test_ids_and_generators_with_consolidated_findings() -> None:
    world, _ = failing()
    finding = world.one()
    assert finding["Id"].startswith(f"arn:aws:securityhub:{HOME}:{MEMBER}:security-control/s3.8/finding/")
    assert finding["GeneratorId"] == "security-control/S3.8"
    assert "StandardsArn" not in finding["ProductFields"]


def test_without_consolidated_findings_each_standard_has_its_own() -> None:
    site = bucket(blocks_public_access=False)
    world = World(site)
    world.estate.is_consolidated = False
    world.after(hours=1)
    found = world.find(ComplianceSecurityControlId="S3.8", ResourceId=site.id, RecordState="ACTIVE")
    assert sorted(one["GeneratorId"] for one in found) == [
        "aws-foundational-security-best-practices/v/1.0.0/S3.8",
        "cis-aws-foundations-benchmark/v/5.0.0/S3.8",
    ]
    assert all(":subscription/" in one["Id"] and "StandardsControlArn" in one["ProductFields"] for one in found)


def test_switching_consolidation_archives_the_old_findings_and_forgets_what_people_had_set() -> None:
    world, site = failing()
    world.update(world.one(), Workflow={"Status": "SUPPRESSED"}, Note={"Text": "mine", "UpdatedBy": "kim"})
    world.estate.is_consolidated = False
    world.after(hours=1)
    old = world.find(ComplianceSecurityControlId="S3.8", ResourceId=site.id, RecordState="ARCHIVED")
    assert [one["ProductFields"]["ArchivalReasons:0/ReasonCode"] for one in old] == [
        "CONSOLIDATED_CONTROL_FINDINGS_UPDATE"
    ]
    new = world.find(ComplianceSecurityControlId="S3.8", ResourceId=site.id, RecordState="ACTIVE")
    assert {(states(one), "Note" in one) for one in new} == {(("FAILED", "ACTIVE", "NEW"), False)}


# --- a broken Config rule ------------------------------------------------------------------------------------------


def test_a_broken_rule_archives_findings_and_the_repaired_one_makes_new_ids() -> None:
    world, _ = failing()
    before = world.one()
    world.service.checks.break_rule((MEMBER, HOME), "S3.8", world.estate.now())
    assert world.one()["RecordState"] == "ARCHIVED"
    broken = world.one(resource=f"AWS::::Account:{MEMBER}", Region=HOME)
    assert states(broken)[:2] == ("NOT_AVAILABLE", "ARCHIVED")
    world.after(days=2)
    assert not world.find(ComplianceSecurityControlId="S3.8", Region=HOME, AwsAccountId=MEMBER, RecordState="ACTIVE")
    world.service.checks.repair_rule((MEMBER, HOME), "S3.8", world.estate.now())
    after = world.one(RecordState="ACTIVE")
    assert after["Id"] != before["Id"]


# --- workflow ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quirk", list(SuppressedOnPassed))
def test_a_suppressed_finding_that_passes_and_fails_again_follows_the_quirk(quirk: SuppressedOnPassed) -> None:
    site = bucket(blocks_public_access=False)
    world = World(site, quirks=FindingQuirks(suppressed_on_passed=quirk))
    world.update(world.one(), Workflow={"Status": "SUPPRESSED"})
    world.edit(site, blocks_public_access=True)
    stays = quirk is SuppressedOnPassed.STAYS_SUPPRESSED
    assert world.one()["Workflow"]["Status"] == ("SUPPRESSED" if stays else "RESOLVED")
    world.edit(site, blocks_public_access=False)
    assert world.one()["Workflow"]["Status"] == ("SUPPRESSED" if stays else "NEW")


def test_a_suppressed_finding_may_not_be_updated_at_all() -> None:
    site = bucket(blocks_public_access=False)
    world = World(site, quirks=FindingQuirks(suppressed_updates=SuppressedUpdates.STOP))
    world.update(world.one(), Workflow={"Status": "SUPPRESSED"})
    world.edit(site, blocks_public_access=True)
    assert states(world.one()) == ("FAILED", "ACTIVE", "SUPPRESSED")


def test_resolved_by_hand_while_still_failing_stays_resolved() -> None:
    world, _ = failing()
    world.update(world.one(), Workflow={"Status": "RESOLVED"})
    world.after(days=3)
    assert states(world.one()) == ("FAILED", "ACTIVE", "RESOLVED")


@given(
    st.sampled_from(["NEW", "NOTIFIED", "RESOLVED"]),
    st.sampled_from(["FAILED", "WARNING", "NOT_AVAILABLE"]),
)
def test_passed_to_anything_else_makes_every_status_but_suppressed_new(workflow: str, status: str) -> None:
    before, after = Moment("PASSED", "ACTIVE"), Moment(status, "ACTIVE")
    assert next_workflow(workflow, before, after) == "NEW"
    assert next_workflow("SUPPRESSED", before, after) == "SUPPRESSED"


def test_archived_to_active_leaves_a_suppressed_finding_suppressed() -> None:
    before, after = Moment("FAILED", "ARCHIVED"), Moment("FAILED", "ACTIVE")
    assert next_workflow("SUPPRESSED", before, after) == "SUPPRESSED"
    assert next_workflow("NOTIFIED", before, after) == "NEW"


# --- automation rules ----------------------------------------------------------------------------------------------


def rule(order: int, status: str, *, terminal: bool = False, **criteria: str) -> dict[str, Any]:
    return {
        "RuleArn": f"arn:aws:securityhub:{HOME}:111111111111:automation-rule/{order}",
        "Criteria": {key: [{"Value": value, "Comparison": "EQUALS"}] for key, value in criteria.items()},
        "IsTerminal": terminal,
        "Actions": [{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": {"Workflow": {"Status": status}}}],
    }


def test_a_rule_acts_on_new_findings_and_is_named_in_their_history() -> None:
    world = World(bucket(blocks_public_access=False), controls=["S3.5"])
    world.estate.rules = [rule(1, "SUPPRESSED", ComplianceSecurityControlId="S3.8", ComplianceStatus="FAILED")]
    world.estate.controls["S3.8"] = (FSBP, CIS5)
    world.after(hours=1)
    finding = world.one()
    assert finding["Workflow"]["Status"] == "SUPPRESSED"
    newest = world.call("GetFindingHistory", FindingIdentifier={"Id": finding["Id"], "ProductArn": PRODUCT})["Records"][
        0
    ]
    assert newest["UpdateSource"]["Identity"].endswith("automation-rule/1")


def test_the_rule_that_runs_last_wins_unless_an_earlier_one_is_terminal() -> None:
    for terminal, expected in ((False, "NOTIFIED"), (True, "SUPPRESSED")):
        world = World(bucket(blocks_public_access=False), controls=["S3.5"])
        world.estate.rules = [
            rule(1, "SUPPRESSED", terminal=terminal, ComplianceStatus="FAILED"),
            rule(2, "NOTIFIED", ComplianceStatus="FAILED"),
        ]
        world.estate.controls["S3.8"] = (FSBP, CIS5)
        world.after(hours=1)
        assert world.one()["Workflow"]["Status"] == expected


@pytest.mark.parametrize("quirk", list(RulesOnRefresh))
def test_a_rule_may_undo_a_release_at_the_next_refresh(quirk: RulesOnRefresh) -> None:
    world = World(bucket(blocks_public_access=False), quirks=FindingQuirks(rules_on_refresh=quirk))
    world.estate.rules = [rule(1, "SUPPRESSED", ComplianceSecurityControlId="S3.8", ComplianceStatus="FAILED")]
    world.after(days=2)
    world.update(world.one(), Workflow={"Status": "NEW"})
    assert world.one()["Workflow"]["Status"] == "NEW"
    world.after(days=1, hours=1)
    assert world.one()["Workflow"]["Status"] == ("SUPPRESSED" if quirk is RulesOnRefresh.APPLY else "NEW")


# --- whatever happens ----------------------------------------------------------------------------------------------

QUIRKS = st.builds(
    FindingQuirks,
    suppressed_on_passed=st.sampled_from(SuppressedOnPassed),
    suppressed_updates=st.sampled_from(SuppressedUpdates),
    archive_delay=st.sampled_from(ArchiveDelay),
    rules_on_refresh=st.sampled_from(RulesOnRefresh),
)
STEPS = st.lists(
    st.sampled_from(["break", "fix", "delete", "create", "off", "on", "suppress", "rule", "repair", "wait", "switch"]),
    max_size=12,
)


def step(world: World, name: str, site: Resource) -> None:
    checks, now, target = world.service.checks, world.estate.now(), (MEMBER, HOME)
    known = world.service.inventory.find(target, site.id)
    if name in ("break", "fix") and known:
        world.edit(known, blocks_public_access=name == "fix")
    elif name == "delete" and known:
        checks.resource_deleted(known, now)
    elif name == "create" and not known:
        world.service.inventory.add(site)
        checks.resource_changed(site, now)
    elif name in ("off", "on"):
        world.estate.controls = {"S3.8": (FSBP, CIS5)} if name == "on" else {}
    elif name == "suppress":
        failing = world.find(ComplianceStatus="FAILED", RecordState="ACTIVE")
        if failing:
            world.update(failing[0], Workflow={"Status": "SUPPRESSED"})
    elif name == "rule":
        checks.break_rule(target, "S3.8", now)
    elif name == "repair":
        checks.repair_rule(target, "S3.8", now)
    elif name == "switch":
        world.estate.is_consolidated = not world.estate.is_consolidated
    world.after(hours=30 if name == "wait" else 1)


@given(QUIRKS, STEPS)
def test_a_subject_never_has_two_active_findings_in_one_form_and_archived_ones_stand_still(
    quirks: FindingQuirks, steps: list[str]
) -> None:
    site = bucket(blocks_public_access=False)
    world = World(site, controls=["S3.8"], quirks=quirks)
    for name in steps:
        step(world, name, site)
    records = list(world.service.store)
    active = [
        (one.account, one.region, one.body.control_id, one.body.resources[0].id, one.body.generator_id)
        for one in records
        if one.record_state == "ACTIVE"
    ]
    assert len(active) == len(set(active))
    assert all(one.beat is None for one in records if one.record_state == "ARCHIVED")
    assert all(one.severity == "INFORMATIONAL" for one in records if one.compliance == "PASSED")
    assert all(one.workflow in ("RESOLVED", "SUPPRESSED") for one in records if one.compliance == "PASSED" and one.beat)
    world.find()


def test_the_service_is_what_the_engine_asks_for() -> None:
    store: Findings = World().service
    assert set(store.operations()) == {"BatchImportFindings", "GetFindings", "BatchUpdateFindings", "GetFindingHistory"}
