"""A resource of Security Hub as AWS Config and CloudTrail call it."""

import pytest

from hubposture.timeline.resource import Resource, config_key

HOME = "eu-central-1"


@pytest.mark.parametrize(
    ("id_", "kind", "config", "ids"),
    [
        ("arn:aws:s3:::acme-site", "AwsS3Bucket", "AWS::S3::Bucket", ("acme-site",)),
        ("arn:aws:s3:::acme-site", "AWS::S3::Bucket", "AWS::S3::Bucket", ("acme-site",)),
        ("arn:aws:ec2:eu-central-1:1:security-group/sg-1", "AwsEc2SecurityGroup", "AWS::EC2::SecurityGroup", ("sg-1",)),
        ("arn:aws:lambda:eu-central-1:1:function:orders", "AwsLambdaFunction", "AWS::Lambda::Function", ("orders",)),
        ("arn:aws:sns:eu-central-1:1:news", "AwsSnsTopic", "AWS::SNS::Topic", ("arn:aws:sns:eu-central-1:1:news", "news")),
        ("arn:aws:sqs:eu-central-1:1:jobs", "AwsSqsQueue", "AWS::SQS::Queue", ("https://sqs.eu-central-1.amazonaws.com/1/jobs",)),
        ("arn:aws-cn:sqs:cn-north-1:1:jobs", "AwsSqsQueue", "AWS::SQS::Queue", ("https://sqs.eu-central-1.amazonaws.com.cn/1/jobs",)),
        ("arn:aws:iam::1:role/path/deploy", "AwsIamRole", "AWS::IAM::Role", ()),
        ("arn:aws:rds:eu-central-1:1:db:orders", "AwsRdsDbInstance", "AWS::RDS::DBInstance", ()),
    ],
)  # fmt: skip
def test_a_resource_has_the_id_that_config_gives_it(id_: str, kind: str, config: str, ids: tuple[str, ...]) -> None:
    key = config_key(Resource("1", HOME, id_, kind))
    assert key is not None
    assert (key.type, key.ids) == (config, ids)
    assert key.name == id_.replace("/", ":").rpartition(":")[2]


@pytest.mark.parametrize("kind", ["", "AwsAccount", "Other", "AWS::::Account", "AWS::S3::Bucket'; DROP"])
def test_what_has_no_name_there_has_none(kind: str) -> None:
    assert config_key(Resource("1", HOME, "arn:aws:s3:::x", kind)) is None


@pytest.mark.parametrize(
    ("id_", "regions"),
    [
        ("arn:aws:s3:::x", (HOME,)),
        ("arn:aws:iam::1:role/x", ("us-east-1",)),
        ("arn:aws-cn:iam::1:role/x", ("cn-north-1",)),
        ("arn:aws-us-gov:iam::1:role/x", ("us-gov-west-1",)),
        ("x", (HOME,)),
        ("arn:evil:iam::1:role/x", ("us-east-1",)),
    ],
)
def test_events_of_global_services_are_looked_up_where_they_are_written(id_: str, regions: tuple[str, ...]) -> None:
    assert Resource("1", HOME, id_).trail_regions == regions


def test_events_are_looked_up_by_arn_and_by_the_last_part() -> None:
    assert Resource("1", HOME, "arn:aws:s3:::x").trail_names == ("arn:aws:s3:::x", "x")
    assert Resource("1", HOME, "x").trail_names == ("x",)
