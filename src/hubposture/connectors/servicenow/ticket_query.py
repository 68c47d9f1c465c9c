"""Encoded queries that people write, taken apart so that what the instance gives can be held against them (pure)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from hubposture.connectors.servicenow.tables import Row
from hubposture.errors import InputError

_PART: Final = re.compile(
    r"(?P<field>[a-z][a-z0-9_.]*)(?P<how>STARTSWITH|ENDSWITH|NOT LIKE|LIKE|ISNOTEMPTY|ISEMPTY|NOT IN|IN|!=|>=|<=|=|>|<)(?P<value>.*)",
    re.DOTALL,
)
_ORDER: Final = re.compile(r"ORDERBY(DESC)?[a-z][a-z0-9_.]*")
_NUMBER: Final = re.compile(r"-?\d{1,15}")
_WITHOUT_VALUE: Final = ("ISEMPTY", "ISNOTEMPTY")

_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "=": lambda found, value: found == value,
    "!=": lambda found, value: found != value,
    "IN": lambda found, value: found in value.split(","),
    "NOT IN": lambda found, value: found not in value.split(","),
    "LIKE": lambda found, value: value in found,
    "NOT LIKE": lambda found, value: value not in found,
    "STARTSWITH": lambda found, value: found.startswith(value),
    "ENDSWITH": lambda found, value: found.endswith(value),
    "ISEMPTY": lambda found, _: not found,
    "ISNOTEMPTY": lambda found, _: bool(found),
    ">": lambda found, value: _order(found, value) > 0,
    "<": lambda found, value: _order(found, value) < 0,
    ">=": lambda found, value: _order(found, value) >= 0,
    "<=": lambda found, value: _order(found, value) <= 0,
}


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Parts of which one must hold: (field, operator, value)."""

    parts: tuple[tuple[str, str, str], ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of which it speaks."""
        return tuple(field for field, _, _ in self.parts)

    def fits(self, row: Row) -> bool:
        """Whether a row meets it; case counts for nothing there."""
        return any(_TESTS[how](row.get(field, "").casefold(), value.casefold()) for field, how, value in self.parts)


def parsed(text: str) -> tuple[Alternatives, ...]:
    """The conditions of an encoded query, all of which must hold. Raises InputError for what cannot be held."""
    groups: list[list[tuple[str, str, str]]] = []
    for piece in text.split("^"):
        if _ORDER.fullmatch(piece) or piece == "EQ":
            continue
        is_or = piece.startswith("OR")
        found = _PART.fullmatch(piece.removeprefix("OR") if is_or else piece)
        if found is None or (is_or and not groups) or "javascript:" in piece.casefold():
            raise InputError(f"{text}: {piece!r} is not understood; {_HELP}")
        if not found["value"] and found["how"] not in _WITHOUT_VALUE:
            raise InputError(f"{text}: {piece!r} has no value; write {found['field']}ISEMPTY for an empty field")
        if not is_or:
            groups.append([])
        groups[-1].append((found["field"], found["how"], found["value"]))
    if not groups:
        raise InputError(f"{text!r}: it would give the whole table; {_HELP}")
    return tuple(Alternatives(tuple(group)) for group in groups)


_HELP: Final = (
    "write FIELD, an operator and a value as the instance stores it (active=true^short_descriptionLIKEsecurity hub), with "
    "^ and ^OR between them and one of = != IN LIKE STARTSWITH ENDSWITH ISEMPTY ISNOTEMPTY > < >= <="
)


def _order(found: str, value: str) -> int:
    """-1, 0 or 1: numbers by their value, everything else, moments too, as text."""
    one, other = (int(found), int(value)) if _NUMBER.fullmatch(found) and _NUMBER.fullmatch(value) else (found, value)
    return (one > other) - (one < other)  # type: ignore[operator]
