"""Where a resource is in the consoles of AWS: its findings, its history, its events, itself."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from hubposture.timeline.resource import Resource, config_key

_CONSOLES = {
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}
_AWS = "console.aws.amazon.com"


def console(region: str, resource: str, *, partition: str = "aws") -> str:
    """Security Hub's list of the findings of a resource, in a Region; '' where the Region is no name of one."""
    if not region.replace("-", "").isalnum() or not region.isascii():
        return ""
    host = _CONSOLES.get(partition, _AWS)
    # The console reads its search from the fragment, each part quoted twice: ResourceId, EQUALS, the id.
    value = quote(f"\\operator\\:EQUALS\\:{resource}", safe="", errors="replace")
    search = quote(f"ResourceId={value}", safe="", errors="replace")
    return f"https://{region}.{host}/securityhub/home?region={region}#/findings?search={search}"


def partition_of(resource: str) -> str:
    """The partition that an ARN names; `aws` for anything else."""
    parts = resource.split(":", 2)
    return parts[1] if len(parts) > 1 and parts[0] == "arn" and parts[1] in _CONSOLES else "aws"


_SERVICES: Mapping[str, tuple[str, str]] = {
    "AwsS3Bucket": ("S3", "/s3/buckets/{name}?region={region}"),
    "AwsEc2Instance": ("EC2", "/ec2/home?region={region}#InstanceDetails:instanceId={name}"),
    "AwsEc2SecurityGroup": ("EC2", "/ec2/home?region={region}#SecurityGroup:groupId={name}"),
    "AwsEc2Volume": ("EC2", "/ec2/home?region={region}#VolumeDetails:volumeId={name}"),
    "AwsEc2Vpc": ("VPC", "/vpc/home?region={region}#VpcDetails:VpcId={name}"),
    "AwsEc2Subnet": ("VPC", "/vpc/home?region={region}#SubnetDetails:subnetId={name}"),
    "AwsIamUser": ("IAM", "/iam/home?region={region}#/users/details/{name}"),
    "AwsIamRole": ("IAM", "/iam/home?region={region}#/roles/details/{name}"),
    "AwsKmsKey": ("KMS", "/kms/home?region={region}#/kms/keys/{name}"),
    "AwsLambdaFunction": ("Lambda", "/lambda/home?region={region}#/functions/{name}"),
    "AwsRdsDbInstance": ("RDS", "/rds/home?region={region}#database:id={name};is-cluster=false"),
    "AwsRdsDbCluster": ("RDS", "/rds/home?region={region}#database:id={name};is-cluster=true"),
    "AwsDynamoDbTable": ("DynamoDB", "/dynamodbv2/home?region={region}#table?name={name}"),
    "AwsSnsTopic": ("SNS", "/sns/v3/home?region={region}#/topic/{id}"),
    "AwsSecretsManagerSecret": ("Secrets Manager", "/secretsmanager/home?region={region}#!/secret?name={id}"),
}


def consoles(resource: Resource) -> Iterator[tuple[str, str]]:
    """The resource's history in AWS Config, its events in CloudTrail, and itself: what the console is called, and where."""
    region = resource.region
    if not region.replace("-", "").isalnum() or not region.isascii():
        return
    key = config_key(resource)
    if key is not None and key.ids:
        asked = f"resourceId={_quoted(key.ids[0])}&resourceName={_quoted(key.name)}&resourceType={_quoted(key.type)}"
        yield (
            "AWS Config's time line",
            f"{_at(resource, region)}/config/home?region={region}#/resources/timeline?{asked}",
        )
    where = resource.trail_regions[0]
    asked = f"ResourceName={_quoted(resource.name)}"
    yield "CloudTrail's event history", f"{_at(resource, where)}/cloudtrailv2/home?region={where}#/events?{asked}"
    if found := _SERVICES.get(resource.type):
        name, path = found
        filled = path.format(region=region, name=_quoted(resource.name), id=_quoted(resource.id))
        yield f"{name}'s console", f"{_at(resource, region)}{filled}"


def _at(resource: Resource, region: str) -> str:
    return f"https://{region}.{_CONSOLES.get(resource.partition, _AWS)}"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")
