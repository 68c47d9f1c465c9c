"""The emulated Security Hub's own list of standards and controls.

Facts (ids, severities, Config rules, membership, requirement numbers, parameters) come from the packaged table
`data/controls.csv`; titles are this project's own short words. Where AWS publishes no fact the emulator takes a fixed
assumption, named here: which controls lack in a Region (`REGION_GAP_SHARE`) and what the service-managed Control
Tower standard holds (the CRITICAL and HIGH members of the Foundational standard).
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from io import StringIO
from types import MappingProxyType

LONG_AGO = date(2023, 1, 1)
"""The release day given to every control that is older than the packaged table's newest ones."""

REGION_GAP_SHARE = {
    "us-east-1": 0.0,
    "us-west-2": 0.01,
    "eu-west-1": 0.01,
    "eu-central-1": 0.01,
    "": 0.03,
}
"""Share of controls assumed missing in a Region ('' = any other); CRITICAL controls and CIS members are never missing."""


class ParameterType(StrEnum):
    """The value types of control parameters, as UpdateSecurityControl names them."""

    INTEGER = "Integer"
    INTEGER_LIST = "IntegerList"
    DOUBLE = "Double"
    STRING = "String"
    STRING_LIST = "StringList"
    BOOLEAN = "Boolean"
    ENUM = "Enum"
    ENUM_LIST = "EnumList"


ParameterValue = int | float | str | bool | tuple[int, ...] | tuple[str, ...]
"""A parameter's value; lists are tuples, enumerations are strings."""


@dataclass(frozen=True, slots=True)
class ParameterDefinition:
    """One parameter of a control: its type, its default (None = AWS gives none) and what it accepts.

    `min` and `max` bound numbers, and each number of a list; `values` holds an enumeration's values and is
    empty where any value of the type goes.
    """

    name: str
    type: ParameterType
    default: ParameterValue | None
    min: float | None
    max: float | None
    values: tuple[str, ...]

    @property
    def description(self) -> str:
        """A sentence for the API's required Description."""
        return f"Value of {self.name} that the check uses"

    def problem_with(self, value: object) -> str | None:
        """Why AWS would refuse `value`, or None when it is acceptable; lists may be lists or tuples."""
        items = list(value) if isinstance(value, list | tuple) else [value]
        if isinstance(value, list | tuple) != self.type.endswith("List") or not items:
            return f"{self.name} takes a value of type {self.type}"
        return next((why for item in items if (why := self._problem_with_item(item))), None)

    def _problem_with_item(self, item: object) -> str | None:
        if not isinstance(item, _ITEM_TYPES[self.type]) or (
            isinstance(item, bool) and self.type is not ParameterType.BOOLEAN
        ):
            return f"{self.name} takes a value of type {self.type}"
        if self.values and str(item) not in self.values:
            return f"{self.name} must be one of {', '.join(self.values)}"
        if isinstance(item, int | float) and self.type is not ParameterType.BOOLEAN:
            if self.min is not None and item < self.min:
                return f"{self.name} must be at least {self.min:g}"
            if self.max is not None and item > self.max:
                return f"{self.name} must be at most {self.max:g}"
        return None


_ITEM_TYPES: Mapping[ParameterType, type | tuple[type, ...]] = {
    ParameterType.INTEGER: int,
    ParameterType.INTEGER_LIST: int,
    ParameterType.DOUBLE: (int, float),
    ParameterType.STRING: str,
    ParameterType.STRING_LIST: str,
    ParameterType.BOOLEAN: bool,
    ParameterType.ENUM: (str, int),
    ParameterType.ENUM_LIST: (str, int),
}


@dataclass(frozen=True, slots=True)
class StandardDefinition:
    """One standard. `path` ends every ARN of it, such as `standards/pci-dss/v/4.0.1`; `managed_by` is a service or ''."""

    path: str
    name: str
    requirement_prefix: str
    default_on: bool = False
    managed_by: str = ""

    @property
    def regional(self) -> bool:
        """Whether the standard's ARN names a Region; CIS 1.2.0's does not."""
        return self.path.startswith("standards/")

    @property
    def short(self) -> str:
        """Name and version as subscription and control ARNs carry them: `pci-dss/v/4.0.1`."""
        return self.path.partition("/")[2]

    @property
    def description(self) -> str:
        """A sentence for the API's Description."""
        return f"Controls that check resources against {self.name}"

    def arn(self, region: str, partition: str = "aws") -> str:
        """The StandardsArn in a Region."""
        return f"arn:{partition}:securityhub:{region if self.regional else ''}::{self.path}"

    def subscription_arn(self, region: str, account: str, partition: str = "aws") -> str:
        """The StandardsSubscriptionArn of an account in a Region."""
        return f"arn:{partition}:securityhub:{region}:{account}:subscription/{self.short}"

    def control_arn(self, region: str, account: str, control_id: str, partition: str = "aws") -> str:
        """The legacy StandardsControlArn of one of its controls."""
        return f"arn:{partition}:securityhub:{region}:{account}:control/{self.short}/{control_id}"


