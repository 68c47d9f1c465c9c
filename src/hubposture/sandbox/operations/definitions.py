"""Control definitions: what the controls of a Region are and which parameters they take."""

from collections.abc import Mapping
from typing import Any

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.catalogue import ControlDefinition, ParameterDefinition
from hubposture.sandbox.core import Core
from hubposture.sandbox.hubs import Hub
from hubposture.sandbox.quirks import UnavailableInListing
from hubposture.sandbox.seams import Operation


class DefinitionOperations:
    """ListSecurityControlDefinitions and GetSecurityControlDefinition."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._rows: dict[tuple[str, bool], Params] = {}

    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by name."""
        return {"ListSecurityControlDefinitions": self.list, "GetSecurityControlDefinition": self.get}

    def list(self, call: Call, params: Params) -> Params:
        """List the controls of the Region, or of one standard in it."""
        hub = self.core.hub_of(call)
        controls = [one for one in self._controls(call, params) if self._is_listed(hub, one)]
        page, more = self.core.page(call, params, controls, default=25)
        return {"SecurityControlDefinitions": [self._row(hub, one) for one in page], **more}

    def _controls(self, call: Call, params: Params) -> tuple[ControlDefinition, ...]:
        if "AWS" not in params.get("Providers", ["AWS"]):
            return ()
        if "StandardsArn" not in params:
            return tuple(self.core.catalogue.controls.values())
        standard = self.core.standard(params["StandardsArn"], call.region)
        if not standard:
            raise ServiceError("InvalidInputException", f"Invalid StandardsArn {params['StandardsArn']}")
        return self.core.catalogue.members(standard.path)

    def _is_listed(self, hub: Hub, control: ControlDefinition) -> bool:
        if self.core.quirks.unavailable_in_listing is UnavailableInListing.LISTED:
            return control.id not in hub.missing
        return self.core.has(hub, control)

    def get(self, call: Call, params: Params) -> Params:
        """Give one control's definition; its ARN is not accepted."""
        hub = self.core.hub_of(call)
        given = params["SecurityControlId"]
        control = self.core.catalogue.control(given)
        if not control or control.id in hub.missing:
            raise ServiceError("ResourceNotFoundException", f"Security control {given} does not exist")
        return {"SecurityControlDefinition": self._row(hub, control)}

    def _row(self, hub: Hub, control: ControlDefinition) -> Params:
        available = control.available_in(hub.region)
        key = (control.id, available)
        if key not in self._rows:
            self._rows[key] = _definition(control, available=available)
        return self._rows[key]


def _definition(control: ControlDefinition, *, available: bool) -> Params:
    row: Params = {
        "SecurityControlId": control.id,
        "Title": control.title,
        "Description": control.description,
        "RemediationUrl": control.remediation_url,
        "SeverityRating": control.severity,
        "CurrentRegionAvailability": "AVAILABLE" if available else "UNAVAILABLE",
        "CustomizableProperties": ["Parameters"] if control.parameters else [],
        "ParameterDefinitions": {name: _parameter(one) for name, one in control.parameters.items()},
        "Provider": "AWS",
    }
    return row


def _parameter(parameter: ParameterDefinition) -> Params:
    options: dict[str, Any] = {}
    if parameter.default is not None:
        options["DefaultValue"] = plain(parameter.default)
    if parameter.type in {"Integer", "IntegerList", "Double"}:
        number = float if parameter.type == "Double" else int
        bounds = {"Min": parameter.min, "Max": parameter.max}
        options |= {name: number(value) for name, value in bounds.items() if value is not None}
    if parameter.values:
        options["AllowedValues"] = list(parameter.values)
    return {"Description": parameter.description, "ConfigurationOptions": {str(parameter.type): options}}


def plain(value: Any) -> Any:
    """Write a parameter's value as the API does: lists, not tuples."""
    return list(value) if isinstance(value, tuple) else value
