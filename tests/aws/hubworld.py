"""A small Security Hub for the adapters' own tests: two accounts, two Regions, and knobs for how answers come back.

The sandbox is the full one; this one answers what the sandbox would not (strange keys, silence, codes that stay).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name

from aws.scripted import ADMINISTRATOR, HOME, MEMBERS, OTHER, Asked, Aws, Refused

FSBP = "standards/aws-foundational-security-best-practices/v/1.0.0"
CIS = "standards/cis-aws-foundations-benchmark/v/5.0.0"
TOWER = "standards/service-managed-aws-control-tower/v/1.0.0"


def as_is(items: list[Any]) -> list[Any]:
    return items


def no_code(control: str) -> str:
    return ""


@dataclass
class Hub:
    """One target: `off` pairs of (path, control), `custom` parameters, `busy` looks until a standard is ready."""

    standards: dict[str, str] = field(default_factory=lambda: {FSBP: "READY", CIS: "READY"})
    off: set[tuple[str, str]] = field(default_factory=set)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    custom: dict[str, dict[str, Any]] = field(default_factory=dict)
    busy: dict[str, int] = field(default_factory=dict)
    tuning: int = 0
    is_on: bool = True
    missing: set[str] = field(default_factory=set)


@dataclass
class World:
    """`controls` maps id -> (standards' paths, parameters); `arrange` changes every list of a batch answer."""

    controls: Mapping[str, tuple[tuple[str, ...], dict[str, Any]]]
    arrange: Callable[[list[Any]], list[Any]] = field(default=as_is)
    code_for: Callable[[str], str] = field(default=no_code)
    silent: set[str] = field(default_factory=set)
    look_slowness: int = 2
    aws: Aws = None  # type: ignore[assignment]
    hubs: dict[tuple[str, str], Hub] = field(
        default_factory=lambda: {
            (account, region): Hub() for account in (ADMINISTRATOR, *MEMBERS) for region in (HOME, OTHER)
        }
    )
    no_role: set[str] = field(default_factory=set)
    unavailable: Mapping[str, set[str]] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Any:
        if asked.operation == "AssumeRole":
            if asked.params["RoleArn"].split(":")[4] in self.no_role:
                raise Refused("AccessDenied", 403)
            return {}
        account = self.aws.assumed[asked.key].partition("/")[0]
        hub = self.hubs[account, asked.region]
        if not hub.is_on:
            raise Refused("InvalidAccessException", 401, "Account is not subscribed to AWS Security Hub")
        return getattr(self, f"_{xform_name(asked.operation)}")(asked, hub)

    def arn(self, path: str, region: str) -> str:
        return f"arn:aws:securityhub:{region}::{path}"

    def _describe_hub(self, asked: Asked, hub: Hub) -> Any:
        return {"HubArn": "arn", "SubscribedAt": "2026-01-01T00:00:00.000Z"}

    def _describe_standards(self, asked: Asked, hub: Hub) -> Any:
        azure = {"StandardsArn": "arn:azure", "Name": "Azure", "Provider": "Azure"}
        return {"Standards": [*({"StandardsArn": self.arn(path, asked.region)} for path in (FSBP, CIS, TOWER)), azure]}

    def _list_security_control_definitions(self, asked: Asked, hub: Hub) -> Any:
        wanted = asked.params.get("StandardsArn", "")
        listed = [
            {
                "SecurityControlId": control,
                "Title": f"title of {control}",
                "Description": "d",
                "RemediationUrl": "u",
                "SeverityRating": "HIGH",
                "CurrentRegionAvailability": "UNAVAILABLE"
                if control in self.unavailable.get(asked.region, ())
                else "AVAILABLE",
                **(
                    {"CustomizableProperties": ["Parameters"], "ParameterDefinitions": parameters} if parameters else {}
                ),
            }
            for control, (paths, parameters) in self.controls.items()
            if not wanted or any(wanted.endswith(path) for path in paths)
        ]
        return {"SecurityControlDefinitions": listed}

    def _get_enabled_standards(self, asked: Asked, hub: Hub) -> Any:
        found = []
        for path, status in list(hub.standards.items()):
            now = status
            updatable = "READY_FOR_UPDATES"
            if hub.busy.get(path, 0) > 0:
                hub.busy[path] -= 1
                updatable = "NOT_READY_FOR_UPDATES"
            elif status in ("PENDING", "DELETING"):
                now = self._settled(hub, path, status)
            if now:
                found.append(
                    {
                        "StandardsSubscriptionArn": f"arn:sub:{path}",
                        "StandardsArn": self.arn(path, asked.region),
                        "StandardsInput": {},
                        "StandardsStatus": now,
                        "StandardsControlsUpdatable": updatable,
                    }
                )
        return {"StandardsSubscriptions": self.arrange(found)}

    def _settled(self, hub: Hub, path: str, status: str) -> str:
        if status == "DELETING":
            del hub.standards[path]
            return ""
        hub.standards[path] = "READY"
        return "READY"

    def _batch_enable_standards(self, asked: Asked, hub: Hub) -> Any:
        for one in asked.params["StandardsSubscriptionRequests"]:
            path = one["StandardsArn"].rpartition(":")[2]
            hub.standards[path] = "PENDING"
            hub.busy[path] = self.look_slowness
            hub.off = {pair for pair in hub.off if pair[0] != path}
        return {"StandardsSubscriptions": []}

    def _batch_disable_standards(self, asked: Asked, hub: Hub) -> Any:
        for one in asked.params["StandardsSubscriptionArns"]:
            path = one.removeprefix("arn:sub:")
            hub.standards[path] = "DELETING"
            hub.busy[path] = self.look_slowness
        return {"StandardsSubscriptions": []}

    def _refusal(self, hub: Hub, path: str, control: str) -> str:
        exists = path in hub.standards and control not in hub.missing and path in self.controls[control][0]
        return self.code_for(control) or ("" if exists else "NOT_FOUND")

    def _batch_get_standards_control_associations(self, asked: Asked, hub: Hub) -> Any:
        details, refused = [], []
        for one in asked.params["StandardsControlAssociationIds"]:
            path, control = one["StandardsArn"].rpartition(":")[2], one["SecurityControlId"]
            if control in self.silent:
                continue
            if code := self._refusal(hub, path, control):
                refused.append({"StandardsControlAssociationId": one, "ErrorCode": code})
                continue
            off = (path, control) in hub.off
            details.append(
                {
                    **one,
                    "SecurityControlArn": "arn",
                    "AssociationStatus": "DISABLED" if off else "ENABLED",
                    "UpdatedAt": "2026-11-02T08:00:00.123Z",
                    "UpdatedReason": hub.reasons.get((path, control), "because"),
                }
            )
        return {
            "StandardsControlAssociationDetails": self.arrange(details),
            "UnprocessedAssociations": self.arrange(refused),
        }

    def _batch_update_standards_control_associations(self, asked: Asked, hub: Hub) -> Any:
        refused = []
        for one in asked.params["StandardsControlAssociationUpdates"]:
            path, control = one["StandardsArn"].rpartition(":")[2], one["SecurityControlId"]
            ready = hub.standards.get(path) == "READY" and hub.busy.get(path, 0) == 0
            if code := self._refusal(hub, path, control) or ("" if ready else "RESOURCE_NOT_FOUND"):
                refused.append({"StandardsControlAssociationUpdate": one, "ErrorCode": code})
                continue
            hub.reasons[path, control] = one["UpdatedReason"]
            (hub.off.add if one["AssociationStatus"] == "DISABLED" else hub.off.discard)((path, control))
        return {"UnprocessedAssociationUpdates": self.arrange(refused)}

    def _batch_get_security_controls(self, asked: Asked, hub: Hub) -> Any:
        found, refused = [], []
        for control in asked.params["SecurityControlIds"]:
            if code := self.code_for(control):
                refused.append({"SecurityControlId": control, "ErrorCode": code})
                continue
            found.append(
                {
                    "SecurityControlId": control,
                    "SecurityControlArn": "arn",
                    "UpdateStatus": "UPDATING" if hub.tuning else "READY",
                    "Parameters": hub.custom.get(control, {}),
                }
            )
        return {"SecurityControls": self.arrange(found), "UnprocessedIds": refused}

    def _update_security_control(self, asked: Asked, hub: Hub) -> Any:
        if hub.tuning > 0:
            hub.tuning -= 1
            raise Refused("ResourceInUseException", 409, "updating")
        custom = hub.custom.setdefault(asked.params["SecurityControlId"], {})
        for name, value in asked.params["Parameters"].items():
            if value["ValueType"] == "CUSTOM":
                custom[name] = value
            else:
                custom.pop(name, None)
        return {}
