"""A control finding as a check first makes it, and what it shows of a check."""

from dataclasses import replace
from datetime import datetime

from hubposture.sandbox.catalogue import ControlDefinition
from hubposture.sandbox.findings_record import ControlBody, Record, ResourceRef, uuid_of
from hubposture.sandbox.lifecycle_checks import Verdict
from hubposture.sandbox.lifecycle_watch import Wanted
from hubposture.sandbox.population_inventory import Target


def blank_record(body: ControlBody, target: Target, *, number: str, account_name: str, at: datetime) -> Record:
    """A control finding without a verdict; `number` tells apart findings of one subject that must not share an id."""
    account, region = target
    return Record(
        product_arn=f"arn:{body.partition}:securityhub:{region}::product/aws/securityhub",
        id=_finding_id(body, account, region, number),
        account=account,
        region=region,
        body=body,
        created_at=at,
        updated_at=at,
        first_observed_at=at,
        processed_at=at,
        account_name=account_name,
    )


def _finding_id(body: ControlBody, account: str, region: str, number: str) -> str:
    slot = body.standard.path if body.standard else ""
    uuid = uuid_of(account, region, body.control.id, slot, body.resource.id, number)
    if body.standard is None:
        hub = f"arn:{body.partition}:securityhub:{region}:{account}"
        return f"{hub}:security-control/{body.control.id.lower()}/finding/{uuid}"
    subscription = body.standard.subscription_arn(region, account, body.partition)
    return f"{subscription}/{body.standard_control_id}/finding/{uuid}"


def show(record: Record, wanted: Wanted, control: ControlDefinition, verdict: Verdict) -> None:
    """Set what a finding shows of a check, in its columns."""
    record.compliance, record.reasons = verdict.status, verdict.reasons
    record.severity = "INFORMATIONAL" if verdict.status == "PASSED" else control.severity
    body = record.body
    standard = body.standard if isinstance(body, ControlBody) else None
    record.standards = wanted.controls.get(control.id, ()) if standard is None else (standard.path,)
    record.parameters = tuple(
        (name, _as_texts(value))
        for name, value in sorted(wanted.values.get(control.id, {}).items())
        if value is not None
    )


def _as_texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else (value,)
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in items)


def refer(record: Record, resource: ResourceRef) -> bool:
    """Let a control finding show its resource as it is now, tags among it; whether it did already."""
    if not isinstance(record.body, ControlBody) or record.body.resource == resource:
        return True
    record.body = replace(record.body, resource=resource)
    return False
