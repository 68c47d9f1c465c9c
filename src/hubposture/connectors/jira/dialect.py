"""What differs between Jira Cloud and Jira Data Center."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import quote

from hubposture.connectors.jira.answers import text
from hubposture.connectors.jira.limits import Calls
from hubposture.connectors.jira.shape import PROPERTY
from hubposture.work.body import Body

_NOT_FOUND: Final = 404
_FORBIDDEN: Final = 403

Issue = Mapping[str, Any]
"""An issue as Jira gives it."""

FIELDS: Final = (
    "summary", "status", "labels", "created", "updated", "resolution", "resolutiondate", "statuscategorychangedate",
    "assignee", "project", "issuetype",
)  # fmt: skip
"""Fields that say how an issue stands."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Issues by id. What is nowhere in it is not known now.

    `gone` are ids of which the site said that there are none, `left` those that it left out of an answer without a word.
    """

    issues: Mapping[str, Issue] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    left: tuple[str, ...] = ()


def one_by_one(calls: Calls, ids: Collection[str], fields: Sequence[str], *, history: bool = False) -> Fetched:
    """Issues each by a request of its own: only so it is said that there is none. Raises RemoteError."""
    issues: dict[str, Issue] = {}
    gone: set[str] = set()
    params = {"fields": ",".join(fields), "properties": PROPERTY} | ({"expand": "changelog"} if history else {})
    for one in ids:
        reply = calls.get("issue", issue_path(one), params, answers=(_FORBIDDEN, _NOT_FOUND))
        if reply.status == _NOT_FOUND:
            if reply.body is not None:  # Jira's own words, and not the page of a proxy
                gone.add(one)
        elif reply.status != _FORBIDDEN and text(reply.body, "id"):
            issues[one] = reply.body
    return Fetched(issues, frozenset(gone))


def issue_path(id_: str, *more: str) -> str:
    """The path of an issue, or of what it has."""
    return "/".join(("/issue", quote(id_, safe=""), *(quote(one, safe="") for one in more)))


class Dialect(Protocol):
    """How one kind of Jira is spoken to. Methods that read raise RemoteError."""

    @property
    def api(self) -> str:
        """Begins every path."""

    @property
    def epic(self) -> str:
        """The id of a field that leads to epics, as far as it was asked for; ''."""

    def text(self, body: Body) -> Any:
        """A text with markup, as descriptions and comments take it."""

    def words(self, plain: str) -> Any:
        """Plain words, as fields of many lines take them."""

    def person(self, user: Mapping[str, Any]) -> Mapping[str, str]:
        """How a user is named when it is written."""

    def person_query(self, who: str) -> Mapping[str, str | int]:
        """Parameters that search for a user."""

    def is_person(self, user: Mapping[str, Any], who: str) -> bool:
        """Whether a user is named exactly so."""

    def search(self, calls: Calls, jql: str, *, most: int) -> Sequence[str]:
        """Ids of the issues that a query finds, in its order, over short and empty pages; one more than `most` at the most.

        Raises RemoteRefused with code `400` where the query is not understood.
        """

    def fetch(self, calls: Calls, ids: Collection[str], fields: Sequence[str], *, history: bool = False) -> Fetched:
        """Issues as they are now, with our property where that costs no request of its own."""

    def parent(self, calls: Calls, issue: str, *, is_subtask: bool) -> Mapping[str, Any]:
        """The field that hangs an issue under another one, and its value; {} where the site has none."""
