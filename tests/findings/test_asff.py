"""ASFF of all ages in its normal form."""

import datetime as dt
from typing import Any

import pytest

from findings.asff_world import OBSERVED, control_finding
from hubposture.findings.finding import Finding, Rejected, finding_key, subject_key
from hubposture.findings.normal import AHEAD, normalize

HUB = "arn:aws:securityhub:us-east-1::product/aws/securityhub"


def read(record: Any, **options: Any) -> tuple[Finding, ...]:
    found = normalize(record, observed_at=OBSERVED, where="f:1", **options)
    assert not isinstance(found, Rejected), found
    return found


def one(record: Any, **options: Any) -> Finding:
    (found,) = read(record, **options)
    return found


def why(record: Any) -> str:
    found = normalize(record, observed_at=OBSERVED, where="f:1")
    assert isinstance(found, Rejected), found
    assert found.where == "f:1"
    assert len(found.excerpt) <= 200
    return found.why


def old(
    control: str, standard: str = "aws-foundational-security-best-practices/v/1.0.0", **fields: str
) -> dict[str, Any]:
    """A finding from before controls had one id everywhere."""
    return control_finding(
        Id=f"arn:aws:securityhub:us-east-1:111122223333:subscription/{standard}/{control}/finding/0",
        ProductArn=HUB,
        GeneratorId=f"{standard}/{control}",
        Compliance={"Status": "FAILED"},
        ProductFields=fields,
        AwsAccountId="111122223333",
        Region=None,
    )


def test_a_consolidated_control_finding_has_every_column() -> None:
    record = control_finding(
        0,
        Note={"Text": "known", "UpdatedBy": "kim", "UpdatedAt": "2026-11-02T00:00:00.000Z"},
        UserDefinedFields={"b": "2", "a": "1"},
        RecordState="ARCHIVED",
        ProductFields={"ArchivalReasons:0/ReasonCode": "CONSOLIDATED_CONTROL_FINDINGS_UPDATE"},
        Compliance={
            "Status": "FAILED",
            "SecurityControlId": "S3.8",
            "StatusReasons": [{"ReasonCode": "CONFIG_RULE_EVALUATION_ERROR"}, {"ReasonCode": "OTHER"}],
        },
    )
    found = one(record)
    account, region, resource = record["AwsAccountId"], record["Region"], record["Resources"][0]["Id"]
    assert found == Finding(
        finding=finding_key(record["ProductArn"], record["Id"]),
        subject=subject_key(account, region, "s3.8", resource),
        kind="control",
        product=record["ProductArn"],
        id=record["Id"],
        account=account,
        region=region,
        control="s3.8",
        resource=resource,
        resource_type="AwsS3Bucket",
        standard="",
        title="",
        compliance="FAILED",
        reason="CONFIG_RULE_EVALUATION_ERROR",
        severity="HIGH",
        record_state="ARCHIVED",
        archived_because="CONSOLIDATED_CONTROL_FINDINGS_UPDATE",
        created_at=dt.datetime(2026, 11, 1),
        updated_at=dt.datetime(2026, 11, 1),
        first_observed_at=dt.datetime(2026, 11, 1),
        last_observed_at=dt.datetime(2026, 11, 1),
        workflow="NEW",
        note="known",
        note_by="kim",
        note_at=dt.datetime(2026, 11, 2),
        user_fields='{"a":"1","b":"2"}',
        observed_at=OBSERVED,
        tagset=found.tagset,
        tags=(("Name", "thing-0"), ("owner", "team-0"), ("stage", "dev")),
    )
    assert len(found.tagset) == 16