@dataclass(frozen=True, slots=True)
class ControlDefinition:
    """One security control.

    `standards` maps a standard's path to the requirement numbers the control serves there, bare (`2.1.4`) and empty
    where they are not published. `severity` is LOW, MEDIUM, HIGH or CRITICAL; `schedule` is AWS's wording of when it
    runs; `resource_type` is a CloudFormation type or ''; `retires` is the announced day it goes, or None.
    """

    id: str
    title: str
    severity: str
    schedule: str
    resource_type: str
    config_rule: str
    standards: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, ParameterDefinition]
    global_resource: bool
    only_region: str
    released: date
    retires: date | None

    @property
    def description(self) -> str:
        """What the control checks, in one or two sentences."""
        names = ", ".join(self.parameters)
        takes = f" It can be tuned by {names}." if names else ""
        return f"Passes when this holds: {self.title}.{takes}"

    @property
    def remediation_url(self) -> str:
        """The console's link to the steps that fix a failure."""
        return f"https://docs.aws.amazon.com/console/securityhub/{self.id}/remediation"

    @property
    def periodic(self) -> bool:
        """Whether the check runs on a timer only, never when a resource changes."""
        return self.schedule == "Periodic"

    def available_in(self, region: str) -> bool:
        """Whether the control exists in `region`: its only Region, else everywhere but in the assumed gaps."""
        if self.only_region:
            return region == self.only_region
        if self.severity == "CRITICAL" or any("/cis-" in path for path in self.standards):
            return True
        share = REGION_GAP_SHARE.get(region, REGION_GAP_SHARE[""])
        return _unit_hash(f"{self.id}@{region}") >= share


def _unit_hash(text: str) -> float:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest()) / 2**48


CIS_5 = "standards/cis-aws-foundations-benchmark/v/5.0.0"
CIS_1_2 = "ruleset/cis-aws-foundations-benchmark/v/1.2.0"
FSBP = "standards/aws-foundational-security-best-practices/v/1.0.0"
CONTROL_TOWER = "standards/service-managed-aws-control-tower/v/1.0.0"

