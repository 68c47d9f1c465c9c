"""Configuration policies as data, and what they do to the hubs of the accounts that stand under them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hubposture.sandbox.answers import Params, ServiceError
from hubposture.sandbox.catalogue import ControlDefinition
from hubposture.sandbox.core import Core
from hubposture.sandbox.hubs import DISABLED, Association, Hub, Parameters, PolicyBase, Subscription
from hubposture.sandbox.operations.definitions import plain
from hubposture.sandbox.operations.hub import turn_off, turn_on
from hubposture.sandbox.operations.parameters import apply_parameters
from hubposture.sandbox.world import PolicySpec


@dataclass(frozen=True, slots=True)
class Policy:
    """A configuration policy; `settings` is its ConfigurationPolicy as it was sent, `revision` counts its updates."""

    id: str
    name: str
    description: str
    settings: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    revision: int = 1
    reason: str = ""

    @property
    def hub(self) -> Mapping[str, Any]:
        """The part of the settings that speaks of Security Hub."""
        found: Mapping[str, Any] = self.settings["SecurityHub"]
        return found

    @property
    def controls(self) -> Mapping[str, Any]:
        """The part of the settings that speaks of controls."""
        found: Mapping[str, Any] = self.hub.get("SecurityControlsConfiguration", {})
        return found


def settings_of(core: Core, spec: PolicySpec) -> Params:
    """Write the settings of a policy that the world begins with as the API would."""
    if not spec.service_enabled:
        return {"SecurityHub": {"ServiceEnabled": False}}
    controls: Params = {}
    if spec.enabled_controls is not None:
        controls["EnabledSecurityControlIdentifiers"] = list(spec.enabled_controls)
    else:
        controls["DisabledSecurityControlIdentifiers"] = list(spec.disabled_controls or ())
    custom = [_custom(core, control, values) for control, values in spec.parameters.items()]
    if custom:
        controls["SecurityControlCustomParameters"] = custom
    standards = [core.catalogue.standards[path].arn(core.home, core.spec.partition) for path in spec.standards]
    return {
        "SecurityHub": {
            "ServiceEnabled": True,
            "EnabledStandardIdentifiers": standards,
            "SecurityControlsConfiguration": controls,
        }
    }


def _custom(core: Core, control_id: str, values: Mapping[str, Any]) -> Params:
    control = core.catalogue.controls[control_id]
    return {
        "SecurityControlId": control_id,
        "Parameters": {
            name: {"ValueType": "CUSTOM", "Value": {str(control.parameters[name].type): plain(value)}}
            for name, value in values.items()
        },
    }


def known_control(core: Core, control_id: str) -> ControlDefinition:
    """Find the control that a policy names; an unknown one is an InvalidInputException."""
    found = core.catalogue.control(control_id)
    if not found:
        raise ServiceError("InvalidInputException", f"Invalid security control identifier {control_id}")
    return found


def put_under(core: Core, account: str, policy: Policy) -> None:
    """Put an account's hubs under a policy, in the home and all linked Regions that nothing else governs."""
    base = _base(core, policy)
    parameters = _parameters(core, policy)
    for region in core.central_regions():
        if not core.organization.governing(account, region):
            _put(core, core.hub(account, region), policy, base, parameters)


def _base(core: Core, policy: Policy) -> str:
    """Give the name of the shared base that this revision of a policy sets, made when first needed."""
    regions = core.central_regions()
    name = f"{policy.id}@{policy.revision}@{','.join(regions)}"
    if name not in core.bases:
        enabled = policy.controls.get("EnabledSecurityControlIdentifiers")
        disabled = policy.controls.get("DisabledSecurityControlIdentifiers")
        core.bases[name] = PolicyBase(
            enabled=frozenset(one.lower() for one in enabled) if enabled is not None else None,
            disabled=frozenset(one.lower() for one in disabled) if disabled is not None else None,
            regions=regions,
            off=Association(DISABLED, policy.reason, core.now()),
        )
    return name


def _parameters(core: Core, policy: Policy) -> dict[str, Parameters]:
    found: dict[str, Parameters] = {}
    for custom in policy.controls.get("SecurityControlCustomParameters", ()):
        control = known_control(core, custom["SecurityControlId"])
        values: dict[str, Any] = {}
        apply_parameters(control, custom.get("Parameters", {}), values)
        if values:
            found[control.id] = Parameters(values, "", None)
    return found


def _put(core: Core, hub: Hub, policy: Policy, base: str, parameters: dict[str, Parameters]) -> None:
    if not policy.hub["ServiceEnabled"]:
        if hub.account != core.organization.administrator:
            turn_off(hub)
        return
    if not hub.on:
        turn_on(core, hub)
    paths = [arn.rpartition(":")[2] for arn in policy.hub.get("EnabledStandardIdentifiers", ())]
    managed = [path for path in hub.subscriptions if core.catalogue.standards[path].managed_by]
    kept = {path: hub.subscriptions[path] for path in managed}
    for path in paths:
        old = core.subscription(hub, path)
        fresh = old is None or old.deleting_at is not None
        began = core.now() if fresh or old is None else old.enabled_at
        kept[path] = Subscription(base, began, instant=not fresh, incomplete=not hub.recorder_on)
    hub.subscriptions = kept
    hub.parameters = dict(parameters)
