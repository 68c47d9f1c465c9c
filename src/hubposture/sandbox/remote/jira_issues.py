"""Making, reading, changing and moving issues of an emulated Jira."""

from typing import Any

from hubposture.sandbox.remote.jira_answers import Answer, Asked, Refused, known_only, mapping, pairs, refused
from hubposture.sandbox.remote.jira_fields import BadValue, Fields, Place
from hubposture.sandbox.remote.jira_model import (
    Category,
    Comment,
    Issue,
    IssueType,
    JiraKind,
    Permission,
    Project,
    Transition,
)
from hubposture.sandbox.remote.jira_routes import Route
from hubposture.sandbox.remote.jira_shown import Shower, moment
from hubposture.sandbox.remote.jira_world import Item, World

_MOST_AT_ONCE = 50
_DETAILS = ("fields", "update", "transition", "properties", "historyMetadata")


class Writer:
    """Changes issues and notes it, whoever asks: over REST or by hand."""

    def __init__(self, world: World) -> None:
        self._world = world

    def set(self, issue: Issue, author: str, values: dict[str, Any]) -> None:
        """Store values; nothing is noted where nothing changes."""
        items = self._items(issue, values)
        issue.fields = issue.fields | values
        if items:
            self._world.record(issue, author, items)

    def walk(self, issue: Issue, author: str, way: Transition, values: dict[str, Any]) -> None:
        """Take a transition: the status, the fields of its screen, and the resolution as the workflow has it."""
        world = self._world
        before, after = world.statuses[issue.status], world.statuses[way.to]
        if way.sets:
            set_by_itself = next(id_ for id_, name in world.resolutions.items() if name == way.sets)
            values = {"resolution": set_by_itself, **values}
        if after.category is not Category.DONE:
            values = values | {"resolution": None}
        items = [("status", before.id, before.name, after.id, after.name), *self._items(issue, values)]
        if values.get("resolution") != issue.fields.get("resolution") and "resolution" in values:
            values = values | {"resolutiondate": moment(world.now) if values["resolution"] else None}
        issue.status, issue.fields = way.to, issue.fields | values
        world.record(issue, author, items)

    def comment(self, issue: Issue, author: str, body: Any, properties: dict[str, Any] | None = None) -> Comment:
        """Add a comment."""
        world = self._world
        made = Comment(world.number("comment"), author, body, world.now, world.now, dict(properties or {}))
        issue.comments.append(made)
        issue.updated = made.created
        world.index(issue)
        world.tell("comment_created", issue, author, comment=made)
        return made

    def _items(self, issue: Issue, values: dict[str, Any]) -> list[Item]:
        found: list[Item] = []
        for name, value in values.items():
            before = issue.fields.get(name)
            if (before or None) != (value or None):
                found.append((name, _plain(before), self._text(name, before), _plain(value), self._text(name, value)))
        return found

    def _text(self, name: str, value: Any) -> str | None:
        world = self._world
        match name:
            case "assignee" | "reporter":
                user = world.users.get(value or "")
                return user.display_name if user else None
            case "priority":
                return world.priorities.get(value or "")
            case "resolution":
                return world.resolutions.get(value or "")
            case "labels":
                return " ".join(value or ())
            case _:
                return _plain(value)


