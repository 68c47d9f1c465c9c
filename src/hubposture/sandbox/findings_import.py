"""BatchImportFindings: what a finding must look like, and how an import makes or updates one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from hubposture.sandbox.filters import parse_time
from hubposture.sandbox.findings_record import NORMALIZED, Customer, ImportedBody, Record, ResourceRef, label_of
from hubposture.sandbox.lifecycle_workflow import Moment, next_workflow

MAX_FINDING_BYTES = 240 * 1024
_LENGTHS = {"Id": 512, "ProductArn": 2048, "GeneratorId": 512, "Title": 256, "Description": 1024, "Region": 16}
_TIMES = ("CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt")
MAX_RESOURCES = 32
MAX_FIELDS = 50
_TYPE_LEVELS = 3
_PRODUCT = re.compile(r"arn:aws[a-z-]*:securityhub:(?P<region>[a-z0-9-]+):(?P<account>\d{12})?:product/(?P<name>.+)")

COLUMNS = ("CreatedAt", "UpdatedAt", "ProcessedAt", "WorkflowState", "Workflow", "RecordState", "AwsAccountName")
"""Members that the record's columns hold, left out of the body."""


@dataclass(frozen=True, slots=True)
class Importer:
    """Who imports: the calling account and Region, and the partner products (`company/product`) it may import for."""

    account: str
    region: str
    partners: frozenset[str] = frozenset()


def problem_with(finding: Mapping[str, Any], importer: Importer) -> str:
    """Why Security Hub refuses a finding that is well-formed by the API model, or ''."""
    checks = (_owner_problem(finding, importer), _form_problem(finding), _time_problem(finding), _size_problem(finding))
    return next((problem for problem in checks if problem), "")


def _owner_problem(finding: Mapping[str, Any], importer: Importer) -> str:
    product = _PRODUCT.fullmatch(finding["ProductArn"])
    if product is None:
        return f"ProductArn {finding['ProductArn']} is not a product's ARN"
    if product["region"] != importer.region:
        return f"ProductArn names {product['region']}, the request went to {importer.region}"
    if product["account"] is None:
        return "" if product["name"] in importer.partners else f"not subscribed to product {product['name']}"
    if finding["AwsAccountId"] != importer.account or product["account"] != importer.account:
        return f"the default product takes findings of the calling account {importer.account} only"
    if product["name"] != f"{importer.account}/default":
        return f"there is no product {product['name']}"
    return ""


def _form_problem(finding: Mapping[str, Any]) -> str:
    if finding["SchemaVersion"] != "2018-10-08":
        return "data.SchemaVersion should be equal to one of the allowed values"
    if not re.fullmatch(r"\d{12}", finding["AwsAccountId"]):
        return "data.AwsAccountId should match pattern 12 digits"
    for name, most in _LENGTHS.items():
        if len(finding.get(name, "")) > most:
            return f"data.{name} should NOT be longer than {most} characters"
    if not 1 <= len(finding["Resources"]) <= MAX_RESOURCES:
        return "data.Resources should have 1 to 32 items"
    if not ("Severity" in finding or "Severity" in finding.get("FindingProviderFields", {})):
        return "data should have required property 'Severity' or 'FindingProviderFields.Severity'"
    return _list_problem(finding)


def _list_problem(finding: Mapping[str, Any]) -> str:
    types = finding.get("Types") or finding.get("FindingProviderFields", {}).get("Types") or []
    for one in types:
        if len(one.split("/")) > _TYPE_LEVELS:
            return f"data.Types: {one} is not of the form namespace/category/classifier"
    for name in ("ProductFields", "UserDefinedFields"):
        if len(finding.get(name, {})) > MAX_FIELDS:
            return f"data.{name} should have at most 50 entries"
    return ""


def _time_problem(finding: Mapping[str, Any]) -> str:
    for name in _TIMES:
        if name in finding and not _is_time(finding[name]):
            return f'data.{name} should match format "date-time"'
    return ""


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except ValueError:
        return False
    return "T" in text and (text.endswith("Z") or text[-6] in "+-")


def _size_problem(finding: Mapping[str, Any]) -> str:
    return "" if len(orjson.dumps(finding)) <= MAX_FINDING_BYTES else "the finding is larger than 240 KB"


