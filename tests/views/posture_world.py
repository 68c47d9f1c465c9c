"""A posture as it may be, for the documents that show it."""

import datetime as dt
from typing import Any

from hubposture.views.movement import Level, Movement, Step
from hubposture.views.posture import Stamp
from hubposture.views.posture_rows import (
    AwsScore,
    ByRow,
    Missing,
    Overdue,
    Posture,
    Waivers,
    WorstAccount,
    WorstControl,
)

AT = dt.datetime(2026, 11, 24, 10, 40)
STAMP = Stamp("acme", 57, AT)


def ago(days: float) -> dt.datetime:
    return AT - dt.timedelta(days=days)


MOVEMENT = Movement(
    dt.date(2026, 11, 17),
    dt.date(2026, 11, 24),
    Level(12_000, 12_950),
    Level(12_345, 13_210),
    (Step("fixed", closed=181), Step("new", opened=64), Step("account-in", opened=52, closed=3, obligations=300),
     Step("waived", closed=17), Step("lost-sight", opened=0, closed=0)),
    (Level(11_980, 12_900), Level(12_110, 12_900)),
)  # fmt: skip
POSTURE = Posture(
    as_is=Level(12_345, 13_210),
    without_waivers=Level(12_100, 13_210),
    nothing_off=Level(12_100, 15_877),
    accounts=Level(3, 11),
    waivers=Waivers(245, 17, 4),
    overdue=(Overdue("HIGH", 21, 310, ago(97)), Overdue("CRITICAL", 3, 24, ago(43)), Overdue("LOW", 0, 12, ago(3))),
    not_measured=(
        Missing("acme-sandbox (999988887777) in 3 Regions", "no role: the reader role is missing there", 0),
        Missing("Macie.1 in 11 accounts", "on, but no finding came yet", 0),
    ),
    lost=(Missing("acme-old (123412341234) in eu-central-1", "account suspended", 1_204, ago(12)),),
    aws=(
        AwsScore("AWS Foundational Security Best Practices v1.0.0", 74, 159, 56, 0, 12, 4),
        AwsScore("CIS AWS Foundations Benchmark v5.0.0", 62, 28, 17, 0, 1, 0),
        AwsScore("PCI DSS v4.0.1", None, 0, 0, 0, 30, 0),
        AwsScore("all standards", 69, 357, 158, 0, 13, 4),
    ),
    controls=(
        WorstControl("S3.8", "S3 general purpose buckets should block public access", "CRITICAL", Level(223, 240), 6, 3, 2, ago(43)),
        WorstControl("EC2.2", "VPC default security groups should not allow inbound or outbound traffic", "HIGH", Level(20, 187), 11, 21, 0, ago(400)),
        WorstControl("IAM.6", "Hardware MFA should be enabled for the root user", "CRITICAL", Level(10, 11), 1, 0, 0, ago(0.2)),
    ),
    worst_accounts=(
        WorstAccount("111122223333", "acme-web-prod", "Web production", "/Workloads/Prod", "team-web", Level(1_100, 1_400), 17, 5),
        WorstAccount("444455556666", "", "Data platform of the analytics department", "/Workloads/Data", "team-data", Level(900, 1_000), 0, 0),
    ),
    movement=MOVEMENT,
    unwanted=("EC2.180", "S3.25"),
)  # fmt: skip
BY_ACCOUNT = (
    ByRow("acme-web-prod", Level(1_100, 1_400), 17, 320, 5, Level(1_095, 1_400), "111122223333", "Web production"),
    ByRow("acme-data", Level(900, 1_000), 0, 100, 0, Level(900, 1_000), "444455556666", "Data platform of the analytics department"),
    ByRow("acme-empty", Level(0, 0), 0, 0, 0, Level(0, 0), "777788889999", "Empty"),
)  # fmt: skip
BY_CONTROL = (
    ByRow("S3.8", Level(223, 240), 3, 17, 2, Level(221, 240), "", "S3 general purpose buckets should block public access", "CRITICAL"),
    ByRow("EC2.2", Level(20, 187), 21, 167, 0, Level(20, 187), "", "VPC default security groups should not allow inbound or outbound traffic", "HIGH"),
)  # fmt: skip
BY_STANDARD = (
    ByRow("AWS Foundational Security Best Practices v1.0.0", Level(12_000, 12_800), 20, 900, 30, Level(11_970, 12_800), aws=POSTURE.aws[0]),
    ByRow("CIS AWS Foundations Benchmark v5.0.0", Level(2_000, 2_100), 4, 120, 3, Level(1_997, 2_100), aws=POSTURE.aws[1]),
)  # fmt: skip


def row(**more: Any) -> dict[str, Any]:
    """A subject as the lake's lists give it: a bucket of the web account that fails S3.8."""
    return {
        "subject": "0123456789abcdef0123456789abcdef", "kind": "control", "account": "111122223333",
        "region": "eu-central-1", "control": "s3.8", "resource": "arn:aws:s3:::acme-public-site-assets",
        "resource_type": "AwsS3Bucket", "product": "securityhub", "title": "", "presence": "present",
        "status": "FAILED", "aws_status": "FAILED", "severity": "HIGH", "workflow": "NEW", "suppressed": False,
        "first_seen_at": ago(200), "first_failed_at": ago(43), "failing_since": ago(43), "last_passed_at": None,
        "returns": 0, "changed_at": ago(43), "findings": 1, "finding": "f1", "tagset": "t1",
        "account_shown": "acme-web-prod (111122223333)", "account_name": "Web production",
        "account_alias": "acme-web-prod", "ou_path": "/Workloads/Prod", "control_shown": "S3.8",
        "control_title": "S3 general purpose buckets should block public access", "url": "https://example.com/S3.8",
        "severity_shown": "HIGH", "owner": "team-web", "disposition": "enforce", "obligation": True,
        "due_before": ago(30), "waiver": "", "waived_until": None, "waiver_effect": "",
        "waiver_state": "", "waiver_approved_by": "", "waiver_approval": "", "waiver_reason": "",
    } | more  # fmt: skip
