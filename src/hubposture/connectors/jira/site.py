"""Tickets as issues of one Jira site."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hubposture.connectors.http import Http
from hubposture.connectors.jira.answers import text
from hubposture.connectors.jira.changing import Changing
from hubposture.connectors.jira.check import Check
from hubposture.connectors.jira.comments import Comments
from hubposture.connectors.jira.creating import Creating
from hubposture.connectors.jira.dialect import FIELDS, Dialect, Fetched, one_by_one
from hubposture.connectors.jira.drafting import Drafting
from hubposture.connectors.jira.jql import changed_since, labelled
from hubposture.connectors.jira.limits import Calls
from hubposture.connectors.jira.links import Links
from hubposture.connectors.jira.reading import seen_of
from hubposture.connectors.jira.rehearsal import Rehearsal, rehearse, test_draft
from hubposture.connectors.jira.shape import KEY, Shape
from hubposture.connectors.jira.transitions import Workflows
from hubposture.connectors.jira.workflow import closing, opening
from hubposture.errors import InputError, RemoteRefused, RemoteUnavailable
from hubposture.ports.tracker import Doubt, Made, Wrote
from hubposture.work.body import Body
from hubposture.work.ticket import Draft, Missing, Outcome, Route, Seen

_KEYS_AT_ONCE: Final = 50
_MOST_FOUND: Final = 100_000
_MOST_ADOPTED: Final = 10_000
_HIDDEN: Final = (403, 404)


class JiraTracker:
    """Implements `ports.tracker.Tracker`. `places` are keys of the projects that we know of.

    Jira says of an issue that we may not see that there is none. So an issue counts as missing only while we are signed in
    and every one of `places` can be seen. `link` is where our pages are served, '' for nowhere.
    """

    def __init__(
        self,
        http: Http,
        shape: Shape,
        dialect: Dialect,
        *,
        places: Collection[str] = (),
        link: str = "",
    ) -> None:
        self._shape = shape
        self._dialect = dialect
        self._places = frozenset({*places, *shape.projects})
        self._link = link.rstrip("/")
        self._calls = Calls(http, api=dialect.api)
        self._drafting = Drafting(self._calls, dialect, shape)
        self._creating = Creating(self._calls, dialect, shape, self._drafting)
        self._changing = Changing(self._calls, self._drafting)
        self._comments = Comments(self._calls, dialect)
        self._links = Links(self._calls)
        self._workflows = Workflows(self._calls, dialect, shape)
        self._zone: ZoneInfo | None = None
        self._is_zone_known = False
        self._is_known = False

    @property
    def name(self) -> str:
        """See `ports.tracker`."""
        return self._shape.name

    @property
    def calls(self) -> Mapping[str, int]:
        """See `ports.tracker`."""
        return self._calls.counts

    # Reading

    def read(self, ids: Sequence[str]) -> Mapping[str, Seen | Missing]:
        """See `ports.tracker`."""
        fetched = self._dialect.fetch(self._calls, ids, FIELDS)
        if fetched.left or fetched.gone:
            fetched = self._with_the_left(fetched)
        fetched = self._with_history(fetched)
        found: dict[str, Seen | Missing] = {
            one: Missing("Jira says that there is no such issue") for one in fetched.gone
        }
        for id_, issue in fetched.issues.items():
            if (seen := seen_of(issue, self._shape)) is not None:
                found[id_] = seen
        return found

    def find(self, keys: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """See `ports.tracker`."""
        asked = [one for one in dict.fromkeys(keys) if KEY.fullmatch(one)]
        found: dict[str, list[Seen]] = {one: [] for one in keys}
        for start in range(0, len(asked), _KEYS_AT_ONCE):
            some = asked[start : start + _KEYS_AT_ONCE]
            for one in self._shown(self._search(labelled(some))):
                for key in set(one.keys).intersection(asked):
                    if one not in found[key]:
                        found[key].append(one)
        return {key: sorted(some, key=_age) for key, some in found.items()}

    def changed(self, since: dt.datetime) -> Sequence[Seen]:
        """See `ports.tracker`. The time is one of the user's own time zone in Jira, with two minutes of overlap."""
        jql = changed_since(since, label=self._shape.label, zone=self._zone_of_user())
        return [one for one in self._shown(self._search(jql)) if one.keys]

    def query(self, text: str) -> Sequence[Seen]:
        """See `ports.tracker`."""
        if not text.strip():
            raise InputError("a JQL query is needed; an empty one would find every issue of the site")
        try:
            ids = self._dialect.search(self._calls, text, most=_MOST_ADOPTED)
        except RemoteRefused as error:
            if error.code == "400":
                raise InputError(f"Jira does not take this query: {error}") from error
            raise
        if not ids:
            self._hold_to_sign_in()
        if len(ids) > _MOST_ADOPTED:
            raise InputError(f"the query finds more than {_MOST_ADOPTED:,} issues; narrow it down")
        return self._shown(ids, with_text=True)

    # Writing

    def create(self, drafts: Sequence[Draft]) -> Mapping[str, Made]:
        """See `ports.tracker`."""
        made = self._creating.create(drafts)
        for draft in drafts:
            seen = made[draft.key].seen
            if seen is not None and self._link:
                self._links.back(
                    seen.id, key=draft.key, title=f"hubposture {draft.key}", url=f"{self._link}/tickets/{draft.key}"
                )
        return made

    def update(self, id_: str, draft: Draft) -> Wrote:
        """See `ports.tracker`."""
        return self._changing.update(id_, draft)

    def comment(self, id_: str, body: Body, *, mark: str) -> Wrote:
        """See `ports.tracker`."""
        return self._comments.comment(id_, body, mark=mark)

    def close(self, id_: str, outcome: Outcome, route: Route) -> Wrote:  # noqa: ARG002 - it may have been moved
        """See `ports.tracker`."""
        return self._workflows.bring(id_, lambda place: closing(self._shape.project(place), outcome))[0]

    def reopen(self, id_: str, route: Route) -> Wrote:  # noqa: ARG002 - it may have been moved
        """See `ports.tracker`."""
        return self._workflows.bring(id_, lambda place: opening(self._shape.project(place)))[0]

    def link(self, id_: str, other: str, *, is_duplicate: bool) -> Wrote:
        """See `ports.tracker`."""
        return self._links.link(id_, other, is_duplicate=is_duplicate)

    # Setting up

    def check(self, routes: Sequence[Route]) -> Sequence[Doubt]:
        """See `ports.tracker`."""
        check = Check(self._calls, self._dialect, self._drafting, links=self._links, workflows=self._workflows)
        return check.check(routes)

    def test_ticket(self, route: Route) -> Rehearsal:
        """Make a marked test ticket there, walk it through every outcome and back, and leave it closed."""
        draft = test_draft(route, label=self._shape.label)
        return rehearse(self._creating.create([draft])[draft.key], self._workflows, self._shape, route)

    # Inside

    def _search(self, jql: str) -> Sequence[str]:
        """All that a query of ours finds. Raises RemoteError; nothing is believed of a site that does not know us."""
        ids = self._dialect.search(self._calls, jql, most=_MOST_FOUND)
        if len(ids) > _MOST_FOUND:
            raise RemoteRefused(f"Jira: POST search: more than {_MOST_FOUND:,} issues are found", code="too many")
        if not ids:
            self._hold_to_sign_in()
        return ids

    def _hold_to_sign_in(self) -> None:
        """Ask once who we are: to nobody in particular a site shows nothing, without a word. Raises RemoteError."""
        if not self._is_known:
            self._calls.get("myself", "/myself")
            self._is_known = True

    def _with_the_left(self, fetched: Fetched) -> Fetched:
        """What was left out, asked for one by one; nothing counts as gone unless everything that we know of can be seen."""
        if not self._sees_everything():
            return Fetched(fetched.issues)
        singles = one_by_one(self._calls, fetched.left, FIELDS)
        return Fetched({**fetched.issues, **singles.issues}, fetched.gone | singles.gone)

    def _sees_everything(self) -> bool:
        """Whether we are signed in and see all of our projects. Raises RemoteError where the sign-in does not hold."""
        self._calls.get("myself", "/myself")
        paths = [f"/project/{quote(one, safe='')}" for one in sorted(self._places)]
        return all(self._calls.get("project", one, answers=_HIDDEN).status not in _HIDDEN for one in paths)

    def _with_history(self, fetched: Fetched) -> Fetched:
        """The same, with the history of those that are done: it alone says who did that."""
        done = [
            id_
            for id_, one in fetched.issues.items()
            if text(one, "fields", "status", "statusCategory", "key") == "done"
        ]
        if not done:
            return fetched
        told = self._dialect.fetch(self._calls, done, FIELDS, history=True)
        return Fetched({**fetched.issues, **told.issues}, fetched.gone)

    def _shown(self, ids: Iterable[str], *, with_text: bool = False) -> list[Seen]:
        """Issues that a search found, as they are now. Raises RemoteUnavailable where one could not be read."""
        fields = (*FIELDS, "description") if with_text else FIELDS
        asked = list(ids)
        fetched = self._dialect.fetch(self._calls, asked, fields)
        singles = one_by_one(self._calls, fetched.left, fields)
        issues = {**fetched.issues, **singles.issues}
        gone = fetched.gone | singles.gone
        if unread := [one for one in asked if one not in issues and one not in gone]:
            raise RemoteUnavailable(f"Jira: {len(unread)} of {len(asked)} issues could not be read; run it again later")
        found = (seen_of(issues[one], self._shape, with_text=with_text) for one in asked if one in issues)
        return [one for one in found if one is not None]

    def _zone_of_user(self) -> ZoneInfo | None:
        """The time zone of the user, in which Jira understands times of queries; None where it is not shown."""
        if not self._is_zone_known:
            name = text(self._calls.get("myself", "/myself").body, "timeZone")
            try:
                self._zone = ZoneInfo(name) if name else None
            except (ZoneInfoNotFoundError, ValueError, OSError):
                self._zone = None
            self._is_zone_known = True
        return self._zone


def _age(one: Seen) -> tuple[dt.datetime, int, str]:
    """Oldest first; of two of the same second the one with the lower id."""
    return one.created, len(one.id), one.id
