"""Walking tickets through workflows that nobody has described to us.

What a workflow is like is learned status by status from `GET transitions`, once for each project and type of issues. The
shortest known way is taken; where none is known, the nearest status that was never looked at is tried.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hubposture.connectors.http import Reply
from hubposture.connectors.jira.answers import at, text
from hubposture.connectors.jira.dialect import Dialect, issue_path
from hubposture.connectors.jira.fields import given, shaped
from hubposture.connectors.jira.limits import Calls
from hubposture.connectors.jira.shape import Shape
from hubposture.connectors.jira.workflow import (
    Goal,
    Status,
    Step,
    reached,
    route_to,
    route_to_unknown,
    status_of,
    steps_of,
)
from hubposture.errors import AnswerLost, RemoteError, RemoteRefused
from hubposture.ports.tracker import Wrote

_MOST_MOVES: Final = 30
_CONFLICT: Final = 409
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_REFUSED: Final = (400, _FORBIDDEN, _NOT_FOUND, _CONFLICT, 413, 422)


@dataclass(frozen=True, slots=True)
class Here:
    """Where a ticket stands."""

    status: Status
    place: str
    type_id: str


@dataclass(slots=True)
class Walk:
    """One ticket on its way. `barred` are steps that cannot be taken, as (status, transition), `why` says so."""

    id: str
    goal: Goal
    here: Here
    taken: list[Step] = field(default_factory=list)
    barred: set[tuple[str, str]] = field(default_factory=set)
    why: list[str] = field(default_factory=list)
    conflicts: int = 0


class Workflows:
    """Walks tickets, and remembers the ways."""

    def __init__(self, calls: Calls, dialect: Dialect, shape: Shape) -> None:
        self._calls = calls
        self._dialect = dialect
        self._shape = shape
        self._known: dict[tuple[str, str], dict[str, tuple[Step, ...]]] = {}

    def bring(self, id_: str, goal_in: Callable[[str], Goal]) -> tuple[Wrote, list[Step]]:
        """Bring a ticket to the goal of the project in which it is now; with the steps that were taken.

        Nothing is done where it is done already.
        """
        try:
            here = self.here(id_)
            walk = Walk(id_, goal_in(here.place), here)
            if here.status.is_done == walk.goal.is_done or walk.goal.rank(here.status) is not None:
                return Wrote(), []
        except RemoteError as error:
            return Wrote(str(error)), []
        try:
            return self._walk(walk), walk.taken
        except AnswerLost as error:
            return Wrote(str(error), is_doubtful=True), walk.taken
        except RemoteError as error:
            return Wrote(str(error)), walk.taken

    def here(self, id_: str) -> Here:
        """Where a ticket stands now. Raises RemoteError."""
        reply = self._calls.get("issue", issue_path(id_), {"fields": "status,project,issuetype"})
        status = status_of(at(reply.body, "fields", "status"))
        if not status.id:
            raise RemoteRefused(f"Jira: GET issue {id_}: the answer holds no status", code="no status")
        place = text(reply.body, "fields", "project", "key")
        return Here(status, place, text(reply.body, "fields", "issuetype", "id"))

    def ways(self, id_: str, here: Here) -> dict[str, tuple[Step, ...]]:
        """The ways that are known where a ticket stands, those out of its status among them. Raises RemoteError."""
        known = self._known.setdefault((here.place, here.type_id), {})
        if here.status.id not in known:
            steps = self._ask(id_)
            if not steps:  # it may be this ticket, or what we may do; others are not judged by it
                return known
            known[here.status.id] = steps
        return known

    def blocks(self, step: Step, goal: Goal, place: str) -> str:
        """Why a step cannot be taken; '' where all that its screen asks for is known."""
        _, missing = self._filled(step, goal, place)
        setting = self._shape.setting(place, "transition_fields")
        return f"{step.name} asks for {', '.join(missing)} (give it in {setting})" if missing else ""

    def _ask(self, id_: str) -> tuple[Step, ...]:
        reply = self._calls.get("transitions", issue_path(id_, "transitions"), {"expand": "transitions.fields"})
        return steps_of(reply.body)

    def _walk(self, walk: Walk) -> Wrote:
        start = walk.here.status
        for _ in range(_MOST_MOVES):
            if walk.taken and walk.goal.rank(walk.here.status) is not None:
                return Wrote()
            ways = self.ways(walk.id, walk.here)
            self._bar(walk, ways)
            path = route_to(ways, walk.here.status, walk.goal, barred=walk.barred) or route_to_unknown(
                ways, walk.here.status, barred=walk.barred
            )
            if not path:
                return self._no_way(walk, start)
            if wrote := self._take(walk, path[0]):
                return wrote
        return Wrote(f"Jira: after {_MOST_MOVES} steps the ticket is still not where it should be")

    def _bar(self, walk: Walk, ways: Mapping[str, tuple[Step, ...]]) -> None:
        """Bar the steps whose screens ask for what nobody told us."""
        for status, steps in ways.items():
            for step in steps:
                if (status, step.id) not in walk.barred and (why := self.blocks(step, walk.goal, walk.here.place)):
                    walk.barred.add((status, step.id))
                    walk.why.append(why)

    def _take(self, walk: Walk, step: Step) -> Wrote | None:
        """Take a step; an answer is given where that is the end of it."""
        before = walk.here.status
        try:
            reply = self._move(walk, step)
        except AnswerLost as error:
            walk.here = self.here(walk.id)
            walk.conflicts += 1
            if walk.here.status == before and walk.conflicts > 1:
                return Wrote(str(error), is_doubtful=True)
            return self._moved(walk, step, before)
        if reply.status not in _REFUSED:
            walk.taken.append(step)
            walk.here = Here(step.to, walk.here.place, walk.here.type_id)
            return None
        why = self._calls.http.said(reply.body) or f"HTTP {reply.status}"
        if reply.status == _NOT_FOUND:
            return Wrote(f"Jira: {step.name}: {why}")
        if reply.status == _FORBIDDEN:
            return Wrote(f"Jira: {step.name}: {why}", is_place_broken=True)
        return self._refused(walk, step, reply.status, why)

    def _refused(self, walk: Walk, step: Step, status: int, why: str) -> Wrote | None:
        """Look again where it stands and which ways there are; what is still there and was refused is barred."""
        before = walk.here.status
        walk.here = self.here(walk.id)
        if status == _CONFLICT:
            walk.conflicts += 1
            if walk.conflicts > 1 and walk.here.status == before:
                return Wrote(f"Jira: {step.name}: {why}")
            return self._moved(walk, step, before)
        if walk.here.status == before:
            walk.barred.add((before.id, step.id))
            walk.why.append(f"{step.name}: {why}")
        self._known.get((walk.here.place, walk.here.type_id), {}).pop(before.id, None)
        return self._moved(walk, step, before)

    def _moved(self, walk: Walk, step: Step, before: Status) -> Wrote | None:
        """Somebody, or a step whose answer was lost, may have brought it where it should be."""
        if walk.here.status != before:
            walk.taken.append(step)
            is_there = walk.here.status.is_done == walk.goal.is_done and not walk.goal.wanted
            return Wrote() if is_there or walk.goal.rank(walk.here.status) is not None else None
        return None

    def _move(self, walk: Walk, step: Step) -> Reply:
        filled, _ = self._filled(step, walk.goal, walk.here.place)
        body: dict[str, Any] = {"transition": {"id": step.id}}
        comment = filled.pop("comment", None)
        body |= {"fields": filled} if filled else {}
        body |= {"update": {"comment": [{"add": {"body": comment}}]}} if comment is not None else {}
        return self._calls.write(
            "POST",
            "transitions",
            issue_path(walk.id, "transitions"),
            body,
            repeatable=False,
            issue=walk.id,
            answers=_REFUSED,
        )

    def _filled(self, step: Step, goal: Goal, place: str) -> tuple[dict[str, Any], list[str]]:
        """What a screen is filled with, and the names of fields that it needs and nobody told us."""
        told = given(step.fields, self._shape.project(place).transition_fields)
        filled: dict[str, Any] = {}
        missing: list[str] = []
        for id_, one in step.fields.items():
            if id_ == "resolution" and (goal.is_done or one.is_needed) and id_ not in told:
                if chosen := goal.resolution_among(step.to, one.allowed):
                    filled[id_] = {"name": chosen}
                else:
                    missing.append(f"a resolution other than {goal.resolution(step.to)!r}")
            elif id_ in told:
                filled[id_] = shaped(one.schema, told[id_][1], self._dialect)
            elif one.is_needed:
                missing.append(f"{one.name} ({id_})")
        return filled, missing

    def _no_way(self, walk: Walk, start: Status) -> Wrote:
        ways = self._known.get((walk.here.place, walk.here.type_id), {})
        if walk.here.status.id not in ways and not self._may_move(walk.id):
            return Wrote(
                f"Jira: the user may not move issues of project {walk.here.place}; grant it Transition Issues",
                is_place_broken=True,
            )
        known = reached(ways, walk.here.status)
        wanted = " or ".join(walk.goal.wanted) or ("a status that is done" if walk.goal.is_done else "an open status")
        said = f"Jira: no way leads from {start.name} to {wanted}; to be reached: {', '.join(known)}"
        self._back(walk, start)
        return Wrote("; ".join([said, *dict.fromkeys(walk.why)])[:2000], is_impossible=True)

    def _back(self, walk: Walk, start: Status) -> None:
        """Bring a ticket back to where it stood before ways were tried, as far as one knows how."""
        goal = Goal(is_done=start.is_done, wanted=(start.name,), outcome=walk.goal.outcome)
        for _ in range(len(walk.taken)):
            ways = self._known.get((walk.here.place, walk.here.type_id), {})
            path = route_to(ways, walk.here.status, goal, barred=walk.barred)
            if walk.here.status == start or not path or self._move(walk, path[0]).status in _REFUSED:
                return
            walk.here = Here(path[0].to, walk.here.place, walk.here.type_id)

    def _may_move(self, id_: str) -> bool:
        """Whether we may move a ticket at all; yes where that is not said: then the workflow shows no way."""
        params = {"issueId": id_, "permissions": "TRANSITION_ISSUES"}
        reply = self._calls.get("mypermissions", "/mypermissions", params, answers=(*_REFUSED, 501))
        return at(reply.body, "permissions", "TRANSITION_ISSUES", "havePermission") is not False
