"""What a control's check says of a resource: the emulator's own rules, with the control's parameters taken in.

Controls named in the tables below judge named facts; every other control judges a fact of its own, named after it,
that holds for a share of resources which depends on the control's severity.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hubposture.sandbox.catalogue import ControlDefinition
from hubposture.sandbox.population_inventory import ACCOUNT_TYPE, ASFF_TYPES, Resource, share_of

Values = Mapping[str, Any]
"""A control's parameters in force, by name."""

METRIC_FILTER_TYPE = "AWS::Logs::MetricFilter"
TRAIL_TYPE = "AWS::CloudTrail::Trail"

TRAIL_BUCKET_CONTROLS = frozenset({"CloudTrail.6", "CloudTrail.7"})
"""Controls on the buckets that trails write to; the emulator judges them on the trail."""


class Verdict(NamedTuple):
    """A check's result: the compliance status and the reason codes, if any."""

    status: str
    reasons: tuple[str, ...] = ()


PASSED = Verdict("PASSED")
FAILED = Verdict("FAILED")
EMPTY = Verdict("PASSED", ("CONFIG_EVALUATIONS_EMPTY",))
RECORDER_OFF = Verdict("WARNING", ("CONFIG_RECORDER_DISABLED",))

SHARE_BY_SEVERITY = {"CRITICAL": 0.97, "HIGH": 0.88, "MEDIUM": 0.75, "LOW": 0.6}
"""How many resources pass a control that has no rule of its own."""

SHARED_FACTS: Mapping[str, tuple[str, float]] = {
    "S3.1": ("account blocks public buckets", 0.8),
    "S3.2": ("not publicly readable", 0.95),
    "S3.3": ("not publicly writable", 0.99),
    "S3.8": ("blocks public access", 0.85),
    "S3.5": ("accepts TLS only", 0.45),
    "S3.9": ("keeps access logs", 0.4),
    "S3.17": ("encrypted with a KMS key", 0.35),
    "S3.20": ("MFA for deletion", 0.05),
    "EC2.2": ("closed if it is the default", 0.85),
    "EC2.6": ("flow logs", 0.7),
    "EC2.7": ("encrypts volumes by default", 0.75),
    "EC2.8": ("IMDSv2 only", 0.7),
    "EC2.9": ("no public address", 0.8),
    "IAM.4": ("root has no key", 0.97),
    "IAM.5": ("MFA for the console", 0.85),
    "IAM.6": ("root has hardware MFA", 0.3),
    "IAM.9": ("root has MFA", 0.95),
    "IAM.19": ("MFA for the console", 0.85),
    "KMS.4": ("rotates", 0.7),
    "RDS.2": ("not public", 0.93),
    "RDS.3": ("encrypted", 0.88),
    "RDS.5": ("several zones", 0.55),
    "Lambda.1": ("not public", 0.98),
    "Lambda.2": ("supported runtime", 0.75),
    "GuardDuty.1": ("GuardDuty is on", 0.9),
    "CloudTrail.1": ("trail in all Regions", 0.95),
    "CloudTrail.2": ("logs encrypted with a KMS key", 0.6),
}
"""Controls whose fact has a name, and the share of resources for which it holds at the start."""

AGE_LIMITS: Mapping[str, tuple[str, str, int, int]] = {
    "IAM.3": ("key rotated", "", 90, 130),
    "IAM.8": ("credential used", "", 90, 100),
    "IAM.22": ("credential used", "", 45, 100),
    "SecretsManager.4": ("secret rotated", "maxDaysSinceRotation", 90, 140),
    "SecretsManager.3": ("secret used", "unusedForDays", 90, 110),
    "EC2.4": ("instance started", "AllowedDays", 30, 34),
}
"""Controls that fail by age: fact, parameter ('' = none), default days, oldest at the start."""

CARED_FOR = 0.75
"""Share of resources that never grow too old: something rotates, uses or restarts them."""

MINIMA: Mapping[str, tuple[str, str, int, tuple[int, ...]]] = {
    "RDS.11": ("backup days", "backupRetentionMinimum", 7, (1, 7, 7, 14, 35)),
    "CloudWatch.16": ("retention days", "MinRetentionTime", 365, (30, 90, 365, 731)),
    "IAM.15": ("password length", "", 14, (8, 12, 14, 16)),
}
"""Controls that need a number of at least so much: fact, parameter ('' = none), default, values at the start."""

_PASSWORD_FACTS = {
    "RequireUppercaseCharacters": ("password uppercase", 0.8),
    "RequireLowercaseCharacters": ("password lowercase", 0.85),
    "RequireSymbols": ("password symbols", 0.7),
    "RequireNumbers": ("password numbers", 0.85),
}


def judge(control: ControlDefinition, resource: Resource, values: Values, now: datetime) -> Verdict:
    """What the check of a control says of a resource, with the parameter values in force."""
    if control.resource_type == METRIC_FILTER_TYPE:
        held = resource.holds(fact_of(control), share_by_default(control))
        return PASSED if held else Verdict("FAILED", ("CLOUDTRAIL_METRIC_FILTERS_NOT_PRESENT",))
    return PASSED if _passes(control, resource, values, now) else FAILED


