"""The Open Cybersecurity Schema Framework's findings, as Security Hub (V2), its export jobs and prowler write them."""

import datetime as dt
from typing import Any

from hubposture.findings.asff import HUB, MOST_RESOURCES, Customer, Resource, State, rows
from hubposture.findings.finding import Finding
from hubposture.findings.legacy import control_of
from hubposture.findings.reading import NEVER, Record, account, clean, items, kind_of, needed, part, text, time
from hubposture.findings.tags import NO_TAGS, read_tags

COMPLIANCE_FINDING = 2003
_CLASSES = {2002: "vulnerability", 2003: "compliance", 2004: "detection", 2005: "incident", 2006: "data security"}
_CLOSE = 3
_ARCHIVED = (5, 6)
_WORKFLOW = {1: "NEW", 2: "NOTIFIED", 3: "SUPPRESSED", 4: "RESOLVED"}
_CAPTIONS = {"NEW": 1, "IN PROGRESS": 2, "SUPPRESSED": 3, "RESOLVED": 4}
_HIDES = ("NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED")
_SEVERITY = {1: "INFORMATIONAL", 2: "LOW", 3: "MEDIUM", 4: "HIGH", 5: "CRITICAL", 6: "CRITICAL"}
_SEVERITY_CAPTIONS = {"INFORMATIONAL": 1, "LOW": 2, "MEDIUM": 3, "HIGH": 4, "CRITICAL": 5, "FATAL": 6}
_COMPLIANCE = {1: "PASSED", 2: "WARNING", 3: "FAILED"}
_COMPLIANCE_WORDS = {
    "PASS": "PASSED", "PASSED": "PASSED", "FAIL": "FAILED", "FAILED": "FAILED", "WARNING": "WARNING",
    "NOT_AVAILABLE": "NOT_AVAILABLE",
}  # fmt: skip


def read_ocsf(record: Record, *, observed_at: dt.datetime) -> tuple[Finding, ...] | list[str]:
    """One finding per resource, or everything that is wrong with the record.

    A finding of Security Hub's own gets the ProductArn that it has in ASFF, and resources are named by their ARN where
    the record has one, so that both formats of one finding are the same row and the same subject.
    """
    bad: list[str] = []
    class_ = _number(record, "class_uid", bad)
    if class_ is not None and class_ not in _CLASSES:
        return [f"class_uid is {class_}, which is no class of findings ({min(_CLASSES)} to {max(_CLASSES)})"]
    info = part(record, "finding_info", bad)
    metadata = part(record, "metadata", bad)
    cloud = part(record, "cloud", bad)
    compliance = part(record, "compliance", bad)
    product = _product(metadata, bad)
    id_ = text(info, "uid", bad, "finding_info.") or text(metadata, "uid", bad, "metadata.")
    if not id_:
        bad.append("finding_info.uid is missing, and metadata.uid too")
    owner = account(_account(record, cloud, bad), "cloud.account.uid", bad)
    region = text(cloud, "region", bad, "cloud.") or _first(record, "region")
    if not region:
        bad.append("cloud.region is missing, and no resource says it")
    control = ""
    if product.endswith(HUB) and class_ == COMPLIANCE_FINDING:
        control = control_of(text(compliance, "control", bad, "compliance."), "")
    found = _resources(record, bad)
    state = _state(record, info, control, compliance, bad)
    customer = _customer(record, observed_at, bad)
    return bad or rows((product, id_, owner, region, control), found, state, customer)


def _product(metadata: Record, bad: list[str]) -> str:
    """The product's ARN; without one vendor and name in lower case (`prowler/prowler`)."""
    product = part(metadata, "product", bad, "metadata.")
    if uid := text(product, "uid", bad, "metadata.product."):
        return uid.replace("::productv2/", "::product/")
    name = needed(product, "name", bad, "metadata.product.")
    vendor = text(product, "vendor_name", bad, "metadata.product.") or name
    return f"{vendor}/{name}".lower().replace(" ", "-")


def _account(record: Record, cloud: Record, bad: list[str]) -> str:
    """cloud.account.uid; without one the account that owns the first resource."""
    if uid := text(part(cloud, "account", bad, "cloud."), "uid", bad, "cloud.account."):
        return uid
    first = next((each for each in items(record, "resources", []) if each.__class__ is dict), {})
    uid = text(part(part(first, "owner", []), "account", []), "uid", [])
    if not uid:
        bad.append("cloud.account.uid is missing")
    return uid


def _first(record: Record, name: str) -> str:
    """A text of the first resource that has it."""
    given = (each.get(name) for each in items(record, "resources", []) if each.__class__ is dict)
    return next((clean(each) for each in given if isinstance(each, str) and each), "")


