"""What automation rules of other people would do, as far as anybody can tell."""

import datetime as dt
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.waivers.decision import ForeignRule
from hubposture.waivers.foreign import Acts, acts, may_set
from waivers.decide_world import ACCOUNT, NOW, PRODUCT, REGION, RESOURCE, case, finding

YES, NO, UNKNOWN = Acts.YES, Acts.NO, Acts.UNKNOWN
ONE = finding()
TAGGED = case(ONE, tags={"team": "web", "stage": "prod"})
SUPPRESSED = frozenset({"SUPPRESSED"})


def rule(criteria: Mapping[str, Any], **changes: Any) -> ForeignRule:
    return replace(ForeignRule("arn:1", "quiet", REGION, 1, "SUPPRESSED", criteria), **changes)


def is_(*values: str, how: str = "EQUALS") -> list[dict[str, str]]:
    return [{"Value": value, "Comparison": how} for value in values]


def tag(name: str, value: str, how: str = "EQUALS") -> list[dict[str, str]]:
    return [{"Key": name, "Value": value, "Comparison": how}]


def within(days: int, how: str | None = "WITHIN") -> list[dict[str, Any]]:
    return [{"DateRange": {"Value": days, "Unit": "DAYS", **({"Comparison": how} if how else {})}}]


ROWS: Sequence[tuple[Mapping[str, Any], Acts]] = [
    ({}, YES),
    ({"AwsAccountId": []}, YES),
    ({"AwsAccountId": is_(ACCOUNT)}, YES),
    ({"AwsAccountId": is_("999999999999")}, NO),
    ({"AwsAccountId": is_("999999999999", ACCOUNT)}, YES),
    ({"AwsAccountId": is_("111", how="PREFIX")}, YES),
    ({"AwsAccountId": is_("222", how="CONTAINS")}, YES),
    ({"AwsAccountId": is_("111", how="PREFIX_NOT_EQUALS")}, NO),
    ({"AwsAccountId": is_("222", how="NOT_CONTAINS")}, NO),
    ({"AwsAccountId": is_(ACCOUNT, "999999999999", how="NOT_EQUALS")}, NO),
    ({"AwsAccountId": is_("888888888888", "999999999999", how="NOT_EQUALS")}, YES),
    ({"AwsAccountId": is_("111", how="PREFIX") + is_(ACCOUNT, how="NOT_EQUALS")}, NO),
    ({"AwsAccountId": is_("111", how="CONTAINS_WORD")}, UNKNOWN),
    ({"AwsAccountId": [{"Comparison": "EQUALS"}]}, UNKNOWN),
    ({"ComplianceSecurityControlId": is_("S3.8")}, YES),
    ({"ComplianceSecurityControlId": is_("s3.8")}, UNKNOWN),
    ({"ComplianceSecurityControlId": is_("S3.80", "S3.1")}, NO),
    ({"ComplianceSecurityControlId": is_("S3", how="PREFIX")}, YES),
    ({"ComplianceSecurityControlId": is_("S3.8", how="NOT_EQUALS")}, NO),
    ({"ComplianceSecurityControlId": is_("s3.8", how="NOT_EQUALS")}, UNKNOWN),
    ({"GeneratorId": is_("security-control/S3.8")}, YES),
    ({"GeneratorId": is_("security-control/S3.1")}, NO),
    ({"ResourceId": is_(RESOURCE)}, YES),
    ({"ResourceId": is_("arn:aws:s3:::acme-publi")}, NO),
    ({"ResourceId": is_("arn:aws:s3:::acme-", how="PREFIX")}, YES),
    ({"ResourceType": is_("AwsS3Bucket")}, YES),
    ({"ResourceType": is_("AwsEc2Instance")}, NO),
    ({"ResourceRegion": is_(REGION)}, YES),
    ({"ResourceRegion": is_("us-east-1")}, NO),
    ({"ResourcePartition": is_("aws-cn")}, NO),
    ({"SeverityLabel": is_("MEDIUM", "LOW")}, YES),
    ({"SeverityLabel": is_("HIGH")}, NO),
    ({"ComplianceStatus": is_("FAILED")}, YES),
    ({"ComplianceStatus": is_("PASSED")}, NO),
    ({"RecordState": is_("ACTIVE")}, YES),
    ({"RecordState": is_("ARCHIVED")}, NO),
    ({"WorkflowStatus": is_("NEW", "NOTIFIED")}, YES),
    ({"WorkflowStatus": is_("RESOLVED")}, NO),
    ({"ProductArn": is_(PRODUCT)}, YES),
    ({"ProductName": is_("Security Hub")}, UNKNOWN),
    ({"ProductName": is_("Security Hub", how="PREFIX")}, YES),
    ({"ProductName": is_("GuardDuty")}, NO),
    ({"ResourceProvider": is_("Azure")}, NO),
    ({"Title": is_("S3", how="CONTAINS")}, UNKNOWN),
    ({"AwsAccountName": is_("web-prod")}, UNKNOWN),
    ({"NoteText": is_("ok")}, UNKNOWN),
    ({"UserDefinedFields": tag("hubposture/waiver", "W-1")}, UNKNOWN),
    ({"Criticality": [{"Gte": 10}]}, UNKNOWN),
    ({"AnAttributeOfTomorrow": is_("x")}, UNKNOWN),
    ({"Title": is_("x"), "SeverityLabel": is_("HIGH")}, NO),
    ({"Title": is_("x"), "SeverityLabel": is_("MEDIUM")}, UNKNOWN),
    ({"ResourceTags": tag("team", "web")}, YES),
    ({"ResourceTags": tag("team", "we")}, NO),
    ({"ResourceTags": tag("team", "we", "CONTAINS")}, YES),
    ({"ResourceTags": tag("owner", "web")}, NO),
    ({"ResourceTags": tag("team", "web", "NOT_EQUALS")}, NO),
    ({"ResourceTags": tag("team", "app", "NOT_EQUALS")}, YES),
    ({"ResourceTags": tag("team", "app") + tag("stage", "prod")}, YES),
    ({"UpdatedAt": within(1)}, YES),
    ({"UpdatedAt": within(1, None)}, YES),
    ({"UpdatedAt": within(7, "OLDER_THAN")}, NO),
    ({"UpdatedAt": [{"Start": "2026-01-01T00:00:00Z"}]}, YES),
    ({"UpdatedAt": [{"Start": "2026-01-01", "End": "2026-06-01T00:00:00+02:00"}]}, NO),
    ({"UpdatedAt": [{"End": "2026-11-25T00:00:00Z"}]}, UNKNOWN),
    ({"CreatedAt": within(30, "OLDER_THAN")}, UNKNOWN),
    ({"CreatedAt": [{"Start": "2030-01-01T00:00:00Z"}]}, NO),
    ({"CreatedAt": [{"Start": "soon"}]}, UNKNOWN),
    ({"CreatedAt": [{}]}, UNKNOWN),
]


