"""Jira Cloud: REST API v3, ADF, accounts, search by tokens.

Follows `POST search/jql`, `POST issue/bulkfetch` and `GET issue/{id}` of the contract.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from hubposture.connectors.jira.answers import at, items, text
from hubposture.connectors.jira.dialect import Fetched, Issue
from hubposture.connectors.jira.limits import Calls
from hubposture.connectors.jira.shape import PROPERTY
from hubposture.errors import RemoteUnavailable
from hubposture.render.adf import adf
from hubposture.work.body import Body, paragraph

_AT_ONCE: Final = 100
_WITH_HISTORY: Final = 20
"""Histories hold whole descriptions, so fewer are asked for at once."""
_PAGE: Final = 1000
_MOST_PAGES: Final = 10_000


class Cloud:
    """Implements `Dialect`."""

    @property
    def api(self) -> str:
        """See `Dialect`."""
        return "/rest/api/3"

    @property
    def epic(self) -> str:
        """See `Dialect`. Epics are parents like others there."""
        return ""

    def text(self, body: Body) -> Any:
        """See `Dialect`."""
        return adf(body)

    def words(self, plain: str) -> Any:
        """See `Dialect`."""
        return adf(Body((paragraph(plain),)))

    def person(self, user: Mapping[str, Any]) -> Mapping[str, str]:
        """See `Dialect`."""
        return {"accountId": text(user, "accountId")}

    def person_query(self, who: str) -> Mapping[str, str | int]:
        """See `Dialect`."""
        return {"query": who}

    def is_person(self, user: Mapping[str, Any], who: str) -> bool:
        """See `Dialect`. An address may be hidden; whoever is found by a whole address then has it."""
        wanted, address = who.casefold(), text(user, "emailAddress").casefold()
        names = {text(user, "accountId").casefold(), text(user, "displayName").casefold(), address}
        return wanted in names or ("@" in who and not address)

    def search(self, calls: Calls, jql: str, *, most: int) -> Sequence[str]:
        """See `Dialect`."""
        found: dict[str, None] = {}
        token, seen = "", set[str]()
        while True:
            body = {"jql": jql, "fields": ["id"], "maxResults": _PAGE} | ({"nextPageToken": token} if token else {})
            reply = calls.ask("search", "/search/jql", body)
            if not isinstance(at(reply.body, "issues"), list):
                raise _no_answer("POST search")
            found |= dict.fromkeys(text(one, "id") for one in items(reply.body, "issues"))
            token = text(reply.body, "nextPageToken")
            if at(reply.body, "isLast") is True or not token or len(found) > most:
                return [one for one in found if one][: most + 1]
            if token in seen or len(seen) > _MOST_PAGES:
                raise RemoteUnavailable("Jira: POST search: the pages do not end; run it again later", code="pages")
            seen.add(token)

    def fetch(self, calls: Calls, ids: Collection[str], fields: Sequence[str], *, history: bool = False) -> Fetched:
        """See `Dialect`. A bulk says nothing of issues that are not there, or may not be seen."""
        asked = list(dict.fromkeys(ids))
        issues: dict[str, Issue] = {}
        at_once = _WITH_HISTORY if history else _AT_ONCE
        for start in range(0, len(asked), at_once):
            self._bulk(calls, asked[start : start + at_once], fields, issues, history=history)
        return Fetched(issues, left=tuple(one for one in asked if one not in issues))

    def parent(self, calls: Calls, issue: str, *, is_subtask: bool) -> Mapping[str, Any]:  # noqa: ARG002 - one way for all
        """See `Dialect`."""
        return {"parent": {"key": issue}}

    def _bulk(
        self, calls: Calls, ids: Sequence[str], fields: Sequence[str], issues: dict[str, Issue], *, history: bool
    ) -> None:
        body: dict[str, Any] = {"issueIdsOrKeys": list(ids), "fields": list(fields), "properties": [PROPERTY]}
        if history:
            body["expand"] = ["changelog"]
        reply = calls.ask("issue/bulkfetch", "/issue/bulkfetch", body)
        if not isinstance(at(reply.body, "issues"), list):
            raise _no_answer("POST issue/bulkfetch")
        wanted = set(ids)
        for one in items(reply.body, "issues"):
            for name in (text(one, "id"), text(one, "key")):
                if name in wanted:
                    issues[name] = one


def _no_answer(what: str) -> RemoteUnavailable:
    return RemoteUnavailable(
        f"Jira: {what}: the answer is none of the API; the site may be in maintenance, or this is not its URL. Open it "
        "in a browser, then run it again",
        code="no answer",
    )
