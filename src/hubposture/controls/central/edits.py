"""The kinds of edits central configuration needs, and policies and associations as plain values without loss."""

from collections.abc import Mapping
from enum import StrEnum
from typing import cast

from hubposture.controls.central.types import SELF_MANAGED, Content, ListForm, Node, NodeKind, Profile, ServiceDisabled
from hubposture.errors import InputError
from hubposture.model.controls import ControlId, Standard, natural_key
from hubposture.model.parameters import Parameters, ParameterValue
from hubposture.reconcile.change import Edit, Value


class PolicyKind(StrEnum):
    """What an edit is about; its key and values.

    `policy-create`, `policy-update`, `policy-delete`: key (policy name,), values are contents as `content_value`
    writes them, None where there is no policy. `Edit.reason` becomes the description or UpdatedReason; a created
    policy is tagged with the instance id.
    `policy-associate`, `policy-disassociate`: key (root | ou | account, id), values are associations: `("none",)`,
    `("self-managed",)` or `("policy", name)`, with "FAILED" behind it where the association failed and is tried again.
    """

    CREATE = "policy-create"
    UPDATE = "policy-update"
    ASSOCIATE = "policy-associate"
    DISASSOCIATE = "policy-disassociate"
    DELETE = "policy-delete"


NO_ASSOCIATION: Value = ("none",)
LEFT_ALONE: Value = ("self-managed",)
FAILED = "FAILED"


def content_value(content: Content) -> Value:
    """A content as a value: sorted, equal for equal contents, and read back by `content_of`."""
    if isinstance(content, ServiceDisabled):
        return ("service-disabled",)
    parameters: Value = tuple((control, cast("Value", values)) for control, values in content.parameters)
    return (
        "profile",
        tuple((standard.name, standard.version) for standard in sorted(content.standards)),
        content.form.value,
        tuple(sorted(content.controls, key=natural_key)),
        parameters,
    )


def content_of(value: Value) -> Content:
    """The content of a value, also after it went through JSON.

    Raises:
        InputError: the value is no content (a plan file edited by hand).
    """
    match value:
        case ("service-disabled",):
            return ServiceDisabled()
        case ("profile", tuple(standards), str(form), tuple(controls), tuple(parameters)):
            return Profile(
                standards=frozenset(_standard(one) for one in standards),
                form=ListForm(form),
                controls=frozenset(ControlId(str(one)) for one in controls),
                parameters=tuple(_parameters(one) for one in parameters),
            )
    raise InputError(f"not a configuration policy: {value!r}; make the plan again")


def _standard(value: Value) -> Standard:
    match value:
        case (str(name), str(version)):
            return Standard(name, version)
    raise InputError(f"not a standard: {value!r}; make the plan again")


def _parameters(value: Value) -> tuple[ControlId, Parameters]:
    match value:
        case (str(control), tuple(pairs)):
            return ControlId(control), tuple(_pair(one) for one in pairs)
    raise InputError(f"not parameters of a control: {value!r}; make the plan again")


def _pair(value: Value) -> tuple[str, ParameterValue]:
    match value:
        case (str(name), found) if found is not None:
            return name, cast("ParameterValue", found)
    raise InputError(f"not a parameter: {value!r}; make the plan again")


def association_value(policy: str | None, refs: Mapping[str, str]) -> Value:
    """An association as a value: of a policy id, SELF_MANAGED or None; policies not in `refs` go by their id."""
    if policy is None:
        return NO_ASSOCIATION
    return LEFT_ALONE if policy == SELF_MANAGED else ("policy", refs.get(policy, policy))


def node_of(edit: Edit) -> Node:
    """The node of an associate or disassociate edit."""
    kind, id_ = edit.key
    return Node(NodeKind(kind), id_)


def policy_named(value: Value) -> str | None:
    """The policy's name in an association value, or None for `none` and `self-managed`."""
    match value:
        case ("policy", str(name), *_):
            return name
    return None
