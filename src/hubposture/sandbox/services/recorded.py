"""AWS Config's view of the emulated resources: ids, configurations, and how these changed."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.catalogue import Catalogue
from hubposture.sandbox.core import Core
from hubposture.sandbox.deeds import Deed, number_of
from hubposture.sandbox.lifecycle_checks import AGE_LIMITS, MINIMA, fact_of, judged_type, share_by_default
from hubposture.sandbox.population_inventory import Resource
from hubposture.sandbox.seams import Findings

_WORD = re.compile(r"[A-Za-z0-9.]+")
_SPAN = timedelta(days=7)
_BY_ARN = frozenset(
    {"AWS::SNS::Topic", "AWS::SecretsManager::Secret", "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::IAM::Policy"}
)
_OWN_IDS = {"AWS::IAM::User": "AIDA", "AWS::IAM::Role": "AROA", "AWS::RDS::DBInstance": "db-"}
"""Types whose id in AWS Config is one of their own."""


class RecordedOperations:
    """GetResourceConfigHistory and ListDiscoveredResources."""

    def __init__(self, core: Core, findings: Findings | None, catalogue: Catalogue) -> None:
        self.core = core
        self.findings = findings
        self.catalogue = catalogue

    def history(self, call: Call, params: Params) -> Params:
        """Give what was recorded of a resource; a page holds what lies within seven days."""
        earlier, later = params.get("earlierTime"), params.get("laterTime")
        if earlier and later and later < earlier:
            raise ServiceError("InvalidTimeRangeException", "The later time is before the earlier time")
        kind, wanted = params["resourceType"], params["resourceId"]
        found = next((one for one in self._known(call, kind) if config_id(one) == wanted), None)
        if found is None:
            raise ServiceError(
                "ResourceNotDiscoveredException",
                f"Resource {wanted} of resourceType:{kind} is unknown or has not been discovered",
            )
        items = [
            one for one in self._items(found) if (not earlier or one[0] >= earlier) and (not later or one[0] <= later)
        ]
        items.sort(key=lambda one: one[0], reverse=params.get("chronologicalOrder") != "Forward")
        start = int(params.get("nextToken") or 0)
        page: list[Params] = []
        for at, item in items[start : start + (params.get("limit") or 10)]:
            if page and abs(page[0]["configurationItemCaptureTime"] - at) > _SPAN:
                break
            page.append(item)
        more = {"nextToken": str(start + len(page))} if start + len(page) < len(items) else {}
        return {"configurationItems": page, **more}

    def discovered(self, call: Call, params: Params) -> Params:
        """List resources of a type by name or ids."""
        kind, name, ids = params["resourceType"], params.get("resourceName"), params.get("resourceIds")
        rows: list[Params] = []
        for one in self._known(call, kind, gone=bool(params.get("includeDeletedResources"))):
            if (name and name_of(one) != name) or (ids and config_id(one) not in ids):
                continue
            rows.append({"resourceType": kind, "resourceId": config_id(one), "resourceName": name_of(one)})
        return {"resourceIdentifiers": rows[: params.get("limit") or 100]}

    def _known(self, call: Call, kind: str, *, gone: bool = True) -> Iterator[Resource]:
        """The resources of a type that are or were recorded in a target."""
        if self.findings is None or not self.core.hub(call.account, call.region).recorder_on:
            return
        yield from self.findings.inventory.of((call.account, call.region), kind).values()
        if gone:
            for deed in self.findings.deeds.gone(call.account, call.region, kind):
                yield deed.resource()

    def _items(self, resource: Resource) -> Iterator[tuple[datetime, Params]]:
        assert self.findings is not None
        deeds = self.findings.deeds.of(resource.account, resource.region, resource.id)
        if not deeds or deeds[0].kind != "create":
            first = deeds[0] if deeds else None
            facts = dict(first.before) if first else dict(resource.facts)
            tags = dict(first.tags_before) if first else dict(resource.tags)
            yield self._item(
                replace(resource, facts=facts, tags=tags), resource.born + timedelta(minutes=3), "ResourceDiscovered"
            )
        for deed in deeds:
            at = captured_at(deed)
            status = {"create": "ResourceDiscovered", "delete": "ResourceDeleted"}.get(deed.kind, "OK")
            yield self._item(deed.resource(), at, status)

    def _item(self, resource: Resource, at: datetime, status: str) -> tuple[datetime, Params]:
        configuration, more = ({}, {}) if status == "ResourceDeleted" else self._configured(resource)
        item: Params = {
            "version": "1.3",
            "accountId": resource.account,
            "configurationItemCaptureTime": at,
            "configurationItemStatus": status,
            "configurationStateId": str(int(at.timestamp() * 1000)),
            "arn": resource.id,
            "resourceType": resource.type,
            "resourceId": config_id(resource),
            "resourceName": name_of(resource),
            "awsRegion": resource.region,
            "resourceCreationTime": resource.born,
            "tags": {} if status == "ResourceDeleted" else dict(resource.tags),
            "relatedEvents": [],
            "relationships": _related(resource),
            "configuration": json.dumps(configuration) if configuration else "",
            "supplementaryConfiguration": {name: json.dumps(value) for name, value in more.items()},
        }
        return at, item

    def _configured(self, resource: Resource) -> tuple[dict[str, Any], dict[str, Any]]:
        """The configuration and the supplementary one that fit a resource's facts."""
        if resource.type == "AWS::S3::Bucket":
            return _bucket(resource)
        if resource.type == "AWS::EC2::SecurityGroup":
            return _group(resource), {}
        found: dict[str, Any] = {"name": name_of(resource), "arn": resource.id}
        for control in self.catalogue.controls.values():
            if judged_type(control) == resource.type:
                self._judged(found, control.id, resource)
        return found, {}

    def _judged(self, found: dict[str, Any], control_id: str, resource: Resource) -> None:
        control = self.catalogue.controls[control_id]
        if control_id in AGE_LIMITS:
            fact = AGE_LIMITS[control_id][0]
            if value := resource.facts.get(fact):
                found[_camel(f"last {fact}")] = value
        elif control_id in MINIMA:
            fact, _, _, choices = MINIMA[control_id]
            found[_camel(fact)] = resource.number(fact, choices)
        else:
            fact = fact_of(control)
            found[_camel(fact)] = resource.holds(fact, share_by_default(control))