def severity_of(finding: Mapping[str, Any]) -> dict[str, Any]:
    """The provider's severity with its label and normalized value both filled in."""
    severity = dict(finding.get("FindingProviderFields", {}).get("Severity") or finding.get("Severity", {}))
    label = severity.get("Label") or label_of(severity.get("Normalized", 0))
    given = finding.get("Severity", {}).get("Normalized")
    return severity | {"Label": label, "Normalized": NORMALIZED[label] if given is None else given}


def body_of(finding: Mapping[str, Any], region: str) -> ImportedBody:
    """The part of an imported finding that its provider owns, with what Security Hub fills in."""
    severity = severity_of(finding)
    types = finding.get("FindingProviderFields", {}).get("Types") or finding.get("Types", [])
    default = finding["ProductArn"].endswith("/default")
    product = finding["ProductArn"].partition(":product/")[2].split("/")
    provider = {"Severity": {key: value for key, value in severity.items() if key in ("Label", "Original")}}
    members: dict[str, Any] = {
        "Region": region,
        "ProductName": "Default" if default else product[-1],
        "CompanyName": "Personal" if default else product[0],
        **{key: value for key, value in finding.items() if key not in COLUMNS and key not in _CUSTOMER_ONLY},
        "Severity": severity,
        "FindingProviderFields": {"Types": types, **finding.get("FindingProviderFields", {}), **provider},
    }
    if types:
        members["Types"] = types
    members["ProductFields"] = finding.get("ProductFields", {}) | {
        "aws/securityhub/FindingId": f"{finding['ProductArn']}/{finding['Id']}",
        "aws/securityhub/ProductName": members["ProductName"],
        "aws/securityhub/CompanyName": members["CompanyName"],
    }
    return ImportedBody(
        raw=bytes(memoryview(orjson.dumps(members))),
        control_id=finding.get("Compliance", {}).get("SecurityControlId", ""),
        generator_id=finding["GeneratorId"],
        resources=tuple(ResourceRef(one["Type"], one["Id"], one.get("Region", region)) for one in finding["Resources"]),
    )


_CUSTOMER_ONLY = ("Note", "UserDefinedFields", "VerificationState")


def new_record(finding: Mapping[str, Any], *, region: str, account_name: str, at: datetime) -> Record:
    """A record for a finding that is not known yet; it may bring its own workflow, note and user fields."""
    updated = parse_time(finding["UpdatedAt"])
    brought = {name: finding[name] for name in _CUSTOMER_ONLY if name in finding}
    return Record(
        product_arn=finding["ProductArn"],
        id=finding["Id"],
        account=finding["AwsAccountId"],
        region=region,
        body=body_of(finding, region),
        created_at=parse_time(finding["CreatedAt"]),
        updated_at=updated,
        first_observed_at=updated,
        processed_at=at,
        compliance=finding.get("Compliance", {}).get("Status", ""),
        severity=severity_of(finding)["Label"],
        workflow=finding.get("Workflow", {}).get("Status", "NEW"),
        record_state=finding.get("RecordState", "ACTIVE"),
        account_name=account_name,
        customer=Customer(brought) if brought else None,
    )


def update_record(record: Record, finding: Mapping[str, Any], *, at: datetime) -> tuple[tuple[str, str, str], ...]:
    """Take a later import over into a known finding and give what changed; the customer's fields stay."""
    before, before_moment = record.render(with_customer=False), Moment(record.compliance, record.record_state)
    record.body = body_of(finding, record.region)
    record.updated_at = parse_time(finding["UpdatedAt"])
    record.processed_at = at
    record.severity = severity_of(finding)["Label"]
    record.previous, record.compliance = record.compliance, finding.get("Compliance", {}).get("Status", "")
    record.record_state = finding.get("RecordState", "ACTIVE")
    record.workflow = next_workflow(
        record.workflow, before_moment, Moment(record.compliance, record.record_state), passing_resolves=False
    )
    return differences(before, record.render(with_customer=False))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """(field, old, new) for every member that differs, one level down, times of the service aside."""
    found = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new or name == "ProcessedAt":
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            found += [(f"{name}.{field}", was, now) for field, was, now in differences(old, new)]
        else:
            found.append((name, _text(old), _text(new)))
    return tuple(found)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
