"""DefectDojo's two parsers of Security Hub findings, with what they leave unread."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

from hubposture.sandbox.remote.defectdojo_world import ASFF_SCAN, HUB_SCAN, SEVERITIES, Finding


class Crash(Exception):
    """The parser falls over: 500, and nothing of the upload is kept."""


def parse(scan_type: str, content: bytes, *, now: dt.datetime) -> list[Finding]:
    """The findings of a file; the last of those with one Id. Raises Crash, as the parser does, for the whole file."""
    try:
        return _PARSERS[scan_type](json.loads(content), now)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, UnboundLocalError) as error:
        raise Crash(f"{type(error).__name__}: {error}") from error


def sanitized(severity: str) -> str:
    """A severity that DefectDojo knows."""
    if "info" in severity.lower():
        return "Info"
    return severity if severity in SEVERITIES else "Info"


def _hub(tree: Any, now: dt.datetime) -> list[Finding]:
    if not isinstance(tree, dict):
        raise TypeError("Incorrect Security Hub report format")
    found: dict[str, Finding] = {}
    for node in tree.get("Findings", tree.get("findings")) or []:
        product = node.get("ProductFields", {}).get("aws/securityhub/ProductName", "")
        item = _guardduty(node, now) if product == "GuardDuty" else _compliance(node, now)
        found[node["Id"]] = item
    return list(found.values())


def _compliance(node: Mapping[str, Any], now: dt.datetime) -> Finding:
    """Workflow, RecordState, CreatedAt, tags and notes are not read; without Compliance it counts as passed."""
    is_passed = node.get("Compliance", {}).get("Status", "PASSED") == "PASSED"
    resources = node["Resources"]
    last = resources[-1]  # without resources there is no name, and the whole file is lost
    advice = node.get("Remediation", {}).get("Recommendation", {})
    arns = ", ".join(sorted({one["Id"] for one in resources}))
    description = (
        f"This is a Security Hub Finding \n{node.get('Description', '')}\n**AWS Finding ARN:** {node['Id']}\n"
        f"**Resource IDs:** {arns}\n**AwsAccountId:** {node.get('AwsAccountId', '')}\n"
        f"**Region:** {node.get('Region', '')}\n**Generator ID:** {node.get('GeneratorId', '')}\n"
    )
    observed = _moment(node["LastObservedAt"]) if node.get("LastObservedAt") else now
    return Finding(
        title=f"{node.get('Title', '')} - Resource: {last['Id'].split(':')[-1]}",
        severity=_label(node),
        description=description,
        mitigation=f"{advice.get('Text', '')}\n{advice.get('Url', '')}",
        impact="\n".join(f"Resource: {one['Id'].split(':')[-1]}" for one in resources),
        references=advice.get("Url", ""),
        unique_id=node["Id"],
        active=not is_passed,
        is_mitigated=is_passed,
        mitigated=observed if is_passed else None,
        component_name=last.get("Type"),
    )


def _guardduty(node: Mapping[str, Any], now: dt.datetime) -> Finding:
    is_active = node.get("RecordState") == "ACTIVE"
    types = ", ".join(node["FindingProviderFields"]["Types"])
    return Finding(
        title=node.get("Title", ""),
        severity=_label(node),
        description=f"This is a GuardDuty Finding\n{node.get('Description', '')}\n{types}\n{node.get('SourceUrl', '')}",
        unique_id=node["Id"],
        active=is_active,
        is_mitigated=not is_active,
        mitigated=None if is_active else now,
    )


def _asff(tree: Any, now: dt.datetime) -> list[Finding]:
    """Compliance is not read: what passed is active."""
    if not isinstance(tree, list):
        raise TypeError("Incorrect ASFF report format")
    found = {}
    for node in tree:
        resources = "".join(f"\n{one['Id']}" for one in node.get("Resources", []))
        found[node["Id"]] = Finding(
            title=node["Title"],
            severity=_label(node),
            description=f"{node.get('Description', '')}{resources}",
            mitigation=node.get("Remediation", {}).get("Recommendation", {}).get("Text", ""),
            unique_id=node["Id"],
            date=_moment(node["CreatedAt"]).date() if node.get("CreatedAt") else now.date(),
            active=node.get("RecordState") == "ACTIVE",
        )
    return list(found.values())


def _label(node: Mapping[str, Any]) -> str:
    return str(node.get("Severity", {}).get("Label", "INFORMATIONAL")).title()


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


_PARSERS: Mapping[str, Callable[[Any, dt.datetime], list[Finding]]] = {HUB_SCAN: _hub, ASFF_SCAN: _asff}
