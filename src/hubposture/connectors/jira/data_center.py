"""Jira Data Center: REST API v2, wiki markup, users by name, search by pages, epics by a field of their own.

Follows `POST search`, `GET issue/{id}` and `GET field` of the REST API of Jira 9 and 10.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from hubposture.connectors.jira.answers import at, items, number, text, texts
from hubposture.connectors.jira.dialect import Fetched, Issue, one_by_one
from hubposture.connectors.jira.limits import Calls
from hubposture.errors import RemoteUnavailable
from hubposture.render.wiki import wiki
from hubposture.work.body import Body, paragraph

_AT_ONCE: Final = 100
_WITH_HISTORY: Final = 20
_FEW: Final = 5
"""So many are read one by one, with our property: a search gives none, and looks into an index that lags behind."""
_MOST_PAGES: Final = 10_000
_MOST_REFUSED: Final = 8
"""So often is a search for ids cut down; what is left then is read one by one."""
_REFUSED: Final = 400
_EPIC: Final = "com.pyxis.greenhopper.jira:gh-epic-link"


class DataCenter:
    """Implements `Dialect`."""

    def __init__(self) -> None:
        self._epic: str | None = None

    @property
    def api(self) -> str:
        """See `Dialect`."""
        return "/rest/api/2"

    @property
    def epic(self) -> str:
        """See `Dialect`."""
        return self._epic or ""

    def text(self, body: Body) -> Any:
        """See `Dialect`."""
        return wiki(body)

    def words(self, plain: str) -> Any:
        """See `Dialect`."""
        return wiki(Body((paragraph(plain),)))

    def person(self, user: Mapping[str, Any]) -> Mapping[str, str]:
        """See `Dialect`."""
        return {"name": text(user, "name")}

    def person_query(self, who: str) -> Mapping[str, str | int]:
        """See `Dialect`."""
        return {"username": who}

    def is_person(self, user: Mapping[str, Any], who: str) -> bool:
        """See `Dialect`."""
        return who.casefold() in {text(user, name).casefold() for name in ("name", "emailAddress", "displayName")}

    def search(self, calls: Calls, jql: str, *, most: int) -> Sequence[str]:
        """See `Dialect`."""
        found: dict[str, None] = {}
        start = 0
        for _ in range(_MOST_PAGES):
            page = self._page(calls, jql, start, ["id"])
            some = items(page, "issues")
            found |= dict.fromkeys(text(one, "id") for one in some)
            start += len(some)
            total = number(page, "total")
            is_last = not some or (total is not None and start >= total)
            if is_last or len(found) > most:
                return [one for one in found if one][: most + 1]
        raise RemoteUnavailable("Jira: POST search: the pages do not end; run it again later", code="pages")

    def fetch(self, calls: Calls, ids: Collection[str], fields: Sequence[str], *, history: bool = False) -> Fetched:
        """See `Dialect`. A search looks into an index that lags behind, and says no reason for what it leaves out."""
        asked = list(dict.fromkeys(ids))
        if len(asked) <= _FEW:
            return one_by_one(calls, asked, fields, history=history)
        issues: dict[str, Issue] = {}
        unasked: list[str] = []
        at_once = _WITH_HISTORY if history else _AT_ONCE
        for start in range(0, len(asked), at_once):
            unasked += self._many(calls, asked[start : start + at_once], fields, issues, history=history)
        singles = one_by_one(calls, unasked, fields, history=history)
        issues |= singles.issues
        left = tuple(one for one in asked if one not in issues and one not in unasked)
        return Fetched(issues, singles.gone, left)

    def parent(self, calls: Calls, issue: str, *, is_subtask: bool) -> Mapping[str, Any]:
        """See `Dialect`. Its schema says which field leads to epics; names and ids of it differ from site to site."""
        if is_subtask:
            return {"parent": {"key": issue}}
        if self._epic is None:
            reply = calls.get("field", "/field")
            listed = items({"fields": reply.body}, "fields")
            self._epic = next((text(one, "id") for one in listed if text(one, "schema", "custom") == _EPIC), "")
        return {self._epic: issue} if self._epic else {}

    def _page(self, calls: Calls, jql: str, start: int, fields: Sequence[str], **more: Any) -> Mapping[str, Any]:
        """A page of a search; one that was refused with 400 where `validateQuery` is among `more`."""
        body: dict[str, Any] = {"jql": jql, "startAt": start, "maxResults": _AT_ONCE, "fields": list(fields), **more}
        reply = calls.ask("search", "/search", body, answers=(_REFUSED,) if "validateQuery" in more else ())
        if reply.status != _REFUSED and not isinstance(at(reply.body, "issues"), list):
            raise RemoteUnavailable(
                "Jira: POST search: the answer is none of the API; the site may be in maintenance, or this is not its "
                "URL. Open it in a browser, then run it again",
                code="no answer",
            )
        return reply.body if isinstance(reply.body, Mapping) else {}

    def _many(
        self, calls: Calls, ids: Sequence[str], fields: Sequence[str], issues: dict[str, Issue], *, history: bool
    ) -> list[str]:
        """By search; gives what could not be asked for so. One id that is not there can make it refuse all of them.

        It then names those that are not there, and is asked without them; where it does not, in halves, some times.
        """
        more: dict[str, Any] = {"validateQuery": False} | ({"expand": ["changelog"]} if history else {})
        waiting, left = [[one for one in ids if one.isascii() and one.isdigit()]], _MOST_REFUSED
        while waiting and left:
            some, start = waiting.pop(), 0
            while some:
                page = self._page(calls, f"id in ({', '.join(some)})", start, fields, **more)
                found = items(page, "issues")
                issues |= {text(one, "id"): one for one in found if text(one, "id")}
                start += len(found)
                if "issues" not in page:
                    left -= 1
                    waiting += _without_the_missing(some, texts(page, "errorMessages"))
                if not found or start >= (number(page, "total") or 0):
                    break
        return [one for some in waiting for one in some]


def _without_the_missing(ids: list[str], messages: Sequence[str]) -> list[list[str]]:
    """What to ask for instead of ids that were refused together."""
    named = {word for message in messages for word in re.findall(r"\d+", message)}
    kept = [one for one in ids if one not in named]
    if len(kept) < len(ids):
        return [kept]
    half = len(ids) // 2
    return [ids[:half], ids[half:]] if half else []
