"""Values of fields as their schemas take them, and what a project's creation screen has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import orjson

from hubposture.connectors.jira.answers import at, items, number, text
from hubposture.connectors.jira.dialect import Dialect
from hubposture.connectors.jira.limits import Calls

_PAGE: Final = 200
_MOST_PAGES: Final = 50
_MULTI_LINE: Final = "com.atlassian.jira.plugin.system.customfieldtypes:textarea"
_LONG: Final = ("description", "environment", "comment")
_BY_NAME: Final = frozenset({"priority", "resolution", "securitylevel", "version", "component", "group", "issuetype"})
_NUMBERS: Final = "-+.0123456789eE"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a screen. `allowed` are the values that it may have, where it lists them."""

    id: str
    name: str
    is_required: bool
    has_default: bool
    schema: Mapping[str, Any] = field(default_factory=dict)
    allowed: Sequence[Mapping[str, Any]] = ()

    @property
    def is_needed(self) -> bool:
        """Whether nothing is done without it."""
        return self.is_required and not self.has_default


@dataclass(frozen=True, slots=True)
class Screen:
    """The creation screen of a type of issues in a project: fields by id. `type_id` is '' where there is no such type."""

    type_id: str
    types: tuple[str, ...]
    is_subtask: bool = False
    fields: Mapping[str, Field] = field(default_factory=dict)


def field_of(id_: str, found: Mapping[str, Any]) -> Field:
    """A field as creation and transition screens describe it."""
    schema = at(found, "schema")
    return Field(
        id=id_,
        name=text(found, "name") or id_,
        is_required=at(found, "required") is True,
        has_default=at(found, "hasDefaultValue") is True,
        schema=schema if isinstance(schema, Mapping) else {},
        allowed=items(found, "allowedValues"),
    )


def given(fields: Mapping[str, Field], written: Mapping[str, str]) -> dict[str, tuple[Field, str]]:
    """What is written for which field of a screen, by the field's id; names do not differ by case."""
    by_name = {name.casefold(): value for name, value in written.items()}
    found = {}
    for id_, one in fields.items():
        value = by_name.get(id_.casefold(), by_name.get(one.name.casefold()))
        if value is not None:
            found[id_] = (one, value)
    return found


def shaped(schema: Mapping[str, Any], value: str, dialect: Dialect) -> Any:
    """A text as the value of a field: an option, a number, a person, a list of them. JSON goes as it is."""
    if value[:1] in ("{", "["):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            pass
    kind = text(schema, "type")
    if kind == "array":
        inner = {"type": text(schema, "items")}
        return [shaped(inner, one.strip(), dialect) for one in value.split(",") if one.strip()]
    if kind == "option-with-child":
        parent, _, child = (one.strip() for one in value.partition(">"))
        return {"value": parent} | ({"child": {"value": child}} if child else {})
    return _single(kind, schema, value, dialect)


def _single(kind: str, schema: Mapping[str, Any], value: str, dialect: Dialect) -> Any:
    if kind == "number":
        return _number(value)
    if kind == "option":
        return {"value": value}
    if kind in _BY_NAME:
        return {"name": value}
    if kind == "user":
        return dialect.person({"accountId": value, "name": value})
    if kind in ("issuelink", "project"):
        return {"key": value}
    is_long = text(schema, "custom") == _MULTI_LINE or text(schema, "system") in _LONG
    return dialect.words(value) if is_long else value


def _number(value: str) -> Any:
    """A number; what is none goes as it is, and Jira says what is wrong."""
    if not value or any(one not in _NUMBERS for one in value):
        return value
    try:
        return float(value) if any(one in value for one in ".eE") else int(value)
    except ValueError:
        return value


class Screens:
    """The creation screens of projects, each asked for once."""

    def __init__(self, calls: Calls, dialect: Dialect) -> None:
        self._calls = calls
        self._dialect = dialect
        self._known: dict[tuple[str, str], Screen] = {}

    def screen(self, place: str, type_name: str) -> Screen:
        """The screen of a type, by its name or id. Raises RemoteError: refused where the project may not be seen."""
        key = (place, type_name.casefold())
        if key not in self._known:
            self._known[key] = self._ask(place, type_name)
        return self._known[key]

    def forget(self, place: str) -> None:
        """Ask again next time: somebody changed the project."""
        self._known = {key: one for key, one in self._known.items() if key[0] != place}

    def _ask(self, place: str, type_name: str) -> Screen:
        path = f"/issue/createmeta/{quote(place, safe='')}/issuetypes"
        types = self._pages("createmeta", path, ("issueTypes", "createMetaIssueType", "values"))
        wanted = type_name.casefold()
        found = next((one for one in types if wanted in (text(one, "name").casefold(), text(one, "id"))), None)
        names = tuple(text(one, "name") for one in types)
        if found is None:
            return Screen("", names)
        type_id = text(found, "id")
        listed = self._pages("createmeta fields", f"{path}/{quote(type_id, safe='')}", ("fields", "results", "values"))
        fields = [field_of(text(one, "fieldId") or text(one, "key"), one) for one in listed]
        return Screen(type_id, names, at(found, "subtask") is True, {one.id: one for one in fields if one.id})

    def _pages(self, what: str, path: str, names: Sequence[str]) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for _ in range(_MOST_PAGES):
            reply = self._calls.get(what, path, {"startAt": len(found), "maxResults": _PAGE})
            some = next((listed for name in names if (listed := items(reply.body, name))), [])
            found += some
            total = number(reply.body, "total")
            if not some or at(reply.body, "isLast") is True or (total is not None and len(found) >= total):
                break
        return found
