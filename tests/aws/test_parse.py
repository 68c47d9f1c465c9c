"""Answers read quickly are botocore's answers, but for timestamps."""

from datetime import datetime
from typing import Any

import pytest

from aws.scripted import HOME, Aws, Refused
from hubposture.aws.parse import FAST_OPERATIONS, read_body
from hubposture.aws.session import Acting, Clients, Keys, Purpose, acting_as

WHO = Acting("111100000001", Purpose.READER, Keys("ASIA1", "s", "t"))

DETAIL = {
    "StandardsArn": "arn:aws:securityhub:eu-west-1::standards/pci-dss/v/4.0.1",
    "SecurityControlId": "S3.8",
    "SecurityControlArn": "arn:aws:securityhub:eu-west-1:111100000001:security-control/S3.8",
    "AssociationStatus": "DISABLED",
    "RelatedRequirements": ["PCI DSS v4.0.1/1.4.4"],
    "UpdatedAt": "2026-11-02T08:00:00.123Z",
    "UpdatedReason": "önly",
    "StandardsControlArns": [],
}
CONTROL = {
    "SecurityControlId": "ACM.1",
    "SecurityControlArn": "arn:aws:securityhub:eu-west-1:111100000001:security-control/ACM.1",
    "Title": "t",
    "Description": "d",
    "RemediationUrl": "u",
    "SeverityRating": "MEDIUM",
    "SecurityControlStatus": "ENABLED",
    "UpdateStatus": "READY",
    "Parameters": {"daysToExpiration": {"ValueType": "CUSTOM", "Value": {"Integer": 15}}},
}
FINDING = {
    "SchemaVersion": "2018-10-08",
    "Id": "f",
    "ProductArn": "p",
    "GeneratorId": "g",
    "AwsAccountId": "111100000001",
    "CreatedAt": "2026-11-02T08:00:00.123Z",
    "UpdatedAt": "2026-11-02T08:00:00.123Z",
    "Title": "t",
    "Description": "d",
    "Resources": [{"Type": "AwsS3Bucket", "Id": "arn", "Details": {"AwsS3Bucket": {"Name": "b"}}}],
    "Confidence": 3,
    "Sample": False,
}
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "BatchGetStandardsControlAssociations": (
        "batch_get_standards_control_associations",
        {"StandardsControlAssociationIds": [{"SecurityControlId": "S3.8", "StandardsArn": "a"}]},
        {"StandardsControlAssociationDetails": [DETAIL], "UnprocessedAssociations": []},
    ),
    "BatchGetSecurityControls": (
        "batch_get_security_controls",
        {"SecurityControlIds": ["ACM.1"]},
        {"SecurityControls": [CONTROL], "UnprocessedIds": []},
    ),
    "GetFindings": ("get_findings", {}, {"Findings": [FINDING], "NextToken": "n"}),
}


def answer(operation: str, body: Any, monkeypatch: pytest.MonkeyPatch, *, fast: bool) -> dict[str, Any]:
    if not fast:
        monkeypatch.setattr("hubposture.aws.session.register_fast_parsing", lambda _: None)
    method, params, _ = CASES[operation]
    client = Clients(attach=Aws(lambda _: body).attach).get("securityhub", HOME)
    with acting_as(WHO):
        found: dict[str, Any] = getattr(client, method)(**params)
    monkeypatch.undo()
    del found["ResponseMetadata"]
    return found


def timeless(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: timeless(value) for name, value in node.items()}
    if isinstance(node, list):
        return [timeless(one) for one in node]
    return node.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if isinstance(node, datetime) else node


@pytest.mark.parametrize("operation", sorted(CASES))
def test_the_answer_equals_botocores_but_for_timestamps(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    body = CASES[operation][2]
    quick = answer(operation, body, monkeypatch, fast=True)
    assert quick == timeless(answer(operation, body, monkeypatch, fast=False))
    assert quick == body


def test_every_fast_operation_exists_and_answers_in_json_members_alone() -> None:
    import botocore.session

    model = botocore.session.get_session().get_service_model("securityhub")
    for name in FAST_OPERATIONS:
        output = model.operation_model(name).output_shape
        assert "payload" not in output.serialization
        assert all("location" not in member.serialization for member in output.members.values())


def test_an_error_is_left_to_botocore() -> None:
    def no(_: Any) -> Any:
        raise Refused("InvalidAccessException", 401, "not subscribed")

    client = Clients(attach=Aws(no).attach).get("securityhub", HOME)
    with acting_as(WHO), pytest.raises(client.exceptions.InvalidAccessException, match="not subscribed"):
        client.describe_hub()


def test_a_body_that_is_no_json_is_left_to_botocore() -> None:
    given: dict[str, Any] = {}
    response = {"status_code": 200, "body": b"<html>"}
    read_body(response, given)
    assert given == {}
    assert response["body"] == b"<html>"