def captured_at(deed: Deed) -> datetime:
    """When AWS Config recorded what a deed changed: some minutes later."""
    return deed.at + timedelta(seconds=60 + number_of("capture", deed.id, deed.at.isoformat()) % 180)


def config_id(resource: Resource) -> str:
    """A resource's id in AWS Config."""
    if resource.type in _OWN_IDS:
        digits = f"{number_of('config id', resource.id):017d}"
        return f"{_OWN_IDS[resource.type]}{digits}"
    if resource.type in _BY_ARN:
        return resource.id
    if resource.type == "AWS::SQS::Queue":
        return f"https://sqs.{resource.region}.amazonaws.com/{resource.account}/{name_of(resource)}"
    return name_of(resource)


def name_of(resource: Resource) -> str:
    """What its service calls a resource."""
    return resource.id.rpartition("/")[2].rpartition(":")[2]


def _related(resource: Resource) -> list[Params]:
    if resource.type not in ("AWS::EC2::Instance", "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet"):
        return []
    vpc = f"vpc-{number_of('vpc', resource.account, resource.region):017x}"
    return [{"resourceType": "AWS::EC2::VPC", "resourceId": vpc, "relationshipName": "Is contained in Vpc"}]


def _camel(text: str) -> str:
    words = _WORD.findall(text)
    return words[0].lower() + "".join(f"{one[:1].upper()}{one[1:]}" for one in words[1:]) if words else "value"


def _bucket(bucket: Resource) -> tuple[dict[str, Any], dict[str, Any]]:
    name = name_of(bucket)
    blocks = bucket.holds("blocks public access", 0.85)
    statements: list[dict[str, Any]] = []
    if bucket.holds("accepts TLS only", 0.45):
        statements.append(
            {
                "Sid": "OnlyTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        )  # fmt: skip
    if not bucket.holds("not publicly readable", 0.95):
        read = {"Sid": "Public", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
        statements.append({**read, "Resource": f"arn:aws:s3:::{name}/*"})
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None
    algorithm = "aws:kms" if bucket.holds("encrypted with a KMS key", 0.35) else "AES256"
    logs = f"acme-logs-{bucket.account[-4:]}" if bucket.holds("keeps access logs", 0.4) else None
    more: Mapping[str, Any] = {
        "PublicAccessBlockConfiguration": dict.fromkeys(
            ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"), blocks
        ),
        "BucketPolicy": {"policyText": policy},
        "ServerSideEncryptionConfiguration": {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}]},
        "BucketLoggingConfiguration": {"destinationBucketName": logs},
        "BucketVersioningConfiguration": {"status": "Enabled", "isMfaDeleteEnabled": bucket.holds("MFA for deletion", 0.05)},
    }  # fmt: skip
    others = {_camel(fact): value for fact, value in bucket.facts.items() if fact.startswith("passes ")}
    return {"name": name, "creationDate": bucket.born.isoformat(), "region": bucket.region, **others}, dict(more)


def _group(group: Resource) -> dict[str, Any]:
    ports = group.facts.get("open ports")
    shown = [] if ports is None else sorted(ports)
    rules = [
        {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}]}
        for port in shown
    ]
    others = {_camel(fact): value for fact, value in group.facts.items() if fact.startswith("passes ")}
    return {"groupId": name_of(group), "groupName": "service", "ipPermissions": rules, **others}
