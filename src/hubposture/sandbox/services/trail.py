"""CloudTrail's event history of the emulated accounts: deeds on resources, hands on findings, and calls that were made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.calls import CallLog, CallRecord, is_write
from hubposture.sandbox.core import Core
from hubposture.sandbox.deeds import Deed, Press, actor_of, number_of, uuid_of
from hubposture.sandbox.seams import Findings
from hubposture.sandbox.services.recorded import name_of

KEPT = timedelta(days=90)
_GLOBAL = "us-east-1"
_DENIED = 7
"""One change in so many was tried before by somebody who may not."""

_BY_FACT: Mapping[tuple[str, str], tuple[str, str]] = {
    ("AWS::S3::Bucket", "blocks public access"): ("PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"),
    ("AWS::S3::Bucket", "accepts TLS only"): ("PutBucketPolicy", "DeleteBucketPolicy"),
    ("AWS::S3::Bucket", "not publicly readable"): ("PutBucketPolicy", "PutBucketPolicy"),
    ("AWS::S3::Bucket", "encrypted with a KMS key"): ("PutBucketEncryption", "PutBucketEncryption"),
    ("AWS::S3::Bucket", "keeps access logs"): ("PutBucketLogging", "PutBucketLogging"),
    ("AWS::S3::Bucket", "MFA for deletion"): ("PutBucketVersioning", "PutBucketVersioning"),
    ("AWS::EC2::SecurityGroup", "open ports"): ("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"),
    ("AWS::KMS::Key", "rotates"): ("EnableKeyRotation", "DisableKeyRotation"),
    ("AWS::IAM::User", "MFA for the console"): ("EnableMFADevice", "DeactivateMFADevice"),
}
"""Calls that bring a fact about, and that take it away."""

_BY_TYPE: Mapping[str, tuple[str, str, str, str]] = {
    "AWS::S3::Bucket": ("s3", "CreateBucket", "PutBucketAcl", "DeleteBucket"),
    "AWS::EC2::Instance": ("ec2", "RunInstances", "ModifyInstanceAttribute", "TerminateInstances"),
    "AWS::EC2::SecurityGroup": ("ec2", "CreateSecurityGroup", "ModifySecurityGroupRules", "DeleteSecurityGroup"),
    "AWS::EC2::VPC": ("ec2", "CreateVpc", "ModifyVpcAttribute", "DeleteVpc"),
    "AWS::EC2::Volume": ("ec2", "CreateVolume", "ModifyVolume", "DeleteVolume"),
    "AWS::EC2::Subnet": ("ec2", "CreateSubnet", "ModifySubnetAttribute", "DeleteSubnet"),
    "AWS::IAM::User": ("iam", "CreateUser", "UpdateUser", "DeleteUser"),
    "AWS::IAM::Role": ("iam", "CreateRole", "UpdateAssumeRolePolicy", "DeleteRole"),
    "AWS::IAM::Policy": ("iam", "CreatePolicy", "CreatePolicyVersion", "DeletePolicy"),
    "AWS::KMS::Key": ("kms", "CreateKey", "PutKeyPolicy", "ScheduleKeyDeletion"),
    "AWS::Lambda::Function": ("lambda", "CreateFunction20150331", "UpdateFunctionConfiguration20150331v2", "DeleteFunction20150331"),
    "AWS::RDS::DBInstance": ("rds", "CreateDBInstance", "ModifyDBInstance", "DeleteDBInstance"),
    "AWS::CloudTrail::Trail": ("cloudtrail", "CreateTrail", "UpdateTrail", "DeleteTrail"),
    "AWS::DynamoDB::Table": ("dynamodb", "CreateTable", "UpdateTable", "DeleteTable"),
    "AWS::SNS::Topic": ("sns", "CreateTopic", "SetTopicAttributes", "DeleteTopic"),
    "AWS::SQS::Queue": ("sqs", "CreateQueue", "SetQueueAttributes", "DeleteQueue"),
    "AWS::SecretsManager::Secret": ("secretsmanager", "CreateSecret", "UpdateSecret", "DeleteSecret"),
    "AWS::ECR::Repository": ("ecr", "CreateRepository", "PutImageScanningConfiguration", "DeleteRepository"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("elasticloadbalancing", "CreateLoadBalancer", "ModifyLoadBalancerAttributes", "DeleteLoadBalancer"),
}  # fmt: skip
"""A type's service, and its calls that make, change and delete one."""
_BY_ARN = frozenset(
    {"AWS::SNS::Topic", "AWS::SecretsManager::Secret", "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::IAM::Policy"}
)