@pytest.mark.parametrize(
    ("record", "control", "standard"),
    [
        (old("IAM.5"), "iam.5", "fsbp-1.0.0"),
        (old("ELBv2.1"), "elb.1", "fsbp-1.0.0"),
        (old("PCI.IAM.5", "pci-dss/v/3.2.1", ControlId="PCI.IAM.5"), "iam.9", "pci-dss-3.2.1"),
        (old("PCI.EC2.99", "pci-dss/v/3.2.1"), "pci.ec2.99", "pci-dss-3.2.1"),
        (old("2.1.5.2", "cis-aws-foundations-benchmark/v/1.4.0"), "s3.8", "cis-1.4.0"),
        (old("1.10", "cis-aws-foundations-benchmark/v/1.2.0", RuleId="1.10"), "iam.16", "cis-1.2.0"),
        (old("1.15", "cis-aws-foundations-benchmark/v/1.2.0", RuleId="1.15"), "cis-1.2.0/1.15", "cis-1.2.0"),
        (
            old("x", "y")
            | {
                "GeneratorId": "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/2.4",
                "ProductFields": {
                    "StandardsGuideArn": "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0"
                },
            },
            "cloudtrail.5",
            "cis-1.2.0",
        ),
    ],
)
def test_an_old_finding_of_a_standard_names_today_s_control_and_its_standard(
    record: dict[str, Any], control: str, standard: str
) -> None:
    found = one(record)
    assert (found.kind, found.control, found.standard) == ("control", control, standard)


def test_a_finding_of_one_standard_with_a_control_id_keeps_its_standard() -> None:
    record = old("S3.8") | {"Compliance": {"Status": "PASSED", "SecurityControlId": "S3.8"}}
    assert (one(record).control, one(record).standard) == ("s3.8", "fsbp-1.0.0")


def test_requirements_can_be_looked_up_in_a_live_catalog() -> None:
    record = old("9.9", "cis-aws-foundations-benchmark/v/9.0.0")
    assert one(record, known={("cis-9.0.0", "9.9"): ("s3.99",)}).control == "s3.99"


def test_a_control_is_told_by_the_product_s_arn_and_not_by_its_name() -> None:
    foreign = control_finding(ProductArn="arn:aws:securityhub:eu-central-1:111122223333:product/111122223333/default")
    assert one(foreign).kind == "other"
    assert one(control_finding(ProductName="Security Hub CSPM")).kind == "control"
    china = "arn:aws-cn:securityhub:cn-north-1::product/aws/securityhub"
    assert one(control_finding(ProductArn=china)).kind == "control"


def test_the_region_comes_from_the_arn_of_the_product_where_the_record_has_none() -> None:
    assert one(old("IAM.5")).region == "us-east-1"
    bare = control_finding(Region=None, ProductArn="custom", Id="x", Resources=[{"Id": "r", "Region": "eu-west-3"}])
    assert one(bare).region == "eu-west-3"


@pytest.mark.parametrize(
    ("state", "workflow"),
    [
        ("NEW", "NEW"),
        ("ASSIGNED", "NOTIFIED"),
        ("IN_PROGRESS", "NOTIFIED"),
        ("DEFERRED", "SUPPRESSED"),
        ("RESOLVED", "RESOLVED"),
    ],
)
def test_the_old_workflow_state_speaks_only_where_workflow_is_missing(state: str, workflow: str) -> None:
    assert one(control_finding(Workflow=None, WorkflowState=state)).workflow == workflow
    assert one(control_finding(Workflow={"Status": "NOTIFIED"}, WorkflowState=state)).workflow == "NOTIFIED"


@pytest.mark.parametrize(
    ("severity", "label"),
    [
        ({"Label": "critical"}, "CRITICAL"),
        ({"Normalized": 0}, "INFORMATIONAL"),
        ({"Normalized": 39}, "LOW"),
        ({"Normalized": 40}, "MEDIUM"),
        ({"Normalized": 70, "Product": 1}, "HIGH"),
        ({"Normalized": 90}, "CRITICAL"),
        ({"Product": 5.0}, "MEDIUM"),
        ({"Product": 8}, "HIGH"),
        ({}, "INFORMATIONAL"),
    ],
)
def test_severity_is_the_label_or_else_what_the_numbers_say(severity: dict[str, Any], label: str) -> None:
    record = control_finding(ProductArn="arn:aws:securityhub:us-east-1::product/aws/guardduty", Severity=severity)
    assert one(record | {"FindingProviderFields": None}).severity == label


def test_each_resource_of_a_control_finding_is_a_subject_of_its_own() -> None:
    resources = [{"Type": "T", "Id": "a"}, {"Type": "T", "Id": "b"}, {"Type": "T", "Id": "a"}]
    found = read(control_finding(Resources=resources))
    assert [each.resource for each in found] == ["a", "b"]
    assert len({each.finding for each in found}) == 1
    assert len({each.subject for each in found}) == 2


