"""Findings through boto3 clients and the whole engine, in-process, over the seeded organization."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubposture.sandbox import CIS_5, Quirks, Sandbox, population
from hubposture.sandbox.clock import START
from hubposture.sandbox.findings_record import stamp
from hubposture.sandbox.population import HOME, UNLINKED
from hubposture.sandbox.quirks import FindingsLag

OPEN = {
    "RecordState": [{"Value": "ACTIVE", "Comparison": "EQUALS"}],
    "ComplianceStatus": [{"Value": "FAILED", "Comparison": "EQUALS"}],
}


@pytest.fixture
def sandbox() -> Sandbox:
    return made()


def made(*, quirks: Quirks | None = None, **organization: Any) -> Sandbox:
    spec = population.organization(**organization)
    findings = population.findings(spec, quirks=quirks, density=0.4)
    return Sandbox(spec, findings=findings, quirks=quirks, quotas=False)


def admin(sandbox: Sandbox, region: str = HOME) -> Any:
    return sandbox.client("securityhub", account=sandbox.core.spec.administrator, region=region)


def account(sandbox: Sandbox, name: str) -> str:
    return next(one.id for one in sandbox.core.spec.accounts if one.name == name)


def every(client: Any, **filters: Any) -> list[dict[str, Any]]:
    pages = client.get_paginator("get_findings").paginate(Filters=filters, PaginationConfig={"PageSize": 100})
    return [finding for page in pages for finding in page["Findings"]]


def equals(value: str) -> list[dict[str, str]]:
    return [{"Value": value, "Comparison": "EQUALS"}]


def test_the_administrator_reads_the_failures_of_all_members_and_linked_regions(sandbox: Sandbox) -> None:
    found = every(admin(sandbox), **OPEN)
    assert len({one["AwsAccountId"] for one in found}) == 11
    assert {one["Region"] for one in found} == set(population.REGIONS)
    assert UNLINKED in {one["Region"] for one in every(admin_of_unlinked(sandbox), **OPEN)}


def admin_of_unlinked(sandbox: Sandbox) -> Any:
    return sandbox.client("securityhub", account=account(sandbox, "data-prod"), region=UNLINKED)


def test_a_member_reads_its_own_findings_only(sandbox: Sandbox) -> None:
    member = account(sandbox, "web-prod")
    found = every(sandbox.client("securityhub", account=member, region=HOME), **OPEN)
    assert {(one["AwsAccountId"], one["AwsAccountName"]) for one in found} == {(member, "web-prod")}


def test_a_finding_is_suppressed_by_the_administrator_and_its_history_names_the_role(sandbox: Sandbox) -> None:
    client = sandbox.client(
        "securityhub", account=sandbox.core.spec.administrator, region=HOME, role="OrganizationAccountAccessRole"
    )
    finding = every(client, **OPEN, WorkflowStatus=equals("NEW"))[0]
    identifier = {"Id": finding["Id"], "ProductArn": finding["ProductArn"]}
    answer = client.batch_update_findings(
        FindingIdentifiers=[identifier],
        Workflow={"Status": "SUPPRESSED"},
        Note={"Text": "by design", "UpdatedBy": "kim"},
        UserDefinedFields={"hubposture/waiver": "W-2026-014"},
    )
    assert answer["ProcessedFindings"] == [identifier]
    (after,) = every(client, Id=equals(finding["Id"]))
    assert after["Workflow"]["Status"] == "SUPPRESSED"
    assert after["UserDefinedFields"] == {"hubposture/waiver": "W-2026-014"}
    newest = client.get_finding_history(FindingIdentifier=identifier)["Records"][0]
    assert newest["UpdateSource"]["Type"] == "BATCH_UPDATE_FINDINGS"
    assert "OrganizationAccountAccessRole" in newest["UpdateSource"]["Identity"]


def test_an_imported_finding_is_found_and_a_bad_one_is_refused(sandbox: Sandbox) -> None:
    member = account(sandbox, "web-prod")
    client = sandbox.client("securityhub", account=member, region=HOME)
    finding = {
        "SchemaVersion": "2018-10-08",
        "Id": "scan-1",
        "ProductArn": f"arn:aws:securityhub:{HOME}:{member}:product/{member}/default",
        "GeneratorId": "scanner",
        "AwsAccountId": member,
        "CreatedAt": stamp(START),
        "UpdatedAt": stamp(START),
        "Severity": {"Label": "HIGH"},
        "Title": "Old library",
        "Description": "A library with known holes",
        "Resources": [{"Type": "Other", "Id": "thing"}],
    }
    answer = client.batch_import_findings(Findings=[finding, finding | {"Id": "bad", "CreatedAt": "rubbish"}])
    assert (answer["SuccessCount"], answer["FailedFindings"][0]["Id"]) == (1, "bad")
    assert [one["Id"] for one in every(admin(sandbox), GeneratorId=equals("scanner"))] == ["scan-1"]


def test_a_control_switched_off_by_its_account_loses_its_findings_after_some_days(sandbox: Sandbox) -> None:
    member = account(sandbox, "web-prod")
    client = sandbox.client("securityhub", account=member, region=HOME)
    wanted = {
        "ComplianceSecurityControlId": equals("S3.5"),
        "RecordState": equals("ACTIVE"),
        "Region": equals(HOME),
    }
    assert every(client, **wanted)
    paths = sandbox.core.spec.standards
    client.batch_update_standards_control_associations(
        StandardsControlAssociationUpdates=[
            {
                "StandardsArn": f"arn:aws:securityhub:{HOME}::{path}",
                "SecurityControlId": "S3.5",
                "AssociationStatus": "DISABLED",
                "UpdatedReason": "compensated",
            }
            for path in paths
        ]
    )
    sandbox.wait(3600)
    assert every(client, **wanted)
    sandbox.wait(6 * 86400)
    assert not every(client, **wanted)


def test_a_custom_parameter_reaches_the_findings(sandbox: Sandbox) -> None:
    payments = account(sandbox, "payments-prod")
    client = sandbox.client("securityhub", account=payments, region=HOME)
    (finding,) = every(client, ComplianceSecurityControlId=equals("IAM.7"), Region=equals(HOME))
    shown = {one["Name"]: one["Value"] for one in finding["Compliance"]["SecurityControlParameters"]}
    assert shown["MinimumPasswordLength"] == ["14"]


def test_an_automation_rule_of_the_administrator_acts_on_members_findings(sandbox: Sandbox) -> None:
    client = admin(sandbox)
    client.create_automation_rule(
        RuleName="public sites",
        RuleOrder=1,
        Description="suppress",
        Criteria={"ComplianceSecurityControlId": equals("S3.8"), "ComplianceStatus": equals("FAILED")},
        Actions=[{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": {"Workflow": {"Status": "SUPPRESSED"}}}],
    )
    sandbox.wait(2 * 86400)
    failing = every(client, ComplianceSecurityControlId=equals("S3.8"), Region=equals(HOME), **OPEN)
    assert {one["Workflow"]["Status"] for one in failing} == {"SUPPRESSED"}


def test_the_lag_of_the_sandboxes_quirks_reaches_the_findings() -> None:
    sandbox = made(quirks=Quirks(findings_lag=FindingsLag.MINUTES_3))
    client = admin(sandbox)
    finding = every(client, **OPEN, WorkflowStatus=equals("NEW"))[0]
    identifier = {"Id": finding["Id"], "ProductArn": finding["ProductArn"]}
    client.batch_update_findings(FindingIdentifiers=[identifier], Workflow={"Status": "NOTIFIED"})
    assert every(client, Id=equals(finding["Id"]))[0]["Workflow"]["Status"] == "NEW"
    sandbox.wait(181)
    assert every(client, Id=equals(finding["Id"]))[0]["Workflow"]["Status"] == "NOTIFIED"


def test_an_unknown_filter_is_an_error() -> None:
    with pytest.raises(ClientError, match="InvalidInputException"):
        every(admin(made()), Title=[{"Value": "x", "Comparison": "CONTAINS"}])


def test_central_configuration_decides_what_is_checked() -> None:
    sandbox = made(central=True)
    sandbox.wait(600)
    found = Counter(one["AwsAccountName"] for one in every(admin(sandbox), **OPEN))
    assert found["network-hub"] > 0
    hub = account(sandbox, "network-hub")
    associated = every(admin(sandbox), AwsAccountId=equals(hub), RecordState=equals("ACTIVE"))
    standards = {
        one["StandardsId"]
        for finding in associated
        for one in finding.get("Compliance", {}).get("AssociatedStandards", [])
    }
    assert standards
    assert all("foundational" in one or one == CIS_5 for one in standards)


def test_a_week_through_the_engine_moves_findings(sandbox: Sandbox) -> None:
    client = admin(sandbox)
    before = {one["Id"]: one for one in every(client, **OPEN)}
    for _ in range(7):
        sandbox.wait(timedelta(days=1).total_seconds())
    after = {one["Id"] for one in every(client, **OPEN)}
    assert before.keys() - after
    assert after - before.keys()
