"""How an emulated Jira writes what it knows as JSON."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from hubposture.sandbox.remote.jira_model import (
    Category,
    Change,
    Comment,
    FieldSpec,
    Issue,
    IssueType,
    JiraKind,
    Project,
    Transition,
    User,
)
from hubposture.sandbox.remote.jira_world import EPIC_LINK, World

_CATEGORIES = {
    Category.NEW: (2, "blue-gray", "To Do"),
    Category.IN_PROGRESS: (4, "yellow", "In Progress"),
    Category.DONE: (3, "green", "Done"),
}
_ALWAYS = ("summary", "description", "labels", "duedate", "assignee", "reporter", "priority", "resolution", "security")


def moment(at: dt.datetime) -> str:
    """A moment as Jira writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


class Shower:
    """Writes users, issues, fields and the rest as the site's kind does."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def is_cloud(self) -> bool:
        """Whether it writes as Cloud does."""
        return self._world.kind is JiraKind.CLOUD

    def link(self, path: str) -> str:
        """The address of something, as `self` has it."""
        world = self._world
        if not self.is_cloud:
            return f"{world.base_url}/rest/api/2{path}"
        if world.switches.self_links_to_gateway:
            return f"https://api.atlassian.com/ex/jira/{world.cloud_id}/rest/api/3{path}"
        return f"{world.base_url}/rest/api/3{path}"

    def user(self, id_: str | None) -> dict[str, Any] | None:
        """A user; None for nobody."""
        if id_ is None:
            return None
        user = self._world.users.get(id_) or User(id_, "Former user", is_active=False)
        common = {"displayName": user.display_name, "active": user.is_active, "timeZone": user.time_zone}
        if not self.is_cloud:
            named = {"self": self.link(f"/user?username={id_}"), "name": id_, "key": f"JIRAUSER{id_}"}
            return named | {"emailAddress": user.address} | common
        found = {"self": self.link(f"/user?accountId={id_}"), "accountId": id_, "accountType": "atlassian"} | common
        is_hidden = user.is_address_hidden or self._world.switches.hides_addresses or not user.address
        return found if is_hidden else found | {"emailAddress": user.address}

    def status(self, name: str) -> dict[str, Any]:
        """A status with its category."""
        status = self._world.statuses[name]
        id_, colour, category = _CATEGORIES[status.category]
        return {
            "self": self.link(f"/status/{status.id}"),
            "description": "",
            "iconUrl": f"{self._world.base_url}/images/icons/statuses/generic.png",
            "id": status.id,
            "name": name,
            "statusCategory": {
                "self": self.link(f"/statuscategory/{id_}"),
                "id": id_,
                "key": status.category.value,
                "colorName": colour,
                "name": category,
            },
        }

    def type(self, one: IssueType) -> dict[str, Any]:
        """A type of issues."""
        found = {
            "self": self.link(f"/issuetype/{one.id}"),
            "id": one.id,
            "description": "",
            "iconUrl": f"{self._world.base_url}/images/icons/issuetypes/task.png",
            "name": one.name,
            "subtask": one.level < 0,
        }
        return found | {"hierarchyLevel": one.level} if self.is_cloud else found

    def project(self, one: Project) -> dict[str, Any]:
        """A project, without its types."""
        found = {"self": self.link(f"/project/{one.id}"), "id": one.id, "key": one.key, "name": one.name}
        return found | {"projectTypeKey": "software"} | ({"simplified": False} if self.is_cloud else {})

    def priority(self, id_: str | None) -> dict[str, Any] | None:
        """A priority."""
        if id_ is None:
            return None
        name = self._world.priorities[id_]
        return {"self": self.link(f"/priority/{id_}"), "id": id_, "name": name, "iconUrl": f"{name.lower()}.svg"}

    def resolution(self, id_: str | None) -> dict[str, Any] | None:
        """A resolution; None where there is none."""
        if id_ is None:
            return None
        return {"self": self.link(f"/resolution/{id_}"), "id": id_, "name": self._world.resolutions[id_]}

    # Issues

    def created(self, issue: Issue) -> dict[str, Any]:
        """What is answered to a creation."""
        return {"id": issue.id, "key": issue.key, "self": self.link(f"/issue/{issue.id}")}

    def issue(
        self, issue: Issue, names: Collection[str], *, expand: Collection[str] = (), properties: Collection[str] = ()
    ) -> dict[str, Any]:
        """An issue with the fields named (`*all`, `*navigable`, `-name` and `id` as Jira takes them)."""
        found = self.created(issue)
        if names and set(names) <= {"id"}:
            return found if not properties else found | {"properties": self._properties(issue, properties)}
        found["expand"] = "operations,editmeta,changelog,transitions,renderedFields"
        found["fields"] = self._chosen(issue, names)
        if properties:
            found["properties"] = self._properties(issue, properties)
        if "changelog" in expand:
            found["changelog"] = self.changelog(issue)
        return found

    def _properties(self, issue: Issue, names: Collection[str]) -> dict[str, Any]:
        return {name: issue.properties[name] for name in names if name in issue.properties}

    def _chosen(self, issue: Issue, names: Collection[str]) -> dict[str, Any]:
        wanted = [name for name in names if not name.startswith("-")]
        without = {name[1:] for name in names if name.startswith("-")}
        fields = self._fields(issue)
        is_all = not wanted or "*all" in wanted or "*navigable" in wanted
        if wanted and "*all" not in wanted and "comment" not in wanted:
            fields.pop("comment")
        return {name: value for name, value in fields.items() if (is_all or name in wanted) and name not in without}

    def _fields(self, issue: Issue) -> dict[str, Any]:
        world = self._world
        found: dict[str, Any] = {name: self.value(name, issue.fields.get(name)) for name in _ALWAYS}
        for name, spec in world.field_specs.items():
            if spec.custom:
                found[name] = self.value(name, issue.fields.get(name))
        found |= {
            "project": self.project(world.projects[issue.project]),
            "issuetype": self.type(world.type_of(issue)),
            "status": self.status(issue.status),
            "created": moment(issue.created),
            "updated": moment(issue.updated),
            "resolutiondate": issue.fields.get("resolutiondate"),
            "issuelinks": [self.issue_link(issue, link) for link in issue.links],
            "comment": self.comments(issue, issue.comments, start=0, most=len(issue.comments)),
        }
        parent = world.issues.get(issue.fields.get("parent") or "")
        return found if parent is None else found | {"parent": self._linked(parent)}

    def value(self, name: str, value: Any) -> Any:
        """A stored value as it is shown."""
        match name:
            case "priority":
                return self.priority(value)
            case "resolution":
                return self.resolution(value)
            case "assignee" | "reporter":
                return self.user(value)
            case "labels":
                return list(value or ())
            case "security":
                levels = {id_: text for one in self._world.projects.values() for id_, text, _ in one.levels}
                return None if value is None else {"id": value, "name": levels.get(value, ""), "description": ""}
            case _:
                spec = self._world.field_specs.get(name)
                return value if spec is None or value is None else self._custom(spec, value)

    def _custom(self, spec: FieldSpec, value: Any) -> Any:
        if spec.custom == EPIC_LINK:
            epic = self._world.issues.get(value)
            return epic.key if epic else None
        if spec.type == "array":
            return [self._simple(spec, spec.items, one) for one in value]
        return self._simple(spec, spec.type, value)

    def _simple(self, spec: FieldSpec, kind: str, value: Any) -> Any:
        if kind == "option":
            return {"self": self.link(f"/customFieldOption/{value}"), "value": dict(spec.allowed)[value], "id": value}
        return self.user(value) if kind == "user" else value

    def _linked(self, issue: Issue) -> dict[str, Any]:
        fields = {"summary": issue.fields["summary"], "status": self.status(issue.status)}
        return self.created(issue) | {"fields": fields | {"issuetype": self.type(self._world.type_of(issue))}}

    def issue_link(self, issue: Issue, link: tuple[str, str, str, str]) -> dict[str, Any]:
        """A link as one of its issues shows it."""
        id_, name, inward, outward = link
        found = {"id": id_, "self": self.link(f"/issueLink/{id_}"), "type": self.link_type(name)}
        if inward == issue.id:
            return found | {"outwardIssue": self._linked(self._world.issues[outward])}
        return found | {"inwardIssue": self._linked(self._world.issues[inward])}

    def link_type(self, name: str) -> dict[str, Any]:
        """A type of links."""
        id_, _, inward, outward = next(one for one in self._world.link_types if one[1] == name)
        return {
            "id": id_,
            "name": name,
            "inward": inward,
            "outward": outward,
            "self": self.link(f"/issueLinkType/{id_}"),
        }

    def comments(self, issue: Issue, found: list[Comment], *, start: int, most: int) -> dict[str, Any]:
        """A page of comments."""
        page = [self.comment(issue, one) for one in found[start : start + most]]
        return {"startAt": start, "maxResults": most, "total": len(found), "comments": page}

    def comment(self, issue: Issue, one: Comment, *, is_with_properties: bool = False) -> dict[str, Any]:
        """A comment."""
        found = {
            "self": self.link(f"/issue/{issue.id}/comment/{one.id}"),
            "id": one.id,
            "author": self.user(one.author),
            "body": one.body,
            "updateAuthor": self.user(one.author),
            "created": moment(one.created),
            "updated": moment(one.updated),
        }
        if is_with_properties:
            found["properties"] = [{"key": key, "value": value} for key, value in one.properties.items()]
        return found | {"jsdPublic": True} if self.is_cloud else found

    def changelog(self, issue: Issue) -> dict[str, Any]:
        """The history: newest first on Cloud, oldest first on Data Center."""
        changes = list(reversed(issue.history)) if self.is_cloud else issue.history
        page = [self.change(one) for one in changes]
        return {"startAt": 0, "maxResults": len(page), "total": len(page), "histories": page}

    def change(self, one: Change) -> dict[str, Any]:
        """One entry of the history."""
        return {
            "id": one.id,
            "author": self.user(one.author),
            "created": moment(one.moment),
            "items": [_item(item) for item in one.items],
        }

    # What can be written

    def field_meta(self, spec: FieldSpec, project: Project, *, is_required: bool) -> dict[str, Any]:
        """A field of a screen, as createmeta and transitions have it."""
        found: dict[str, Any] = {
            "required": is_required,
            "schema": spec.schema,
            "name": spec.name,
            "key" if self.is_cloud else "fieldId": spec.id,
            "hasDefaultValue": False,
            "operations": ["add", "set", "remove"] if spec.type == "array" else ["set"],
        }
        allowed = self._allowed(spec, project)
        return found if allowed is None else found | {"allowedValues": allowed}

    def _allowed(self, spec: FieldSpec, project: Project) -> list[dict[str, Any]] | None:
        match spec.id:
            case "priority":
                return [shown for id_ in self._world.priorities if (shown := self.priority(id_))]
            case "resolution":
                return [shown for id_ in self._world.resolutions if (shown := self.resolution(id_))]
            case "security":
                return [{"id": id_, "name": name, "description": ""} for id_, name, _ in project.levels]
            case "project":
                return [self.project(project)]
            case "issuetype":
                return [self.type(one) for one in project.types]
            case _:
                options = [self._simple(spec, "option", id_) for id_, _ in spec.allowed]
                return options or None

    def transition(self, one: Transition, project: Project, *, is_with_fields: bool) -> dict[str, Any]:
        """A transition, with its screen where that is asked for."""
        found: dict[str, Any] = {"id": one.id, "name": one.name, "to": self.status(one.to)}
        if self.is_cloud:
            found |= {"hasScreen": bool(one.screen), "isGlobal": not one.sources, "isInitial": False}
            found |= {"isAvailable": True, "isConditional": False, "looped": False}
        if is_with_fields:
            specs = self._world.field_specs
            found["fields"] = {
                name: self.field_meta(specs[name], project, is_required=is_required) for name, is_required in one.screen
            }
        return found


def _item(item: tuple[str, str | None, str | None, str | None, str | None]) -> Mapping[str, Any]:
    name, before, before_text, after, after_text = item
    found: dict[str, str | None] = {"field": name, "fieldtype": "jira", "fieldId": name}
    found |= {"from": before, "fromString": before_text, "to": after, "toString": after_text}
    # The contract has no null here; what is empty is left out on Cloud's side of it.
    return {key: value for key, value in found.items() if value is not None}
