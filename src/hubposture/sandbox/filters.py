"""Finding filters as GetFindings, insights and automation rules take them, compiled once into predicates.

Values of one attribute that look for something are joined by OR, values that exclude by AND; attributes are joined by
AND. An excluding filter also matches a finding that lacks the field. Whatever is not understood is an
InvalidInputException, never ignored. Follows the API model's text on StringFilter, MapFilter and DateFilter.
"""

import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from hubposture.sandbox.answers import ServiceError
from hubposture.sandbox.filters_attributes import ATTRIBUTES, RULE_CRITERIA, Attribute, Kind

MAX_ATTRIBUTES = 10
MAX_VALUES = 20

Finding = Mapping[str, Any]
Test = Callable[[Sequence[Any]], bool]
"""Whether the values that a finding holds at an attribute match; an absent field gives no values."""


class Dialect(StrEnum):
    """Where a filter is used: rules know fewer attributes, more values and the CONTAINS operators."""

    GET_FINDINGS = "GetFindings"
    AUTOMATION_RULE = "automation rule"


@dataclass(frozen=True, slots=True)
class Term:
    """One attribute's condition. `wanted` holds the exact values it accepts if nothing else can match, else None."""

    attribute: Attribute
    test: Test
    wanted: frozenset[str] | None

    def matches(self, finding: Finding) -> bool:
        """Whether a finding (ASFF) meets this condition."""
        return self.test(values_at(finding, self.attribute))


@dataclass(frozen=True, slots=True)
class Query:
    """All conditions of a filter; none means that every finding matches."""

    terms: tuple[Term, ...]

    def matches(self, finding: Finding) -> bool:
        """Whether a finding (ASFF) meets every condition."""
        return all(term.matches(finding) for term in self.terms)

    def wanted(self, name: str) -> frozenset[str] | None:
        """The exact values the attribute must have for a finding to match, or None when that is open."""
        return next((term.wanted for term in self.terms if term.attribute.name == name), None)


def compile_filters(
    filters: Mapping[str, Sequence[Mapping[str, Any]]] | None,
    *,
    now: datetime,
    dialect: Dialect = Dialect.GET_FINDINGS,
) -> Query:
    """Compile a filter structure of the API; `now` is what relative dates count from.

    Raises:
        ServiceError: InvalidInputException for an unknown attribute or operator, operators that do not go together,
            malformed values, or more attributes or values than AWS takes.
    """
    given = dict(filters or {})
    if dialect is Dialect.GET_FINDINGS and len(given) > MAX_ATTRIBUTES:
        raise invalid(f"Filters has {len(given)} attributes; at most {MAX_ATTRIBUTES} are allowed")
    return Query(tuple(_term(name, conditions, now, dialect) for name, conditions in given.items()))


def invalid(message: str) -> ServiceError:
    """The error Security Hub answers a malformed request with."""
    return ServiceError("InvalidInputException", message)


def values_at(finding: Finding, attribute: Attribute) -> list[Any]:
    """The values a finding holds at an attribute, entering every list on the way; none when the field is absent."""
    if attribute.kind is Kind.KEYWORD:
        return list(_texts(finding))
    found: list[Any] = [finding]
    for name in attribute.path:
        found = [value for holder in found if isinstance(holder, Mapping) for value in _spread(holder.get(name))]
    return found


