"""Rows of the Table API. What the instance gives is held against what was asked: it ignores what it does not know."""

import datetime as dt
import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from hubposture.connectors.http import Http, Reply
from hubposture.errors import AnswerLost, RemoteRefused, RemoteUnavailable

Row = Mapping[str, str]
"""Values by field, references as sys_ids; a field that is not there or may not be read is missing."""

_PAGE: Final = 200
_PAGES_OF_ANY: Final = 20
_NOT_FOUND: Final = 404
_SYS_ID: Final = re.compile(r"[0-9a-f]{32}")
_UNSAFE: Final = re.compile(r"[\^\x00-\x1f\x7f]|^\s*javascript:", re.IGNORECASE)
_TEXTS: Final = {"sysparm_display_value": "false", "sysparm_exclude_reference_link": "true"}


class How(StrEnum):
    """How a field is held against a value, in the words of an encoded query."""

    IS = "="
    CONTAINS = "LIKE"
    BEGINS = "STARTSWITH"
    SINCE = ">="


@dataclass(frozen=True, slots=True)
class Condition:
    """One field is one of the values, or stands otherwise to one of them. Moments are written as the Table API does."""

    field: str
    values: tuple[str, ...]
    how: How = How.IS

    @property
    def text(self) -> str:
        """As an encoded query; ORs bind closer than ANDs there."""
        return "^OR".join(f"{self.field}{self.how}{value}" for value in self.values)

    @property
    def is_safe(self) -> bool:
        """Whether no value would break out of the query, or be run as a script there."""
        return all(value and not _UNSAFE.search(value) for value in self.values)

    def fits(self, row: Row) -> bool:
        """Whether a row is one of those asked for; case counts for nothing there."""
        found = row.get(self.field, "").casefold()
        values = [value.casefold() for value in self.values]
        match self.how:
            case How.IS:
                return found in values
            case How.CONTAINS:
                return any(value in found for value in values)
            case How.BEGINS:
                return found.startswith(tuple(values))
            case How.SINCE:
                return any(found >= value for value in values)