_CIS = "CIS AWS Foundations Benchmark"
_STANDARDS: Mapping[str, StandardDefinition] = {
    "fsbp": StandardDefinition(
        FSBP,
        "AWS Foundational Security Best Practices v1.0.0",
        "AWS Foundational Security Best Practices v1.0.0",
        default_on=True,
    ),
    "cis12": StandardDefinition(CIS_1_2, f"{_CIS} v1.2.0", f"{_CIS} v1.2.0", default_on=True),
    "cis14": StandardDefinition("standards/cis-aws-foundations-benchmark/v/1.4.0", f"{_CIS} v1.4.0", f"{_CIS} v1.4.0"),
    "cis30": StandardDefinition("standards/cis-aws-foundations-benchmark/v/3.0.0", f"{_CIS} v3.0.0", f"{_CIS} v3.0.0"),
    "cis50": StandardDefinition(CIS_5, f"{_CIS} v5.0.0", f"{_CIS} v5.0.0"),
    "nist53": StandardDefinition(
        "standards/nist-800-53/v/5.0.0", "NIST Special Publication 800-53 Revision 5", "NIST.800-53.r5"
    ),
    "nist171": StandardDefinition(
        "standards/nist-800-171/v/2.0.0", "NIST Special Publication 800-171 Revision 2", "NIST.800-171.r2"
    ),
    "pci32": StandardDefinition("standards/pci-dss/v/3.2.1", "PCI DSS v3.2.1", "PCI DSS v3.2.1"),
    "pci40": StandardDefinition("standards/pci-dss/v/4.0.1", "PCI DSS v4.0.1", "PCI DSS v4.0.1"),
    "tagging": StandardDefinition(
        "standards/aws-resource-tagging-standard/v/1.0.0",
        "AWS Resource Tagging Standard v1.0.0",
        "AWS Resource Tagging Standard v1.0.0",
    ),
    "ai": StandardDefinition(
        "standards/ai-security-best-practices/v/1.0.0",
        "AI Security Best Practices v1.0.0",
        "AI Security Best Practices v1.0.0",
    ),
    "tower": StandardDefinition(
        CONTROL_TOWER,
        "Service-Managed Standard: AWS Control Tower",
        "Service-Managed Standard: AWS Control Tower",
        managed_by="AWS Control Tower",
    ),
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Standards by path and controls by id, both in the order AWS lists them."""

    controls: Mapping[str, ControlDefinition]
    standards: Mapping[str, StandardDefinition]
    _by_lower: Mapping[str, ControlDefinition]
    _members: Mapping[str, tuple[ControlDefinition, ...]]

    def control(self, control_id: str) -> ControlDefinition | None:
        """The control with this id in any letter case, or None."""
        return self._by_lower.get(control_id.lower())

    def standard_of(self, arn: str) -> StandardDefinition | None:
        """The standard that a StandardsArn, a subscription ARN or a bare path names, or None."""
        tail = arn.rpartition(":")[2]
        if tail.startswith("subscription/"):
            short = tail.partition("/")[2]
            return next((standard for standard in self.standards.values() if standard.short == short), None)
        return self.standards.get(tail)

    def members(self, path: str) -> tuple[ControlDefinition, ...]:
        """The controls of a standard, in catalogue order; empty for an unknown path."""
        return self._members.get(path, ())

    def released_by(self, day: date) -> "Catalogue":
        """The catalogue as it stood on `day`: without controls released later or retired before."""
        return _catalogue(
            control
            for control in self.controls.values()
            if control.released <= day and (control.retires is None or day <= control.retires)
        )


def _catalogue(controls: Iterable[ControlDefinition]) -> Catalogue:
    by_id = {control.id: control for control in controls}
    standards = {standard.path: standard for standard in _STANDARDS.values()}
    return Catalogue(
        controls=MappingProxyType(by_id),
        standards=MappingProxyType(standards),
        _by_lower={key.lower(): control for key, control in by_id.items()},
        _members={
            path: tuple(control for control in by_id.values() if path in control.standards) for path in standards
        },
    )


@cache
def load() -> Catalogue:
    """The whole packaged catalogue; read once per process."""
    return _catalogue(_read())


def _read() -> Iterator[ControlDefinition]:
    text = (resources.files("hubposture.sandbox") / "data" / "controls.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(StringIO(text)):
        yield ControlDefinition(
            id=row["id"],
            title=row["title"],
            severity=row["severity"],
            schedule=row["schedule"],
            resource_type=row["resource_type"],
            config_rule=row["config_rule"],
            standards=MappingProxyType(_memberships(row["standards"], row["severity"])),
            parameters=MappingProxyType(
                {line.partition("|")[0]: _parameter(line) for line in row["parameters"].splitlines()}
            ),
            global_resource=row["global"] == "yes",
            only_region=row["only_region"],
            released=date.fromisoformat(row["released"]) if row["released"] else LONG_AGO,
            retires=date.fromisoformat(row["retires"]) if row["retires"] else None,
        )


def _memberships(text: str, severity: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for member in text.split():
        short, _, numbers = member.partition("=")
        found[_STANDARDS[short].path] = tuple(numbers.split(";")) if numbers else ()
    if FSBP in found and severity in {"CRITICAL", "HIGH"}:
        found[CONTROL_TOWER] = ()
    return found


def _parameter(line: str) -> ParameterDefinition:
    name, kind, default, minimum, maximum, allowed = line.split("|")
    parameter_type = ParameterType(kind)
    return ParameterDefinition(
        name=name,
        type=parameter_type,
        default=parse_value(parameter_type, default) if default else None,
        min=float(minimum) if minimum else None,
        max=float(maximum) if maximum else None,
        values=tuple(allowed.split()),
    )


def parse_value(kind: ParameterType, text: str) -> ParameterValue:
    """A value written as text (lists space-joined, booleans `true` or `false`) as the type it stands for."""
    match kind:
        case ParameterType.INTEGER:
            return int(text)
        case ParameterType.DOUBLE:
            return float(text)
        case ParameterType.BOOLEAN:
            return text == "true"
        case ParameterType.INTEGER_LIST:
            return tuple(int(part) for part in text.split())
        case ParameterType.STRING_LIST | ParameterType.ENUM_LIST:
            return tuple(text.split())
        case _:
            return text
