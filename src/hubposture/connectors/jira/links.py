"""Links between tickets, and from a ticket to hubposture's page."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hubposture.connectors.http import Reply
from hubposture.connectors.jira.answers import at, items, text
from hubposture.connectors.jira.dialect import issue_path
from hubposture.connectors.jira.limits import Calls
from hubposture.errors import AnswerLost, RemoteError
from hubposture.ports.tracker import Wrote
from hubposture.render.spans import clean, web_address

_REFUSED: Final = (400, 403, 404)
_LONGEST_TITLE: Final = 255
_DUPLICATE: Final = "Duplicate"
_RELATES: Final = "Relates"


class Links:
    """Ties tickets together."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._types: Sequence[Mapping[str, Any]] | None = None

    def link(self, id_: str, other: str, *, is_duplicate: bool) -> Wrote:
        """See `ports.tracker`. Nothing is done where the two are tied in that way already."""
        try:
            name = self.type_name(is_duplicate=is_duplicate)
            return Wrote() if self._is_linked(id_, other, name) else self._link(id_, other, name)
        except RemoteError as error:
            return Wrote(str(error))

    def type_name(self, *, is_duplicate: bool) -> str:
        """The name of the type of links that the site has for this; '' where it has none. Raises RemoteError."""
        if self._types is None:
            reply = self._calls.get("issueLinkType", "/issueLinkType", answers=_REFUSED)
            self._types = [] if reply.status in _REFUSED else items(reply.body, "issueLinkTypes")
        wanted = (_DUPLICATE, _RELATES) if is_duplicate else (_RELATES,)
        for name in wanted:
            if found := _type(self._types, name):
                return found
        return text(self._types[0], "name") if self._types else ""

    def back(self, id_: str, *, key: str, title: str, url: str) -> Wrote:
        """A link to our page: set again and again it stays one, by its global id."""
        address = web_address(url)
        if not address:
            return Wrote("the page's address is none of http or https")
        sent = {"globalId": key, "object": {"url": address, "title": clean(title).strip()[:_LONGEST_TITLE] or key}}
        try:
            reply = self._calls.write(
                "POST", "remotelink", issue_path(id_, "remotelink"), sent, repeatable=True, issue=id_, answers=_REFUSED
            )
        except RemoteError as error:
            return Wrote(str(error))
        return self._told(reply)

    def _link(self, id_: str, other: str, name: str) -> Wrote:
        """Of a link the inward issue is the one that does something (`duplicates`) to the outward one."""
        if not name:
            return Wrote(
                "Jira: issues cannot be linked at this site; it is switched off, or there are no types of links"
            )
        sent = {"type": {"name": name}, "inwardIssue": {"id": id_}, "outwardIssue": {"id": other}}
        try:
            reply = self._calls.write(
                "POST", "issueLink", "/issueLink", sent, repeatable=False, issue=id_, answers=_REFUSED
            )
        except AnswerLost as error:
            return self._after_doubt(id_, other, name, error)
        return self._told(reply)

    def _told(self, reply: Reply) -> Wrote:
        if reply.status not in _REFUSED:
            return Wrote()
        return Wrote(f"Jira: the link was not taken: {self._calls.http.said(reply.body) or f'HTTP {reply.status}'}")

    def _after_doubt(self, id_: str, other: str, name: str, error: AnswerLost) -> Wrote:
        try:
            return Wrote() if self._is_linked(id_, other, name) else Wrote(str(error), is_doubtful=True)
        except RemoteError:
            return Wrote(str(error), is_doubtful=True)

    def _is_linked(self, id_: str, other: str, name: str) -> bool:
        reply = self._calls.get("issue", issue_path(id_), {"fields": "issuelinks"})
        same = [one for one in items(reply.body, "fields", "issuelinks") if text(one, "type", "name") == name]
        ends = [at(one, side) for one in same for side in ("inwardIssue", "outwardIssue")]
        return any(other in (text(one, "id"), text(one, "key")) for one in ends)


def _type(types: Sequence[Mapping[str, Any]], wanted: str) -> str:
    """The type of this name, or one that says the like of itself."""
    stem = wanted.casefold()[:6]
    exact = [text(one, "name") for one in types if text(one, "name").casefold() == wanted.casefold()]
    alike = [
        text(one, "name")
        for one in types
        if any(stem in text(one, field).casefold() for field in ("name", "inward", "outward"))
    ]
    return next(iter(exact or alike), "")