def test_a_finding_of_another_product_is_its_own_subject_and_keeps_its_title() -> None:
    threat = control_finding(ProductArn="arn:aws:securityhub:us-east-1::product/aws/guardduty", Compliance=None)
    found = one(threat)
    assert (found.subject, found.control, found.compliance) == (found.finding, "", "")
    assert found.title == threat["Title"]
    several = read(threat | {"Resources": [{"Id": "a"}, {"Id": "b"}]})
    assert len({each.subject for each in several}) == 2


def test_a_status_that_only_another_product_knows_says_nothing() -> None:
    prowler = control_finding(ProductArn="arn:aws:securityhub:us-east-1::product/prowler/prowler")
    assert one(prowler | {"Compliance": {"Status": "INFOED"}}).compliance == ""
    assert "Compliance.Status is 'INFOED'" in why(
        control_finding(Compliance={"Status": "INFOED", "SecurityControlId": "S3.8"})
    )


def test_equal_tags_have_one_key_whatever_their_order_and_values_become_text() -> None:
    def tagged(tags: Any) -> Finding:
        return one(control_finding(Resources=[{"Id": "r", "Tags": tags}]))

    assert tagged({"a": "1", "b": "2"}).tagset == tagged({"b": "2", "a": "1"}).tagset
    assert tagged([{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]).tags == (("a", "1"), ("b", "2"))
    assert tagged({"n": 1, "t": True, "z": None, "l": ["x"]}).tags == (
        ("l", '["x"]'),
        ("n", "1"),
        ("t", "true"),
        ("z", ""),
    )
    assert (tagged({}).tagset, tagged(None).tags) == ("", ())
    assert tagged({"a": "1"}).tagset != tagged({"a": "2"}).tagset


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-24T08:00:00Z", dt.datetime(2026, 11, 24, 8)),
        ("2026-11-24T08:00:00.123456789Z", dt.datetime(2026, 11, 24, 8, 0, 0, 123456)),
        ("2026-11-24T08:00:00+02:00", dt.datetime(2026, 11, 24, 6)),
        ("2026-11-24T08:00:00.5-0130", dt.datetime(2026, 11, 24, 9, 30, 0, 500000)),
        ("2026-11-24T08:00:00", dt.datetime(2026, 11, 24, 8)),
    ],
)
def test_every_documented_form_of_a_time_is_read_as_utc(text: str, at: dt.datetime) -> None:
    assert one(control_finding(CreatedAt=text)).created_at == at


def test_an_update_from_the_future_does_not_win_over_what_follows() -> None:
    ahead = one(control_finding(UpdatedAt="2031-01-01T00:00:00Z"))
    assert ahead.updated_at == ahead.observed_at + AHEAD


def test_a_record_is_rejected_with_everything_that_is_wrong_with_it() -> None:
    assert why({"ProductArn": "p"}).split("; ") == [
        "Id is missing",
        "AwsAccountId is missing",
        "Resources is missing or empty",
        "CreatedAt is missing",
        "UpdatedAt is missing",
        "Region is missing, and neither ProductArn, Id nor Resources says it",
    ]
    wrong = control_finding(
        Id=7,
        AwsAccountId="12",
        UpdatedAt="yesterday",
        Resources=[{"Type": "x"}, 3],
        Workflow="NEW",
        Severity={"Label": "BAD"},
    )
    assert why(wrong).split("; ") == [
        "Id is a number, expected text",
        "AwsAccountId is '12', expected an account id of 12 digits",
        "Resources[0].Id is missing",
        "Resources[1] is a number, expected an object",
        "Severity.Label is 'BAD', expected one of INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL",
        "UpdatedAt is 'yesterday', expected a time such as 2026-11-24T08:00:00.000Z",
        "Workflow is text, expected an object",
    ]


def test_long_text_is_kept_and_what_no_store_takes_is_replaced() -> None:
    long = "x" * 5_000
    found = one(control_finding(Resources=[{"Id": f"r{long}", "Type": "a\x00b\ud800"}]))
    assert found.resource == f"r{long}"
    assert found.resource_type == "a\ufffdb\ufffd"


def test_account_level_resources_stay_as_they_are_written() -> None:
    found = one(control_finding(Resources=[{"Type": "AwsAccount", "Id": "AWS::::Account:111122223333"}]))
    assert found.resource == "AWS::::Account:111122223333"
