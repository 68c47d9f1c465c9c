"""Parameters of controls between Security Hub's forms and ours."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from hubposture.model.parameters import ParameterKind, Parameters, ParameterSpec, ParameterValue
from hubposture.reconcile.change import Value

_LISTS: Final = (ParameterKind.INTEGER_LIST, ParameterKind.STRING_LIST, ParameterKind.ENUM_LIST)


def custom_values(parameters: Mapping[str, Any]) -> Parameters:
    """The custom values of a `Parameters` map of BatchGetSecurityControls, sorted by name; defaults are left out."""
    found = [
        (name, value)
        for name, one in parameters.items()
        if one.get("ValueType") == "CUSTOM" and (value := _value(one.get("Value") or {})) is not None
    ]
    return tuple(sorted(found))


def _value(holder: Mapping[str, Any]) -> ParameterValue | None:
    """The value of a ParameterValue union, which holds one member of the kind's name."""
    for kind in ParameterKind:
        if (value := holder.get(kind.value)) is not None:
            return _plain(kind, value)
    return None


def _plain(kind: ParameterKind, value: Any) -> ParameterValue:
    if kind in _LISTS:
        return tuple(value)
    plain: ParameterValue = float(value) if kind is ParameterKind.DOUBLE else value
    return plain


def parameter_specs(definitions: Mapping[str, Any]) -> tuple[ParameterSpec, ...]:
    """What a control's `ParameterDefinitions` take, sorted by name; kinds that AWS adds later are left out."""
    specs = (_spec(name, one.get("ConfigurationOptions") or {}) for name, one in definitions.items())
    return tuple(sorted((one for one in specs if one is not None), key=lambda spec: spec.name))


def _spec(name: str, options: Mapping[str, Any]) -> ParameterSpec | None:
    for kind in ParameterKind:
        if (option := options.get(kind.value)) is not None:
            default = option.get("DefaultValue")
            return ParameterSpec(
                name=name,
                kind=kind,
                default=None if default is None else _plain(kind, default),
                minimum=option.get("Min"),
                maximum=option.get("Max"),
                choices=tuple(option.get("AllowedValues") or ()),
                max_items=option.get("MaxItems"),
            )
    return None


def parameter_update(desired: Value, current: Value, specs: Iterable[ParameterSpec]) -> dict[str, Any]:
    """The `Parameters` of UpdateSecurityControl that take a control from `current` to `desired` custom values.

    Both are sorted (name, value) pairs; a name that only `current` has goes back to its default.

    Raises:
        ValueError: a wanted name is not among the control's parameters, or its value is of another kind.
    """
    kinds = {spec.name: spec.kind for spec in specs}
    wanted, now = _pairs(desired), _pairs(current)
    update: dict[str, Any] = {name: {"ValueType": "DEFAULT"} for name in now if name not in wanted}
    for name, value in wanted.items():
        if name not in kinds:
            known = ", ".join(sorted(kinds)) or "none"
            raise ValueError(f"the control has no parameter {name} in this Region; there are {known}")
        update[name] = {"ValueType": "CUSTOM", "Value": {kinds[name].value: _wire(name, kinds[name], value)}}
    return update


def _pairs(value: Value) -> dict[str, Value]:
    pairs: dict[str, Value] = {}
    for pair in value if isinstance(value, tuple) else ():
        if isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str):  # noqa: PLR2004 (name and value)
            pairs[pair[0]] = pair[1]
    return pairs


def _wire(name: str, kind: ParameterKind, value: Value) -> Any:
    items = list(value) if isinstance(value, tuple) else [value]
    if isinstance(value, tuple) != (kind in _LISTS) or not all(_fits(kind, item) for item in items):
        raise ValueError(f"{name} takes a value of type {kind}, not {value!r}")
    if kind is ParameterKind.DOUBLE:
        return float(str(value))
    return items if kind in _LISTS else value


def _fits(kind: ParameterKind, item: Value) -> bool:
    match kind:
        case ParameterKind.INTEGER | ParameterKind.INTEGER_LIST:
            return isinstance(item, int) and not isinstance(item, bool)
        case ParameterKind.DOUBLE:
            return isinstance(item, int | float) and not isinstance(item, bool)
        case ParameterKind.BOOLEAN:
            return isinstance(item, bool)
        case _:
            return isinstance(item, str)


_NOT_ALLOWED: Final = re.compile(r"[^-_ a-zA-Z0-9\u0080-\U0010FFFF]+")


def plain_reason(reason: str) -> str:
    """A reason as `LastUpdateReason` takes it: ASCII punctuation becomes blanks; never empty."""
    return " ".join(_NOT_ALLOWED.sub(" ", reason).split()) or "hubposture"