def _passes(control: ControlDefinition, resource: Resource, values: Values, now: datetime) -> bool:
    special = _SPECIAL.get(control.id)
    if special is not None:
        return special(resource, values)
    if control.id in AGE_LIMITS:
        fact, parameter, default, oldest = AGE_LIMITS[control.id]
        if fact not in resource.facts and resource.holds(f"{fact} by itself", CARED_FOR):
            return True
        return resource.age_days(fact, now, oldest) <= _value(values, parameter, default)
    if control.id in MINIMA:
        fact, parameter, least, choices = MINIMA[control.id]
        return resource.number(fact, choices) >= _value(values, parameter, least)
    if tag_parameter(control):
        return _is_tagged(resource, values.get(tag_parameter(control)))
    return resource.holds(fact_of(control), share_by_default(control))


def facts_that(control: ControlDefinition, *, passes: bool, at: datetime) -> dict[str, Any]:
    """Facts of a resource with which the check of a control passes or fails from `at` on, whatever its parameters.

    Raises ValueError for a control that judges tags: those are no facts.
    """
    if tag_parameter(control):
        raise ValueError(f"{control.id} judges tags: change the resource's tags instead")
    if control.id in _PORTS:
        return {"open ports": [] if passes else [22, 3389, 8080]}
    if control.id == "IAM.7":
        numbers = {"password length": 128, "passwords remembered": 24, "password age": 1} if passes else {}
        return {"password length": 1} | numbers | {fact: passes for fact, _ in _PASSWORD_FACTS.values()}
    if control.id in AGE_LIMITS:
        return {AGE_LIMITS[control.id][0]: (at if passes else at - timedelta(days=3650)).isoformat()}
    if control.id in MINIMA:
        return {MINIMA[control.id][0]: 100_000 if passes else 0}
    return {fact_of(control): passes}


def _value(values: Values, parameter: str, default: int) -> float:
    value = values.get(parameter) if parameter else None
    return float(default if value is None else value)


def tag_parameter(control: ControlDefinition) -> str:
    """The parameter that names the tags a control asks for, or ''."""
    return next((name for name in ("requiredTagKeys", "requiredKeyTags") if name in control.parameters), "")


def _is_tagged(resource: Resource, keys: Any) -> bool:
    own = [key for key in resource.tags if not key.startswith("aws:")]
    return set(keys).issubset(own) if keys else bool(own)


def fact_of(control: ControlDefinition) -> str:
    """The name of the yes-or-no fact that a control judges."""
    return SHARED_FACTS[control.id][0] if control.id in SHARED_FACTS else f"passes {control.id}"


def share_by_default(control: ControlDefinition) -> float:
    """The share of resources for which the control's fact holds at the start."""
    if control.id in SHARED_FACTS:
        return SHARED_FACTS[control.id][1]
    if control.resource_type == METRIC_FILTER_TYPE:
        return 0.1
    return SHARE_BY_SEVERITY[control.severity] + (share_of("difficulty", control.id) - 0.5) * 0.3


def _open_ports(resource: Resource) -> frozenset[int]:
    ports = resource.facts.get("open ports")
    if ports is None:
        draw = share_of(resource.id, "open ports")
        ports = next(
            p
            for top, p in ((0.55, ()), (0.8, (443,)), (0.9, (80, 443)), (0.96, (22,)), (1.1, (3389, 8080)))
            if draw < top
        )
    return frozenset(ports)


def _ports_allowed(resource: Resource, values: Values) -> bool:
    return _open_ports(resource) <= set(values.get("authorizedTcpPorts") or (80, 443))


def _port_closed(*ports: int) -> Callable[[Resource, Values], bool]:
    return lambda resource, _values: not _open_ports(resource) & set(ports)


def _password_policy(resource: Resource, values: Values) -> bool:
    length = resource.number("password length", (8, 12, 14, 16)) >= _value(values, "MinimumPasswordLength", 8)
    reuse = values.get("PasswordReusePrevention")
    remembered = resource.number("passwords remembered", (0, 5, 24)) >= (reuse or 0)
    expires = values.get("MaxPasswordAge")
    age = resource.number("password age", (60, 90, 365)) <= (expires or 10_000)
    asked = [name for name in _PASSWORD_FACTS if values.get(name, True)]
    return length and remembered and age and all(resource.holds(*_PASSWORD_FACTS[name]) for name in asked)


_SPECIAL: Mapping[str, Callable[[Resource, Values], bool]] = {
    "EC2.18": _ports_allowed,
    "EC2.13": _port_closed(22),
    "EC2.14": _port_closed(3389),
    "EC2.19": _port_closed(22, 3389, 8080),
    "EC2.53": _port_closed(22, 3389),
    "EC2.54": _port_closed(22, 3389),
    "IAM.7": _password_policy,
}
_PORTS = frozenset(_SPECIAL) - {"IAM.7"}


def judged_type(control: ControlDefinition) -> str:
    """The type of resource a control judges: the account itself, a type the population knows, or '' for none."""
    if control.resource_type == METRIC_FILTER_TYPE:
        return ACCOUNT_TYPE
    if control.id in TRAIL_BUCKET_CONTROLS:
        return TRAIL_TYPE
    return control.resource_type if control.resource_type in ASFF_TYPES else ""


def changes_with_time(control: ControlDefinition) -> bool:
    """Whether a verdict can change although nothing about the resource did."""
    return control.id in AGE_LIMITS
