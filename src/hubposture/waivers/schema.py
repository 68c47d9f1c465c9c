"""The JSON schema of waiver files, by which editors complete and check while a waiver is written.

Reading takes more than the schema (an account id without quotes, a control alone instead of a list) and checks more (an
id twice, the order of dates, a pattern of only `*`): what the schema refuses is badly written or wrong, and what it
takes may still be refused.
"""

from hubposture.matrix.columns import CONTROL_PATTERN
from hubposture.model.organization import ACCOUNT_PATTERN, OU_PATTERN
from hubposture.texts.fields import MAX_LINE, MAX_TEXT
from hubposture.waivers.read_waiver import (
    APPROVAL_KEYS,
    DIGEST_PATTERN,
    ID_PATTERN,
    MAX_PATTERN,
    MAX_TAG,
    REVOCATION_KEYS,
    SET_PATTERN,
    WAIVER_KEYS,
)
from hubposture.waivers.waiver import Effect, SystemOfApproval, WaiverType

Schema = dict[str, object]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SOME = r"\S"
_REGION = r"^[A-Za-z]{2,4}(-[A-Za-z]+){1,3}-[0-9]{1,2}$"


def schema() -> Schema:
    """The schema of a file: one waiver, or a list of waivers."""
    return {
        "$schema": _DIALECT,
        "title": "Waivers of a hubposture baseline",
        "oneOf": [{"$ref": "#/$defs/waiver"}, {"type": "array", "items": {"$ref": "#/$defs/waiver"}}],
        "$defs": {"waiver": _waiver(), "approval": _approval(), "revocation": _revocation(), "date": _date()},
    }


def _waiver() -> Schema:
    required = ["id", "controls", "type", "reason", "owner", "requested_by", "valid_from", "expires"]
    compensating = {"properties": {"type": {"const": WaiverType.COMPENSATING.value}}, "required": ["type"]}
    return {
        **_mapping(WAIVER_KEYS, _WAIVER, required),
        "anyOf": [{"required": [key]} for key in ("resources", "accounts", "ous")],
        "if": compensating,
        "then": {"required": ["compensating"]},
    }


def _approval() -> Schema:
    return {
        **_mapping(APPROVAL_KEYS, _APPROVAL, ["system", "on", "digest", "subjects"]),
        "allOf": [
            _needs(SystemOfApproval.SERVICENOW, ["number", "by"]),
            _needs(SystemOfApproval.FILE, ["by"]),
        ],
    }


def _needs(system: SystemOfApproval, required: list[str]) -> Schema:
    given = {"properties": {"system": {"const": system.value}}, "required": ["system"]}
    return {"if": given, "then": {"required": required, "properties": {key: {"pattern": _SOME} for key in required}}}


def _revocation() -> Schema:
    return _mapping(REVOCATION_KEYS, _REVOCATION, list(REVOCATION_KEYS))


def _date() -> Schema:
    return {"type": "string", "format": "date", "pattern": r"^2[01][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"}


def _mapping(keys: tuple[str, ...], properties: dict[str, Schema], required: list[str]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: properties[key] for key in keys},
        "required": required,
    }


def _line(help_: str, pattern: str = _SOME) -> Schema:
    return {"type": "string", "maxLength": MAX_LINE, "pattern": pattern, "description": help_}


def _text(help_: str) -> Schema:
    return {"type": "string", "maxLength": MAX_TEXT, "pattern": _SOME, "description": help_}


def _list(help_: str, pattern: str) -> Schema:
    items = {"type": "string", "pattern": pattern, "maxLength": MAX_PATTERN}
    return {"type": "array", "items": items, "minItems": 1, "uniqueItems": True, "description": help_}


def _choice(help_: str, values: list[str]) -> Schema:
    return {"enum": values, "description": help_}


def _day(help_: str) -> Schema:
    return {"$ref": "#/$defs/date", "description": help_}


_WAIVER: dict[str, Schema] = {
    "id": _line("The name of the waiver, once in the baseline, as its file is called.", f"^{ID_PATTERN}$"),
    "controls": _list("The controls it speaks of, each by its id.", f"^{CONTROL_PATTERN}$"),
    "resources": _list("Patterns of ARNs: * is any run of characters, ? exactly one, all else is literal.", _SOME),
    "accounts": _list("Account ids of 12 digits, in quotes.", f"^{ACCOUNT_PATTERN}$"),
    "ous": _list("Organizational units by id or path, with all that lies below.", f"^({OU_PATTERN}|/.*)$"),
    "regions": _list("Regions, which narrow.", _REGION),
    "tags": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": _SOME, "maxLength": MAX_TAG},
        "additionalProperties": {"type": "string", "maxLength": 2 * MAX_TAG},
        "description": "Tags of the resource, name: pattern of the value, which narrow.",
    },
    "type": _choice("Why something is excused.", [one.value for one in WaiverType]),
    "reason": _text("Why this is excused."),
    "compensating": _text("Which measure compensates."),
    "owner": _line("The team that owns what is excused."),
    "risk_owner": _line("Who carries the risk."),
    "requested_by": _line("Who asks for it; never who approves it."),
    "valid_from": _day("The first day on which it holds."),
    "expires": _day("The last day on which it holds, in the organization's zone."),
    "covers_new": {
        "type": "integer",
        "minimum": 0,
        "maximum": 999_999,
        "description": "How many subjects beyond the approved set it may take in.",
    },
    "effect": _choice("suppress, or visible: accepted and counted apart.", [one.value for one in Effect]),
    "approvals": {
        "type": "array",
        "items": {"$ref": "#/$defs/approval"},
        "description": "Written by hubposture or by the reviewed commit.",
    },
    "revoked": {"$ref": "#/$defs/revocation", "description": "Taken back before its end."},
}
_APPROVAL: dict[str, Schema] = {
    "system": _choice("Where it was approved.", [one.value for one in SystemOfApproval]),
    "number": _line("The number of the record there."),
    "by": _line("Who approved."),
    "on": _day("The day of the approval."),
    "until": _day("The last day that was approved; the waiver's expires where it is not given."),
    "digest": _line("What the approval is bound to.", f"^{DIGEST_PATTERN}$"),
    "subjects": _line("The file of the approved set beside the waiver's.", f"^{SET_PATTERN}$"),
}
_REVOCATION: dict[str, Schema] = {
    "on": _day("The first day on which it no longer holds."),
    "by": _line("Who took it back."),
    "reason": _text("Why it was taken back."),
}
