"""Controls, standards, severities and dispositions."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

ControlId = NewType("ControlId", str)
"""A Security Hub control id in lower case (`s3.8`): AWS writes ids in more than one casing."""

_CONTROL = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*)*\.[0-9]{1,4}")
_DIGITS = re.compile(r"(\d{1,18})")


def control_id(text: str) -> ControlId:
    """The control id of a text in any casing, blanks around it ignored."""
    return ControlId(text.strip().casefold())


def is_control_id(text: str) -> bool:
    """Whether a text has the form of a control id (`S3.8`, `Azure.Storage.1`); says nothing about its existence."""
    return _CONTROL.fullmatch(text.strip()) is not None


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key by which `EC2.2` comes before `EC2.10`, whatever the casing."""
    parts = _DIGITS.split(text.casefold())
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts if part)


class Severity(StrEnum):
    """Security Hub's severity of a control."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"

    @property
    def rank(self) -> int:
        """0 for LOW to 3 for CRITICAL."""
        return list(Severity).index(self)


class Disposition(StrEnum):
    """What the organization wants of a control."""

    ENFORCE = "enforce"
    MONITOR = "monitor"
    SIEM = "siem"
    COMPENSATED = "compensated"
    NOT_APPLICABLE = "not-applicable"

    @property
    def is_on(self) -> bool:
        """Whether Security Hub checks the control under this disposition."""
        return self in (Disposition.ENFORCE, Disposition.MONITOR)


_SHORT = {
    "aws-foundational-security-best-practices": "fsbp",
    "ai-security-best-practices": "ai",
    "aws-resource-tagging-standard": "tagging",
    "cis-aws-foundations-benchmark": "cis",
    "nist-800-53": "nist-800-53",
    "nist-800-171": "nist-800-171",
    "pci-dss": "pci-dss",
    "service-managed-aws-control-tower": "control-tower",
}


@dataclass(frozen=True, slots=True, order=True)
class Standard:
    """A standard by name and version as they stand in its ARN (`cis-aws-foundations-benchmark`, `5.0.0`)."""

    name: str
    version: str

    @property
    def key(self) -> str:
        """The short form used in files and on the command line: `cis-5.0.0`, `fsbp-1.0.0`."""
        return f"{_SHORT.get(self.name, self.name)}-{self.version}"

    @property
    def is_service_managed(self) -> bool:
        """Whether an AWS service owns it (Control Tower); such a standard is read and never written."""
        return self.name.startswith("service-managed")
