"""The state of an emulated Jira site: its clock, users, projects and issues, and what its index knows of them."""

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hubposture.sandbox.remote.jira_answers import refused
from hubposture.sandbox.remote.jira_model import (
    Category,
    Change,
    Comment,
    FieldSpec,
    Issue,
    IssueType,
    JiraKind,
    Permission,
    Project,
    Status,
    User,
)
from hubposture.sandbox.remote.jira_switches import JiraSwitches

Item = tuple[str, str | None, str | None, str | None, str | None]
"""An item of the history: field, from, from as text, to, to as text."""

EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"

_PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
_RESOLUTIONS = ("Done", "Won't Do", "Duplicate", "Cannot Reproduce")
_LINK_TYPES = (
    ("10000", "Blocks", "is blocked by", "blocks"),
    ("10001", "Cloners", "is cloned by", "clones"),
    ("10002", "Duplicate", "is duplicated by", "duplicates"),
    ("10003", "Relates", "relates to", "relates to"),
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a webhook may tell: its name, the issue as it was then, who did it, what changed, the comment."""

    name: str
    issue: Issue
    author: str
    moment: dt.datetime
    change: Change | None = None
    comment: Comment | None = None


class World:
    """One site. Everything is changed under `lock`, which the server and the people of the site take."""

    def __init__(self, kind: JiraKind, *, url: str = "https://acme.atlassian.net", cloud_id: str = "") -> None:
        self.kind = kind
        self.base_url = url
        self.cloud_id = cloud_id or "11223344-a1b2-3b33-c444-def123456789"
        self.switches = JiraSwitches()
        self.lock = threading.RLock()
        self.index_lag_seconds: float = 0.0
        self.users: dict[str, User] = {}
        self.statuses: dict[str, Status] = {}
        self.priorities = {str(number): name for number, name in enumerate(_PRIORITIES, 1)}
        self.resolutions = {str(number): name for number, name in enumerate(_RESOLUTIONS, 10_000)}
        self.link_types = list(_LINK_TYPES)
        self.field_specs: dict[str, FieldSpec] = {}
        self.projects: dict[str, Project] = {}
        self.issues: dict[str, Issue] = {}
        self.denied: set[tuple[str, str, Permission]] = set()
        self.events: list[Event] = []
        self._numbers: dict[str, int] = {}
        self._by_key: dict[str, str] = {}
        self._frozen: dt.datetime | None = None
        self._clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)

    # Time

    def follow(self, clock: Callable[[], dt.datetime]) -> None:
        """Go by another clock from now on (aware, UTC), unless a moment was set."""
        self._clock = clock

    @property
    def now(self) -> dt.datetime:
        """The site's clock, in milliseconds; the real one until it is set."""
        found = self._frozen or self._clock()
        return found.replace(microsecond=found.microsecond // 1000 * 1000)

    @now.setter
    def now(self, moment: dt.datetime | None) -> None:
        self._frozen = moment

    def advance(self, *, seconds: float = 0, days: float = 0) -> None:
        """Move the clock on; it stands still from then on, until it is moved again."""
        self.now = self.now + dt.timedelta(seconds=seconds, days=days)

    # Building

    def number(self, what: str, *, first: int = 10_000) -> str:
        """The next id of its kind."""
        self._numbers[what] = self._numbers.get(what, first) + 1
        return str(self._numbers[what])

    def add_user(self, user: User) -> User:
        """Add a user."""
        self.users[user.id] = user
        return user

    def add_status(self, name: str, category: Category) -> Status:
        """Add a status, or give the one of that name."""
        if name not in self.statuses:
            self.statuses[name] = Status(self.number("status"), name, category)
        return self.statuses[name]

    def add_field(self, spec: FieldSpec) -> FieldSpec:
        """Add a field to the site."""
        self.field_specs[spec.id] = spec
        return spec

    def add_project(self, project: Project) -> Project:
        """Add a project; the statuses of its workflow must be there."""
        for name in project.workflow.statuses:
            if name not in self.statuses:
                raise KeyError(f"the site has no status {name}")
        self.projects[project.key] = project
        return project

    # Permissions

    def deny(self, user: str, project: str, *permissions: Permission) -> None:
        """Take permissions of a user in a project away; all of them where none is named."""
        self.denied |= {(user, project, one) for one in permissions or Permission}

    def allow(self, user: str, project: str, *permissions: Permission) -> None:
        """Give permissions back; all of them where none is named."""
        self.denied -= {(user, project, one) for one in permissions or Permission}

    def may(self, user: str, project: str, permission: Permission) -> bool:
        """Whether an active user has a permission in a project that exists; browsing is part of each."""
        found = self.users.get(user)
        needed = {permission, Permission.BROWSE}
        is_denied = any((user, project, one) in self.denied for one in needed)
        return found is not None and found.is_active and project in self.projects and not is_denied

    def is_browsable(self, user: str, project: str) -> bool:
        """Whether a user sees a project."""
        return self.may(user, project, Permission.BROWSE)

    def is_seen(self, user: str, issue: Issue) -> bool:
        """Whether a user sees an issue: by its project and by its security level."""
        if not self.may(user, issue.project, Permission.BROWSE):
            return False
        for id_, _, seers in self.projects[issue.project].levels:
            if id_ == issue.fields.get("security"):
                return not seers or user in seers
        return True

    # Issues

    def find(self, id_or_key: str) -> Issue | None:
        """An issue by its id, its key or a key it had before it was moved."""
        found = self.issues.get(id_or_key)
        return found or self.issues.get(self._by_key.get(id_or_key.upper(), ""))

    def visible(self, user: str, id_or_key: str) -> Issue:
        """An issue that the user sees; raises Refused."""
        issue = self.find(id_or_key)
        if issue is None or not self.is_seen(user, issue):
            raise refused(404, "Issue does not exist or you do not have permission to see it.")
        return issue

    def project(self, user: str, id_or_key: str) -> Project:
        """A project that the user sees; raises Refused."""
        for one in self.projects.values():
            if id_or_key in (one.id, one.key) and self.may(user, one.key, Permission.BROWSE):
                return one
        raise refused(404, f"No project could be found with key '{id_or_key}'.")

    def type_of(self, issue: Issue) -> IssueType:
        """The type of an issue."""
        return next(one for one in self.projects[issue.project].types if one.id == issue.type)

    def status_of(self, issue: Issue) -> Status:
        """The status of an issue."""
        return self.statuses[issue.status]

    def add_issue(self, project: Project, type_: IssueType, fields: dict[str, Any], author: str) -> Issue:
        """Make an issue with stored values."""
        now = self.now
        issue = Issue(self.number("issue"), "", project.key, type_.id, project.workflow.statuses[0], now, now, fields)
        self.give_key(issue, project)
        fields.setdefault("reporter", author)
        self.issues[issue.id] = issue
        self.index(issue)
        self.tell("jira:issue_created", issue, author)
        return issue

    def give_key(self, issue: Issue, project: Project) -> None:
        """Give an issue the next key of a project; the key it had stays known."""
        if issue.key:
            issue.old_keys.append(issue.key)
        project.last_number += 1
        issue.project, issue.key = project.key, f"{project.key}-{project.last_number}"
        self._by_key[issue.key] = issue.id

    def record(self, issue: Issue, author: str, items: Iterable[Item]) -> None:
        """Note that an issue was changed: its moment, its history, the index, the webhooks."""
        issue.updated = self.now
        change = Change(self.number("change"), issue.updated, author, tuple(items))
        if change.items:
            issue.history.append(change)
        self.index(issue)
        self.tell("jira:issue_updated", issue, author, change=change)

    def remove(self, issue: Issue, author: str) -> None:
        """Delete an issue; its links go with it, its key stays taken."""
        del self.issues[issue.id]
        for one in self.issues.values():
            one.links = [link for link in one.links if issue.id not in link]
        self.tell("jira:issue_deleted", issue, author)

    def delete_project(self, key: str) -> None:
        """Delete a project and its issues, as an administrator may; webhooks say nothing of it."""
        del self.projects[key]
        self.issues = {id_: one for id_, one in self.issues.items() if one.project != key}

    def tell(
        self, name: str, issue: Issue, author: str, *, change: Change | None = None, comment: Comment | None = None
    ) -> None:
        """Keep an event for the webhooks."""
        self.events.append(Event(name, issue.frozen(), author, self.now, change, comment))

    # The index

    def index(self, issue: Issue) -> None:
        """Let the index know an issue as it is, once it gets there."""
        now = self.now
        known = [one for one in issue.versions if one[0] <= now]
        later = [one for one in issue.versions if one[0] > now]
        arrives = now + dt.timedelta(seconds=self.index_lag_seconds)
        issue.versions = [*known[-1:], *later, (arrives, issue.frozen())]

    def indexed(self, *, through: frozenset[str] = frozenset()) -> Iterator[Issue]:
        """All issues as the index knows them, by id; those named in `through` as they are."""
        now = self.now
        for issue in self.issues.values():
            if issue.id in through:
                yield issue.frozen()
                continue
            known = [one for moment, one in issue.versions if moment <= now]
            if known:
                yield known[-1]
