"""The AWS Security Finding Format, of all ages, in its normal form."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from hubposture.findings.finding import Finding, finding_key, subject_key
from hubposture.findings.legacy import Known, control_of, standard_key
from hubposture.findings.reading import (
    Record,
    account,
    as_json,
    choice,
    clean,
    items,
    kind_of,
    needed,
    needed_time,
    part,
    text,
    time,
)
from hubposture.findings.tags import Pairs, read_tags

HUB = "::product/aws/securityhub"
"""How the ProductArn of Security Hub's own findings ends; product names have changed and will again."""
MOST_RESOURCES = 1_000
"""AWS allows 32."""

_COMPLIANCE = {each: each for each in ("PASSED", "FAILED", "WARNING", "NOT_AVAILABLE")}
_RECORD = {each: each for each in ("ACTIVE", "ARCHIVED")}
_WORKFLOW = {each: each for each in ("NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED")}
_OLD_WORKFLOW = {
    "NEW": "NEW", "ASSIGNED": "NOTIFIED", "IN_PROGRESS": "NOTIFIED", "DEFERRED": "SUPPRESSED", "RESOLVED": "RESOLVED",
}  # fmt: skip
_LABELS = {each: each for each in ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")}
_TOPS = ((1, "INFORMATIONAL"), (40, "LOW"), (70, "MEDIUM"), (90, "HIGH"))
_NATIVE_TOP = 10
_REASON = "ArchivalReasons:0/ReasonCode"

State = tuple[str, str, str, str, str, str, str, dt.datetime, dt.datetime, dt.datetime | None, dt.datetime | None]
"""The columns from `standard` to `last_observed_at`."""
Customer = tuple[str, str, str, dt.datetime | None, str, dt.datetime]
"""The columns from `workflow` to `observed_at`."""
Resource = tuple[str, str, str, Pairs]
"""Id, type, tagset, tags."""


class _Asff(NamedTuple):
    """A record, the two parts of it that are read in several places, and what is wrong with it."""

    record: Record
    product: str
    id: str
    fields: Record
    compliance: Record
    bad: list[str]


def read_asff(
    record: Record, *, observed_at: dt.datetime, known: Known | None = None
) -> tuple[Finding, ...] | list[str]:
    """One finding per resource, or everything that is wrong with the record.

    `known` says which requirement of a standard is which control, for findings from before controls had one id
    everywhere (default: the packaged catalog).
    """
    bad: list[str] = []
    product = needed(record, "ProductArn", bad).replace("::productv2/", "::product/")
    id_ = needed(record, "Id", bad)
    owner = account(needed(record, "AwsAccountId", bad), "AwsAccountId", bad)
    found = _resources(record, bad)
    asff = _Asff(record, product, id_, part(record, "ProductFields", bad), part(record, "Compliance", bad), bad)
    standard = _standard(asff) if product.endswith(HUB) else ""
    control = _control(asff, standard, known) if product.endswith(HUB) else ""
    state = _state(asff, control, standard)
    customer = _customer(record, observed_at, bad)
    region = text(record, "Region", bad) or _region(asff)
    if not region:
        bad.append("Region is missing, and neither ProductArn, Id nor Resources says it")
    return bad or rows((product, id_, owner, region, control), found, state, customer)


def rows(
    head: tuple[str, str, str, str, str], resources: Sequence[Resource], state: State, customer: Customer
) -> tuple[Finding, ...]:
    """One finding per resource, of one named twice the first. `head` is (product, id, account, region, control)."""
    product, id_, owner, region, control = head
    key = finding_key(product, id_)
    kind = "control" if control else "other"
    made: dict[str, Finding] = {}
    for resource, type_, tagset, tags in resources:
        if control:
            subject = subject_key(owner, region, control, resource)
        elif len(resources) == 1:
            subject = key
        else:
            subject = subject_key(product, id_, "", resource)
        made.setdefault(
            subject,
            Finding(
                key,
                subject,
                kind,
                product,
                id_,
                owner,
                region,
                control,
                resource,
                type_,
                *state,
                *customer,
                tagset,
                tags,
            ),
        )
    return tuple(made.values())


def _resources(record: Record, bad: list[str]) -> list[Resource]:
    given = items(record, "Resources", bad)
    if not given and not any(each.startswith("Resources ") for each in bad):
        bad.append("Resources is missing or empty")
    if len(given) > MOST_RESOURCES:
        bad.append(f"Resources has {len(given)} entries, more than {MOST_RESOURCES}")
        return []
    return [_resource(each, f"Resources[{number}]", bad) for number, each in enumerate(given)]


def _resource(given: Any, path: str, bad: list[str]) -> Resource:
    if given.__class__ is not dict:
        bad.append(f"{path} is {kind_of(given)}, expected an object")
        return "", "", "", ()
    path += "."
    return (
        needed(given, "Id", bad, path),
        text(given, "Type", bad, path),
        *read_tags(given.get("Tags"), f"{path}Tags", bad),
    )


def _state(asff: _Asff, control: str, standard: str) -> State:
    """What the product says."""
    record, bad = asff.record, asff.bad
    return (
        standard,
        "" if control else text(record, "Title", bad) or text(record, "GeneratorId", bad),
        _status(asff, control),
        _reason(asff.compliance, bad),
        _severity(record, asff.product, bad),
        _RECORD.get(state := text(record, "RecordState", bad))
        or choice(state, "RecordState", _RECORD, bad)
        or "ACTIVE",
        text(asff.fields, _REASON, bad, "ProductFields.") if _REASON in asff.fields else "",
        needed_time(record, "CreatedAt", bad),
        needed_time(record, "UpdatedAt", bad),
        time(record, "FirstObservedAt", bad),
        time(record, "LastObservedAt", bad),
    )


def _status(asff: _Asff, control: str) -> str:
    """Compliance.Status; other products may have statuses of their own (`INFOED`), which say nothing here."""
    if not control:
        return _COMPLIANCE.get(text(asff.compliance, "Status", asff.bad, "Compliance."), "")
    status = needed(asff.compliance, "Status", asff.bad, "Compliance.")
    return _COMPLIANCE.get(status) or choice(status, "Compliance.Status", _COMPLIANCE, asff.bad)


def _reason(compliance: Record, bad: list[str]) -> str:
    """The first code of StatusReasons."""
    given = items(compliance, "StatusReasons", bad, "Compliance.")
    if not given:
        return ""
    if given[0].__class__ is not dict:
        bad.append(f"Compliance.StatusReasons[0] is {kind_of(given[0])}, expected an object")
        return ""
    return text(given[0], "ReasonCode", bad, "Compliance.StatusReasons[0].")


def _severity(record: Record, product: str, bad: list[str]) -> str:
    """The label; without one what the numbers say; INFORMATIONAL where nothing is said."""
    given = part(record, "Severity", bad) or part(
        part(record, "FindingProviderFields", bad), "Severity", bad, "FindingProviderFields."
    )
    if label := text(given, "Label", bad, "Severity."):
        return _LABELS.get(label) or choice(label, "Severity.Label", _LABELS, bad)
    for name in ("Normalized", "Product"):
        number = given.get(name)
        if number.__class__ is int or number.__class__ is float:
            return label_of(number * 10 if name == "Product" and _is_of_ten(number, product) else number)
        if number is not None:
            bad.append(f"Severity.{name} is {kind_of(number)}, expected a number")
    return "INFORMATIONAL"


def _is_of_ten(number: float, product: str) -> bool:
    """Whether a product's own number counts to ten, as GuardDuty's and CVSS do; Security Hub's counted to a hundred."""
    return not product.endswith(HUB) and 0 < number <= _NATIVE_TOP


def label_of(number: float) -> str:
    """The label of Severity.Normalized (0 to 100), as the format's documentation maps it."""
    return next((label for top, label in _TOPS if number < top), "CRITICAL")


def _customer(record: Record, observed_at: dt.datetime, bad: list[str]) -> Customer:
    """What BatchUpdateFindings sets; WorkflowState is what there was before Workflow."""
    workflow = text(part(record, "Workflow", bad), "Status", bad, "Workflow.")
    if workflow:
        workflow = _WORKFLOW.get(workflow) or choice(workflow, "Workflow.Status", _WORKFLOW, bad)
    else:
        workflow = choice(text(record, "WorkflowState", bad), "WorkflowState", _OLD_WORKFLOW, bad) or "NEW"
    own = part(record, "UserDefinedFields", bad)
    user_fields = as_json(own) if own else ""
    if user_fields is None:
        bad.append("UserDefinedFields cannot be written as JSON: a number is too large or it is nested too deep")
        user_fields = ""
    note = part(record, "Note", bad)
    if not note:
        return workflow, "", "", None, user_fields, observed_at
    return (
        workflow,
        text(note, "Text", bad, "Note."),
        text(note, "UpdatedBy", bad, "Note."),
        time(note, "UpdatedAt", bad, "Note."),
        user_fields,
        observed_at,
    )


def _standard(asff: _Asff) -> str:
    """Whose finding it is: '' with consolidated findings; else the standard that GeneratorId or ProductFields names."""
    if ":security-control/" in asff.id:
        return ""
    named = standard_key(text(asff.record, "GeneratorId", asff.bad))
    for name in ("StandardsArn", "StandardsGuideArn", "StandardsControlArn"):
        named = named or standard_key(text(asff.fields, name, asff.bad, "ProductFields."))
    return named or standard_key(asff.id.partition(":subscription/")[2])


def _control(asff: _Asff, standard: str, known: Known | None) -> str:
    """The control's id; of findings from before SecurityControlId by what the standard calls it; '' if it is none's."""
    if given := text(asff.compliance, "SecurityControlId", asff.bad, "Compliance."):
        return control_of(given, "", known)
    for name in (
        text(asff.fields, "ControlId", asff.bad, "ProductFields."),
        text(asff.fields, "RuleId", asff.bad, "ProductFields."),
        text(asff.fields, "StandardsControlArn", asff.bad, "ProductFields.").rpartition("/")[2],
        text(asff.record, "GeneratorId", asff.bad).rpartition("/")[2] if standard else "",
        asff.id.partition(":security-control/")[2].partition("/")[0],
    ):
        if control := control_of(name, standard, known) if name else "":
            return control
    return ""


def _region(asff: _Asff) -> str:
    """The Region of the ProductArn, else of the Id if it is an ARN, else of the first resource that has one."""
    for arn in (asff.product, asff.id):
        if arn.startswith("arn:") and arn.count(":") >= 3 and (region := arn.split(":", 4)[3]):  # noqa: PLR2004 - arn:partition:service:region
            return region
    named = (each.get("Region") for each in items(asff.record, "Resources", []) if each.__class__ is dict)
    return next((clean(each) for each in named if isinstance(each, str) and each), "")
