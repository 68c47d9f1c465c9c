"""OCSF in its normal form, and beside ASFF."""

from typing import Any

import pytest

from findings.asff_world import OBSERVED, control_finding, ocsf_finding
from hubposture.findings.finding import Finding, Rejected
from hubposture.findings.normal import normalize


def one(record: Any) -> Finding:
    found = normalize(record, observed_at=OBSERVED, where="f")
    assert not isinstance(found, Rejected), found
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("number", range(8))
def test_both_formats_of_a_control_finding_are_the_same_row(number: int) -> None:
    asff, ocsf = one(control_finding(number)), one(ocsf_finding(number))
    assert ocsf._replace(resource_type=asff.resource_type) == asff


@pytest.mark.parametrize(
    ("status_id", "status", "workflow"),
    [
        (1, "New", "NEW"),
        (2, "In Progress", "NOTIFIED"),
        (3, "Suppressed", "SUPPRESSED"),
        (4, "Resolved", "RESOLVED"),
        (0, None, "NEW"),
        (99, "Suppressed", "SUPPRESSED"),
        (None, None, "NEW"),
        (3, "New", "NEW"),
    ],
)
def test_where_status_and_its_number_disagree_the_one_that_hides_less_holds(
    status_id: int | None, status: str | None, workflow: str
) -> None:
    assert one(ocsf_finding(status_id=status_id, status=status)).workflow == workflow


@pytest.mark.parametrize(
    "closing", [{"activity_name": "Close"}, {"activity_id": 3, "activity_name": None}, {"status_id": 5}]
)
def test_a_closed_finding_is_archived(closing: dict[str, Any]) -> None:
    assert one(ocsf_finding()).record_state == "ACTIVE"
    assert one(ocsf_finding(**closing)).record_state == "ARCHIVED"


@pytest.mark.parametrize(
    ("compliance", "code", "status"),
    [
        ({"status_id": 1}, None, "PASSED"),
        ({"status_id": 2}, None, "WARNING"),
        ({"status_id": 3, "status": "Pass"}, None, "FAILED"),
        ({"status": "FAILED"}, None, "FAILED"),
        ({}, "FAIL", "FAILED"),
        ({"status_id": 99}, "MANUAL", "NOT_AVAILABLE"),
    ],
)
def test_compliance_is_the_number_or_else_a_word(compliance: dict[str, Any], code: str | None, status: str) -> None:
    assert one(ocsf_finding(compliance={"control": "S3.8"} | compliance, status_code=code)).compliance == status


def test_only_security_hub_s_compliance_findings_are_controls() -> None:
    exposure = ocsf_finding(class_uid=2004, compliance=None)
    assert (one(exposure).kind, one(exposure).title) == ("other", exposure["finding_info"]["title"])
    other = ocsf_finding(metadata={"product": {"name": "Some Tool", "vendor_name": "Acme"}})
    assert (one(other).kind, one(other).product) == ("other", "acme/some-tool")


def test_numbers_of_seconds_and_of_milliseconds_are_the_same_time() -> None:
    def at(number: int) -> Any:
        info = {"uid": "x", "title": "t", "created_time": number, "modified_time": number}
        return one(ocsf_finding(finding_info=info)).updated_at

    assert at(1_700_000_000) == at(1_700_000_000_000)


def test_labels_are_tags_where_there_are_none() -> None:
    resource = {"uid": "arn:aws:iam::111122223333:role/r", "labels": ["some-label=some value", "plain"]}
    assert one(ocsf_finding(resources=[resource])).tags == (("plain", ""), ("some-label", "some value"))


def test_an_account_has_the_same_name_as_in_asff() -> None:
    resource = {"type": "AWS::::Account", "uid": "111122223333", "uid_alt": "arn:aws:guardduty:x:1:detector/0"}
    found = one(ocsf_finding(resources=[resource | {"uid_alt": None}]))
    assert found.resource == "AWS::::Account:111122223333"


def test_what_is_missing_is_named() -> None:
    found = normalize({"class_uid": 2004, "severity_id": "4"}, observed_at=OBSERVED, where="f[3]")
    assert isinstance(found, Rejected)
    assert found.why.split("; ") == [
        "metadata.product.name is missing",
        "finding_info.uid is missing, and metadata.uid too",
        "cloud.account.uid is missing",
        "cloud.region is missing, and no resource says it",
        "resources is missing or empty",
        "finding_info.modified_time is missing, and time and finding_info.created_time too",
        "severity_id is text, expected a whole number",
    ]


def test_a_class_that_is_no_finding_is_named() -> None:
    found = normalize({"class_uid": 3001}, observed_at=OBSERVED, where="f")
    assert isinstance(found, Rejected)
    assert "class_uid is 3001" in found.why
