"""What a Jira site is made of: users, statuses, workflows, fields, projects, issues."""

import dataclasses
import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class JiraKind(StrEnum):
    """Which Jira it is."""

    CLOUD = "cloud"
    DATA_CENTER = "data-center"


class Category(StrEnum):
    """The category of a status, by its key."""

    NEW = "new"
    IN_PROGRESS = "indeterminate"
    DONE = "done"


class Permission(StrEnum):
    """What a user may do in a project."""

    BROWSE = "browse"
    CREATE = "create"
    EDIT = "edit"
    TRANSITION = "transition"
    LINK = "link"
    COMMENT = "comment"
    DELETE = "delete"
    ASSIGNABLE = "assignable"


@dataclass(slots=True)
class User:
    """A user: `id` is the account id on Cloud and the name on Data Center."""

    id: str
    display_name: str
    address: str = ""
    is_active: bool = True
    is_address_hidden: bool = False
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Status:
    """A status of the site."""

    id: str
    name: str
    category: Category


@dataclass(frozen=True, slots=True)
class Transition:
    """A way to a status: from the statuses named, () for all; its screen as fields by id and whether each is required.

    `sets` is the resolution that it sets by itself, '' for none. `only_for` are the users that see it (its condition; () for
    all), `refuses` is what its validator says to everybody who takes it over REST ('' lets them).
    """

    id: str
    name: str
    to: str
    sources: tuple[str, ...] = ()
    screen: tuple[tuple[str, bool], ...] = ()
    sets: str = ""
    only_for: tuple[str, ...] = ()
    refuses: str = ""


@dataclass(frozen=True, slots=True)
class Workflow:
    """Statuses by name, the first is where issues begin, and the ways between them."""

    name: str
    statuses: tuple[str, ...]
    transitions: tuple[Transition, ...]

    def ways(self, status: str) -> list[Transition]:
        """The transitions that leave a status."""
        return [one for one in self.transitions if not one.sources or status in one.sources]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field: its schema's type, items, system or custom name, and the values it allows ({id, value or name})."""

    id: str
    name: str
    type: str = "string"
    items: str = ""
    system: str = ""
    custom: str = ""
    allowed: tuple[tuple[str, str], ...] = ()
    is_multi_line: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The schema as Jira writes it."""
        found: dict[str, Any] = {"type": self.type}
        found |= {"items": self.items} if self.items else {}
        found |= {"system": self.system} if self.system else {}
        if self.custom:
            found |= {"custom": self.custom, "customId": int(self.id.rpartition("_")[2])}
        return found


@dataclass(frozen=True, slots=True)
class IssueType:
    """A type of issues in a project: fields on its screens, and those of them that are required."""

    id: str
    name: str
    level: int = 0
    screen: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


@dataclass(slots=True)
class Project:
    """A project. `levels` are its security levels: id, name, and who sees issues of it (empty: everybody)."""

    id: str
    key: str
    name: str
    types: tuple[IssueType, ...]
    workflow: Workflow
    levels: tuple[tuple[str, str, frozenset[str]], ...] = ()
    last_number: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the history: each item is (field, from, from as text, to, to as text)."""

    id: str
    moment: dt.datetime
    author: str
    items: tuple[tuple[str, str | None, str | None, str | None, str | None], ...]


@dataclass(slots=True)
class Comment:
    """A comment."""

    id: str
    author: str
    body: Any
    created: dt.datetime
    updated: dt.datetime
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Issue:
    """An issue.

    `fields` holds plain values by field id (never changed in place): ids of priority, resolution, assignee,
    parent and security level, labels as a tuple, anything else as it was written.
    """

    id: str
    key: str
    project: str
    type: str
    status: str
    created: dt.datetime
    updated: dt.datetime
    fields: dict[str, Any] = field(default_factory=dict)
    old_keys: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    remote_links: list[dict[str, Any]] = field(default_factory=list)
    links: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Links as (id, type's name, inward issue's id, outward issue's id); both issues have it."""
    history: list[Change] = field(default_factory=list)
    versions: list[tuple[dt.datetime, "Issue"]] = field(default_factory=list)
    """What the index knows: from when it knows it, and the issue as it was."""

    def frozen(self) -> "Issue":
        """The issue as it is now, without its versions."""
        return dataclasses.replace(self, fields=dict(self.fields), links=list(self.links), versions=[])
