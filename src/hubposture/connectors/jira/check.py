"""Everything that would fail at a site, before the first ticket. Reads only."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from hubposture.connectors.jira.answers import named, text
from hubposture.connectors.jira.dialect import Dialect, issue_path
from hubposture.connectors.jira.drafting import Drafting
from hubposture.connectors.jira.fields import Screen, given
from hubposture.connectors.jira.jql import quoted
from hubposture.connectors.jira.limits import Calls
from hubposture.connectors.jira.links import Links
from hubposture.connectors.jira.shape import SEVERITIES
from hubposture.connectors.jira.transitions import Workflows
from hubposture.connectors.jira.workflow import Goal, Status, Step, closing, reached, route_to, route_to_unknown
from hubposture.errors import RemoteRefused
from hubposture.ports.tracker import Doubt
from hubposture.work.ticket import Outcome, Route

_HIDDEN: Final = (403, 404)
_WRITTEN: Final = frozenset(
    {"project", "issuetype", "summary", "description", "labels", "duedate", "priority", "reporter", "assignee"}
)
"""Fields that we write, or that Jira fills by itself."""
_OF_USE: Final = (("duedate", "the due day"), ("priority", "the priority"))


class Check:
    """Looks at a site as the routes need it."""

    def __init__(
        self, calls: Calls, dialect: Dialect, drafting: Drafting, *, links: Links, workflows: Workflows
    ) -> None:
        self._calls = calls
        self._dialect = dialect
        self._drafting = drafting
        self._shape = drafting.shape
        self._links = links
        self._workflows = workflows

    def check(self, routes: Sequence[Route]) -> Sequence[Doubt]:
        """What will fail or may, by project. Raises RemoteError where nothing can be said: the sign-in does not hold."""
        me = self._calls.get("myself", "/myself").body
        if not text(me, "accountId") and not text(me, "name"):
            raise RemoteRefused("Jira: GET myself: the answer names no user; this is not the API of Jira, correct url")
        found = list(self._site(me))
        for place in sorted({one.place for one in routes}):
            found += self._project(place, [one for one in routes if one.place == place])
        return found

    # The site

    def _site(self, me: Mapping[str, object]) -> Iterator[Doubt]:
        where = self._shape.name
        if not text(me, "timeZone"):
            what = "the user's time zone is not shown, so that every poll looks back half a day"
            yield Doubt(where, what, "set a time zone in the user's profile", is_error=False)
        if not self._links.type_name(is_duplicate=True):
            what = "issues cannot be linked, so that duplicates and successors are not tied together"
            yield Doubt(
                where, what, "switch issue linking on, with a type Duplicate and a type Relates", is_error=False
            )

    # A project

    def _project(self, place: str, routes: Sequence[Route]) -> Iterator[Doubt]:
        where = f"{self._shape.name} {place}"
        reply = self._calls.get("project", f"/project/{quote(place, safe='')}", answers=_HIDDEN)
        if reply.status in _HIDDEN:
            yield Doubt(
                where, "there is no such project, or the user may not see it", "correct the key, or grant Browse"
            )
            return
        wanted = self._shape.type_in(place)
        try:
            screen = self._drafting.screens.screen(place, wanted)
        except RemoteRefused as error:
            yield Doubt(where, f"nothing may be made there ({error})", "grant the user Create Issues")
            return
        if not screen.types:
            yield Doubt(where, "the user may make no issue there", "grant the user Create Issues")
        elif not screen.type_id:
            setting = self._shape.setting(place, "issue_type")
            yield Doubt(
                where, f"there is no type {wanted!r} (there are: {', '.join(screen.types)})", f"correct {setting}"
            )
        else:
            yield from self._fields(where, place, screen)
            yield from self._routes(where, routes, screen)
            yield from self._ends(where, place, team=routes[0].team)

    def _fields(self, where: str, place: str, screen: Screen) -> Iterator[Doubt]:
        project = self._shape.project(place)
        setting = self._shape.setting(place, "fields")
        found = given(screen.fields, project.fields)
        for one in screen.fields.values():
            if one.is_needed and one.id not in _WRITTEN and one.id not in found and not self._is_ours(one.id, place):
                values = ", ".join(text(value, "value") or text(value, "name") for value in one.allowed[:5])
                among = f" (one of {values})" if values else ""
                yield Doubt(where, f"{one.id} ({one.name}) is required", f"write {one.id}=VALUE{among} into {setting}")
        known = {name.casefold() for one, _ in found.values() for name in (one.id, one.name)}
        for name in project.fields:
            if screen.fields and name.casefold() not in known:
                yield Doubt(where, f"{name} is not on the screen by which issues are made", f"correct {setting}")
        for one, value in found.values():
            if one.allowed and one.schema.get("type") == "option" and named(one.allowed, value) is None:
                yield Doubt(where, f"{one.name} takes no {value!r}", f"correct {setting}")
        yield from self._of_use(where, screen)
        yield from self._priorities(where, screen)
        yield from self._level(where, place, screen)

    def _is_ours(self, name: str, place: str) -> bool:
        """Whether a required field is filled by us: what is above, and the security level."""
        is_level = name == "security" and bool(self._shape.project(place).security_level)
        return is_level or name in ("parent", self._dialect.epic)

    def _of_use(self, where: str, screen: Screen) -> Iterator[Doubt]:
        if screen.fields and "labels" not in screen.fields:
            what = "labels are not on the screen by which issues are made, and tickets are found by a label"
            yield Doubt(where, what, "add Labels to the screen of this type")
        for name, words in _OF_USE:
            if screen.fields and name not in screen.fields:
                what = f"{name} is not on the screen by which issues are made, so {words} is left out"
                yield Doubt(where, what, "add it to the screen of this type", is_error=False)

    def _priorities(self, where: str, screen: Screen) -> Iterator[Doubt]:
        field = screen.fields.get("priority")
        if field is None or not field.allowed:
            return
        for severity in SEVERITIES:
            name = self._shape.priority(severity, 0)
            if name and named(field.allowed, name) is None:
                has = ", ".join(text(one, "name") for one in field.allowed)
                what = f"there is no priority {name!r} for {severity} (there are: {has}), so it is left out"
                yield Doubt(where, what, f"correct jira.{self._shape.name}.priorities", is_error=False)

    def _level(self, where: str, place: str, screen: Screen) -> Iterator[Doubt]:
        level, field = self._shape.project(place).security_level, screen.fields.get("security")
        setting = self._shape.setting(place, "security_level")
        if not level or not screen.fields:
            return
        if field is None:
            yield Doubt(
                where, "issues of this type take no security level", f"add it to the screen, or empty {setting}"
            )
        elif field.allowed and named(field.allowed, level) is None:
            has = ", ".join(text(one, "name") for one in field.allowed)
            yield Doubt(where, f"there is no security level {level!r} (there are: {has})", f"correct {setting}")

    def _routes(self, where: str, routes: Sequence[Route], screen: Screen) -> Iterator[Doubt]:
        for parent in sorted({one.parent for one in routes if one.parent}):
            reply = self._calls.get("issue", issue_path(parent), {"fields": "status"}, answers=_HIDDEN)
            if reply.status in _HIDDEN:
                what = f"there is no issue {parent} under which tickets could hang, so it is left out"
                yield Doubt(where, what, "correct epic or parent in teams.yaml", is_error=False)
        if screen.is_subtask and any(not one.parent for one in routes):
            yield Doubt(where, "a sub-task needs an issue above it", "give the team a parent in teams.yaml")
        for who in sorted({one.assignee for one in routes if one.assignee}):
            if self._drafting.people.assignable(routes[0].place, who) is None:
                what = f"{who} is no user to whom issues can be assigned there; tickets stay unassigned"
                yield Doubt(where, what, "correct it in teams.yaml, or grant Assignable User", is_error=False)

    # Ways to close

    def _ends(self, where: str, place: str, *, team: str) -> Iterator[Doubt]:
        """Whether every outcome has an end, as far as the ways are known from a ticket that is there."""
        known = self._known(place)
        if known is None:
            what = "how tickets close there is not known until there is one"
            yield Doubt(where, what, _try(team), is_error=False)
            return
        start, ways = known
        project = self._shape.project(place)
        for outcome in Outcome:
            goal = closing(project, outcome)
            for what, hint in self._end(place, goal, start, ways=ways):
                yield Doubt(where, f"{outcome}: {what}", hint or _try(team), is_error=bool(hint))

    def _end(
        self, place: str, goal: Goal, start: Status, *, ways: Mapping[str, Sequence[Step]]
    ) -> Iterator[tuple[str, str]]:
        """What is wrong with one outcome and what to do; '' where it is only not known yet."""
        blocked = {
            (status, step.id): why
            for status, steps in ways.items()
            for step in steps
            if (why := self._workflows.blocks(step, goal, place))
        }
        if goal.rank(start) is not None or route_to(ways, start, goal, barred=blocked):
            return
        wanted = " or ".join(goal.wanted) or "a status that is done"
        if route_to_unknown(ways, start, barred=blocked):
            yield f"whether {wanted} can be reached from {start.name} is not known yet", ""
            return
        said = "; ".join([f"no way leads to {wanted}", *dict.fromkeys(blocked.values())])
        setting = self._shape.setting(place, "outcomes")
        yield said, f"to be reached: {', '.join(reached(ways, start))}; correct {setting}"

    def _known(self, place: str) -> tuple[Status, Mapping[str, Sequence[Step]]] | None:
        """Where a ticket of ours stands there, an open one where there is one, and the ways that are known then."""
        label = f"labels in ({quoted(self._shape.label)})" if self._shape.label else "labels is not EMPTY"
        ours = f"project = {quoted(place)} AND {label}"
        ids: Sequence[str] = ()
        for jql in (f"{ours} AND statusCategory != Done ORDER BY updated DESC", f"{ours} ORDER BY updated DESC"):
            ids = ids or self._dialect.search(self._calls, jql, most=1)
        if not ids:
            return None
        here = self._workflows.here(ids[0])
        ways = self._workflows.ways(ids[0], here)
        return (here.status, ways) if ways else None


def _try(team: str) -> str:
    return f"run `hubposture tickets test {shlex.quote(team)}`"
