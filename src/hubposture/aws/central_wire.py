"""Configuration policies and associations between Security Hub's forms and ours."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from hubposture.aws.values import custom_values, parameter_update
from hubposture.catalog.standards import parse_standard_arn
from hubposture.controls.central.types import (
    SELF_MANAGED,
    Association,
    AssociationStatus,
    AssociationType,
    Content,
    ListForm,
    Node,
    NodeKind,
    Profile,
    ServiceDisabled,
)
from hubposture.controls.definitions import RegionDefinitions
from hubposture.errors import InputError
from hubposture.model.controls import ControlId, Standard, control_id

MARK: Final = "hubposture/instance"
"""The tag that makes a policy ours; its value is the instance id."""

_KINDS: Final = MappingProxyType(
    {"ROOT": NodeKind.ROOT, "ORGANIZATIONAL_UNIT": NodeKind.OU, "ACCOUNT": NodeKind.ACCOUNT}
)
_TARGETS: Final = MappingProxyType(
    {NodeKind.ROOT: "RootId", NodeKind.OU: "OrganizationalUnitId", NodeKind.ACCOUNT: "AccountId"}
)
_LISTS: Final = MappingProxyType(
    {
        ListForm.ENABLED: "EnabledSecurityControlIdentifiers",
        ListForm.DISABLED: "DisabledSecurityControlIdentifiers",
    }
)
_HUB, _CONTROLS, _CUSTOM = "SecurityHub", "SecurityControlsConfiguration", "SecurityControlCustomParameters"


def content_from(configuration: Mapping[str, Any]) -> Content:
    """What a `ConfigurationPolicy` says; standards of other clouds are left out, no list means nothing is off."""
    hub = configuration.get(_HUB) or {}
    if not hub.get("ServiceEnabled", False):
        return ServiceDisabled()
    controls = hub.get(_CONTROLS) or {}
    form = ListForm.ENABLED if controls.get(_LISTS[ListForm.ENABLED]) is not None else ListForm.DISABLED
    custom = (
        (control_id(one["SecurityControlId"]), custom_values(one.get("Parameters") or {}))
        for one in controls.get(_CUSTOM) or ()
    )
    return Profile(
        standards=frozenset(_standards(hub.get("EnabledStandardIdentifiers") or ())),
        form=form,
        controls=frozenset(control_id(one) for one in controls.get(_LISTS[form]) or ()),
        parameters=tuple(sorted((control, values) for control, values in custom if values)),
    )


def _standards(arns: Iterable[str]) -> Iterable[Standard]:
    for arn in arns:
        try:
            yield parse_standard_arn(arn)
        except InputError:
            continue


def configuration_of(content: Content, home: RegionDefinitions) -> dict[str, Any]:
    """The complete `ConfigurationPolicy` that says a content, in the words of the home Region.

    Raises:
        ValueError: the home Region does not offer a standard, or a parameter does not fit its control.
    """
    if isinstance(content, ServiceDisabled):
        return {_HUB: {"ServiceEnabled": False}}
    controls: dict[str, Any] = {_LISTS[content.form]: sorted(_shown(one, home) for one in content.controls)}
    if content.parameters:
        controls[_CUSTOM] = [_custom(control, values, home) for control, values in content.parameters]
    return {
        _HUB: {
            "ServiceEnabled": True,
            "EnabledStandardIdentifiers": [_arn(standard, home) for standard in sorted(content.standards)],
            _CONTROLS: controls,
        }
    }


def _arn(standard: Standard, home: RegionDefinitions) -> str:
    if (arn := home.arns.get(standard)) is None:
        raise ValueError(f"{home.region} does not offer {standard.key}")
    return arn


def _shown(control: ControlId, home: RegionDefinitions) -> str:
    definition = home.controls.get(control)
    if definition is None:
        raise ValueError(f"{home.region} does not know the control {control}")
    return definition.shown


def _custom(control: ControlId, values: Any, home: RegionDefinitions) -> dict[str, Any]:
    shown = _shown(control, home)
    try:
        update = parameter_update(values, (), home.controls[control].parameters)
    except ValueError as problem:
        raise ValueError(f"{shown}: {problem}") from problem
    return {"SecurityControlId": shown, "Parameters": update}


def target_of(node: Node) -> dict[str, str]:
    """A node as the `Target` union."""
    return {_TARGETS[node.kind]: node.id}


def policy_id(identifier: str) -> str:
    """A policy's id from an id or ARN; SELF_MANAGED stays what it is."""
    return identifier if identifier == SELF_MANAGED else identifier.rpartition("/")[2]


def association_from(one: Mapping[str, Any]) -> Association:
    """An association from a listing's item; a status that is none of ours (DISABLED) has settled."""
    status = one.get("AssociationStatus", "")
    known = status in (AssociationStatus.PENDING, AssociationStatus.FAILED)
    return Association(
        node=Node(_KINDS[one["TargetType"]], one["TargetId"]),
        policy=policy_id(one["ConfigurationPolicyId"]),
        type=AssociationType(one["AssociationType"]),
        status=AssociationStatus(status) if known else AssociationStatus.SUCCESS,
        message=one.get("AssociationStatusMessage") or "",
    )
