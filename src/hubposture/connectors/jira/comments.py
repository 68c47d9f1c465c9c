"""Comments that are written once, whatever happens in between."""

from typing import Any, Final

from hubposture.connectors.jira.answers import at, items, number
from hubposture.connectors.jira.dialect import Dialect, issue_path
from hubposture.connectors.jira.limits import Calls
from hubposture.connectors.jira.shape import PROPERTY
from hubposture.errors import AnswerLost, RemoteError, RemoteUnavailable
from hubposture.ports.tracker import Wrote
from hubposture.work.body import Body

_PAGE: Final = 100
_NEWEST_FIRST: Final = {"orderBy": "-created", "expand": "properties"}
_MOST_PAGES: Final = 100
_FORBIDDEN: Final = 403
_REFUSED: Final = (400, _FORBIDDEN, 404, 413)


class Comments:
    """Writes comments with a mark in their entity property, and looks for it first."""

    def __init__(self, calls: Calls, dialect: Dialect) -> None:
        self._calls = calls
        self._dialect = dialect

    def comment(self, id_: str, body: Body, *, mark: str) -> Wrote:
        """See `ports.tracker`."""
        try:
            if self._is_there(id_, mark):
                return Wrote()
            return self._write(id_, body, mark)
        except AnswerLost as error:
            return self._after_doubt(id_, mark, error)
        except RemoteError as error:
            return Wrote(str(error))

    def _write(self, id_: str, body: Body, mark: str) -> Wrote:
        sent = {"body": self._dialect.text(body), "properties": [{"key": PROPERTY, "value": {"mark": mark}}]}
        reply = self._calls.write(
            "POST", "comment", issue_path(id_, "comment"), sent, repeatable=False, issue=id_, answers=_REFUSED
        )
        if reply.status not in _REFUSED:
            return Wrote()
        why = self._calls.http.said(reply.body) or f"HTTP {reply.status}"
        return Wrote(f"Jira: the comment was not taken: {why}", is_place_broken=reply.status == _FORBIDDEN)

    def _after_doubt(self, id_: str, mark: str, error: AnswerLost) -> Wrote:
        try:
            return Wrote() if self._is_there(id_, mark) else Wrote(str(error), is_doubtful=True)
        except RemoteError:
            return Wrote(str(error), is_doubtful=True)

    def _is_there(self, id_: str, mark: str) -> bool:
        """Whether a comment with this mark is there; newest first. Raises RemoteError where not all could be seen."""
        start = 0
        for _ in range(_MOST_PAGES):
            params: dict[str, str | int] = {"startAt": start, "maxResults": _PAGE, **_NEWEST_FIRST}
            reply = self._calls.get("comment", issue_path(id_, "comment"), params)
            if not isinstance(at(reply.body, "comments"), list):
                raise RemoteUnavailable("Jira: GET comment: the answer holds no comments; run it again later")
            some = items(reply.body, "comments")
            if any(_has_mark(one, mark) for one in some):
                return True
            start += len(some)
            total = number(reply.body, "total")
            if not some or (total is not None and start >= total):
                return False
        raise RemoteUnavailable(f"Jira: GET comment: more than {_MOST_PAGES * _PAGE:,} comments; none more is written")


def _has_mark(comment: Any, mark: str) -> bool:
    return any(at(one, "key") == PROPERTY and at(one, "value", "mark") == mark for one in items(comment, "properties"))
