"""The resources of the emulated organization and the facts that checks judge them by.

A fact that nobody set has a value drawn from a hash of the resource and the fact's name, so that thousands of resources
cost nothing until something about them changes.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hubposture.sandbox.findings_record import ResourceRef

Target = tuple[str, str]
"""(account, Region)."""

ACCOUNT_TYPE = "AWS::::Account"

ASFF_TYPES: Mapping[str, str] = {
    ACCOUNT_TYPE: "AwsAccount",
    "AWS::S3::Bucket": "AwsS3Bucket",
    "AWS::EC2::Instance": "AwsEc2Instance",
    "AWS::EC2::SecurityGroup": "AwsEc2SecurityGroup",
    "AWS::EC2::VPC": "AwsEc2Vpc",
    "AWS::EC2::Volume": "AwsEc2Volume",
    "AWS::EC2::Subnet": "AwsEc2Subnet",
    "AWS::IAM::User": "AwsIamUser",
    "AWS::IAM::Role": "AwsIamRole",
    "AWS::IAM::Policy": "AwsIamPolicy",
    "AWS::KMS::Key": "AwsKmsKey",
    "AWS::Lambda::Function": "AwsLambdaFunction",
    "AWS::RDS::DBInstance": "AwsRdsDbInstance",
    "AWS::CloudTrail::Trail": "AwsCloudTrailTrail",
    "AWS::DynamoDB::Table": "AwsDynamoDbTable",
    "AWS::SNS::Topic": "AwsSnsTopic",
    "AWS::SQS::Queue": "AwsSqsQueue",
    "AWS::SecretsManager::Secret": "AwsSecretsManagerSecret",
    "AWS::ECR::Repository": "AwsEcrRepository",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "AwsElbv2LoadBalancer",
}
"""The resource types that the population knows: CloudFormation's name and the finding format's."""


def share_of(*parts: str) -> float:
    """A number from 0 to 1 that is the same for the same parts and otherwise looks random."""
    return int.from_bytes(hashlib.blake2b("\0".join(parts).encode(), digest_size=6).digest()) / 2**48


@dataclass(slots=True)
class Resource:
    """One resource: `type` is CloudFormation's, `facts` are those that somebody set; `born` is when it was made."""

    type: str
    id: str
    account: str
    region: str
    born: datetime
    tags: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """(account, Region)."""
        return (self.account, self.region)

    def ref(self) -> ResourceRef:
        """The resource as findings name it."""
        return ResourceRef(ASFF_TYPES[self.type], self.id, self.region, self.tags, self.details)

    def holds(self, fact: str, share: float) -> bool:
        """Whether a yes-or-no fact holds; where nobody set it, it does for `share` of all resources."""
        value = self.facts.get(fact)
        return share_of(self.id, self.region, fact) < share if value is None else bool(value)

    def number(self, fact: str, choices: tuple[int, ...]) -> int:
        """A numeric fact; where nobody set it, one of `choices`."""
        value = self.facts.get(fact)
        return choices[int(share_of(self.id, self.region, fact) * len(choices))] if value is None else int(value)

    def age_days(self, fact: str, now: datetime, most: int) -> float:
        """Days since something was last done; where it never was, up to `most` days before the resource was known."""
        value = self.facts.get(fact)
        since = (
            datetime.fromisoformat(value)
            if value
            else self.born - timedelta(days=share_of(self.id, self.region, fact) * most)
        )
        return (now - since) / timedelta(days=1)


class Inventory:
    """All resources, by target and type; the account itself is a resource of every target that was asked for."""

    def __init__(self, resources: Iterable[Resource], *, start: datetime) -> None:
        self.start = start
        self._by_target: dict[Target, dict[str, dict[str, Resource]]] = {}
        for resource in resources:
            self.add(resource)

    def add(self, resource: Resource) -> None:
        """Take in a resource."""
        self._by_target.setdefault(resource.target, {}).setdefault(resource.type, {})[resource.id] = resource

    def remove(self, resource: Resource) -> None:
        """Drop a resource."""
        del self._by_target[resource.target][resource.type][resource.id]

    def of(self, target: Target, resource_type: str) -> Mapping[str, Resource]:
        """The resources of one type in a target, by id."""
        return self._by_target.get(target, {}).get(resource_type, {})

    def find(self, target: Target, resource_id: str) -> Resource | None:
        """The resource with this id in a target, or None."""
        types = self._by_target.get(target, {}).values()
        return next((resources[resource_id] for resources in types if resource_id in resources), None)

    def account_in(self, target: Target) -> Resource:
        """The account as the resource that account-level checks judge in a Region."""
        account, region = target
        name = f"AWS::::Account:{account}"
        known = self.of(target, ACCOUNT_TYPE).get(name)
        if known is None:
            known = Resource(ACCOUNT_TYPE, name, account, region, self.start)
            self.add(known)
        return known

    def __iter__(self) -> Iterator[Resource]:
        for target in sorted(self._by_target):
            for resources in self._by_target[target].values():
                yield from resources.values()

    def dump(self) -> list[Any]:
        """Everything as plain JSON."""
        return [
            [
                one.type,
                one.id,
                one.account,
                one.region,
                one.born.isoformat(),
                dict(one.tags),
                dict(one.details),
                one.facts,
            ]
            for one in self
        ]

    def load(self, state: Iterable[Any]) -> None:
        """Take over what `dump` gave."""
        self._by_target = {}
        for kind, name, account, region, born, tags, details, facts in state:
            self.add(Resource(kind, name, account, region, datetime.fromisoformat(born), tags, details, facts))
