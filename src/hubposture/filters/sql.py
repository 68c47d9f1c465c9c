"""A filter as a SQL condition: columns are ours, every value of the user's is a bound parameter."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from hubposture.filters.tree import All, AnyOf, Comparison, Filter, Not, Operator

_ESCAPE = "!"
_PIECES = re.compile(r"\\(.)|(.)", re.DOTALL)
_NEGATIVE = {Operator.IS_NOT: Operator.IS, Operator.CONTAINS_NOT: Operator.CONTAINS}
_ORDER = {Operator.AT_LEAST: ">=", Operator.AT_MOST: "<=", Operator.ABOVE: ">", Operator.BELOW: "<", Operator.IS: "="}


@dataclass(frozen=True, slots=True)
class ColumnSql:
    """Where a field is found in SQL; our own text, never a user's.

    `sql` is an expression, of TRUTH fields a condition. `within` is a condition with one `{}` in which a test of `sql`
    stands, for what is found through another table (`s.account IN (SELECT account FROM accounts WHERE {})`). `key` is
    the expression that must be equal to a keyed field's key. `is_lower` says that the column holds no capitals,
    `is_exact` that it holds only the field's choices. `ranks` are an ordered field's values from the lowest up. `needs` names joins that the expression relies on.
    """

    sql: str
    within: str = "{}"
    key: str = ""
    is_lower: bool = False
    is_exact: bool = False
    is_truth: bool = False
    ranks: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


def to_sql(
    wanted: Filter, *, columns: Mapping[str, Sequence[ColumnSql]], prefix: str = "f"
) -> tuple[str, dict[str, object]]:
    """A condition that is never NULL, and the values of its named parameters (`$f0`, `$f1`, ...).

    `columns` has, by the name of a field, the places of which any may match. Moments become naive UTC. LIKE comes with
    ESCAPE, so that only `*` and `?` are wildcards. Raises KeyError for a field that `columns` lacks.
    """
    parameters: dict[str, object] = {}
    numbers = count()

    def bind(value: object) -> str:
        name = f"{prefix}{next(numbers)}"
        parameters[name] = value
        return f"${name}"

    return _condition(wanted, columns, bind), parameters


_Bind = Callable[[object], str]


def _condition(wanted: Filter, columns: Mapping[str, Sequence[ColumnSql]], bind: _Bind) -> str:
    match wanted:
        case Comparison():
            return _comparison(wanted, columns[wanted.name], bind)
        case Not(inner):
            return f"NOT {_condition(inner, columns, bind)}"
        case All(parts):
            return _joined(" AND ", [_condition(part, columns, bind) for part in parts], "TRUE")
        case AnyOf(parts):
            return _joined(" OR ", [_condition(part, columns, bind) for part in parts], "FALSE")


def _joined(word: str, conditions: Sequence[str], empty: str) -> str:
    if len(conditions) == 1:
        return conditions[0]
    return f"({word.join(conditions)})" if conditions else f"({empty})"


def _comparison(found: Comparison, places: Sequence[ColumnSql], bind: _Bind) -> str:
    operator = _NEGATIVE.get(found.operator, found.operator)
    tests = [_placed(found, operator, place, bind) for place in places]
    positive = _joined(" OR ", tests, "FALSE")
    return f"(NOT {positive})" if operator is not found.operator else positive


def _placed(found: Comparison, operator: Operator, place: ColumnSql, bind: _Bind) -> str:
    test = _test(found, operator, place, bind)
    if place.key:
        test = f"(lower({place.key}) = lower({bind(found.key)}) AND {test})"
    return f"({place.within.replace('{}', test)})"


def _test(found: Comparison, operator: Operator, place: ColumnSql, bind: _Bind) -> str:
    if place.is_truth:
        return _joined(
            " OR ", [place.sql if value == "yes" else f"(NOT {place.sql})" for value in found.values], "FALSE"
        )
    if operator in (Operator.EXACTLY, Operator.LIKE):
        return _exact(operator, [str(value) for value in found.values], place, bind)
    if place.ranks:
        return _ranked(found, operator, place, bind)
    others = [value for value in found.values if not isinstance(value, str)]
    if others:
        sign = _ORDER[operator]
        tests = [f"({place.sql} IS NOT NULL AND {place.sql} {sign} {bind(_naive(value))})" for value in others]
        return _joined(" OR ", tests, "FALSE")
    return _text(operator, [str(value) for value in found.values], place, bind)


def _ranked(found: Comparison, operator: Operator, place: ColumnSql, bind: _Bind) -> str:
    wanted = [place.ranks.index(str(value)) for value in found.values]
    chosen = [name for rank, name in enumerate(place.ranks) if any(_holds(rank, operator, one) for one in wanted)]
    return f"{place.sql} IN ({', '.join(bind(name) for name in chosen)})" if chosen else "(FALSE)"


def _holds(rank: int, operator: Operator, wanted: int) -> bool:
    match operator:
        case Operator.AT_LEAST:
            return rank >= wanted
        case Operator.AT_MOST:
            return rank <= wanted
        case Operator.ABOVE:
            return rank > wanted
        case Operator.BELOW:
            return rank < wanted
        case _:
            return rank == wanted


def _exact(operator: Operator, values: Sequence[str], place: ColumnSql, bind: _Bind) -> str:
    """Letter by letter, whatever the column is like."""
    if operator is Operator.LIKE:
        tests = [f"{place.sql} LIKE {bind(_like(value))} ESCAPE '{_ESCAPE}'" for value in values]
        return _joined(" OR ", tests, "FALSE")
    return f"{place.sql} IN ({', '.join(bind(value) for value in values)})" if values else "(FALSE)"


def _like(value: str) -> str:
    """A value of LIKE as SQL's pattern."""
    return "".join("%" if plain == "*" else _literal(plain or escaped) for escaped, plain in _PIECES.findall(value))


def _text(operator: Operator, values: Sequence[str], place: ColumnSql, bind: _Bind) -> str:
    column = place.sql if place.is_lower or place.is_exact else f"lower({place.sql})"

    def folded(value: str) -> str:
        if place.is_exact:
            return bind(value)
        return bind(value.lower()) if place.is_lower else f"lower({bind(value)})"

    if operator is Operator.CONTAINS:
        patterns, exact = [f"%{_literal(value)}%" for value in values], list[str]()
    else:
        patterns = [_pattern(value) for value in values if _is_pattern(value)]
        exact = [value for value in values if not _is_pattern(value)]
    tests = [f"{column} LIKE {folded(pattern)} ESCAPE '{_ESCAPE}'" for pattern in patterns]
    if exact:
        tests.append(f"{column} IN ({', '.join(folded(value) for value in exact)})")
    return _joined(" OR ", tests, "FALSE")


def _is_pattern(value: str) -> bool:
    return "*" in value or "?" in value


def _literal(value: str) -> str:
    return "".join(f"{_ESCAPE}{sign}" if sign in "%_!" else sign for sign in value)


def _pattern(value: str) -> str:
    return _literal(value).replace("*", "%").replace("?", "_")


def _naive(value: int | dt.datetime) -> int | dt.datetime:
    return value.astimezone(dt.UTC).replace(tzinfo=None) if isinstance(value, dt.datetime) else value
