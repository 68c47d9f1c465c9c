"""Parameters of controls: their definitions and values."""

from dataclasses import dataclass
from enum import StrEnum

ParameterValue = int | float | str | bool | tuple[int, ...] | tuple[str, ...]
"""The value of a parameter; lists are tuples in the order given."""

Parameters = tuple[tuple[str, ParameterValue], ...]
"""Custom parameter values of one control, sorted by name; empty where everything is at its default."""


class ParameterKind(StrEnum):
    """The value types of Security Hub's `ParameterDefinition.ConfigurationOptions`."""

    INTEGER = "Integer"
    INTEGER_LIST = "IntegerList"
    DOUBLE = "Double"
    STRING = "String"
    STRING_LIST = "StringList"
    BOOLEAN = "Boolean"
    ENUM = "Enum"
    ENUM_LIST = "EnumList"


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """What a parameter takes.

    `minimum` and `maximum` bound numbers (items of a list included); `choices` are the allowed texts of an enum;
    `max_items` bounds lists; None or empty where AWS states no bound. `default` is None where AWS gives none.
    """

    name: str
    kind: ParameterKind
    default: ParameterValue | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    max_items: int | None = None
