"""A first disposition for every control, for a new baseline: rules over facts, and few exceptions with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.catalog.book import Catalog
from hubposture.catalog.entries import CatalogControl
from hubposture.catalog.standards import CIS_5, FSBP, TAGGING
from hubposture.model.controls import ControlId, Disposition, Severity, Standard

SCOPE: tuple[Standard, ...] = (CIS_5, FSBP)
"""The standards a new baseline turns on."""


def _series(service: str, first: int, last: int) -> str:
    """The ids of a service from a number to another, as one text."""
    return " ".join(f"{service}.{number}" for number in range(first, last + 1))


_SIEM = _series("cloudwatch", 1, 14)
_SIEM_REASON = "A detection rule over CloudTrail events in the SIEM raises this; name it in Detections"

_WATCHED: tuple[tuple[str, str], ...] = (
    (
        "ec2.10 ec2.55 ec2.56 ec2.57 ec2.58 ec2.60",
        "Every endpoint costs money in every VPC; which VPCs need it is a design decision",
    ),
    ("ec2.172", "Meeting it cuts whole Regions off the internet; enforce it only where nothing is public"),
    (
        f"{_series('guardduty', 5, 13)} {_series('inspector', 1, 4)} macie.1 macie.2",
        "A paid protection plan; enforce it once the organization has decided to buy it",
    ),
    ("ecs.12", "A paid monitoring option; enforce it where the teams use it"),
    (
        "autoscaling.2 autoscaling.6 elb.9 elb.10 elb.13 fsx.3 fsx.4 fsx.5 lambda.5 sagemaker.4",
        "How much redundancy a workload needs depends on the workload",
    ),
    (
        "dms.13 elasticache.3 es.6 es.7 opensearch.6 redshift.18",
        "How much redundancy a workload needs depends on the workload",
    ),
    ("dynamodb.1 rds.14", "Capacity and convenience rather than security; worth showing, not worth a ticket"),
    ("ec2.4 ecr.3 secretsmanager.3", "Housekeeping; worth showing, not worth a ticket"),
    ("ecs.5 ecs.20 ecs.21", "Most images must be rebuilt first; enforce it for new workloads by a narrower row"),
    ("cloudformation.3 cloudformation.4", "Fires for almost every stack; enforce it for production by a narrower row"),
    ("apigateway.4", "Private APIs need no web ACL; enforce it for public ones by a narrower row"),
    ("apigateway.2 elb.21 elb.22", "Needs a certificate on every backend; enforce it where data demands it"),
    ("s3.9", "Logs for every bucket are costly, and the log bucket itself cannot pass; choose the buckets first"),
    ("s3.20", "Only the root user can set it, and buckets with lifecycle rules cannot have it"),
    ("rds.24 rds.25 redshift.8", "Cannot be changed on a database that exists; enforce it for new ones"),
    ("efs.1", "The same as EFS.8, which notices sooner; one ticket is enough"),
    ("iam.8", "IAM.22 asks for 45 days, this one for 90; one ticket is enough"),
    (
        "waf.1 waf.2 waf.3 waf.4 waf.6 waf.7 waf.8",
        "AWS WAF Classic is superseded by AWS WAF; a finding means something to migrate",
    ),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """The row a new baseline gets for a control; `reason` is one line, empty for `enforce`."""

    control: ControlId
    disposition: Disposition
    reason: str = ""


def propose(control: CatalogControl, *, scope: Sequence[Standard] = SCOPE) -> Proposal:
    """What a baseline over the standards in `scope` should start with for one control.

    In this order: the alarms CloudWatch.1 to .14 go to the SIEM; controls outside the scope are shown only; the
    exceptions named here are shown only; members of the CIS version in scope are enforced whatever their severity;
    other members are enforced from MEDIUM up and shown when LOW. Nothing is proposed `not-applicable`: the facts do
    not tell what an organization does not use, and a control without resources makes no findings.
    """
    if control.id in _SIEM.split():
        return Proposal(control.id, Disposition.SIEM, _SIEM_REASON)
    members = [standard for standard in control.standards if standard in scope]
    if not members:
        return Proposal(control.id, Disposition.MONITOR, _outside(control, scope))
    if reason := next((why for ids, why in _WATCHED if control.id in ids.split()), ""):
        return Proposal(control.id, Disposition.MONITOR, reason)
    if control.severity is Severity.LOW and not any(standard.name == CIS_5.name for standard in members):
        return Proposal(control.id, Disposition.MONITOR, "LOW severity: shown, not scored and not ticketed")
    return Proposal(control.id, Disposition.ENFORCE)


def propose_all(catalog: Catalog, *, scope: Sequence[Standard] = SCOPE) -> tuple[Proposal, ...]:
    """One proposal per live control in natural order; controls AWS said it will retire get none."""
    return tuple(propose(control, scope=scope) for control in catalog.controls.values() if control.retiring is None)


def _outside(control: CatalogControl, scope: Sequence[Standard]) -> str:
    """Why a control outside the scope is only shown."""
    if TAGGING in control.standards:
        return "Tagging: shown wherever the tagging standard is on"
    return f"Outside {' and '.join(standard.key for standard in scope)}; shown where another standard brings it"
