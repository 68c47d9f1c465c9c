"""Encoded queries of ServiceNow: conditions joined by ^ and ^OR, and ORDERBY."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Read = Callable[[Mapping[str, str], str], str | None]
"""The value of a field (dot-walked) in a row; None where there is no such field."""

_PART = re.compile(
    r"(?P<field>[a-z][a-z0-9_.]*?)"
    r"(?P<operator>STARTSWITH|ENDSWITH|LIKE|ISNOTEMPTY|ISEMPTY|!=|>=|<=|=|>|<)"
    r"(?P<value>.*)",
    re.DOTALL,
)
_ORDER = re.compile(r"ORDERBY(?P<down>DESC)?(?P<field>[a-z][a-z0-9_.]*)")

_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "=": lambda found, value: found == value,
    "!=": lambda found, value: found != value,
    "LIKE": lambda found, value: value in found,
    "STARTSWITH": lambda found, value: found.startswith(value),
    "ENDSWITH": lambda found, value: found.endswith(value),
    ">=": lambda found, value: found >= value,
    "<=": lambda found, value: found <= value,
    ">": lambda found, value: found > value,
    "<": lambda found, value: found < value,
    "ISEMPTY": lambda found, _: not found,
    "ISNOTEMPTY": lambda found, _: bool(found),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One condition."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Query:
    """Conditions in groups: one of each group must hold. `is_valid` is false where something was not understood."""

    groups: tuple[tuple[Part, ...], ...]
    orders: tuple[tuple[str, bool], ...]
    is_valid: bool

    def fits(self, row: Mapping[str, str], read: Read) -> bool:
        """Whether a row meets it; case counts for nothing."""
        return all(any(_holds(part, row, read) for part in group) for group in self.groups)


def parse(text: str, is_field: Callable[[str], bool]) -> Query:
    """A query; parts that are not understood, unknown fields among them, are left out."""
    groups: list[list[Part]] = []
    orders, is_valid = [], True
    for piece in text.split("^") if text else []:
        if (order := _ORDER.fullmatch(piece)) is not None:
            if is_field(order["field"]):
                orders.append((order["field"], bool(order["down"])))
            continue
        is_or = piece.startswith("OR")
        found = _PART.fullmatch(piece.removeprefix("OR") if is_or else piece)
        if found is None or not is_field(found["field"]):
            is_valid = False
            continue
        part = Part(found["field"], found["operator"], found["value"])
        if is_or and groups:
            groups[-1].append(part)
        else:
            groups.append([part])
    return Query(tuple(tuple(group) for group in groups), tuple(orders), is_valid)


def _holds(part: Part, row: Mapping[str, str], read: Read) -> bool:
    found = read(row, part.field) or ""
    return _TESTS[part.operator](found.casefold(), part.value.casefold())
