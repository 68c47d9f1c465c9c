"""The one form of a filter that means the same."""

import datetime as dt
from collections.abc import Iterator

from hubposture.filters.tree import EVERYTHING, All, AnyOf, Comparison, Filter, Not, Operator


def simplify(wanted: Filter) -> Filter:
    """A filter without groups of one, groups in groups of their kind, and empty groups.

    Nothing else is changed or reordered. `AnyOf(())`, which nothing meets, becomes `Not(EVERYTHING)`. A comparison has
    at most one moment, and none with `!=`.
    """
    match wanted:
        case Comparison():
            return _moments(wanted)
        case Not(inner):
            return Not(simplify(inner))
        case All(parts):
            flat = [each for part in parts for each in _parts(simplify(part), All)]
            return flat[0] if len(flat) == 1 else All(tuple(flat))
        case AnyOf(parts):
            flat = [each for part in parts for each in _parts(simplify(part), AnyOf)]
            return (flat[0] if len(flat) == 1 else AnyOf(tuple(flat))) if flat else Not(EVERYTHING)


def _moments(wanted: Comparison) -> Filter:
    if not any(isinstance(value, dt.datetime) for value in wanted.values):
        return wanted
    is_not = wanted.operator is Operator.IS_NOT
    operator = Operator.IS if is_not else wanted.operator
    singles = tuple(Comparison(wanted.name, operator, (value,), wanted.key) for value in wanted.values)
    found = singles[0] if len(singles) == 1 else AnyOf(singles)
    return Not(found) if is_not else found


def _parts(part: Filter, kind: type[All | AnyOf]) -> Iterator[Filter]:
    if isinstance(part, kind):
        yield from part.parts
    else:
        yield part


def names(wanted: Filter) -> frozenset[str]:
    """The fields that a filter names, free text as `text`."""
    match wanted:
        case Comparison(name):
            return frozenset({name})
        case Not(inner):
            return names(inner)
        case All(parts) | AnyOf(parts):
            return frozenset[str]().union(*(names(part) for part in parts))