class Tables:
    """Reads and writes rows of any table. `calls` counts the requests, repeated ones once, by method and table."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self.calls: Counter[str] = Counter()

    def rows(
        self,
        table: str,
        conditions: Sequence[Condition],
        fields: Sequence[str],
        *,
        order: str = "sys_created_on",
        since: dt.datetime | None = None,
        journals: Collection[str] = (),
    ) -> Iterator[Row]:
        """The rows that meet all conditions, in the order of a field; over short and empty pages too.

        `since` (UTC) leaves out what was made earlier; `journals` are fields of which the text as shown is given: they have no value of their own. Raises RemoteRefused where the instance gives something else: it ignores the parts of a query that it does not
        understand, and would give the whole table. Nothing is asked, and nothing found, for a value that cannot exist.
        """
        if not all(condition.is_safe for condition in conditions):
            return
        made = [] if since is None else [f"sys_created_on>={since:%Y-%m-%d %H:%M:%S}"]
        query = "^".join([*(condition.text for condition in conditions), *made, f"ORDERBY{order}"])
        asked = sorted({*fields, "sys_id", *(condition.field for condition in conditions)})
        params: dict[str, str | int] = {
            **_TEXTS,
            "sysparm_query": query,
            "sysparm_fields": ",".join(asked),
            "sysparm_limit": _PAGE,
        }
        if journals:
            params["sysparm_display_value"] = "all"
        for row in self._paged(table, params, journals=journals):
            for condition in conditions:
                if not condition.fits(row):
                    raise RemoteRefused(
                        f"ServiceNow {table}: the instance did not search by {condition.field}; either there is no such "
                        "field or it may not be read. Correct the name in the settings, or grant the right to read it",
                        code="query ignored",
                    )
            yield row

    def rows_of_query(self, table: str, query: str, fields: Sequence[str]) -> Iterator[Row]:
        """The rows that the instance gives for an encoded query as it is; what it is worth the caller must see."""
        params: dict[str, str | int] = {
            **_TEXTS,
            "sysparm_query": query,
            "sysparm_fields": ",".join(sorted({*fields, "sys_id"})),
            "sysparm_limit": _PAGE,
        }
        yield from self._paged(table, params)

    def any_row(self, table: str, fields: Sequence[str]) -> Row | None:
        """Some row of a table that may be read; None where none is to be seen among the first few thousand."""
        params: dict[str, str | int] = {
            **_TEXTS,
            "sysparm_fields": ",".join(sorted({*fields, "sys_id"})),
            "sysparm_limit": _PAGE,
        }
        return next(self._paged(table, params, pages=_PAGES_OF_ANY), None)

    def one(self, table: str, sys_id: str, fields: Sequence[str]) -> Row | None:
        """A row by its sys_id; None where it does not exist *or* may not be read: the instance says the same of both."""
        if not _SYS_ID.fullmatch(sys_id):
            return None
        params = {**_TEXTS, "sysparm_fields": ",".join(sorted({*fields, "sys_id"}))}
        path = f"/api/now/table/{table}/{sys_id}"
        self.calls[f"GET {table}"] += 1
        reply = self.http.request("GET", path, params=params, repeatable=True, answers=(_NOT_FOUND,))
        if reply.status == _NOT_FOUND:
            if not isinstance(reply.body, dict):  # the page of a proxy, say: none of the instance's own words
                raise _unreadable(path)
            return None
        return _row(_result(reply, path))

    def create(self, table: str, values: Mapping[str, str]) -> Row:
        """Insert a row. Raises AnswerLost where it may be there or not."""
        self.calls[f"POST {table}"] += 1
        return _row(self.post(f"/api/now/table/{table}", values))

    def change(self, table: str, sys_id: str, values: Mapping[str, str]) -> None:
        """Set fields of a row; what the instance made of them is known only by reading."""
        self._patch(table, sys_id, values, repeatable=True)

    def enter(self, table: str, sys_id: str, values: Mapping[str, str]) -> None:
        """Set fields of a row, journals among them: each write is an entry. Raises AnswerLost where it may be there."""
        self._patch(table, sys_id, values, repeatable=False)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The result of something that must not be done twice. Raises AnswerLost where it may have been done."""
        reply = self.http.request("POST", path, params=_TEXTS, json=dict(body), repeatable=False)
        result = reply.body.get("result") if isinstance(reply.body, dict) else None
        if not isinstance(result, dict):
            raise AnswerLost(
                f"ServiceNow: POST {path}: the answer says nothing of a record; it may exist all the same, so it is "
                "looked for before another is made",
                code="no result",
            )
        return result

    def get(self, path: str) -> Any:
        """The result of any other reading request."""
        return _result(self.http.request("GET", path, repeatable=True), path)

    def _patch(self, table: str, sys_id: str, values: Mapping[str, str], *, repeatable: bool) -> None:
        path = f"/api/now/table/{table}/{sys_id}"
        self.calls[f"PATCH {table}"] += 1
        reply = self.http.request("PATCH", path, params=_TEXTS, json=dict(values), repeatable=repeatable)
        if reply.text.strip() and not (isinstance(reply.body, dict) and "result" in reply.body):
            what = (
                f"ServiceNow: PATCH {path}: the answer says nothing of the record; the instance may be asleep or busy"
            )
            raise (RemoteUnavailable if repeatable else AnswerLost)(what, code="no result")

    def _paged(
        self, table: str, params: Mapping[str, str | int], *, journals: Collection[str] = (), pages: int | None = None
    ) -> Iterator[Row]:
        path = f"/api/now/table/{table}"
        for reply in itertools.islice(self.http.pages(path, params, answers=(_NOT_FOUND,)), pages):
            self.calls[f"GET {table}"] += 1
            if reply.status == _NOT_FOUND and _is_no_record(reply):
                return
            result = _result(reply, path)
            if not isinstance(result, list):
                raise _unreadable(path)
            yield from (_row(one, journals) for one in result)


def _result(reply: Reply, path: str) -> Any:
    """What was asked for. An instance that sleeps answers 200 with a page; one that gave up half-way, with an error."""
    if reply.status == _NOT_FOUND:
        raise RemoteRefused(f"ServiceNow: GET {path}: there is no such API; correct the URL", code="404")
    body = reply.body
    if not isinstance(body, dict) or "result" not in body or body.get("status") == "failure" or "error" in body:
        raise _unreadable(path)
    return body["result"]


def _is_no_record(reply: Reply) -> bool:
    """Whether a 404 to a search means that nothing was found; some releases answer so, with an empty result."""
    return isinstance(reply.body, dict) and "result" in reply.body


def _unreadable(path: str) -> RemoteUnavailable:
    return RemoteUnavailable(
        f"ServiceNow: GET {path}: the answer holds no records; the instance may be asleep or busy, or this is not its "
        "URL. Open it in a browser, then run it again",
        code="no result",
    )


def _row(found: Any, journals: Collection[str] = ()) -> Row:
    if not isinstance(found, dict):
        return {}
    return {str(name): _plain(value, "display_value" if name in journals else "value") for name, value in found.items()}


def _plain(value: Any, wanted: str = "value") -> str:
    """A value as text; it comes as it is, or with a link, or with what is shown of it."""
    if isinstance(value, dict):
        value = value.get(wanted, "")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