@pytest.mark.parametrize(("criteria", "expected"), ROWS, ids=lambda one: json.dumps(one)[:80])
def test_criteria_are_met_or_not_or_cannot_be_told(criteria: Mapping[str, Any], expected: Acts) -> None:
    assert acts(rule(criteria), TAGGED, ONE, now=NOW) is expected


def test_a_rule_acts_in_its_own_region_only() -> None:
    assert acts(rule({}, region="us-east-1"), TAGGED, ONE, now=NOW) is NO
    assert may_set([rule({}, region="us-east-1")], TAGGED, ONE, SUPPRESSED, now=NOW) is None


@pytest.mark.parametrize(
    ("id_", "generator"),
    [
        (
            f"arn:aws:securityhub:{REGION}:{ACCOUNT}:subscription/pci-dss/v/3.2.1/PCI.S3.8/finding/7",
            "pci-dss/v/3.2.1/PCI.S3.8",
        ),
        (
            f"arn:aws:securityhub:{REGION}:{ACCOUNT}:subscription/cis-aws-foundations-benchmark/v/1.2.0/1.10/finding/7",
            "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/1.10",
        ),
    ],
)
def test_the_generator_is_read_from_ids_of_single_standards(id_: str, generator: str) -> None:
    one = finding(id=id_)

    assert acts(rule({"GeneratorId": is_(generator)}), case(one), one, now=NOW) is YES
    assert acts(rule({"GeneratorId": is_("another")}), case(one), one, now=NOW) is NO


