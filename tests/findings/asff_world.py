"""Synthetic findings as Security Hub gives them, about 2.8 KB each, with tags; the same number gives the same finding."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

CONTROLS = ("S3.8", "EC2.2", "IAM.9", "Lambda.1", "RDS.3", "CloudTrail.2", "KMS.4", "SQS.3")
TYPES = ("AwsS3Bucket", "AwsEc2SecurityGroup", "AwsIamUser", "AwsLambdaFunction", "AwsRdsDbInstance")
REGIONS = ("eu-central-1", "us-east-1", "eu-west-1")
START = dt.datetime(2026, 11, 1)
OBSERVED = dt.datetime(2026, 11, 24, 8)
_TEXT = "This control checks whether the resource is configured as the organization's standard asks for it to be. "


def stamp(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def control_finding(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A consolidated control finding; `changes` replace top-level members, None takes one away."""
    control = CONTROLS[number % len(CONTROLS)]
    region = REGIONS[number % len(REGIONS)]
    account = f"{111122220000 + number % 500:012d}"
    type_ = TYPES[number % len(TYPES)]
    failed = number % 4 == 0
    label = "HIGH" if failed else "INFORMATIONAL"
    updated = START + dt.timedelta(seconds=number % 86_400)
    id_ = f"arn:aws:securityhub:{region}:{account}:security-control/{control}/finding/{number:08x}-0000-4000-8000-0123456789ab"
    product = f"arn:aws:securityhub:{region}::product/aws/securityhub"
    resource = f"arn:aws:service:{region}:{account}:thing/{number:012x}"
    record = {
        "SchemaVersion": "2018-10-08",
        "Id": id_,
        "ProductArn": product,
        "ProductName": "Security Hub",
        "CompanyName": "AWS",
        "Region": region,
        "GeneratorId": f"security-control/{control}",
        "AwsAccountId": account,
        "AwsAccountName": f"account-{number % 500}",
        "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
        "FirstObservedAt": stamp(START),
        "LastObservedAt": stamp(updated),
        "CreatedAt": stamp(START),
        "UpdatedAt": stamp(updated),
        "ProcessedAt": stamp(updated),
        "Severity": {"Label": label, "Normalized": 70 if failed else 0, "Original": label},
        "Title": f"{control} should hold",
        "Description": _TEXT * 4,
        "Remediation": {"Recommendation": {"Text": _TEXT, "Url": f"https://docs.example/{control}/remediation"}},
        "ProductFields": {
            "RelatedAWSResources:0/name": f"securityhub-{control.lower()}-0a1b2c3d",
            "RelatedAWSResources:0/type": "AWS::Config::ConfigRule",
            "aws/securityhub/ProductName": "Security Hub",
            "aws/securityhub/CompanyName": "AWS",
            "aws/securityhub/annotation": _TEXT,
            "Resources:0/Id": resource,
            "aws/securityhub/FindingId": f"{product}/{id_}",
        },
        "Resources": [
            {
                "Type": type_,
                "Id": resource,
                "Partition": "aws",
                "Region": region,
                "Tags": {
                    "Name": f"thing-{number}",
                    "owner": f"team-{number % 40}",
                    "stage": ("dev", "test", "prod")[number % 3],
                },
                "Details": {type_: {"OwnerId": account, "Name": f"thing-{number}", "Remarks": _TEXT}},
            }
        ],
        "Compliance": {
            "Status": "FAILED" if failed else "PASSED",
            "SecurityControlId": control,
            "RelatedRequirements": [f"NIST.800-53.r5 AC-{each}" for each in range(1, 20)],
            "AssociatedStandards": [
                {"StandardsId": "standards/aws-foundational-security-best-practices/v/1.0.0"},
                {"StandardsId": "standards/cis-aws-foundations-benchmark/v/5.0.0"},
            ],
        },
        "WorkflowState": "NEW",
        "Workflow": {"Status": "NEW" if failed else "RESOLVED"},
        "RecordState": "ACTIVE",
        "FindingProviderFields": {"Severity": {"Label": label, "Original": label}, "Types": ["Software"]},
    }
    return {name: value for name, value in (record | changes).items() if value is not None}


def ocsf_finding(number: int = 0, **changes: Any) -> dict[str, Any]:
    """The same finding as Security Hub V2 gives it."""
    asff = control_finding(number)
    resource = asff["Resources"][0]
    millis = (START + dt.timedelta(seconds=number % 86_400) - dt.datetime(1970, 1, 1)) // dt.timedelta(milliseconds=1)
    record = {
        "activity_id": 2,
        "activity_name": "Update",
        "category_uid": 2,
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "cloud": {"account": {"uid": asff["AwsAccountId"]}, "provider": "AWS", "region": asff["Region"]},
        "compliance": {
            "control": asff["Compliance"]["SecurityControlId"],
            "standards": ["standards/aws-foundational-security-best-practices/v/1.0.0"],
            "status": "Fail" if number % 4 == 0 else "Pass",
            "status_id": 3 if number % 4 == 0 else 1,
        },
        "finding_info": {
            "created_time_dt": asff["CreatedAt"],
            "first_seen_time_dt": asff["FirstObservedAt"],
            "last_seen_time_dt": asff["LastObservedAt"],
            "modified_time": millis,
            "title": asff["Title"],
            "uid": asff["Id"],
        },
        "metadata": {
            "product": {
                "name": "Security Hub",
                "uid": asff["ProductArn"].replace("product/", "productv2/"),
                "vendor_name": "AWS",
            },
            "uid": f"{number:064x}",
            "version": "1.6.0",
        },
        "resources": [
            {
                "type": "AWS::Service::Thing",
                "uid": resource["Id"].rpartition("/")[2],
                "uid_alt": resource["Id"],
                "region": asff["Region"],
                "tags": [{"name": name, "value": value} for name, value in resource["Tags"].items()],
            }
        ],
        "severity": "High" if number % 4 == 0 else "Informational",
        "severity_id": 4 if number % 4 == 0 else 1,
        "status": "New" if number % 4 == 0 else "Resolved",
        "status_id": 1 if number % 4 == 0 else 4,
        "time": millis,
        "type_uid": 200302,
    }
    return {name: value for name, value in (record | changes).items() if value is not None}


def event(*findings: dict[str, Any], at: str = "2026-11-02T00:00:00Z") -> dict[str, Any]:
    """An event of the bus that carries findings."""
    return {
        "version": "0",
        "id": "12345678-0000-4000-8000-000000000000",
        "detail-type": "Security Hub Findings - Imported",
        "source": "aws.securityhub",
        "time": at,
        "resources": [],
        "detail": {"findings": list(findings)},
    }


def lines(count: int, *, first: int = 0) -> Iterator[bytes]:
    """So many findings, one a line."""
    for number in range(first, first + count):
        yield orjson.dumps(control_finding(number)) + b"\n"


def write_lines(path: Path, count: int, *, first: int = 0) -> Path:
    """A file of so many findings, one a line."""
    with path.open("wb") as file:
        file.writelines(lines(count, first=first))
    return path
