"""What a Region's hub offers: controls, standards and which holds which, as the administrator's account sees it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hubposture.aws.gateway import Gateway, Seat
from hubposture.aws.values import parameter_specs
from hubposture.catalog.standards import parse_standard_arn
from hubposture.controls.definitions import Definition, RegionDefinitions
from hubposture.errors import InputError
from hubposture.model.controls import ControlId, Severity, Standard, control_id

PAGE: Final = 100


def read_definitions(gateway: Gateway, region: str) -> RegionDefinitions:
    """One Region's definitions: one pass over all controls, and one per standard.

    Controls of other clouds are left out. Raises RemoteError.
    """
    seat = gateway.administrator(region=region)
    arns = _standards(gateway, seat)
    controls = _definitions(_listing(gateway, seat, {}))
    members: dict[Standard, frozenset[ControlId]] = {}
    for standard, arn in arns.items():
        found = _definitions(_listing(gateway, seat, {"StandardsArn": arn}))
        controls |= {control: found[control] for control in found.keys() - controls.keys()}
        members[standard] = frozenset(found)
    return RegionDefinitions(region, controls, members, arns)


def _listing(gateway: Gateway, seat: Seat, params: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    asked = {**params, "MaxResults": PAGE}
    return gateway.items(seat, "ListSecurityControlDefinitions", "SecurityControlDefinitions", asked)


def _standards(gateway: Gateway, seat: Seat) -> dict[Standard, str]:
    found: dict[Standard, str] = {}
    for one in gateway.items(seat, "DescribeStandards", "Standards", {"MaxResults": PAGE}):
        standard = known_standard(one)
        if standard is not None:
            found[standard] = one["StandardsArn"]
    return found


def known_standard(one: Mapping[str, Any]) -> Standard | None:
    """The standard of a listing's item, or None for another cloud's and for an ARN nobody can read."""
    if one.get("Provider", "AWS") != "AWS":
        return None
    try:
        return parse_standard_arn(one["StandardsArn"])
    except InputError:
        return None


def _definitions(listed: Iterable[Mapping[str, Any]]) -> dict[ControlId, Definition]:
    found: dict[ControlId, Definition] = {}
    for one in listed:
        if one.get("Provider", "AWS") == "AWS":
            definition = _definition(one)
            found[definition.id] = definition
    return found


def _definition(one: Mapping[str, Any]) -> Definition:
    customizable = "Parameters" in (one.get("CustomizableProperties") or ())
    return Definition(
        id=control_id(one["SecurityControlId"]),
        shown=one["SecurityControlId"],
        title=one["Title"],
        severity=Severity(one["SeverityRating"]),
        available=one.get("CurrentRegionAvailability", "AVAILABLE") == "AVAILABLE",
        parameters=parameter_specs(one.get("ParameterDefinitions") or {}) if customizable else (),
    )
