"""Made-up resources: ids as AWS forms them, names of the kind people give, tags that are often missing."""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hubposture.sandbox.population_inventory import Inventory, Resource
from hubposture.sandbox.world import AccountSpec, AccountState, OrganizationSpec

_ARNS: Mapping[str, str] = {
    "AWS::S3::Bucket": "arn:aws:s3:::{name}-{tail}",
    "AWS::EC2::Instance": "arn:aws:ec2:{region}:{account}:instance/i-{hex17}",
    "AWS::EC2::SecurityGroup": "arn:aws:ec2:{region}:{account}:security-group/sg-{hex17}",
    "AWS::EC2::VPC": "arn:aws:ec2:{region}:{account}:vpc/vpc-{hex17}",
    "AWS::EC2::Volume": "arn:aws:ec2:{region}:{account}:volume/vol-{hex17}",
    "AWS::EC2::Subnet": "arn:aws:ec2:{region}:{account}:subnet/subnet-{hex17}",
    "AWS::IAM::User": "arn:aws:iam::{account}:user/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::IAM::Policy": "arn:aws:iam::{account}:policy/{name}",
    "AWS::KMS::Key": "arn:aws:kms:{region}:{account}:key/{uuid}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::RDS::DBInstance": "arn:aws:rds:{region}:{account}:db:{name}",
    "AWS::CloudTrail::Trail": "arn:aws:cloudtrail:{region}:{account}:trail/{name}",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::SNS::Topic": "arn:aws:sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:{region}:{account}:secret:{name}-{tail}",
    "AWS::ECR::Repository": "arn:aws:ecr:{region}:{account}:repository/{name}",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex17}"
    ),
}

_REGIONAL: Mapping[str, tuple[int, int]] = {
    "AWS::S3::Bucket": (3, 9),
    "AWS::EC2::Instance": (1, 8),
    "AWS::EC2::SecurityGroup": (2, 7),
    "AWS::EC2::VPC": (1, 2),
    "AWS::EC2::Volume": (1, 6),
    "AWS::KMS::Key": (1, 3),
    "AWS::Lambda::Function": (1, 6),
    "AWS::RDS::DBInstance": (0, 3),
    "AWS::CloudTrail::Trail": (0, 1),
    "AWS::DynamoDB::Table": (0, 3),
    "AWS::SNS::Topic": (0, 2),
    "AWS::SQS::Queue": (0, 3),
    "AWS::SecretsManager::Secret": (0, 3),
    "AWS::ECR::Repository": (0, 2),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (0, 2),
}
"""How many of each type a target has, least and most, in a busy account."""

_GLOBAL: Mapping[str, tuple[int, int]] = {
    "AWS::IAM::User": (1, 6),
    "AWS::IAM::Role": (3, 8),
    "AWS::IAM::Policy": (1, 4),
}
"""Types that are recorded in the home Region only."""

_WORDS = (
    "orders",
    "billing",
    "invoices",
    "reports",
    "assets",
    "uploads",
    "web",
    "api",
    "search",
    "mail",
    "batch",
    "events",
    "audit",
    "export",
    "backup",
)
_USES = ("prod", "data", "logs", "store", "cache", "ingest", "public", "internal", "archive", "worker")
_PEOPLE_NAMES = ("kim", "lee", "noor", "sam", "alex", "deploy", "jenkins", "backup", "terraform", "robin")
_TEAMS = ("team-web", "team-payments", "team-data", "team-platform", "team-mobile")

_BUSY = {"Prod": 1.0, "NonProd": 0.6, "Infrastructure": 0.5, "Sandbox": 0.4, "Security": 0.3}


def make_resource(kind: str, account: str, region: str, *, name: str, born: datetime) -> Resource:
    """A resource of one type; the same arguments give the same resource."""
    draw = random.Random(f"{kind}/{account}/{region}/{name}")  # noqa: S311 - a reproducible world, not a secret
    word, use = draw.choice(_WORDS), draw.choice(_USES)
    full = f"{draw.choice(_PEOPLE_NAMES)}-{name}" if kind == "AWS::IAM::User" else f"{word}-{use}-{name}"
    digits = f"{draw.getrandbits(128):032x}"
    arn = _ARNS[kind].format(
        region=region,
        account=account,
        name=full,
        tail=f"{account[-4:]}{digits[:4]}",
        hex17=digits[:17],
        uuid=str(UUID(hex=digits, version=4)),
    )
    return Resource(kind, arn, account, region, born, tags=_tags(draw), details=_details(kind, digits, draw, born))


def _tags(draw: random.Random) -> dict[str, str]:
    if draw.random() < 0.3:  # noqa: PLR2004 - three in ten resources carry no tags
        return {}
    tags = {"owner": draw.choice(_TEAMS), "env": draw.choice(("prod", "test", "dev"))}
    if draw.random() < 0.5:  # noqa: PLR2004 - half of the others are classified
        tags["data-class"] = draw.choice(("public", "internal", "confidential"))
    return tags


def _details(kind: str, digits: str, draw: random.Random, born: datetime) -> dict[str, Any]:
    if kind == "AWS::EC2::Instance":
        return {
            "AwsEc2Instance": {
                "Type": draw.choice(("t3.micro", "m6i.large", "c7g.xlarge")),
                "ImageId": f"ami-{digits[17:]}",
                "VpcId": f"vpc-{digits[:8]}",
                "IpV4Addresses": [f"10.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(1, 255)}"],
                "LaunchedAt": born.isoformat(timespec="milliseconds")[:-6] + "Z",
            }
        }
    if kind == "AWS::S3::Bucket":
        return {"AwsS3Bucket": {"OwnerId": digits, "OwnerName": "bucket-owner"}}
    return {}


def inventory_of(spec: OrganizationSpec, *, seed: int, start: datetime, density: float = 1.0) -> Inventory:
    """The resources of an organization as they stand at `start`; `density` scales their number."""
    return Inventory(_resources(spec, seed, start, density), start=start)


def _resources(spec: OrganizationSpec, seed: int, start: datetime, density: float) -> Iterator[Resource]:
    names = {ou.id: ou.name for ou in spec.ous}
    used = {target.region for target in spec.targets} | set(spec.regions)
    for account in spec.accounts:
        if account.state is not AccountState.ACTIVE:
            continue
        busy = _BUSY.get(names.get(account.ou, ""), 0.4) * density
        for region in sorted(used):
            yield from _of_target(account, region, home=region == spec.home_region, seed=seed, start=start, busy=busy)


def _of_target(
    account: AccountSpec, region: str, *, home: bool, seed: int, start: datetime, busy: float
) -> Iterator[Resource]:
    draw = random.Random(f"{seed}/{account.id}/{region}")  # noqa: S311 - a reproducible world, not a secret
    counts = {**_REGIONAL, **_GLOBAL} if home else _REGIONAL
    share = busy if home else busy * 0.5
    for kind, (least, most) in counts.items():
        for number in range(round(draw.randint(least, most) * share)):
            born = start - timedelta(days=draw.randrange(30, 900))
            yield make_resource(kind, account.id, region, name=f"{number:02d}-{draw.randrange(16**3):03x}", born=born)
