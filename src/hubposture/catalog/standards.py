"""Standards: the ones AWS offers, and the many texts in which they appear (ARNs, paths, names, short keys)."""

import re
from types import MappingProxyType

from hubposture.errors import InputError
from hubposture.model.controls import Standard

FSBP = Standard("aws-foundational-security-best-practices", "1.0.0")
AI = Standard("ai-security-best-practices", "1.0.0")
TAGGING = Standard("aws-resource-tagging-standard", "1.0.0")
CIS_1_2 = Standard("cis-aws-foundations-benchmark", "1.2.0")
CIS_1_4 = Standard("cis-aws-foundations-benchmark", "1.4.0")
CIS_3 = Standard("cis-aws-foundations-benchmark", "3.0.0")
CIS_5 = Standard("cis-aws-foundations-benchmark", "5.0.0")
NIST_800_53 = Standard("nist-800-53", "5.0.0")
NIST_800_171 = Standard("nist-800-171", "2.0.0")
PCI_3 = Standard("pci-dss", "3.2.1")
PCI_4 = Standard("pci-dss", "4.0.1")
CONTROL_TOWER = Standard("service-managed-aws-control-tower", "1.0.0")

STANDARDS = (
    CIS_5, FSBP, CIS_3, CIS_1_4, CIS_1_2, NIST_800_53, NIST_800_171, PCI_4, PCI_3, TAGGING, AI, CONTROL_TOWER,
)  # fmt: skip
"""What AWS offers as of 2026-09 (provider AWS), the order in which they are shown."""

_TITLES = MappingProxyType(
    {
        "aws-foundational-security-best-practices": "AWS Foundational Security Best Practices",
        "ai-security-best-practices": "AI Security Best Practices",
        "aws-resource-tagging-standard": "AWS Resource Tagging Standard",
        "cis-aws-foundations-benchmark": "CIS AWS Foundations Benchmark",
        "pci-dss": "PCI DSS",
        "service-managed-aws-control-tower": "Service-Managed Standard: AWS Control Tower",
    }
)
_NIST = MappingProxyType(
    {"nist-800-53": "NIST Special Publication 800-53", "nist-800-171": "NIST Special Publication 800-171"}
)

_VERSION = r"(?P<version>\d+(?:\.\d+)*)"
_PATH = re.compile(
    r"(?:arn:(?P<partition>[a-z0-9-]+):securityhub:(?P<region>[a-z0-9-]*):(?P<account>\d*):)?"
    r"(?:(?:standards|ruleset|subscription|control)/)?"
    rf"(?P<name>[a-z0-9][a-z0-9-]*)/v/{_VERSION}(?:/.*)?",
    re.IGNORECASE,
)
_KEY = re.compile(rf"(?P<name>[a-z0-9][a-z0-9-]*?)-v?{_VERSION}", re.IGNORECASE)
_NAMED = re.compile(rf"(?P<title>.+?)\s+(?:v|version\s|revision\s|rev\.?\s|r)?{_VERSION}", re.IGNORECASE)


def standard_title(standard: Standard) -> str:
    """The name people know: `CIS AWS Foundations Benchmark v5.0.0`, `NIST Special Publication 800-53 Revision 5`.

    A standard that is not known here is shown by the name in its ARN.
    """
    if title := _NIST.get(standard.name):
        return f"{title} Revision {standard.version.partition('.')[0]}"
    return f"{_TITLES.get(standard.name, standard.name)} v{standard.version}"


def parse_standard_arn(arn: str) -> Standard:
    """The standard of an ARN or path that names one, in any partition and Region.

    Takes a standard's ARN (`standards/` or, for CIS 1.2.0, `ruleset/`), a subscription's or a standards control's
    ARN, and the bare paths of `Compliance.AssociatedStandards` (`standards/pci-dss/v/4.0.1`). Standards nobody here
    has heard of are read too. Raises InputError for anything else.
    """
    match = _PATH.fullmatch(arn.strip())
    if match is None:
        raise InputError(
            f"{arn!r} names no standard: expected arn:PARTITION:securityhub:REGION::standards/NAME/v/VERSION"
            " or standards/NAME/v/VERSION"
        )
    return Standard(match["name"].casefold(), match["version"])


def standard_arn(standard: Standard, *, partition: str, region: str) -> str:
    """The ARN that EnableStandards and its relatives take; CIS 1.2.0's has no Region and says `ruleset`."""
    if standard == CIS_1_2:
        return f"arn:{partition}:securityhub:::ruleset/{standard.name}/v/{standard.version}"
    return f"arn:{partition}:securityhub:{region}::standards/{standard.name}/v/{standard.version}"


def subscription_arn(standard: Standard, *, partition: str, region: str, account: str) -> str:
    """The ARN of a standard as enabled in one account and Region (StandardsSubscriptionArn)."""
    return f"arn:{partition}:securityhub:{region}:{account}:subscription/{standard.name}/v/{standard.version}"


def find_standard(text: str) -> Standard | None:
    """The standard a person means by a text, or None.

    Takes the short key (`cis-5.0.0`, `fsbp-1.0.0`), an ARN or path, and a display name (`PCI DSS v4.0.1`), whatever
    the casing. A key or path may name a standard not known here; a display name must be known.
    """
    wanted = " ".join(text.split())
    if match := _PATH.fullmatch(wanted):
        return Standard(match["name"].casefold(), match["version"])
    for standard in STANDARDS:
        if wanted.casefold() in (standard.key, standard_title(standard).casefold()):
            return standard
    if (match := _NAMED.fullmatch(wanted)) and (name := _named(match["title"])):
        return _versioned(name, match["version"])
    return _by_key(wanted)


def _by_key(text: str) -> Standard | None:
    """The standard of a short or full key whose version is not known here (`cis-7.0.0`)."""
    match = _KEY.fullmatch(text)
    if match is None or "." not in match["version"]:
        return None
    short = match["name"].casefold()
    known = next((each.name for each in STANDARDS if each.key == f"{short}-{each.version}"), short)
    return Standard(known, match["version"])


def _named(title: str) -> str | None:
    """The ARN name of a display name without its version."""
    wanted = title.casefold().removesuffix(" v").strip()
    names = {value.casefold(): key for key, value in (*_TITLES.items(), *_NIST.items())}
    names |= {"cis aws foundations": "cis-aws-foundations-benchmark"}
    return names.get(wanted)


def _versioned(name: str, version: str) -> Standard:
    """A standard by name and a version that may be written short (`5` for NIST's 5.0.0)."""
    known = (each for each in STANDARDS if each.name == name)
    return next((each for each in known if each.version in (version, f"{version}.0.0")), Standard(name, version))