@dataclass(frozen=True, slots=True)
class _Event:
    """One event: where and when, as which call, by whom, and of which resource."""

    at: datetime
    id: str
    service: str
    operation: str
    account: str
    region: str
    arn: str
    key: str = ""
    address: str = "198.51.100.10"
    agent: str = "Boto3"
    asked: Any = None
    error: str = ""
    resource: str = ""
    type: str = ""
    read_only: bool = False

    @property
    def username(self) -> str:
        """Who it was, as LookupEvents says it."""
        return self.arn.rpartition("/")[2]


class TrailOperations:
    """LookupEvents: the last 90 days, newest first, by one attribute."""

    def __init__(self, core: Core, calls: CallLog, findings: Findings | None) -> None:
        self.core = core
        self.calls = calls
        self.findings = findings

    def events(self, call: Call, params: Params) -> Params:
        """List events of a target."""
        attributes = params.get("LookupAttributes", [])
        if len(attributes) > 1:
            raise ServiceError("InvalidLookupAttributesException", "Only one lookup attribute is allowed")
        start, end = params.get("StartTime"), params.get("EndTime")
        if start and end and end < start:
            raise ServiceError("InvalidTimeRangeException", "The end is before the start")
        oldest = self.core.now() - KEPT
        first, last = max(start or oldest, oldest), end or self.core.now()
        rows = [
            one
            for one in self._all(call.account, call.region)
            if first <= one.at <= last
            and all(_matches(one, each["AttributeKey"], each["AttributeValue"]) for each in attributes)
        ]
        rows.sort(key=lambda one: (one.at, one.id), reverse=True)
        page, more = self.core.page(call, params, rows, default=50)
        return {"Events": [_shown(one) for one in page], **more}

    def _all(self, account: str, region: str) -> Iterator[_Event]:
        yield from (_of_call(one) for one in self.calls.trail if (one.account, one.region) == (account, region))
        for number, one in enumerate(self.calls.records):
            if (one.account, one.region, one.service) == (account, region, "securityhub") and (
                one.error or not one.write
            ):
                yield _of_call(one, number)
        if self.findings is not None:
            yield from self._of_deeds(account, region)
            yield from (
                _of_press(one) for one in self.findings.deeds.presses if (one.account, one.region) == (account, region)
            )

    def _of_deeds(self, account: str, region: str) -> Iterator[_Event]:
        assert self.findings is not None
        for deed in self.findings.deeds.deeds:
            if deed.account == account and deed.type in _BY_TYPE and _region_of(deed) == region:
                yield from _of_deed(deed, self.core.spec.partition)


def _region_of(deed: Deed) -> str:
    return _GLOBAL if deed.type.startswith("AWS::IAM::") else deed.region


def _of_deed(deed: Deed, partition: str) -> Iterator[_Event]:
    actor = actor_of(deed, partition=partition)
    service, make, change, delete = _BY_TYPE[deed.type]
    operation = {"create": make, "delete": delete}.get(deed.kind) or _changes(deed, change)
    name = deed.id if deed.type in _BY_ARN else name_of(deed.resource())
    made = _Event(
        deed.at - timedelta(seconds=20), deed.id_of_event, service, operation, deed.account, _region_of(deed), actor.arn,
        actor.key, actor.address, actor.agent, _asked(deed, name), resource=name, type=deed.type,
    )  # fmt: skip
    if deed.kind == "change" and number_of("denied", made.id) % _DENIED == 0:
        someone = f"arn:{partition}:sts::{deed.account}:assumed-role/ReadOnly/alex@example.com"
        yield _Event(
            made.at - timedelta(minutes=11), uuid_of("denied", made.id), service, operation, deed.account, made.region,
            someone, "ASIA" + f"{number_of(made.id):016X}"[-16:], "198.51.100.77", "AWS Internal (console)", None,
            "AccessDenied", name, deed.type,
        )  # fmt: skip
    yield made


