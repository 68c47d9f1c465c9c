"""From a comparison as written to one in the tree: names, operators and values checked against the fields."""

import datetime as dt
import difflib
import re
from collections.abc import Mapping
from typing import assert_never

from hubposture.errors import Problem
from hubposture.filters.fields import FREE_TEXT, Field, Shape
from hubposture.filters.tokens import Token, Value
from hubposture.filters.tree import All, AnyOf, Comparison, Filter, Not, Operator

_AGE = re.compile(r"(\d{1,5})([hdw])", re.ASCII | re.IGNORECASE)
_HOURS = {"h": 1, "d": 24, "w": 168}
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WHOLE = re.compile(r"\d{1,15}", re.ASCII)
_TRUTHS = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
_TURNED = {
    Operator.ABOVE: Operator.BELOW,
    Operator.BELOW: Operator.ABOVE,
    Operator.AT_LEAST: Operator.AT_MOST,
    Operator.AT_MOST: Operator.AT_LEAST,
}
_NEGATIVE = (Operator.IS_NOT, Operator.CONTAINS_NOT)


class BadValue(Exception):
    """Something wrong with a value: what, and what to do."""

    def __init__(self, at: int, what: str, hint: str) -> None:
        self.problem = Problem(f"filter:{at}", what, hint)
        super().__init__(str(self.problem))


def comparison(token: Token, fields: Mapping[str, Field], *, now: dt.datetime) -> Filter:
    """What a comparison says. Raises BadValue for the first thing that is wrong with it."""
    field = _field(token, fields)
    if token.operator not in field.operators:
        allowed = " ".join(field.operators)
        raise BadValue(token.at, f"{field.name} takes no {token.operator}", f"it takes {allowed}")
    key = token.key or ""
    match field.shape:
        case Shape.TEXT:
            values: tuple[str | int, ...] = tuple(value.text for value in token.values)
        case Shape.PATH:
            values = tuple(_path(value.text) for value in token.values)
        case Shape.CHOICE | Shape.RANK:
            values = tuple(_choice(value, field) for value in token.values)
        case Shape.TRUTH:
            values = tuple(_truth(value, field) for value in token.values)
        case Shape.NUMBER:
            values = tuple(_number(value, field) for value in token.values)
        case Shape.TIME:
            return _times(token, field, now)
        case _:
            assert_never(field.shape)
    _only_one(token)
    return Comparison(field.name, token.operator, values, key)


def word(token: Token, fields: Mapping[str, Field]) -> Filter:
    """What a bare word or quoted text searches. Raises BadValue where there is no free text or the text is empty."""
    if FREE_TEXT not in fields:
        raise BadValue(token.at, "text alone is not searched here", f"name a field: {_known(fields)}")
    text = token.values[0].text
    if not text:
        raise BadValue(token.at, "there is nothing to search for in empty quotes", "remove them")
    return Comparison(FREE_TEXT, Operator.CONTAINS, (text,))


def _field(token: Token, fields: Mapping[str, Field]) -> Field:
    field = fields.get(token.name.lower())
    if field is None:
        near = difflib.get_close_matches(token.name.lower(), fields, 1, 0.6)
        hint = f"did you mean {near[0]}?" if near else f"there are {_known(fields)}; quote it if it is text"
        raise BadValue(token.at, f"there is no field {token.name}", hint)
    if field.is_keyed and not token.key:
        raise BadValue(token.at, f"{field.name} needs a name behind it", f"write {field.example}")
    if not field.is_keyed and token.key is not None:
        raise BadValue(token.at, f"{field.name} takes no :{token.key}", f"write {field.name}{token.operator}...")
    return field


def _known(fields: Mapping[str, Field]) -> str:
    return ", ".join(sorted(fields))


def _only_one(token: Token) -> None:
    if len(token.values) > 1 and token.operator in _TURNED:
        raise BadValue(token.values[1].at, f"{token.name}{token.operator} takes one value", "remove the others")


def _path(text: str) -> str:
    inner = text.strip("/")
    return f"/{inner}" if not text.startswith("*") else text.rstrip("/")


def _choice(value: Value, field: Field) -> str:
    wanted = _plain(value.text)
    for choice in field.choices:
        if _plain(choice) == wanted:
            return choice
    near = difflib.get_close_matches(wanted, [_plain(choice) for choice in field.choices], 1, 0.6)
    meant = [choice for choice in field.choices if near and _plain(choice) == near[0]]
    allowed = f"it is one of {', '.join(choice for choice in field.choices if choice)}"
    hint = f"did you mean {meant[0]}? {allowed}" if meant else allowed
    raise BadValue(value.at, f"{value.text or 'nothing'} is no {field.name}", hint)


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", "-", text.strip().casefold())


def _truth(value: Value, field: Field) -> str:
    found = _TRUTHS.get(value.text.strip().lower())
    if found is None:
        raise BadValue(value.at, f"{field.name} is yes or no, not {value.text or 'nothing'}", f"write {field.name}=yes")
    return found


def _number(value: Value, field: Field) -> int:
    if _WHOLE.fullmatch(value.text) is None:
        raise BadValue(value.at, f"{field.name} is a whole number, not {value.text or 'nothing'}", "write digits alone")
    return int(value.text)


def _times(token: Token, field: Field, now: dt.datetime) -> Filter:
    _only_one(token)
    found = AnyOf(tuple(_time(token.operator, value, field, now) for value in token.values))
    return Not(found) if token.operator in _NEGATIVE else found


def _time(operator: Operator, value: Value, field: Field, now: dt.datetime) -> Filter:
    """One moment, day or age."""
    try:
        if age := _AGE.fullmatch(value.text):
            return _age(operator, value, field, now - dt.timedelta(hours=int(age[1]) * _HOURS[age[2].lower()]))
        if _DAY.match(value.text):
            return _moment(operator, value.text, field.name)
    except (ValueError, OverflowError):
        pass
    what = f"{value.text or 'nothing'} is neither an age nor a day for {field.name}"
    raise BadValue(value.at, what, f"write {field.name}>30d, or {field.name}<2026-11-01")


def _age(operator: Operator, value: Value, field: Field, moment: dt.datetime) -> Filter:
    """An age turns the operator: what is older began earlier."""
    if operator not in _TURNED:
        raise BadValue(value.at, f"{field.name} takes no age with {operator}", f"write {field.name}>{value.text}")
    return Comparison(field.name, _TURNED[operator], (moment.astimezone(dt.UTC),))


def _moment(operator: Operator, text: str, name: str) -> Filter:
    moment = dt.datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    if _DAY.fullmatch(text):
        return _day(operator, name, moment)
    return Comparison(name, Operator.IS if operator in _NEGATIVE else operator, (moment,))


def _day(operator: Operator, name: str, begin: dt.datetime) -> Filter:
    """A whole day (UTC): `<=` through its end, `>` from its end on, `=` within it."""
    end = begin + dt.timedelta(days=1)
    match operator:
        case Operator.BELOW | Operator.AT_LEAST:
            return Comparison(name, operator, (begin,))
        case Operator.AT_MOST:
            return Comparison(name, Operator.BELOW, (end,))
        case Operator.ABOVE:
            return Comparison(name, Operator.AT_LEAST, (end,))
        case _:
            return All((Comparison(name, Operator.AT_LEAST, (begin,)), Comparison(name, Operator.BELOW, (end,))))
