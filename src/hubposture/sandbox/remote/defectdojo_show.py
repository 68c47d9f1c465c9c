"""Rows of an emulated DefectDojo as its API shows them."""

import datetime as dt
from typing import Any

from hubposture.sandbox.remote.defectdojo_world import (
    SLA_DAYS,
    TEST_TYPES,
    Acceptance,
    Engagement,
    Finding,
    Note,
    Product,
    ProductType,
    Test,
    User,
    World,
)

_SEVERITY_NUMBERS = {"Critical": "S0", "High": "S1", "Medium": "S2", "Low": "S3", "Info": "S4"}


def product_type(_world: World, one: ProductType) -> dict[str, Any]:
    """A product type."""
    return {
        "id": one.id, "name": one.name, "created": _at(one.created), "updated": _at(one.created), "description": None,
        "critical_product": False, "key_product": False, "authorized_users": [],
    }  # fmt: skip


def product(world: World, one: Product) -> dict[str, Any]:
    """A product."""
    findings = [each.id for each in world.findings.values() if world.product_of(each).id == one.id]
    return {
        "id": one.id, "name": one.name, "description": one.description, "prod_type": one.prod_type,
        "created": _at(one.created), "findings_count": len(findings), "findings_list": findings, "product_meta": [],
        "sla_configuration": 1, "authorized_users": [], "regulations": [], "tags": [],
        "enable_full_risk_acceptance": one.enable_full_risk_acceptance,
        "enable_simple_risk_acceptance": one.enable_simple_risk_acceptance,
        "business_criticality": None, "platform": None, "lifecycle": None, "origin": None,
    }  # fmt: skip


def engagement(_world: World, one: Engagement) -> dict[str, Any]:
    """An engagement."""
    return {
        "id": one.id, "name": one.name, "product": one.product, "lead": one.lead, "active": True, "progress": "other",
        "created": _at(one.created), "updated": _at(one.created), "target_start": one.start.isoformat(),
        "target_end": one.end.isoformat(), "status": "In Progress", "engagement_type": "CI/CD", "tmodel_path": None,
        "done_testing": False, "notes": [], "files": [], "risk_acceptance": list(one.acceptances), "tags": [],
        "deduplication_on_engagement": one.deduplication_on_engagement, "description": None,
    }  # fmt: skip


def test(_world: World, one: Test) -> dict[str, Any]:
    """A test."""
    number = next(number for number, name in TEST_TYPES.items() if name == one.scan_type)
    return {
        "id": one.id, "engagement": one.engagement, "scan_type": one.scan_type, "title": one.title, "lead": one.lead,
        "test_type": number, "test_type_name": one.scan_type, "deduplication_algorithm": "unique_id_from_tool",
        "hash_code_fields": None, "created": _at(one.created), "updated": _at(one.created), "environment": 1,
        "target_start": _at(one.created), "target_end": _at(one.created), "notes": [], "files": [],
        "finding_groups": [], "tags": list(one.tags), "percent_complete": 100,
    }  # fmt: skip


def user(_world: World, one: User) -> dict[str, Any]:
    """A user."""
    return {
        "id": one.id, "username": one.username, "email": one.email, "first_name": "", "last_name": "",
        "date_joined": "2026-01-01T00:00:00Z", "last_login": None, "is_active": True, "is_staff": False,
        "is_superuser": one.is_superuser, "token_last_reset": None, "password_last_reset": None,
        "configuration_permissions": [],
    }  # fmt: skip


def acceptance(_world: World, one: Acceptance) -> dict[str, Any]:
    """A risk acceptance."""
    return {
        "id": one.id, "path": "No proof has been supplied", "name": one.name, "owner": one.owner,
        "recommendation": one.recommendation, "recommendation_details": one.recommendation_details,
        "decision": one.decision, "decision_details": one.decision_details, "accepted_by": one.accepted_by,
        "expiration_date": _at(one.expires), "expiration_date_warned": _at(one.warned),
        "expiration_date_handled": _at(one.handled), "reactivate_expired": one.reactivate_expired,
        "restart_sla_expired": one.restart_sla_expired, "created": _at(one.created), "updated": _at(one.updated),
        "accepted_findings": list(one.findings), "notes": [],
    }  # fmt: skip


def note(world: World, one: Note) -> dict[str, Any]:
    """A note."""
    author = {"id": one.author, "username": world.users[one.author].username, "first_name": "", "last_name": ""}
    return {
        "id": one.id, "entry": one.entry, "author": author, "editor": None, "history": [], "note_type": None,
        "date": _at(one.date), "private": False, "edited": False, "edit_time": None,
    }  # fmt: skip


def finding(world: World, one: Finding) -> dict[str, Any]:
    """A finding."""
    today = world.now.date()
    begun = one.sla_start or one.date or today
    ends = begun + dt.timedelta(days=SLA_DAYS[one.severity]) if one.severity in SLA_DAYS else None
    return {
        "id": one.id, "test": one.test, "title": one.title, "description": one.description, "severity": one.severity,
        "numerical_severity": _SEVERITY_NUMBERS[one.severity], "unique_id_from_tool": one.unique_id,
        "date": _day(one.date), "sla_start_date": _day(one.sla_start), "sla_expiration_date": _day(ends),
        "planned_remediation_date": _day(one.planned), "active": one.active, "verified": one.verified,
        "is_mitigated": one.is_mitigated, "mitigated": _at(one.mitigated), "mitigated_by": one.mitigated_by,
        "false_p": one.false_p, "out_of_scope": one.out_of_scope, "risk_accepted": one.risk_accepted,
        "duplicate": one.duplicate, "duplicate_finding": one.duplicate_of, "service": one.service,
        "component_name": one.component_name, "component_version": one.component_version,
        "vuln_id_from_tool": one.vuln_id, "mitigation": one.mitigation, "impact": one.impact,
        "references": one.references, "hash_code": one.hash_code, "tags": sorted(one.tags),
        "notes": [note(world, each) for each in one.notes],
        "accepted_risks": [acceptance(world, each) for each in world.acceptances_of(one)],
        "finding_meta": [{"name": name, "value": value} for name, value in one.metadata.items()],
        "created": _at(one.created), "updated": _at(one.updated), "last_status_update": _at(one.status_at),
        "age": max(0, (today - (one.date or today)).days), "sla_days_remaining": (ends - today).days if ends else None,
        "display_status": _status(one), "found_by": [1], "files": [], "finding_groups": [], "jira_change": None,
        "jira_creation": None, "last_reviewed": None, "last_reviewed_by": None, "param": None, "payload": None,
        "related_fields": None, "request_response": {"req_resp": []}, "scanner_confidence": None, "thread_id": 0,
        "url": None, "endpoints": [], "vulnerability_ids": [], "cwes": [], "reviewers": [], "push_to_jira": False,
        "under_review": False, "static_finding": True, "dynamic_finding": False,
    }  # fmt: skip


def _status(one: Finding) -> str:
    words = [("Active", one.active), ("Mitigated", one.is_mitigated), ("False Positive", one.false_p)]
    words += [("Out Of Scope", one.out_of_scope), ("Risk Accepted", one.risk_accepted), ("Duplicate", one.duplicate)]
    return ", ".join([word for word, holds in words if holds] or ["Inactive"])


def _at(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _day(date: dt.date | None) -> str | None:
    return None if date is None else date.isoformat()