def _resources(record: Record, bad: list[str]) -> list[Resource]:
    given = items(record, "resources", bad)
    if not given and not any(each.startswith("resources ") for each in bad):
        bad.append("resources is missing or empty")
    if len(given) > MOST_RESOURCES:
        bad.append(f"resources has {len(given)} entries, more than {MOST_RESOURCES}")
        return []
    return [_resource(each, f"resources[{number}]", bad) for number, each in enumerate(given)]


def _resource(given: Any, path: str, bad: list[str]) -> Resource:
    if given.__class__ is not dict:
        bad.append(f"{path} is {kind_of(given)}, expected an object")
        return "", "", "", ()
    path += "."
    type_ = text(given, "type", bad, path)
    uid, other = text(given, "uid", bad, path), text(given, "uid_alt", bad, path)
    name = other if other.startswith("arn:") and not uid.startswith("arn:") else uid or other
    name = name or text(given, "name", bad, path)
    if not name:
        bad.append(f"{path}uid is missing")
    if type_ == "AWS::::Account" and name.isdigit():
        name = f"AWS::::Account:{name}"
    tagset, tags = read_tags(given.get("tags"), f"{path}tags", bad)
    if not tagset:
        tagset, tags = read_tags(given.get("labels"), f"{path}labels", bad)
    return (name, type_, tagset, tags) if tagset else (name, type_, *NO_TAGS)


def _state(record: Record, info: Record, control: str, compliance: Record, bad: list[str]) -> State:
    at = _time(record, "time", bad)
    created = _time(info, "created_time", bad, "finding_info.") or at
    updated = _time(info, "modified_time", bad, "finding_info.") or at or created
    if updated is None:
        bad.append("finding_info.modified_time is missing, and time and finding_info.created_time too")
    return (
        "",
        "" if control else text(info, "title", bad, "finding_info."),
        _compliance(record, compliance, control, bad),
        "",
        _severity(record, bad),
        "ARCHIVED" if _is_closed(record, bad) else "ACTIVE",
        "",
        created or updated or NEVER,
        updated or NEVER,
        _time(info, "first_seen_time", bad, "finding_info."),
        _time(info, "last_seen_time", bad, "finding_info."),
    )


def _time(record: Record, name: str, bad: list[str], path: str = "") -> dt.datetime | None:
    """A time: as text where the datetime profile is used, else as a number (or, in older records, text too)."""
    return time(record, f"{name}_dt", bad, path) or time(record, name, bad, path)


def _compliance(record: Record, compliance: Record, control: str, bad: list[str]) -> str:
    """compliance.status_id, else compliance.status, else status_code of the record."""
    number = _number(compliance, "status_id", bad, "compliance.")
    if number in _COMPLIANCE:
        return _COMPLIANCE[number]
    for word in (text(compliance, "status", bad, "compliance."), text(record, "status_code", bad)):
        if found := _COMPLIANCE_WORDS.get(word.upper()):
            return found
    return "NOT_AVAILABLE" if control else ""


def _severity(record: Record, bad: list[str]) -> str:
    number = _number(record, "severity_id", bad)
    if number not in _SEVERITY:
        number = _SEVERITY_CAPTIONS.get(text(record, "severity", bad).upper(), 1)
    return _SEVERITY[number]


def _is_closed(record: Record, bad: list[str]) -> bool:
    """Whether the finding was closed: activity Close, or one of the statuses Archived and Deleted."""
    activity = _number(record, "activity_id", bad)
    name = text(record, "activity_name", bad)
    return activity == _CLOSE or name.upper() == "CLOSE" or _number(record, "status_id", []) in _ARCHIVED


def _customer(record: Record, observed_at: dt.datetime, bad: list[str]) -> Customer:
    """Status and comment. Where status and status_id disagree (prowler 4.2), it is the one that hides less."""
    said = {_WORKFLOW.get(_number(record, "status_id", bad) or 0), _WORKFLOW.get(_caption(record, bad))} - {None}
    workflow = next((each for each in _HIDES if each in said), "NEW")
    return workflow, text(record, "comment", bad), "", None, "", observed_at


def _caption(record: Record, bad: list[str]) -> int:
    return _CAPTIONS.get(text(record, "status", bad).upper().replace("_", " "), 0)


def _number(record: Record, name: str, bad: list[str], path: str = "") -> int | None:
    """A whole number; None where there is none."""
    value = record.get(name)
    if value.__class__ is int:
        return value
    if value is not None:
        bad.append(f"{path}{name} is {kind_of(value)}, expected a whole number")
    return None
