"""Searches of an emulated Jira: bounded and by token on Cloud, by offset on Data Center; both by an index that lags."""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from hubposture.sandbox.remote import jira_jql
from hubposture.sandbox.remote.jira_answers import Answer, Asked, known_only, mapping, refused
from hubposture.sandbox.remote.jira_model import Issue, JiraKind
from hubposture.sandbox.remote.jira_routes import Route
from hubposture.sandbox.remote.jira_shown import Shower
from hubposture.sandbox.remote.jira_world import World

_MOST_RECONCILED = 50
_MOST_PROPERTIES = 5
_MOST_CLOUD = 5_000
_MOST_DATA_CENTER = 1_000
_CLOUD = ("jql", "fields", "maxResults", "nextPageToken", "expand", "properties", "reconcileIssues", "fieldsByKeys")
_DATA_CENTER = ("jql", "fields", "maxResults", "startAt", "expand", "properties", "validateQuery", "fieldsByKeys")
_LISTS = ("fields", "properties", "reconcileIssues", "expand")


class SearchApi:
    """The operations that search."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shower = Shower(world)

    def routes(self) -> list[Route]:
        """What it answers."""
        if self._world.kind is JiraKind.DATA_CENTER:
            return [
                Route("GET", "/search", lambda asked: self._by_offset(asked, _query(asked, _DATA_CENTER))),
                Route("POST", "/search", lambda asked: self._by_offset(asked, mapping(asked.body))),
            ]
        return [
            Route("GET", "/search/jql", lambda asked: self._by_token(asked, _query(asked, _CLOUD))),
            Route("POST", "/search/jql", lambda asked: self._by_token(asked, mapping(asked.body))),
            Route("POST", "/search/approximate-count", self._count),
            Route("GET", "/search", self._removed),
            Route("POST", "/search", self._removed),
        ]

    def _removed(self, _asked: Asked) -> Answer:
        message = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
        raise refused(410, message)

    def _by_token(self, asked: Asked, body: Mapping[str, Any]) -> Answer:
        known_only(body, *_CLOUD)
        through = self._reconciled(body)
        properties = body.get("properties") or []
        if len(properties) > _MOST_PROPERTIES:
            raise refused(400, f"At most {_MOST_PROPERTIES} properties can be asked for.")
        found = self._found(asked, body, through=through, must_be_bounded=True)
        start = _start(body.get("nextPageToken"), str(body.get("jql")))
        most = min(_number(body.get("maxResults"), 50), _MOST_CLOUD, self._world.switches.page_most)
        page = found[start : start + most]
        expand = [word.strip() for word in str(body.get("expand") or "").split(",")]
        names = body.get("fields") or ["id"]
        shown = [self._shower.issue(one, names, expand=expand, properties=properties) for one in page]
        if set(names) == {"id"}:
            shown = [{"id": one["id"]} | ({"properties": one["properties"]} if properties else {}) for one in shown]
        is_last = start + most >= len(found)
        token = {} if is_last else {"nextPageToken": _token(start + most, str(body.get("jql")))}
        return Answer(200, {"issues": shown, "isLast": is_last, **token})

    def _by_offset(self, asked: Asked, body: Mapping[str, Any]) -> Answer:
        known_only(body, *_DATA_CENTER)
        found = self._found(asked, body)
        start = _number(body.get("startAt"), 0)
        most = min(_number(body.get("maxResults"), 50), _MOST_DATA_CENTER, self._world.switches.page_most)
        expand, names = body.get("expand") or [], body.get("fields") or ["*navigable"]
        shown = [self._shower.issue(one, names, expand=expand) for one in found[start : start + most]]
        page = {"expand": "schema,names", "startAt": start, "maxResults": most, "total": len(found), "issues": shown}
        return Answer(200, page)

    def _count(self, asked: Asked) -> Answer:
        body = mapping(asked.body)
        known_only(body, "jql")
        return Answer(200, {"count": len(self._found(asked, body, must_be_bounded=True))})

    def _found(
        self,
        asked: Asked,
        body: Mapping[str, Any],
        *,
        through: frozenset[str] = frozenset(),
        must_be_bounded: bool = False,
    ) -> list[Issue]:
        query = jira_jql.read(str(body.get("jql") or ""), world=self._world, user=asked.user)
        if must_be_bounded and not query.is_bounded:
            message = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
            raise refused(400, message)
        found = query.run(list(self._world.indexed(through=through)))
        return [one for one in found if self._world.is_seen(asked.user, self._world.issues[one.id])]

    def _reconciled(self, body: Mapping[str, Any]) -> frozenset[str]:
        given = body.get("reconcileIssues") or []
        if not isinstance(given, list) or not all(isinstance(one, int) for one in given):
            raise refused(400, "reconcileIssues must be a list of issue ids as numbers.")
        if len(given) > _MOST_RECONCILED:
            raise refused(400, f"At most {_MOST_RECONCILED} issues can be reconciled.")
        return frozenset(map(str, given))


def _query(asked: Asked, known: Iterable[str]) -> dict[str, Any]:
    """The parameters of a GET as the body of a POST would have them."""
    found: dict[str, Any] = {name: value for name, value in asked.params.items() if name in known}
    for name in _LISTS:
        if name in found and not (name == "expand" and "nextPageToken" in known):
            words = asked.words(name)
            found[name] = [int(one) for one in words if one.isdigit()] if name == "reconcileIssues" else words
    return found


def _number(value: Any, default: int) -> int:
    if value is None:
        return default
    if not str(value).isdigit():
        raise refused(400, f"'{value}' is not a number.")
    return int(value)


def _token(start: int, jql: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, jql]).encode()).decode()


def _start(token: Any, jql: str) -> int:
    """Where the page of a token begins; a token of another query is refused."""
    if token is None:
        return 0
    try:
        start, of = json.loads(base64.urlsafe_b64decode(str(token)))
    except ValueError:
        start, of = 0, None
    if of != jql:
        raise refused(400, "The provided next page token is invalid or expired.")
    return int(start)