def test_an_id_of_another_form_says_nothing_of_its_generator() -> None:
    one = finding(id="something/else")

    assert acts(rule({"GeneratorId": is_("security-control/S3.8")}), case(one), one, now=NOW) is UNKNOWN


def test_other_resources_of_a_finding_may_be_what_a_rule_looks_for() -> None:
    one = finding(is_shared=True)

    assert acts(rule({"ResourceId": is_("arn:aws:s3:::other")}), case(one), one, now=NOW) is UNKNOWN
    assert acts(rule({"ResourceId": is_(RESOURCE)}), case(one), one, now=NOW) is YES


def test_without_tags_in_the_lake_nobody_knows_whether_there_are_any() -> None:
    assert acts(rule({"ResourceTags": tag("team", "web")}), case(ONE), ONE, now=NOW) is UNKNOWN
    assert acts(rule({"ResourceTags": tag("team", "web", "NOT_EQUALS")}), case(ONE), ONE, now=NOW) is UNKNOWN


def test_the_region_of_a_global_resource_cannot_be_told() -> None:
    role = case(ONE, resource="arn:aws:iam::111122223333:role/ops")

    assert acts(rule({"ResourceRegion": is_(REGION)}), role, ONE, now=NOW) is UNKNOWN


def test_a_rule_that_surely_acts_is_named_before_one_that_may_and_the_first_before_the_others() -> None:
    may, later, first = (
        rule({"Title": is_("x")}, arn="a", order=1),
        rule({}, arn="b", order=9),
        rule({}, arn="c", order=3),
    )

    assert may_set([later, may, first], TAGGED, ONE, SUPPRESSED, now=NOW) == first
    assert may_set([may], TAGGED, ONE, SUPPRESSED, now=NOW) == may


def test_a_rule_that_sets_another_status_is_none_of_them() -> None:
    assert may_set([rule({}, status="NOTIFIED")], TAGGED, ONE, SUPPRESSED, now=NOW) is None


def _criteria_of_the_model() -> Sequence[str]:
    path = Path(botocore.__file__).parent / "data/securityhub/2018-10-26/service-2.json.gz"
    shapes = json.loads(gzip.decompress(path.read_bytes()))["shapes"]
    return sorted(shapes["AutomationRulesFindingFilters"]["members"])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_a_rule_says_there_is_an_answer(data: st.DataObject) -> None:
    words = st.sampled_from(["", "S3.8", "arn:", "x", 3, None])
    comparisons = st.sampled_from(["EQUALS", "NOT_EQUALS", "PREFIX", "CONTAINS", "NOT_CONTAINS", "ODD", None])
    condition = st.fixed_dictionaries(
        {},
        optional={
            "Key": words,
            "Value": words,
            "Comparison": comparisons,
            "Start": words,
            "DateRange": st.fixed_dictionaries({}, optional={"Value": st.sampled_from([1, 10**30, "x"])}),
        },
    )
    names = st.sampled_from([*_criteria_of_the_model(), "Odd"])
    criteria = data.draw(st.dictionaries(names, st.lists(condition, max_size=3), max_size=3))

    assert acts(rule(criteria), TAGGED, ONE, now=NOW) in Acts


def test_relative_dates_reach_back_as_far_as_time_goes() -> None:
    assert acts(rule({"UpdatedAt": within(10**6)}), TAGGED, ONE, now=dt.datetime(2026, 1, 1)) is UNKNOWN
