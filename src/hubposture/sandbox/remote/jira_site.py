"""What an emulated Jira says of itself: who asks, projects, screens, priorities, fields, users."""

from typing import Any

from hubposture.sandbox.remote.jira_answers import Answer, Asked, refused
from hubposture.sandbox.remote.jira_model import JiraKind, Permission, Project, User
from hubposture.sandbox.remote.jira_routes import Route
from hubposture.sandbox.remote.jira_shown import Shower, moment
from hubposture.sandbox.remote.jira_world import World

_MOST = 50
_PERMISSIONS = {
    "BROWSE_PROJECTS": Permission.BROWSE,
    "CREATE_ISSUES": Permission.CREATE,
    "EDIT_ISSUES": Permission.EDIT,
    "TRANSITION_ISSUES": Permission.TRANSITION,
    "LINK_ISSUES": Permission.LINK,
    "ADD_COMMENTS": Permission.COMMENT,
    "DELETE_ISSUES": Permission.DELETE,
    "ASSIGNABLE_USER": Permission.ASSIGNABLE,
}


class SiteApi:
    """The operations that only read what administrators have set up."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shower = Shower(world)

    @property
    def _is_cloud(self) -> bool:
        return self._world.kind is JiraKind.CLOUD

    def routes(self) -> list[Route]:
        """What it answers."""
        found = [
            Route("GET", "/myself", lambda asked: Answer(200, self._shower.user(asked.user))),
            Route("GET", "/mypermissions", self._my_permissions),
            Route("GET", "/serverInfo", self._server),
            Route("GET", "/project/{}", self._project),
            Route("GET", "/issue/createmeta/{}/issuetypes", self._types),
            Route("GET", "/issue/createmeta/{}/issuetypes/{}", self._type_fields),
            Route("GET", "/priority", lambda _: Answer(200, self._priorities())),
            Route("GET", "/field", self._fields),
            Route("GET", "/status", lambda _: Answer(200, [self._shower.status(one) for one in self._world.statuses])),
            Route(
                "GET", "/resolution", lambda _: Answer(200, [*map(self._shower.resolution, self._world.resolutions)])
            ),
            Route("GET", "/user/search", self._users),
            Route("GET", "/user/assignable/search", self._assignable),
        ]
        if self._is_cloud:
            found.insert(2, Route("GET", "/project/search", self._project_page))
            found.append(Route("GET", "/priority/search", lambda asked: _page(asked, self._priorities(), "values")))
        else:
            found.append(Route("GET", "/project", lambda asked: Answer(200, self._projects(asked))))
        return found

    def _priorities(self) -> list[dict[str, Any]]:
        shown = [one for id_ in self._world.priorities if (one := self._shower.priority(id_))]
        return [{**one, "description": "", "statusColor": "#ff5630"} for one in shown]

    def _server(self, _asked: Asked) -> Answer:
        world = self._world
        if self._is_cloud:
            kind = {"version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0], "deploymentType": "Cloud"}
        else:
            kind = {"version": "11.3.0", "versionNumbers": [11, 3, 0], "deploymentType": "Server"}
        common = {"baseUrl": world.base_url, "serverTime": moment(world.now), "serverTitle": "Jira", "buildNumber": 1}
        return Answer(200, common | kind)

    # Projects

    def _projects(self, asked: Asked) -> list[dict[str, Any]]:
        seen = [one for one in self._world.projects.values() if self._world.is_browsable(asked.user, one.key)]
        return [self._shower.project(one) for one in seen]

    def _project_page(self, asked: Asked) -> Answer:
        return _page(asked, self._projects(asked), "values")

    def _project(self, asked: Asked, id_or_key: str) -> Answer:
        project = self._world.project(asked.user, id_or_key)
        shown = self._shower.project(project) | {"issueTypes": [self._shower.type(one) for one in project.types]}
        return Answer(200, shown)

    def _creatable(self, asked: Asked, id_or_key: str) -> Project:
        project = self._world.project(asked.user, id_or_key)
        if not self._world.may(asked.user, project.key, Permission.CREATE):
            raise refused(403, "You do not have permission to create issues in this project.")
        return project

    def _types(self, asked: Asked, id_or_key: str) -> Answer:
        project = self._creatable(asked, id_or_key)
        return self._meta_page(asked, [self._shower.type(one) for one in project.types], "issueTypes")

    def _type_fields(self, asked: Asked, id_or_key: str, type_id: str) -> Answer:
        project = self._creatable(asked, id_or_key)
        for one in project.types:
            if one.id == type_id:
                required = ("summary", "project", "issuetype", *one.required)
                fields = [self._meta(name, project, is_required=name in required) for name in _all(one.screen)]
                return self._meta_page(asked, fields, "fields")
        raise refused(404, "The issue type does not exist in this project.")

    def _meta(self, name: str, project: Project, *, is_required: bool) -> dict[str, Any]:
        found = self._shower.field_meta(self._world.field_specs[name], project, is_required=is_required)
        return found | {"fieldId": name, "hasDefaultValue": name == "priority"}

    def _meta_page(self, asked: Asked, items: list[dict[str, Any]], name: str) -> Answer:
        """A page of createmeta: under a name of its own on Cloud, under `values` on Data Center."""
        answer = _page(asked, items, name if self._is_cloud else "values")
        if self._is_cloud:
            del answer.body["isLast"]
        return answer

    def _fields(self, _asked: Asked) -> Answer:
        found = []
        for one in self._world.field_specs.values():
            shown = {"id": one.id, "name": one.name, "custom": bool(one.custom), "schema": one.schema}
            shown |= {"orderable": True, "navigable": True, "searchable": True, "clauseNames": [one.id]}
            found.append(shown | {"key": one.id} if self._is_cloud else shown)
        return Answer(200, found)

    def _my_permissions(self, asked: Asked) -> Answer:
        """What the user may do with an issue, or in a project; Cloud tells only of permissions that are named."""
        wanted = asked.words("permissions")
        if self._is_cloud and not wanted:
            raise refused(400, "The 'permissions' query parameter is required.")
        issue, project = (asked.params.get(f"{one}Id", asked.params.get(f"{one}Key")) for one in ("issue", "project"))
        seen = self._world.visible(asked.user, issue).project if issue else ""
        place = seen or self._world.project(asked.user, project or "").key
        found = {}
        for name in wanted or _PERMISSIONS:
            if name not in _PERMISSIONS:
                raise refused(400, f"Unrecognized permission: {name}")
            may = self._world.may(asked.user, place, _PERMISSIONS[name])
            found[name] = {"key": name, "name": name, "type": "PROJECT", "description": "", "havePermission": may}
        return Answer(200, {"permissions": found})

    # Users

    def _users(self, asked: Asked) -> Answer:
        return self._named(asked, list(self._world.users.values()))

    def _assignable(self, asked: Asked) -> Answer:
        project = asked.params.get("project", asked.params.get("issueKey", "").rpartition("-")[0])
        found = self._world.project(asked.user, project)
        users = [one for one in self._world.users.values() if self._world.may(one.id, found.key, Permission.ASSIGNABLE)]
        return self._named(asked, users)

    def _named(self, asked: Asked, users: list[User]) -> Answer:
        """Active users whose name or address begins with what is asked for; addresses count even where hidden."""
        if self._is_cloud and "username" in asked.params:
            raise refused(400, "The query parameter 'username' is not supported in GDPR strict mode.")
        text = asked.params.get("query" if self._is_cloud else "username", "").casefold()
        account = asked.params.get("accountId")
        if not text and not account and not asked.path.startswith("/user/assignable"):
            raise refused(400, "The username query parameter was not provided")
        found = []
        for one in users:
            words = [one.address.casefold(), one.display_name.casefold(), *one.display_name.casefold().split()]
            words += [] if self._is_cloud else [one.id.casefold()]
            is_named = account == one.id if account else any(word.startswith(text) for word in words)
            if one.is_active and is_named:
                found.append(self._shower.user(one.id))
        start = asked.number("startAt", 0)
        return Answer(200, found[start : start + min(asked.number("maxResults", _MOST), 1000)])


def _all(screen: tuple[str, ...]) -> list[str]:
    return ["project", "issuetype", *(name for name in screen if name not in ("project", "issuetype"))]


def _page(asked: Asked, items: list[dict[str, Any]], name: str) -> Answer:
    start, most = asked.number("startAt", 0), min(asked.number("maxResults", _MOST), 200)
    body = {"startAt": start, "maxResults": most, "total": len(items), name: items[start : start + most]}
    return Answer(200, body | {"isLast": start + most >= len(items)})