class IssueApi:
    """The operations on issues."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._fields = Fields(world)
        self._shower = Shower(world)
        self._writer = Writer(world)

    def routes(self) -> list[Route]:
        """What it answers."""
        found = [
            Route("POST", "/issue", self._create),
            Route("POST", "/issue/bulk", self._create_many),
            Route("GET", "/issue/{}", self._read),
            Route("PUT", "/issue/{}", self._edit, writes=True),
            Route("DELETE", "/issue/{}", self._delete, writes=True),
            Route("GET", "/issue/{}/transitions", self._transitions),
            Route("POST", "/issue/{}/transitions", self._walk, writes=True),
            Route("PUT", "/issue/{}/assignee", self._assign, writes=True),
            Route("GET", "/issue/{}/editmeta", self._editmeta),
        ]
        if self._world.kind is JiraKind.CLOUD:
            found.insert(0, Route("POST", "/issue/bulkfetch", self._fetch_many))
            found.append(Route("GET", "/issue/{}/changelog", self._changelog))
        return found

    # Creating

    def _create(self, asked: Asked) -> Answer:
        return Answer(201, self._made(asked, mapping(asked.body)))

    def _create_many(self, asked: Asked) -> Answer:
        body = mapping(asked.body)
        updates = body.get("issueUpdates")
        if not isinstance(updates, list) or not updates:
            raise refused(400, "There are no issues to create.")
        if self._world.kind is JiraKind.CLOUD and len(updates) > _MOST_AT_ONCE:
            raise refused(400, f"The number of issues exceeds the limit of {_MOST_AT_ONCE}.")
        made, wrong = [], []
        for number, update in enumerate(updates):
            try:
                made.append(self._made(asked, mapping(update)))
            except Refused as one:
                error = one.answer
                body = {"errorMessages": error.body["errorMessages"], "errors": error.body["errors"]}
                wrong.append({"status": error.status, "elementErrors": body, "failedElementNumber": number})
        if not self._world.switches.notes_bulk_in_order:
            wrong.reverse()
        return Answer(201 if made else 400, {"issues": made, "errors": wrong})

    def _made(self, asked: Asked, body: dict[str, Any]) -> dict[str, Any]:
        """One issue made from the details of a request; raises Refused."""
        known_only(body, *_DETAILS)
        given = dict(body["fields"]) if isinstance(body.get("fields"), dict) else {}
        project, type_ = self._where(asked.user, given)
        place = Place(project, type_, type_.screen)
        checked = self._fields.check(place, given, body.get("update", {}))
        properties = pairs(body.get("properties"))
        required = ("summary", *type_.required)
        errors = self._fields.missing(required, checked.values) | checked.errors
        if errors:
            raise refused(400, **errors)
        checked.values.setdefault("priority", "3" if "priority" in type_.screen else None)
        issue = self._world.add_issue(project, type_, checked.values, asked.user)
        issue.properties |= properties
        shown = self._shower.created(issue)
        return shown | self._first_transition(asked, issue, body.get("transition"))

    def _where(self, user: str, given: dict[str, Any]) -> tuple[Project, IssueType]:
        """The project and the type that the fields name; they are taken out of the fields."""
        named, kind = given.pop("project", None), given.pop("issuetype", None)
        named, kind = (one if isinstance(one, dict) else {} for one in (named, kind))
        try:
            project = self._world.project(user, str(named.get("id", named.get("key", ""))))
        except Refused:
            raise refused(400, project="valid project is required") from None
        if not self._world.may(user, project.key, Permission.CREATE):
            raise refused(403, "You do not have permission to create issues in this project.")
        for one in project.types:
            if one.id == kind.get("id") or ("id" not in kind and one.name == kind.get("name")):
                return project, one
        raise refused(400, issuetype="Specify a valid issue type")

    def _first_transition(self, asked: Asked, issue: Issue, wanted: Any) -> dict[str, Any]:
        if not isinstance(wanted, dict):
            return {}
        try:
            self._walked(asked, issue, {"transition": wanted})
        except Refused as one:
            return {"transition": {"status": one.answer.status, "errorCollection": one.answer.body}}
        return {"transition": {"status": 200, "errorCollection": {"errorMessages": [], "errors": {}}}}

    # Reading

    def _read(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._world.visible(asked.user, id_or_key)
        names, expand, properties = asked.words("fields"), asked.words("expand"), asked.words("properties")
        return Answer(200, self._shower.issue(issue, names, expand=expand, properties=properties))

    def _fetch_many(self, asked: Asked) -> Answer:
        body = mapping(asked.body)
        known_only(body, "issueIdsOrKeys", "fields", "fieldsByKeys", "expand", "properties")
        wanted = body.get("issueIdsOrKeys")
        if not isinstance(wanted, list) or not wanted or len(wanted) > 2 * _MOST_AT_ONCE:
            raise refused(400, "Between 1 and 100 issue ids or keys must be given.")
        found, wrong = {}, []
        for one in wanted:
            try:
                issue = self._world.visible(asked.user, str(one))
            except Refused as error:
                wrong.append({"id": str(one), "errorMessage": error.answer.body["errorMessages"][0]})
            else:
                found[int(issue.id)] = issue
        names, more = body.get("fields") or [], {name: body.get(name) or [] for name in ("expand", "properties")}
        shown = [self._shower.issue(found[id_], names, **more) for id_ in sorted(found)]
        return Answer(200, {"issues": shown, "issueErrors": wrong})

    def _changelog(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._world.visible(asked.user, id_or_key)
        start, most = asked.number("startAt", 0), min(asked.number("maxResults", 100), 100)
        page = [self._shower.change(one) for one in issue.history[start : start + most]]
        is_last, total = start + most >= len(issue.history), len(issue.history)
        body = {"startAt": start, "maxResults": most, "total": total, "isLast": is_last, "values": page}
        return Answer(200, body)

    # Changing

    def _edit(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._allowed(asked, id_or_key, Permission.EDIT, "edit")
        body = mapping(asked.body)
        known_only(body, *_DETAILS)
        place = self._place(issue)
        checked = self._fields.check(place, body.get("fields", {}), body.get("update", {}))
        required = {name for name in ("summary", *place.type.required) if name in checked.values}
        errors = self._fields.missing(required, checked.values) | checked.errors
        if errors:
            raise refused(400, **errors)
        said, properties = self._said(asked, issue, body.get("update", {})), pairs(body.get("properties"))
        self._writer.set(issue, asked.user, checked.values)
        for text in said:
            self._writer.comment(issue, asked.user, text)
        issue.properties |= properties
        if asked.params.get("returnIssue") == "true":
            return Answer(200, self._shower.issue(issue, []))
        return Answer(204)

    def _said(self, asked: Asked, issue: Issue, update: dict[str, Any]) -> list[Any]:
        """The comments that `update` adds; raises Refused."""
        found: list[Any] = []
        if "comment" in update and not self._world.may(asked.user, issue.project, Permission.COMMENT):
            raise refused(400, comment="You do not have the permission to comment on this issue.")
        given = update.get("comment", [])
        if not isinstance(given, list):
            raise refused(400, comment="operations are a list of objects with one verb each")
        for one in given:
            try:
                found.append(self._fields.body(mapping(mapping(one).get("add")).get("body")))
            except BadValue as bad:
                raise refused(400, comment=str(bad)) from None
        return found

    def _assign(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._allowed(asked, id_or_key, Permission.EDIT, "assign")
        checked = self._fields.check(self._place(issue), {"assignee": mapping(asked.body)}, {})
        if checked.errors:
            raise refused(400, **checked.errors)
        self._writer.set(issue, asked.user, checked.values)
        return Answer(204)

    def _delete(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._allowed(asked, id_or_key, Permission.DELETE, "delete")
        children = [one for one in self._world.issues.values() if one.fields.get("parent") == issue.id]
        subtasks = [one for one in children if self._world.type_of(one).level < 0]
        if subtasks and asked.params.get("deleteSubtasks") != "true":
            raise refused(
                400, f"The issue '{issue.key}' has subtasks. You must specify the 'deleteSubtasks' parameter."
            )
        for one in [*subtasks, issue]:
            self._world.remove(one, asked.user)
        return Answer(204)

    def _editmeta(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._allowed(asked, id_or_key, Permission.EDIT, "edit")
        place, specs = self._place(issue), self._world.field_specs
        required = ("summary", *place.type.required)
        fields = {
            name: self._shower.field_meta(specs[name], place.project, is_required=name in required)
            for name in place.screen
        }
        return Answer(200, {"fields": fields})

    # Moving

    def _ways(self, user: str, issue: Issue) -> list[Transition]:
        if not self._world.may(user, issue.project, Permission.TRANSITION):
            return []
        ways = self._world.projects[issue.project].workflow.ways(issue.status)
        return [one for one in ways if not one.only_for or user in one.only_for]

    def _transitions(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._world.visible(asked.user, id_or_key)
        project, wanted = self._world.projects[issue.project], asked.params.get("transitionId")
        is_with_fields = "transitions.fields" in asked.words("expand")
        ways = [one for one in self._ways(asked.user, issue) if wanted in (None, one.id)]
        shown = [self._shower.transition(one, project, is_with_fields=is_with_fields) for one in ways]
        return Answer(200, {"expand": "transitions", "transitions": shown})

    def _walk(self, asked: Asked, id_or_key: str) -> Answer:
        self._walked(asked, self._world.visible(asked.user, id_or_key), mapping(asked.body))
        return Answer(204)

    def _walked(self, asked: Asked, issue: Issue, body: dict[str, Any]) -> None:
        """Take the transition of a request; raises Refused."""
        known_only(body, *_DETAILS)
        wanted = body.get("transition")
        if not isinstance(wanted, dict) or not isinstance(wanted.get("id"), str):
            raise refused(400, "The transition must be given by its id, as a string.")
        for way in self._ways(asked.user, issue):
            if way.id == wanted["id"]:
                self._taken(asked, issue, way, body)
                return
        raise refused(400, f"Transition id '{wanted['id']}' is not valid for this issue.")

    def _taken(self, asked: Asked, issue: Issue, way: Transition, body: dict[str, Any]) -> None:
        if way.refuses:
            raise refused(400, way.refuses)
        project, type_ = self._world.projects[issue.project], self._world.type_of(issue)
        place = Place(project, type_, [name for name, _ in way.screen], issue)
        checked = self._fields.check(place, body.get("fields", {}), body.get("update", {}))
        required = [name for name, is_required in way.screen if is_required]
        errors = self._fields.missing(required, issue.fields | checked.values) | checked.errors
        if errors:
            raise refused(400, **errors)
        said = self._said(asked, issue, body.get("update", {})) if way.screen else []
        self._writer.walk(issue, asked.user, way, checked.values)
        for text in said:
            self._writer.comment(issue, asked.user, text)

    def _place(self, issue: Issue) -> Place:
        type_ = self._world.type_of(issue)
        return Place(self._world.projects[issue.project], type_, type_.screen, issue)

    def _allowed(self, asked: Asked, id_or_key: str, permission: Permission, verb: str) -> Issue:
        issue = self._world.visible(asked.user, id_or_key)
        if not self._world.may(asked.user, issue.project, permission):
            raise refused(403, f"You do not have permission to {verb} issues in this project.")
        return issue


def _plain(value: Any) -> str | None:
    if value is None or value == ():
        return None
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
