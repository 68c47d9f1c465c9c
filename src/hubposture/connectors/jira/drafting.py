"""What a draft is in Jira's fields."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hubposture.connectors.jira.answers import named
from hubposture.connectors.jira.dialect import Dialect
from hubposture.connectors.jira.fields import Screen, Screens, given, shaped
from hubposture.connectors.jira.limits import Calls
from hubposture.connectors.jira.people import People
from hubposture.connectors.jira.shape import PROPERTY, Shape
from hubposture.errors import RemoteRefused
from hubposture.render.spans import clean, units
from hubposture.work.ticket import Draft, Route

_LONGEST_TITLE: Final = 255
_LONGEST_LABEL: Final = 255
_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
OPTIONAL: Final = frozenset({"duedate", "priority", "assignee", "parent"})
"""Fields without which a ticket is still of use: where a project does not take one, it is left out."""
OURS: Final = frozenset({"summary", "description", "labels", *OPTIONAL})
"""Fields that speak of one ticket. Trouble with any other is the project's."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing can be written to a project with the settings as they are."""

    why: str


class Drafting:
    """Makes Jira's fields of drafts, and remembers what each project does not take."""

    def __init__(self, calls: Calls, dialect: Dialect, shape: Shape) -> None:
        self._calls = calls
        self._dialect = dialect
        self.shape = shape
        self.screens = Screens(calls, dialect)
        self.people = People(calls, dialect)
        self._left_out: dict[Route, set[str]] = {}

    def creation(self, draft: Draft) -> dict[str, Any] | Refused:
        """The body of a creation. Raises RemoteError where the project says nothing of itself."""
        place = draft.route.place
        wanted = self.shape.type_in(place)
        try:
            screen = self.screens.screen(place, wanted)
        except RemoteRefused as error:
            if error.code in ("403", "404", "400"):
                return Refused(f"project {place} is not there, or nothing may be made in it ({error})")
            raise
        if not screen.type_id:
            known = ", ".join(screen.types) or "none that may be made"
            return Refused(f"project {place} has no type {wanted!r} (it has: {known}); correct issue_type")
        fields = self._further(screen, place) | {
            "project": {"key": place},
            "issuetype": {"id": screen.type_id},
            **self._text(draft),
            "labels": list(labels_of(draft)),
            **self._optional(draft, screen),
        }
        if trouble := self._secure(fields, place, screen):
            return trouble
        return {"fields": fields, "properties": property_of(draft)}

    def change(self, draft: Draft, *, has_parent: bool) -> dict[str, Any]:
        """The body of an update: our fields alone. Labels are added, so that those of people stay."""
        place = draft.route.place
        fields = self._text(draft) | self._duty(draft)
        if draft.route.parent and not has_parent:
            fields |= self._parent(draft.route.parent, place)
        if level := self.shape.project(place).security_level:
            fields["security"] = {"name": level}
        fields = {name: value for name, value in fields.items() if name not in self._left_out.get(draft.route, ())}
        add = [{"add": one} for one in labels_of(draft)]
        return {"fields": fields, "update": {"labels": add}, "properties": property_of(draft)}

    def parent_field(self, draft: Draft) -> str:
        """The id of the field that leads to what is above; '' for none."""
        return next(iter(self._parent(draft.route.parent, draft.route.place)), "") if draft.route.parent else ""

    def leave_out(self, route: Route, fields: Iterable[str], *, also: Collection[str] = ()) -> bool:
        """Write these fields no more on this route; whether they may be left out (`also` may), and were not yet."""
        known, wanted = self._left_out.setdefault(route, set()), set(fields)
        is_news = bool(wanted - known) and all(one in also or self.is_optional(one) for one in wanted)
        if is_news:
            known |= wanted
        return is_news

    def is_optional(self, name: str) -> bool:
        """Whether a ticket is of use without this field."""
        return name in OPTIONAL or name == (self._dialect.epic or "parent")

    def _text(self, draft: Draft) -> dict[str, Any]:
        if draft.keeps_text:
            return {}
        return {"summary": title_of(draft.title), "description": self._dialect.text(draft.body)}

    def _duty(self, draft: Draft) -> dict[str, Any]:
        """By when, and how urgent."""
        found: dict[str, Any] = {"duedate": draft.due.isoformat() if draft.due is not None else None}
        if name := self.shape.priority(draft.severity, draft.raised):
            found["priority"] = {"name": name}
        return found

    def _optional(self, draft: Draft, screen: Screen) -> dict[str, Any]:
        place, found = draft.route.place, {name: one for name, one in self._duty(draft).items() if one is not None}
        if draft.route.parent:
            found |= self._parent(draft.route.parent, place)
        if who := self.people.assignable(place, draft.route.assignee):
            found["assignee"] = who
        left_out = self._left_out.get(draft.route, set())
        if "priority" in found and not _is_offered(screen, "priority", found["priority"]["name"]):
            del found["priority"]
        return {
            name: value
            for name, value in found.items()
            if name not in left_out and (not screen.fields or name in screen.fields or name == "parent")
        }

    def _parent(self, parent: str, place: str) -> Mapping[str, Any]:
        screen = self.screens.screen(place, self.shape.type_in(place))
        return self._dialect.parent(self._calls, parent, is_subtask=screen.is_subtask)

    def _further(self, screen: Screen, place: str) -> dict[str, Any]:
        """Fields of the settings; one that the screen does not show goes as it is, and Jira says what is wrong."""
        written = self.shape.project(place).fields
        found = given(screen.fields, written)
        known = {name.casefold() for id_, (one, _) in found.items() for name in (id_, one.name)}
        others = {name: value for name, value in written.items() if name.casefold() not in known}
        return others | {id_: shaped(one.schema, value, self._dialect) for id_, (one, value) in found.items()}

    def _secure(self, fields: dict[str, Any], place: str, screen: Screen) -> Refused | None:
        """Set the security level. A ticket is never made without the one it should have."""
        level = self.shape.project(place).security_level
        if not level:
            return None
        if screen.fields and "security" not in screen.fields:
            setting = self.shape.setting(place, "security_level")
            return Refused(f"project {place} has no security level on its screen, and {setting} is {level!r}")
        fields["security"] = {"name": level}
        return None


def _is_offered(screen: Screen, name: str, value: str) -> bool:
    """Whether a field takes a value; one that does not list any takes all."""
    field = screen.fields.get(name)
    return field is None or not field.allowed or named(field.allowed, value) is not None


def property_of(draft: Draft) -> Sequence[Mapping[str, Any]]:
    """Our entity property: which draft the issue holds."""
    return [{"key": PROPERTY, "value": {"key": draft.key, "digest": draft.digest}}]


def labels_of(draft: Draft) -> tuple[str, ...]:
    """The labels of a ticket, ours first. Jira takes no blanks in them."""
    rest = (_BLANK.sub("-", one.strip())[:_LONGEST_LABEL] for one in draft.labels)
    return tuple(dict.fromkeys(one for one in (draft.key, *rest) if one))


def title_of(title: str) -> str:
    """A title on one line, cut to what Jira takes; never empty."""
    found = clean(title).strip() or "(no title)"
    if units(found) <= _LONGEST_TITLE:
        return found
    while units(found) >= _LONGEST_TITLE:
        found = found[:-1]
    return found + "…"