def _changes(deed: Deed, otherwise: str) -> str:
    """The call that changes what a deed changed."""
    for fact, value in deed.facts.items():
        if deed.before.get(fact) != value and (deed.type, fact) in _BY_FACT:
            gives, takes = _BY_FACT[deed.type, fact]
            return gives if value else takes
    if deed.tags != deed.tags_before:
        return "PutBucketTagging" if deed.type == "AWS::S3::Bucket" else "TagResource"
    return otherwise


def _asked(deed: Deed, name: str) -> dict[str, Any]:
    key = {"AWS::S3::Bucket": "bucketName", "AWS::EC2::SecurityGroup": "groupId", "AWS::IAM::User": "userName"}.get(
        deed.type, "resourceName"
    )
    changed = {fact: value for fact, value in deed.facts.items() if deed.before.get(fact) != value}
    return {key: name, "changes": changed} if changed else {key: name}


def _of_press(press: Press) -> _Event:
    asked = {"findingIdentifiers": [{"id": press.finding, "productArn": press.product}]}
    fields = {f"{name[:1].lower()}{name[1:]}": value for name, value in press.fields.items()}
    key = "ASIA" + f"{number_of(press.identity, press.account):016X}"[-16:]
    return _Event(
        press.at, press.id_of_event, "securityhub", "BatchUpdateFindings", press.account, press.region, press.identity, key,
        f"198.51.100.{number_of(press.identity) % 250 + 1}", "AWS Internal (console)", {**asked, **fields},
    )  # fmt: skip


def _of_call(record: CallRecord, number: int = 0) -> _Event:
    return _Event(
        record.at, record.event_id or uuid_of("read", str(number), record.operation, record.at.isoformat(), record.principal),
        record.service, record.operation, record.account, record.region, record.principal, asked=record.input or None,
        error=record.error, read_only=not is_write(record.operation),
    )  # fmt: skip


def _matches(event: _Event, key: str, value: str) -> bool:
    known = {
        "EventName": event.operation,
        "EventSource": f"{event.service}.amazonaws.com",
        "EventId": event.id,
        "ReadOnly": "true" if event.read_only else "false",
        "Username": event.username,
        "ResourceName": event.resource,
        "ResourceType": event.type,
        "AccessKeyId": event.key,
    }
    if key not in known:
        raise ServiceError("InvalidLookupAttributesException", f"{key} is no lookup attribute")
    return bool(value) and known[key] == value


def _identity(event: _Event) -> dict[str, Any]:
    parts = event.arn.split(":")
    account, path = parts[4], parts[5].split("/")
    found: dict[str, Any] = {"type": "IAMUser", "arn": event.arn, "accountId": account, "principalId": f"AIDA{account}"}
    if path[0] == "assumed-role":
        issuer = {
            "type": "Role", "principalId": f"AROA{account}", "arn": f"arn:{parts[1]}:iam::{account}:role/{path[1]}",
            "accountId": account, "userName": path[1],
        }  # fmt: skip
        found |= {
            "type": "AssumedRole",
            "principalId": f"AROA{account}:{path[-1]}",
            "sessionContext": {"sessionIssuer": issuer},
        }
    else:
        found["userName"] = path[-1]
    return found | ({"accessKeyId": event.key} if event.key else {})


def _shown(event: _Event) -> Params:
    detail: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": _identity(event),
        "eventTime": f"{event.at:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": f"{event.service}.amazonaws.com",
        "eventName": event.operation,
        "awsRegion": event.region,
        "sourceIPAddress": event.address,
        "userAgent": event.agent,
        "requestParameters": event.asked,
        "responseElements": None,
        "eventID": event.id,
        "readOnly": event.read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": event.account,
        "eventCategory": "Management",
    }
    if event.error:
        detail |= {
            "errorCode": event.error,
            "errorMessage": f"User: {event.arn} is not authorized to perform: {event.service}:{event.operation}",
        }
    shown: Params = {
        "EventId": event.id,
        "EventName": event.operation,
        "ReadOnly": "true" if event.read_only else "false",
        "EventTime": event.at,
        "EventSource": f"{event.service}.amazonaws.com",
        "Username": event.username,
        "CloudTrailEvent": orjson.dumps(detail, default=str).decode(),
    }
    if event.key:
        shown["AccessKeyId"] = event.key
    if event.resource:
        shown["Resources"] = [{"ResourceType": event.type, "ResourceName": event.resource}]
    return shown
