"""Security controls across standards, and their parameters: read in batches, written one control at a time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.catalogue import ControlDefinition, ParameterDefinition
from hubposture.sandbox.core import Core
from hubposture.sandbox.guards import CENTRAL_REFUSAL, Guards
from hubposture.sandbox.hubs import DISABLED, ENABLED, Hub, Parameters
from hubposture.sandbox.operations.associations import shown_id
from hubposture.sandbox.operations.definitions import plain
from hubposture.sandbox.quirks import (
    DefaultParameterRead,
    DisabledControlParameters,
    MissingControl,
    ParametersUnderPolicy,
)
from hubposture.sandbox.seams import Operation


class ParameterOperations:
    """BatchGetSecurityControls and UpdateSecurityControl."""

    def __init__(self, core: Core, guards: Guards) -> None:
        self.core = core
        self.guards = guards

    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by name."""
        return {"BatchGetSecurityControls": self.batch_get, "UpdateSecurityControl": self.update}

    def batch_get(self, call: Call, params: Params) -> Params:
        """Read controls with their state over all standards and their parameters."""
        hub = self.core.hub_of(call)
        wanted = params["SecurityControlIds"]
        dropped = self.core.dropped(call, len(wanted))
        found: list[Params] = []
        failed: list[Params] = []
        for at, given in enumerate(wanted):
            control = self.core.control(hub, given)
            if at in dropped:
                failed.append(_unprocessed(given, "LIMIT_EXCEEDED", "Too many requests"))
            elif control:
                found.append(self._row(hub, control, given))
            elif self.core.quirks.missing_control is MissingControl.UNPROCESSED:
                failed.append(_unprocessed(given, "NOT_FOUND", f"Control {given} does not exist"))
        return {
            "SecurityControls": self.core.in_reply_order(found, lambda row: row["SecurityControlId"].lower()),
            "UnprocessedIds": self.core.in_reply_order(failed, lambda row: row["SecurityControlId"].lower()),
        }

    def _row(self, hub: Hub, control: ControlDefinition, given: str) -> Params:
        written = hub.parameters.get(control.id)
        shown = written.seen(self.core.now(), self.core.read_lag) if written else None
        row: Params = {
            "SecurityControlId": shown_id(self.core, control, given),
            "SecurityControlArn": self.core.control_arn(hub, control.id),
            "Title": control.title,
            "Description": control.description,
            "RemediationUrl": control.remediation_url,
            "SeverityRating": control.severity,
            "SecurityControlStatus": ENABLED if self._is_on(hub, control) else DISABLED,
            "UpdateStatus": "UPDATING" if self._is_updating(written) else "READY",
            "Provider": "AWS",
        }
        if control.parameters:
            row["Parameters"] = self._parameters(control, shown.values if shown else {})
        if shown and shown.reason:
            row["LastUpdateReason"] = shown.reason
        return row

    def _is_on(self, hub: Hub, control: ControlDefinition) -> bool:
        return any(self.core.is_enabled(hub, path, control, lag=True) for path in control.standards)

    def _is_updating(self, written: Parameters | None) -> bool:
        if not written or not written.at:
            return False
        return self.core.now() < written.at + self.core.timing.parameters_updating

    def _parameters(self, control: ControlDefinition, custom: Mapping[str, Any]) -> Params:
        rows: Params = {}
        for name, definition in control.parameters.items():
            if name in custom:
                rows[name] = {"ValueType": "CUSTOM", "Value": {str(definition.type): plain(custom[name])}}
            elif self.core.quirks.default_parameter_read is not DefaultParameterRead.ABSENT:
                rows[name] = self._default(definition)
        return rows

    def _default(self, definition: ParameterDefinition) -> Params:
        with_value = self.core.quirks.default_parameter_read is DefaultParameterRead.WITH_VALUE
        if not with_value or definition.default is None:
            return {"ValueType": "DEFAULT"}
        return {"ValueType": "DEFAULT", "Value": {str(definition.type): plain(definition.default)}}

    def update(self, call: Call, params: Params) -> Params:
        """Set a control's parameters; the control is UPDATING for a while after."""
        self.guards.declarative_write(call)
        hub = self.core.hub_of(call)
        denied = self.core.quirks.parameters_under_policy is ParametersUnderPolicy.DENIED
        if denied and self.guards.is_central(call):
            raise ServiceError("AccessDeniedException", CENTRAL_REFUSAL)
        control = self.core.control(hub, params["SecurityControlId"])
        if not control:
            raise ServiceError("ResourceNotFoundException", f"Control {params['SecurityControlId']} does not exist")
        refused = self.core.quirks.disabled_control_parameters is DisabledControlParameters.REFUSED
        if refused and not any(self.core.is_enabled(hub, path, control) for path in control.standards):
            raise ServiceError("InvalidInputException", f"Control {control.id} is disabled")
        before = hub.parameters.get(control.id)
        if self._is_updating(before):
            raise ServiceError("ResourceInUseException", f"Control {control.id} is being updated")
        values = dict(before.values) if before else {}
        apply_parameters(control, params["Parameters"], values)
        shown = replace(before, before=None) if before else None
        hub.parameters[control.id] = Parameters(values, params.get("LastUpdateReason", ""), self.core.now(), shown)
        return {}


def apply_parameters(control: ControlDefinition, wanted: Params, values: dict[str, Any]) -> None:
    """Change custom `values` as a request wants it; what the control does not take is an InvalidInputException."""
    for name, setting in wanted.items():
        definition = control.parameters.get(name)
        if not definition:
            raise ServiceError("InvalidInputException", f"Control {control.id} has no parameter {name}")
        if setting["ValueType"] == "DEFAULT":
            values.pop(name, None)
            continue
        if str(definition.type) not in setting.get("Value", {}):
            raise ServiceError("InvalidInputException", f"Parameter {name} takes a value of type {definition.type}")
        value = setting["Value"][str(definition.type)]
        if problem := definition.problem_with(value):
            raise ServiceError("InvalidInputException", problem)
        values[name] = tuple(value) if isinstance(value, list) else value


def _unprocessed(given: str, code: str, reason: str) -> Params:
    return {"SecurityControlId": given, "ErrorCode": code, "ErrorReason": reason}
