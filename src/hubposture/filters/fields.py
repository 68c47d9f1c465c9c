"""What a filter may name: fields, their shape, and what each takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hubposture.filters.tree import Operator

FREE_TEXT = "text"
"""The field that a bare word searches."""


class Shape(StrEnum):
    """What a field's values are, and so which operators it takes."""

    TEXT = "text"
    PATH = "path"
    CHOICE = "choice"
    RANK = "rank"
    TRUTH = "truth"
    NUMBER = "number"
    TIME = "time"


_EQUAL = (Operator.IS, Operator.IS_NOT)
_ORDER = (Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW)
_TEXT = (*_EQUAL, Operator.CONTAINS, Operator.CONTAINS_NOT)
_OPERATORS: Mapping[Shape, tuple[Operator, ...]] = {
    Shape.TEXT: _TEXT,
    Shape.PATH: _TEXT,
    Shape.CHOICE: _EQUAL,
    Shape.RANK: (*_EQUAL, *_ORDER),
    Shape.TRUTH: _EQUAL,
    Shape.NUMBER: (*_EQUAL, *_ORDER),
    Shape.TIME: (*_ORDER, *_EQUAL),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the language.

    `meaning` is a sentence's end for the documentation and `example` a filter that uses it. `choices` are the values
    of a choice as they are stored, of a rank from the lowest to the highest. `is_keyed` fields are written
    `name:key=value` (`tag:owner=web`). Of PATH a value names a place and everything below it.
    """

    name: str
    shape: Shape
    meaning: str
    example: str = ""
    choices: tuple[str, ...] = ()
    is_keyed: bool = False

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators it takes."""
        return _OPERATORS[self.shape]

    @property
    def takes(self) -> str:
        """What its values are, in words."""
        match self.shape:
            case Shape.TEXT:
                return "text; * and ? in = and !="
            case Shape.PATH:
                return "a path, everything below it included"
            case Shape.CHOICE | Shape.RANK:
                return ", ".join(self.choices)
            case Shape.TRUTH:
                return "yes or no"
            case Shape.NUMBER:
                return "a whole number"
            case Shape.TIME:
                return "an age (30d, 4w, 12h) or a day (2026-11-01)"
