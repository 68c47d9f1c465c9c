"""What an emulated Jira makes of the fields of a request: stored values, or an error by field."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from hubposture.sandbox.remote import jira_adf
from hubposture.sandbox.remote.jira_model import FieldSpec, Issue, IssueType, JiraKind, Permission, Project
from hubposture.sandbox.remote.jira_world import EPIC_LINK, World

_LONGEST_SUMMARY = 255
_LONGEST_LABEL = 255
_NOT_ON_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


class BadValue(Exception):
    """A value that its field does not take; the text is what Jira says."""


@dataclass(slots=True)
class Checked:
    """What came of the fields: values to store by field id, errors by field id."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where values are written: project, type, the fields on the screen, and the issue if there is one already."""

    project: Project
    type: IssueType
    screen: Collection[str]
    issue: Issue | None = None


class Fields:
    """Checks values as the site's kind does."""

    def __init__(self, world: World) -> None:
        self._world = world

    def check(self, place: Place, fields: Any, update: Any) -> Checked:
        """Check `fields` and `update` of a request against a screen."""
        found = Checked()
        if not isinstance(fields, dict) or not isinstance(update, dict):
            found.errors["fields"] = "data was not an object"
            return found
        for name, value in fields.items():
            if name in update:
                found.errors[name] = f"Field '{name}' cannot appear in both 'fields' and 'update'"
            else:
                self._one(found, place, name, value)
        for name, operations in update.items():
            if name not in ("comment", *fields):
                self._operate(found, place, name, operations)
        return found

    def missing(self, required: Collection[str], given: Mapping[str, Any]) -> dict[str, str]:
        """An error for each required field that has no value."""
        found = {}
        for name in required:
            if given.get(name) in (None, "", (), []):
                label = self._world.field_specs[name].name if name in self._world.field_specs else name.capitalize()
                found[name] = (
                    "You must specify a summary of the issue." if name == "summary" else f"{label} is required."
                )
        return found

    def _one(self, found: Checked, place: Place, name: str, value: Any) -> None:
        if name not in place.screen:
            found.errors[name] = _NOT_ON_SCREEN.format(name)
            return
        try:
            found.values[name] = self._value(place, name, value)
        except BadValue as bad:
            found.errors[name] = str(bad)

    def _operate(self, found: Checked, place: Place, name: str, operations: Any) -> None:
        """Do the operations of `update` on a field, from what it has."""
        is_list = isinstance(operations, list) and all(isinstance(one, dict) and len(one) == 1 for one in operations)
        if not is_list:
            found.errors[name] = "operations are a list of objects with one verb each"
            return
        for operation in operations:
            ((verb, value),) = operation.items()
            if verb == "set":
                self._one(found, place, name, value)
            elif name == "labels" and verb in ("add", "remove"):
                before = found.values.get(name, place.issue.fields.get(name, ()) if place.issue else ())
                rest = [one for one in before if one != value]
                self._one(found, place, name, [*rest, value] if verb == "add" else rest)
            else:
                found.errors[name] = f"Field with id '{name}' and name '{name}' does not support operation '{verb}'"

    # One value

    def _value(self, place: Place, name: str, value: Any) -> Any:
        known: Mapping[str, Callable[[Place, Any], Any]] = {
            "summary": self._summary,
            "labels": self._labels,
            "priority": lambda _, value: self._named(value, self._world.priorities, "Priority"),
            "resolution": lambda _, value: self._named(value, self._world.resolutions, "Resolution"),
            "security": self._level,
            "assignee": self._user,
            "reporter": self._user,
            "duedate": self._date,
            "parent": self._parent,
        }
        if name in known:
            return known[name](place, value)
        return self._custom(place, self._world.field_specs[name], value)

    def _level(self, place: Place, value: Any) -> str | None:
        levels = {id_: label for id_, label, _ in place.project.levels}
        return None if value is None else self._named(value, levels, "Security level")

    def _summary(self, _place: Place, value: Any) -> str:
        if not isinstance(value, str):
            raise BadValue("Operation value must be a string")
        if not value.strip():
            raise BadValue("You must specify a summary of the issue.")
        if "\n" in value or "\r" in value:
            raise BadValue("The summary is invalid because it contains newline characters.")
        if len(value) > _LONGEST_SUMMARY:
            raise BadValue(f"Summary must be less than {_LONGEST_SUMMARY} characters.")
        return value

    def _labels(self, _place: Place, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise BadValue("data was not an array")
        for one in value:
            if not isinstance(one, str):
                raise BadValue("string expected at index 0")
            if any(letter.isspace() for letter in one) or not one:
                raise BadValue(f"The label '{one}' contains spaces which is invalid.")
            if len(one) > _LONGEST_LABEL:
                raise BadValue(f"The label '{one[:20]}...' exceeds the maximum length of {_LONGEST_LABEL} characters.")
        return tuple(dict.fromkeys(value))

    def _named(self, value: Any, known: Mapping[str, str], what: str) -> str:
        """The id of a value that is given by id or name."""
        if not isinstance(value, dict):
            raise BadValue("expected Object containing a 'name' or 'id' property")
        for id_, name in known.items():
            if ("id" in value and value["id"] == id_) or ("id" not in value and value.get("name") == name):
                return id_
        shown = value.get("id", value.get("name", ""))
        raise BadValue(f"{what} {'id' if 'id' in value else 'name'} '{shown}' is not valid")

    def _user(self, place: Place, value: Any) -> str | None:
        if value is None:
            return None
        is_cloud = self._world.kind is JiraKind.CLOUD
        if not isinstance(value, dict):
            raise BadValue("data was not an object")
        if is_cloud and ("name" in value or "key" in value):
            raise BadValue("'accountId' must be the only user identifying query parameter in GDPR strict mode.")
        id_ = value.get("id", value.get("accountId")) if is_cloud else value.get("name")
        if id_ is None or (id_ == "" and not is_cloud):
            return None
        if str(id_) not in self._world.users:
            raise BadValue(f"User '{id_}' does not exist.")
        if not self._world.may(str(id_), place.project.key, Permission.ASSIGNABLE):
            raise BadValue(f"User '{id_}' cannot be assigned issues.")
        return str(id_)

    def _date(self, _place: Place, value: Any) -> str | None:
        if value is None:
            return None
        try:
            return dt.datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=dt.UTC).date().isoformat()
        except (ValueError, TypeError):
            raise BadValue(f"Error parsing date string: {value}") from None

    def _parent(self, place: Place, value: Any) -> str | None:
        if value is None or (isinstance(value, dict) and value.get("none") is True):
            return None
        if not isinstance(value, dict):
            raise BadValue("data was not an object")
        parent = self._world.find(str(value.get("key", value.get("id", ""))))
        if parent is None:
            raise BadValue("Could not find issue by id or key.")
        is_above = self._world.type_of(parent).level == place.type.level + 1
        is_near = place.type.level >= 0 or parent.project == place.project.key
        if not is_above or not is_near or (self._world.kind is JiraKind.DATA_CENTER and place.type.level >= 0):
            raise BadValue("Given parent work item does not belong to appropriate hierarchy.")
        return parent.id

    def _custom(self, place: Place, spec: FieldSpec, value: Any) -> Any:
        if value is None:
            return None
        if spec.custom == EPIC_LINK:
            return self._epic(value)
        if spec.is_multi_line:
            return self.body(value)
        if spec.type == "array":
            if not isinstance(value, list):
                raise BadValue("data was not an array")
            return tuple(self._simple(place, spec, spec.items, one) for one in value)
        return self._simple(place, spec, spec.type, value)

    def _simple(self, place: Place, spec: FieldSpec, kind: str, value: Any) -> Any:
        match kind:
            case "option":
                return self._option(spec, value)
            case "user":
                return self._user(place, value)
            case "date":
                return self._date(place, value)
            case "number" if not isinstance(value, int | float) or isinstance(value, bool):
                raise BadValue("Operation value must be a number")
            case "string" if not isinstance(value, str):
                raise BadValue("Operation value must be a string")
            case "string" if len(value) > _LONGEST_SUMMARY or "\n" in value:
                raise BadValue(f"{spec.name} is a single line of at most {_LONGEST_SUMMARY} characters")
            case _:
                return value

    def _option(self, spec: FieldSpec, value: Any) -> str:
        if not isinstance(value, dict):
            raise BadValue("Specify a valid 'id' or 'name' for " + spec.name)
        for id_, text in spec.allowed:
            if value.get("id") == id_ or ("id" not in value and value.get("value") == text):
                return id_
        raise BadValue(f"Option value '{value.get('value', value.get('id'))}' is not valid")

    def _epic(self, value: Any) -> str:
        """Data Center: the key of an epic."""
        epic = self._world.find(value) if isinstance(value, str) else None
        if epic is None or self._world.type_of(epic).level != 1:
            raise BadValue(f"Issue '{value}' is not an epic or does not exist.")
        return epic.id

    def body(self, value: Any) -> Any:
        """A text of several lines: a document on Cloud, wiki markup on Data Center; raises BadValue."""
        if value is None:
            return None
        if self._world.kind is JiraKind.DATA_CENTER:
            if not isinstance(value, str):
                raise BadValue("Operation value must be a string")
            text = value
        else:
            if not isinstance(value, dict):
                raise BadValue("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
            if wrong := jira_adf.faults(value):
                raise BadValue(f"INVALID_INPUT: {wrong[0]}")
            text = orjson.dumps(value).decode() if self._world.switches.longest_counts_markup else jira_adf.text(value)
        if len(text) > jira_adf.LONGEST_TEXT:
            raise BadValue(
                f"The entered text is too long. It exceeds the allowed limit of {jira_adf.LONGEST_TEXT:,} characters."
            )
        return value
