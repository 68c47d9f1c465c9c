"""One finding in the emulated store: what changes is held in columns, the rest in a body, and ASFF is made on demand."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson

from hubposture.sandbox.catalogue import Catalogue, ControlDefinition, StandardDefinition

NORMALIZED = {"INFORMATIONAL": 0, "LOW": 1, "MEDIUM": 40, "HIGH": 70, "CRITICAL": 90}
"""Severity.Normalized for each label, as the format's documentation maps them."""

Key = tuple[str, str]
"""(ProductArn, Id): what names a finding."""


def label_of(normalized: float) -> str:
    """The severity label for a normalized value from 0 to 100."""
    if normalized < 1:
        return "INFORMATIONAL"
    return next(
        label for label, top in (("LOW", 40), ("MEDIUM", 70), ("HIGH", 90), ("CRITICAL", 101)) if normalized < top
    )


def uuid_of(*parts: str) -> str:
    """A UUID that is the same for the same parts."""
    return str(UUID(bytes=hashlib.blake2b("\0".join(parts).encode(), digest_size=16).digest(), version=4))


def stamp(at: datetime) -> str:
    """A time (UTC) as findings write it: milliseconds and a Z."""
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"


@dataclass(slots=True)
class Beat:
    """When a group of checks last ran: findings that follow it are refreshed without being touched one by one."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ResourceRef:
    """A resource as findings name it: ASFF type, id (an ARN where there is one), Region, tags and details."""

    type: str
    id: str
    region: str
    tags: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_finding(self, partition: str) -> dict[str, Any]:
        """The entry of a finding's Resources."""
        entry: dict[str, Any] = {"Type": self.type, "Id": self.id, "Partition": partition, "Region": self.region}
        if self.tags:
            entry["Tags"] = dict(self.tags)
        if self.details:
            entry["Details"] = dict(self.details)
        return entry


@dataclass(slots=True)
class Customer:
    """What BatchUpdateFindings and automation rules have set on a finding, as ASFF members; absent means not set."""

    members: dict[str, Any] = field(default_factory=dict)


class Body(Protocol):
    """The part of a finding that its provider wrote once."""

    @property
    def control_id(self) -> str:
        """The security control's id, or ''."""

    @property
    def generator_id(self) -> str:
        """The finding's GeneratorId."""

    @property
    def resources(self) -> tuple[ResourceRef, ...]:
        """The finding's resources (type and id at least)."""

    def members(self, record: "Record") -> dict[str, Any]:
        """A fresh ASFF structure without what the record's columns hold."""


