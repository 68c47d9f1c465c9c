"""Who people are at a site: users by the address or name that a route has."""

from collections.abc import Mapping
from typing import Any, Final

from hubposture.connectors.jira.answers import at, items
from hubposture.connectors.jira.dialect import Dialect
from hubposture.connectors.jira.limits import Calls

_NOT_SAID: Final = (400, 401, 403, 404)


class People:
    """Looks for users, each once in each project."""

    def __init__(self, calls: Calls, dialect: Dialect) -> None:
        self._calls = calls
        self._dialect = dialect
        self._known: dict[tuple[str, str], Mapping[str, str] | None] = {}

    def assignable(self, place: str, who: str) -> Mapping[str, str] | None:
        """How a user is named when issues of a project are assigned; None for nobody, or several. Raises RemoteError."""
        if not who.strip():
            return None
        key = (place, who.strip().casefold())
        if key not in self._known:
            self._known[key] = self._look(place, who.strip())
        return self._known[key]

    def _look(self, place: str, who: str) -> Mapping[str, str] | None:
        params = {"project": place, "maxResults": 50, **self._dialect.person_query(who)}
        reply = self._calls.get("user/assignable", "/user/assignable/search", params, answers=_NOT_SAID)
        users = [] if reply.status in _NOT_SAID else items({"users": reply.body}, "users")
        found = [one for one in users if at(one, "active") is not False and self._dialect.is_person(one, who)]
        return self._named(found, who)

    def _named(self, found: list[Mapping[str, Any]], who: str) -> Mapping[str, str] | None:
        """The only one; where there are several, the only one that shows this very address."""
        if len(found) > 1:
            found = [one for one in found if str(at(one, "emailAddress")).casefold() == who.casefold()]
        return self._dialect.person(found[0]) if len(found) == 1 else None
