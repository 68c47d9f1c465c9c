"""Rows of DefectDojo's API as findings and risk acceptances."""

import datetime as dt
from typing import Final

from hubposture.connectors.defectdojo.pages import Row, numbers, text, whole
from hubposture.work.dojo import DojoAcceptance, DojoFinding, subject_of

_MARK: Final = "Written by hubposture, instance "


def mark(instance: str) -> str:
    """What says, in a risk acceptance, that this hubposture made it."""
    return f"{_MARK}{instance}"


def finding(row: Row) -> DojoFinding | None:
    """A finding of ours; None for anybody else's. Raises RemoteUnavailable for a row that is none."""
    subject = subject_of(text(row, "unique_id_from_tool"))
    if not subject:
        return None
    tags = row.get("tags")
    return DojoFinding(
        id=whole(row, "id"),
        subject=subject,
        severity=text(row, "severity"),
        is_active=row.get("active") is True,
        is_mitigated=row.get("is_mitigated") is True,
        is_accepted=row.get("risk_accepted") is True,
        is_false_positive=row.get("false_p") is True,
        is_out_of_scope=row.get("out_of_scope") is True,
        is_duplicate=row.get("duplicate") is True,
        date=day(text(row, "date")),
        sla_start=day(text(row, "sla_start_date")),
        planned=day(text(row, "planned_remediation_date")),
        component=text(row, "component_name"),
        service=text(row, "service"),
        tags=tuple(sorted(one for one in tags if isinstance(one, str))) if isinstance(tags, list) else (),
        title=text(row, "title"),
        changed_at=moment(text(row, "last_status_update")),
    )


def acceptance(row: Row, product: str, instance: str) -> DojoAcceptance:
    """A risk acceptance in a product."""
    expires = moment(text(row, "expiration_date"))
    return DojoAcceptance(
        id=whole(row, "id"),
        name=text(row, "name"),
        product=product,
        findings=numbers(row, "accepted_findings"),
        is_ours=text(row, "recommendation_details") == mark(instance),
        is_expired=bool(row.get("expiration_date_handled")),
        decision=text(row, "decision"),
        details=text(row, "decision_details"),
        accepted_by=text(row, "accepted_by"),
        expires=None if expires is None else expires.date(),
    )


def day(value: str) -> dt.date | None:
    """A date; None where it is none."""
    try:
        return dt.date.fromisoformat(value[:10]) if value else None
    except ValueError:
        return None


def moment(value: str) -> dt.datetime | None:
    """A time as naive UTC; None where it is none."""
    try:
        found = dt.datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    if found is None:
        return None
    return found.astimezone(dt.UTC).replace(tzinfo=None) if found.tzinfo else found
