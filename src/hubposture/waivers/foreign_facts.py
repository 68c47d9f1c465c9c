"""What is known of a finding at its next check, in the attributes that criteria of automation rules speak of."""

import datetime as dt
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from hubposture.waivers.rule import Case, FindingFacts

FIRST, LAST = dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)  # noqa: DTZ001 - the lake's times are naive UTC
"""Before and after every time that a filter can mean."""

_NEXT_CHECK = dt.timedelta(hours=25)
_CONTROL = re.compile(r"arn:[^:]+:securityhub:[^:]*:\d*:security-control/([^/]+)/finding/")
_STANDARD = re.compile(r"arn:[^:]+:securityhub:[^:]*:\d*:subscription/(.+)/([^/]+)/finding/")
_RULESETS = ("cis-aws-foundations-benchmark/v/1.2.0",)
_OF_ONE_REGION = ("s3",)
"""Services whose ARNs name no Region, and whose resources lie in that of the finding all the same."""


class Texts(NamedTuple):
    """A text that is one of `values`, nobody knows which.

    `is_folded`: in small letters here, and nobody knows how AWS writes it. `has_more`: there are others beside it that
    we do not know (resources of the same finding).
    """

    values: tuple[str, ...]
    is_folded: bool = False
    has_more: bool = False


class Tags(NamedTuple):
    """Tags of the resource; where they are not complete, others may be there."""

    tags: Mapping[str, str]
    is_complete: bool


class Span(NamedTuple):
    """A time lies from `first` to `last` (naive UTC); `now` is what relative dates count from."""

    first: dt.datetime
    last: dt.datetime
    now: dt.datetime


Facts: TypeAlias = Mapping[str, Texts | Tags | Span]
"""By name of the criterion; what is missing is unknown."""


def facts_of(case: Case, finding: FindingFacts, *, now: dt.datetime) -> Facts:
    """What criteria of automation rules will see. The finding is NEW by then, and checked within a day and an hour."""
    known: dict[str, Texts | Tags | Span] = {
        name: Texts((value,))
        for name, value in (
            ("AwsAccountId", case.account),
            ("ProductArn", finding.product),
            ("Id", finding.id),
            ("ComplianceStatus", finding.compliance),
            ("SeverityLabel", finding.severity),
            ("RecordState", "ACTIVE"),
            ("WorkflowStatus", "NEW"),
            ("ResourceProvider", "Azure" if case.control.startswith("azure.") else "AWS"),
        )
        if value
    }
    known["ComplianceSecurityControlId"] = Texts((case.control,), is_folded=True)
    known["ProductName"] = Texts(("Security Hub", "Security Hub CSPM"))
    known["CompanyName"] = Texts(("AWS", "Amazon", "Amazon Web Services"))
    known["UpdatedAt"] = known["LastObservedAt"] = Span(now, now + _NEXT_CHECK, now)
    known["CreatedAt"] = known["FirstObservedAt"] = Span(FIRST, now + _NEXT_CHECK, now)
    if (generator := _generator(finding.id)) is not None:
        known["GeneratorId"] = generator
    return MappingProxyType(known | _of_resource(case, finding))


def _of_resource(case: Case, finding: FindingFacts) -> dict[str, Texts | Tags | Span]:
    known: dict[str, Texts | Tags | Span] = {
        "ResourceId": Texts((case.resource,), has_more=finding.is_shared),
        "ResourceTags": Tags(case.tags, is_complete=bool(case.tags) and not finding.is_shared),
    }
    if case.resource_type:
        known["ResourceType"] = Texts((case.resource_type,), has_more=finding.is_shared)
    if partition := _part(finding.product, 1):
        known["ResourcePartition"] = Texts((partition,))
    if region := _part(case.resource, 3):
        known["ResourceRegion"] = Texts((region,), has_more=finding.is_shared)
    elif _part(case.resource, 2) in _OF_ONE_REGION:
        known["ResourceRegion"] = Texts((case.region,), has_more=finding.is_shared)
    return known


def _part(arn: str, at: int) -> str:
    """A part of an ARN; '' for what is none."""
    parts = arn.split(":", 5)
    return parts[at] if parts[0] == "arn" and len(parts) > at else ""


def _generator(id_: str) -> Texts | None:
    """The GeneratorId behind a finding's Id, with consolidated findings on or off; None where the Id does not say."""
    if match := _CONTROL.match(id_):
        return Texts((f"security-control/{match[1]}",), is_folded=True)
    if not (match := _STANDARD.match(id_)):
        return None
    standard, control = match[1], match[2]
    if standard in _RULESETS:
        return Texts((f"arn:{_part(id_, 1)}:securityhub:::ruleset/{standard}/rule/{control}",))
    return Texts((f"{standard}/{control}",))
