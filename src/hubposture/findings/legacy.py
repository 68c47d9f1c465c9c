"""Which control an older finding speaks of: ids inside a standard, as they were before ids were the same everywhere.

Source: the user guide's table of generator ids before and after consolidation (asff-changes-consolidation).
"""

from collections.abc import Mapping
from functools import cache, lru_cache

from hubposture.catalog import STANDARDS, find_standard, load
from hubposture.model.controls import control_id, is_control_id, natural_key

Known = Mapping[tuple[str, str], tuple[str, ...]]
"""(standard key, requirement number) -> control ids in natural order."""

_RENAMED = {"elbv2.1": "elb.1"}
_PCI = {
    "autoscaling.1": "autoscaling.1", "cloudtrail.1": "cloudtrail.2", "cloudtrail.2": "cloudtrail.3",
    "cloudtrail.3": "cloudtrail.4", "cloudtrail.4": "cloudtrail.5", "codebuild.1": "codebuild.1",
    "codebuild.2": "codebuild.2", "config.1": "config.1", "cw.1": "cloudwatch.1", "dms.1": "dms.1", "ec2.1": "ec2.1",
    "ec2.2": "ec2.2", "ec2.4": "ec2.12", "ec2.5": "ec2.13", "ec2.6": "ec2.6", "elbv2.1": "elb.1", "es.1": "es.2",
    "es.2": "es.1", "guardduty.1": "guardduty.1", "iam.1": "iam.4", "iam.2": "iam.2", "iam.3": "iam.1",
    "iam.4": "iam.6", "iam.5": "iam.9", "iam.6": "iam.19", "iam.7": "iam.8", "iam.8": "iam.10", "kms.1": "kms.4",
    "lambda.1": "lambda.1", "lambda.2": "lambda.3", "opensearch.1": "opensearch.2", "opensearch.2": "opensearch.1",
    "rds.1": "rds.1", "rds.2": "rds.2", "redshift.1": "redshift.1", "s3.1": "s3.3", "s3.2": "s3.2", "s3.3": "s3.7",
    "s3.5": "s3.5", "s3.6": "s3.1", "sagemaker.1": "sagemaker.1", "ssm.1": "ssm.2", "ssm.2": "ssm.3", "ssm.3": "ssm.1",
}  # fmt: skip


@cache
def packaged() -> Known:
    """The requirements of the packaged catalog; CIS named its findings by them up to version 1.4.0."""
    catalog = load()
    return {
        (standard.key, number): tuple(sorted((one.id for one in controls), key=natural_key))
        for standard in STANDARDS
        for number, controls in catalog.controls_by_requirement(standard).items()
    }


@lru_cache(maxsize=20_000)
def standard_key(path: str) -> str:
    """The key of the standard that an ARN, a path or a generator id names (`cis-1.2.0`); '' if it names none."""
    found = find_standard(path) if "/v/" in path else None
    return found.key if found else ""


def control_of(name: str, standard: str, known: Known | None = None) -> str:
    """The control that a standard calls `name`: a control id, PCI's own (`PCI.IAM.5`) or a requirement's number.

    `standard` is its key or ''. PCI's own ids that have no successor stay as they are; of a number that nobody knows
    the result is `cis-1.2.0/1.15`, of no standard ''. `known` are the requirements to look in (default: `packaged()`).
    """
    return _packaged_control(name, standard) if known is None else _control(name, standard, known)


@lru_cache(maxsize=20_000)
def _packaged_control(name: str, standard: str) -> str:
    return _control(name, standard, packaged())


def _control(name: str, standard: str, known: Known) -> str:
    wanted = str(control_id(name))
    if wanted.startswith("pci."):
        return _PCI.get(wanted.removeprefix("pci."), wanted)
    if is_control_id(wanted):
        return _RENAMED.get(wanted, wanted)
    return (_by_number(wanted, standard, known) or f"{standard}/{wanted}") if wanted and standard else ""


def _by_number(number: str, standard: str, known: Known) -> str:
    """The one control of a requirement; where it has several, AWS counts them behind it (1.4.0/2.1.5.2 is S3.8)."""
    if len(found := known.get((standard, number), ())) == 1:
        return found[0]
    above, _, at = number.rpartition(".")
    among = known.get((standard, above), ())
    return among[int(at) - 1] if len(at) == 1 and at.isdecimal() and 1 <= int(at) <= len(among) else ""