def _spread(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _term(name: str, conditions: Sequence[Mapping[str, Any]], now: datetime, dialect: Dialect) -> Term:
    attribute = ATTRIBUTES.get(name)
    limit = MAX_VALUES
    if dialect is Dialect.AUTOMATION_RULE:
        limit = RULE_CRITERIA.get(name, 0)
    if attribute is None or not limit:
        raise invalid(f"Filters.{name} is not an attribute that {dialect} can filter on")
    if not conditions:
        raise invalid(f"Filters.{name} has no values")
    if len(conditions) > limit:
        raise invalid(f"Filters.{name} has {len(conditions)} values; at most {limit} are allowed")
    if attribute.kind is Kind.STRING:
        return Term(attribute, *_string_test(name, conditions, dialect))
    if attribute.kind is Kind.MAP:
        return Term(attribute, _map_test(name, conditions, dialect), None)
    if attribute.kind is Kind.DATE:
        ranges = [_date_range(name, condition, now) for condition in conditions]
        return Term(attribute, _any_of(ranges, _time_of), None)
    return Term(attribute, _PLAIN_TESTS[attribute.kind](name, conditions), None)


# --- strings -------------------------------------------------------------------------------------------------------

_LOOK_FOR = ("EQUALS", "PREFIX", "CONTAINS")
_EXCLUDE = ("NOT_EQUALS", "PREFIX_NOT_EQUALS", "NOT_CONTAINS")


def _grouped(
    name: str, conditions: Sequence[Mapping[str, Any]], allowed: Sequence[str], dialect: Dialect
) -> dict[str, list[Mapping[str, Any]]]:
    """Conditions by operator, after AWS's rules of which operators go together."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for condition in conditions:
        operator = condition.get("Comparison")
        if "Value" not in condition or operator is None:
            raise invalid(f"Filters.{name} needs both Value and Comparison")
        if operator not in allowed or ("CONTAINS" in operator and dialect is not Dialect.AUTOMATION_RULE):
            raise invalid(f"Filters.{name}: comparison {operator} cannot be used with {dialect}")
        groups.setdefault(operator, []).append(condition)
    operators = set(groups)
    if "EQUALS" in operators and operators & set(_EXCLUDE):
        raise invalid(f"Filters.{name}: EQUALS cannot be combined with excluding comparisons on the same field")
    for alone in ("CONTAINS", "NOT_CONTAINS"):
        if alone in operators and operators != {alone}:
            raise invalid(f"Filters.{name}: {alone} can only be combined with {alone} on the same field")
    return groups


def _string_test(
    name: str, conditions: Sequence[Mapping[str, Any]], dialect: Dialect
) -> tuple[Test, frozenset[str] | None]:
    groups = _grouped(name, conditions, _LOOK_FOR + _EXCLUDE, dialect)
    texts = {operator: [condition["Value"] for condition in group] for operator, group in groups.items()}
    equals = frozenset(texts.get("EQUALS", ()))
    wanted = equals if set(texts) == {"EQUALS"} else None
    if wanted is not None:
        return partial(_overlaps, wanted), wanted
    prefixes, parts = tuple(texts.get("PREFIX", ())), tuple(texts.get("CONTAINS", ()))
    excluded = frozenset(texts.get("NOT_EQUALS", ()))
    no_prefixes, no_parts = tuple(texts.get("PREFIX_NOT_EQUALS", ())), tuple(texts.get("NOT_CONTAINS", ()))
    looks = bool(equals or prefixes or parts)

    def looked_for(value: str) -> bool:
        return value in equals or value.startswith(prefixes) or any(part in value for part in parts)

    def ruled_out(value: str) -> bool:
        return value in excluded or value.startswith(no_prefixes) or any(part in value for part in no_parts)

    def test(values: Sequence[Any]) -> bool:
        return (not looks or any(map(looked_for, values))) and not any(map(ruled_out, values))

    return test, None


def _overlaps(wanted: frozenset[Any], values: Sequence[Any]) -> bool:
    return any(value in wanted for value in values)


def _mentions(words: Sequence[str], values: Sequence[str]) -> bool:
    return any(word in value.lower() for value in values for word in words)


# --- maps ----------------------------------------------------------------------------------------------------------


def _map_test(name: str, conditions: Sequence[Mapping[str, Any]], dialect: Dialect) -> Test:
    groups = _grouped(name, conditions, ("EQUALS", "NOT_EQUALS", "CONTAINS", "NOT_CONTAINS"), dialect)
    for condition in conditions:
        if "Key" not in condition:
            raise invalid(f"Filters.{name} needs a Key")
    pairs = {key: [(c["Key"], c["Value"]) for c in group] for key, group in groups.items()}
    looks = [*((key, value, False) for key, value in pairs.get("EQUALS", ())), *_part(pairs.get("CONTAINS", ()))]
    excludes = [
        *((key, value, False) for key, value in pairs.get("NOT_EQUALS", ())),
        *_part(pairs.get("NOT_CONTAINS", ())),
    ]

    def test(maps: Sequence[Any]) -> bool:
        found = not looks or any(_map_has(entries, *look) for entries in maps for look in looks)
        return found and not any(_map_has(entries, *look) for entries in maps for look in excludes)

    return test


def _part(pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, bool]]:
    return ((key, value, True) for key, value in pairs)


def _map_has(entries: Mapping[str, str], key: str, value: str, part: bool) -> bool:
    held = entries.get(key)
    return held is not None and (value in held if part else value == held)


# --- dates, numbers, addresses -------------------------------------------------------------------------------------


def parse_time(text: str) -> datetime:
    """An ISO 8601 time as an aware datetime in UTC; a bare date is its midnight; ValueError if it is neither."""
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _time_of(value: Any) -> datetime:
    return value if isinstance(value, datetime) else parse_time(value)


def _any_of(ranges: Sequence[Callable[[Any], bool]], read: Callable[[Any], Any]) -> Test:
    def test(values: Sequence[Any]) -> bool:
        return any(within(value) for value in map(read, values) for within in ranges)

    return test


def _date_range(name: str, condition: Mapping[str, Any], now: datetime) -> Callable[[datetime], bool]:
    window = condition.get("DateRange")
    if window is not None:
        if "Start" in condition or "End" in condition:
            raise invalid(f"Filters.{name} takes either DateRange or Start and End")
        if window.get("Unit", "DAYS") != "DAYS" or window.get("Value", 0) < 1:
            raise invalid(f"Filters.{name}.DateRange needs a Value of at least 1 and the Unit DAYS")
        edge = now - timedelta(days=window["Value"])
        older = window.get("Comparison", "WITHIN") == "OLDER_THAN"
        return lambda value: value < edge if older else value >= edge
    if not ("Start" in condition or "End" in condition):
        raise invalid(f"Filters.{name} needs DateRange, Start or End")
    try:
        start = parse_time(condition["Start"]) if "Start" in condition else datetime.min.replace(tzinfo=UTC)
        end = parse_time(condition["End"]) if "End" in condition else datetime.max.replace(tzinfo=UTC)
    except ValueError:
        raise invalid(f"Filters.{name}: Start and End are ISO 8601 times") from None
    return lambda value: start <= value <= end


_NUMBER_CHECKS: Mapping[str, Callable[[float, float], bool]] = {
    "Gte": lambda value, bound: value >= bound,
    "Lte": lambda value, bound: value <= bound,
    "Gt": lambda value, bound: value > bound,
    "Lt": lambda value, bound: value < bound,
    "Eq": lambda value, bound: value == bound,
}


def _number_range(name: str, condition: Mapping[str, Any]) -> Callable[[float], bool]:
    checks = [(_NUMBER_CHECKS[operator], float(bound)) for operator, bound in condition.items()]
    if not checks:
        raise invalid(f"Filters.{name} needs one of {', '.join(_NUMBER_CHECKS)}")
    return lambda value: all(check(value, bound) for check, bound in checks)


def _number_test(name: str, conditions: Sequence[Mapping[str, Any]]) -> Test:
    return _any_of([_number_range(name, condition) for condition in conditions], float)


def _value_of(name: str, condition: Mapping[str, Any]) -> Any:
    if "Value" not in condition:
        raise invalid(f"Filters.{name} needs a Value")
    return condition["Value"]


def _boolean_test(name: str, conditions: Sequence[Mapping[str, Any]]) -> Test:
    return partial(_overlaps, frozenset(_value_of(name, condition) for condition in conditions))


def _keyword_test(name: str, conditions: Sequence[Mapping[str, Any]]) -> Test:
    return partial(_mentions, tuple(_value_of(name, condition).lower() for condition in conditions))


def _ip_test(name: str, conditions: Sequence[Mapping[str, Any]]) -> Test:
    try:
        networks = [ipaddress.ip_network(condition["Cidr"], strict=False) for condition in conditions]
    except (KeyError, ValueError):
        raise invalid(f"Filters.{name} needs a Cidr such as 10.0.0.0/8") from None

    def test(values: Sequence[Any]) -> bool:
        addresses = [address for value in values if (address := _address(value))]
        return any(address in network for address in addresses for network in networks)

    return test


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


_PLAIN_TESTS: Mapping[Kind, Callable[[str, Sequence[Mapping[str, Any]]], Test]] = {
    Kind.NUMBER: _number_test,
    Kind.IP: _ip_test,
    Kind.BOOLEAN: _boolean_test,
    Kind.KEYWORD: _keyword_test,
}


# --- sorting -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SortBy:
    """One sort criterion: by the first value at an attribute; findings without one come last either way."""

    attribute: Attribute
    descending: bool


def compile_sort(criteria: Sequence[Mapping[str, str]] | None) -> tuple[SortBy, ...]:
    """Compile SortCriteria, most significant first; InvalidInputException for a field that cannot be sorted by."""
    compiled = []
    for criterion in criteria or ():
        attribute = ATTRIBUTES.get(criterion.get("Field", ""))
        if attribute is None or attribute.kind in (Kind.MAP, Kind.KEYWORD):
            raise invalid(f"SortCriteria: cannot sort by {criterion.get('Field', 'nothing')}")
        compiled.append(SortBy(attribute, criterion.get("SortOrder", "asc") == "desc"))
    return tuple(compiled)