@dataclass(slots=True, eq=False)
class Record:
    """A finding. Times are UTC; `updated_at` is a floor where `beat` is set: the finding follows that group of checks.

    `severity` is the provider's label, `previous` the compliance status before the last change, `standards` the paths of
    the enabled standards a control finding belongs to, `parameters` the values its check used.
    """

    product_arn: str
    id: str
    account: str
    region: str
    body: Body
    created_at: datetime
    updated_at: datetime
    first_observed_at: datetime
    processed_at: datetime
    compliance: str = ""
    reasons: tuple[str, ...] = ()
    severity: str = ""
    workflow: str = "NEW"
    record_state: str = "ACTIVE"
    previous: str = ""
    archival_reason: str = ""
    account_name: str = ""
    standards: tuple[str, ...] = ()
    parameters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    beat: Beat | None = None
    customer: Customer | None = None
    history: list["HistoryEntry"] | None = None

    @property
    def key(self) -> Key:
        """(ProductArn, Id)."""
        return (self.product_arn, self.id)

    @property
    def refreshed_at(self) -> datetime:
        """UpdatedAt as GetFindings shows it."""
        return self.updated_at if self.beat is None else max(self.updated_at, self.beat.at)

    @property
    def severity_label(self) -> str:
        """The label shown: the customer's where one was set, else the provider's."""
        if self.customer is not None and "Severity" in self.customer.members:
            return str(self.customer.members["Severity"].get("Label", self.severity))
        return self.severity

    def settle(self) -> None:
        """Stop following the group of checks: UpdatedAt stays where it is."""
        self.updated_at = self.refreshed_at
        self.beat = None

    def render(self, *, with_customer: bool = True) -> dict[str, Any]:
        """The finding in ASFF, a fresh structure; `with_customer` False gives only what the provider wrote."""
        finding = self.body.members(self)
        finding["AwsAccountName"] = self.account_name or self.account
        updated = stamp(self.refreshed_at)
        finding |= {
            "CreatedAt": stamp(self.created_at),
            "UpdatedAt": updated,
            "ProcessedAt": stamp(max(self.processed_at, self.refreshed_at)),
            "WorkflowState": "NEW",
            "Workflow": {"Status": self.workflow},
            "RecordState": self.record_state,
        }
        if with_customer and self.customer is not None:
            finding |= self.customer.members
        return finding


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event in a finding's life. `updates` are (field, old, new) texts; '' stands for no value."""

    at: datetime
    created: bool
    by_customer: bool
    identity: str
    updates: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class ControlBody:
    """A control finding: `standard` is None where consolidated control findings are on."""

    control: ControlDefinition
    standard: StandardDefinition | None
    resource: ResourceRef
    catalogue: Catalogue
    partition: str = "aws"

    @property
    def control_id(self) -> str:
        """The security control's id, as AWS writes it."""
        return self.control.id

    @property
    def standard_control_id(self) -> str:
        """The control's name inside its standard: a requirement number in CIS 1.2.0, else the control id."""
        if self.standard is not None and not self.standard.regional:
            return (self.control.standards.get(self.standard.path) or (self.control.id,))[0]
        return self.control.id

    @property
    def generator_id(self) -> str:
        """The finding's GeneratorId."""
        if self.standard is None:
            return f"security-control/{self.control.id}"
        if not self.standard.regional:
            return f"arn:{self.partition}:securityhub:::{self.standard.path}/rule/{self.standard_control_id}"
        return f"{self.standard.short}/{self.control.id}"

    @property
    def resources(self) -> tuple[ResourceRef, ...]:
        """The one resource that was checked."""
        return (self.resource,)

    @property
    def title(self) -> str:
        """The finding's title; outside consolidated findings it starts with the standard's number."""
        return self.control.title if self.standard is None else f"{self.standard_control_id} {self.control.title}"

    def members(self, record: Record) -> dict[str, Any]:
        """A fresh ASFF structure without what the record's columns hold."""
        types = ["Software and Configuration Checks/Industry and Regulatory Standards"]
        seen = stamp(record.refreshed_at)
        severity = {"Label": record.severity, "Original": record.severity}
        return {
            "SchemaVersion": "2018-10-08",
            "Id": record.id,
            "ProductArn": record.product_arn,
            "ProductName": "Security Hub",
            "CompanyName": "AWS",
            "Region": record.region,
            "GeneratorId": self.generator_id,
            "AwsAccountId": record.account,
            "Types": types,
            "FirstObservedAt": stamp(record.first_observed_at),
            "LastObservedAt": seen,
            "Severity": severity | {"Normalized": NORMALIZED.get(record.severity, 0)},
            "Title": self.title[:256],
            "Description": self.control.description[:1024],
            "Remediation": {
                "Recommendation": {
                    "Text": "The linked page says how to correct this.",
                    "Url": self.control.remediation_url,
                }
            },
            "ProductFields": self._product_fields(record),
            "Resources": [self.resource.as_finding(self.partition)],
            "Compliance": self._compliance(record),
            "FindingProviderFields": {"Severity": severity, "Types": types},
        }

    def _product_fields(self, record: Record) -> dict[str, str]:
        fields = {}
        if self.standard is not None:
            prefix = "StandardsGuide" if not self.standard.regional else "Standards"
            fields = {
                f"{prefix}Arn": f"arn:{self.partition}:securityhub:::{self.standard.path}",
                f"{prefix}SubscriptionArn": self.standard.subscription_arn(
                    record.region, record.account, self.partition
                ),
                "ControlId" if self.standard.regional else "RuleId": self.standard_control_id,
                "RecommendationUrl": self.control.remediation_url,
                "StandardsControlArn": self.standard.control_arn(
                    record.region, record.account, self.standard_control_id, self.partition
                ),
            }
        if self.control.config_rule:
            fields["RelatedAWSResources:0/name"] = f"securityhub-{self.control.config_rule}-{record.account[-6:]}"
            fields["RelatedAWSResources:0/type"] = "AWS::Config::ConfigRule"
        if record.previous:
            fields["PreviousComplianceStatus"] = record.previous
        if record.archival_reason:
            fields["ArchivalReasons:0/ReasonCode"] = record.archival_reason
        fields["aws/securityhub/ProductName"] = "Security Hub"
        fields["aws/securityhub/CompanyName"] = "AWS"
        fields["aws/securityhub/FindingId"] = f"{record.product_arn}/{record.id}"
        if self.resource.type != "AwsAccount":
            fields["Resources:0/Id"] = self.resource.id
        return fields

    def _compliance(self, record: Record) -> dict[str, Any]:
        compliance: dict[str, Any] = {
            "Status": record.compliance,
            "SecurityControlId": self.control.id,
            "AssociatedStandards": [{"StandardsId": path} for path in record.standards],
        }
        requirements = self._requirements(record)
        if requirements:
            compliance["RelatedRequirements"] = requirements[:32]
        if record.reasons:
            compliance["StatusReasons"] = [
                {"ReasonCode": code, "Description": REASON_TEXTS.get(code, code)} for code in record.reasons
            ]
        if record.parameters:
            compliance["SecurityControlParameters"] = [
                {"Name": name, "Value": list(values)} for name, values in record.parameters
            ]
        return compliance

    def _requirements(self, record: Record) -> list[str]:
        joiner = "/" if self.standard is None else " "
        return [
            f"{self.catalogue.standards[path].requirement_prefix}{joiner}{number}"
            for path in record.standards
            for number in self.control.standards.get(path, ())
        ]


REASON_TEXTS = {
    "CONFIG_EVALUATIONS_EMPTY": "There is no resource for the rule to evaluate.",
    "CONFIG_RECORDER_DISABLED": "The configuration recorder is off in this Region.",
    "CONFIG_RULE_EVALUATION_ERROR": "The Config rule could not be evaluated.",
    "CONFIG_RETURNS_NOT_APPLICABLE": "The resource is gone or the rule does not apply to it.",
    "CLOUDTRAIL_METRIC_FILTERS_NOT_PRESENT": "No valid metric filter exists for a multi-Region trail.",
}
"""What StatusReasons says beside its codes, in this project's words."""


@dataclass(frozen=True, slots=True)
class ImportedBody:
    """A finding that a provider imported: `raw` is its ASFF as JSON without what the record's columns hold."""

    raw: bytes
    control_id: str
    generator_id: str
    resources: tuple[ResourceRef, ...]

    def members(self, record: Record) -> dict[str, Any]:
        """A fresh ASFF structure without what the record's columns hold."""
        finding: dict[str, Any] = orjson.loads(self.raw)
        if record.compliance:
            finding.setdefault("Compliance", {})["Status"] = record.compliance
        return finding
