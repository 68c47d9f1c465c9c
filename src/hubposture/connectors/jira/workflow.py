"""A workflow as far as it is known: which ways lead out of a status, and how one comes from here to there. Pure."""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hubposture.connectors.jira.answers import at, items, text
from hubposture.connectors.jira.fields import Field, field_of
from hubposture.connectors.jira.shape import ProjectShape
from hubposture.work.ticket import Outcome

_RESOLUTIONS: Final[Mapping[Outcome, tuple[str, ...]]] = {
    Outcome.FIXED: ("Done", "Fixed", "Resolved"),
    Outcome.WAIVED: ("Won't Do", "Won't Fix", "Done"),
    Outcome.GONE: ("Obsolete", "Won't Do", "Done"),
    Outcome.NOT_REQUIRED: ("Won't Do", "Obsolete", "Won't Fix", "Done"),
}
"""Which resolutions are taken where none is named, in this order; else the first that a screen offers."""

_REFUSALS: Final = ("reject", "won't", "wont", "cancel", "declin", "duplicat", "invalid", "obsolete", "abandon")


@dataclass(frozen=True, slots=True)
class Status:
    """A status of a workflow."""

    id: str
    name: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A transition out of a status, with the fields of its screen."""

    id: str
    name: str
    to: Status
    fields: Mapping[str, Field] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a ticket is brought. `wanted` are names of statuses or `status/resolution`, in the order of preference.

    Without them any status does that counts as done, or does not (`is_done`); for what is fixed, one that says the contrary
    (`Rejected`) is the last to be taken. A ticket that is to be open again may also
    stop at another open status where none of those wanted is to be reached.
    """

    is_done: bool
    wanted: tuple[str, ...] = ()
    outcome: Outcome = Outcome.FIXED

    def rank(self, status: Status) -> int | None:
        """The place of a status among those wanted; None where it is none of them."""
        for place, one in enumerate(self.wanted):
            if _fits(one, status.name):
                return place
        if status.is_done != self.is_done or (self.wanted and self.is_done):
            return None
        return len(self.wanted) + (self.outcome is Outcome.FIXED and self.is_done and _is_refusal(status.name))

    def resolution(self, status: Status) -> str:
        """The resolution that is wanted at a status; ''."""
        for one in self.wanted:
            if _fits(one, status.name):
                return one[len(status.name) + 1 :].strip()
        return ""

    def resolution_among(self, status: Status, allowed: Sequence[Mapping[str, Any]]) -> str:
        """The resolution to choose on a screen that offers these; '' where the one that is wanted is not among them."""
        names = [text(one, "name") for one in allowed]
        folded = {one.casefold(): one for one in names}
        if wanted := self.resolution(status):
            return folded.get(wanted.casefold(), "") if names else wanted
        chosen = [folded[one.casefold()] for one in _RESOLUTIONS[self.outcome] if one.casefold() in folded]
        return next(iter(chosen + names), "Done")


def closing(project: ProjectShape, outcome: Outcome) -> Goal:
    """Where a ticket of a project ends."""
    return Goal(is_done=True, wanted=project.outcomes.get(outcome, ()), outcome=outcome)


def opening(project: ProjectShape) -> Goal:
    """Where work on a ticket of a project begins again."""
    return Goal(is_done=False, wanted=project.reopen_to)


Ways = Mapping[str, Sequence[Step]]
"""Steps out of each status whose ways are known, by the status's id."""


def status_of(found: Any) -> Status:
    """A status as Jira writes it."""
    return Status(text(found, "id"), text(found, "name"), text(found, "statusCategory", "key") == "done")


def steps_of(body: Any) -> tuple[Step, ...]:
    """The steps in an answer to `GET transitions`."""
    return tuple(
        Step(text(one, "id"), text(one, "name"), status_of(at(one, "to")), _screen(at(one, "fields")))
        for one in items(body, "transitions")
        if text(one, "id") and at(one, "isAvailable") is not False
    )


def route_to(
    ways: Ways, start: Status, goal: Goal, *, barred: Collection[tuple[str, str]] = ()
) -> tuple[Step, ...] | None:
    """The steps to the status that is wanted most, the fewest of them; None where none is known to be reached."""
    found: tuple[int, tuple[Step, ...]] | None = None
    for path in _paths(ways, start, barred):
        rank = goal.rank(path[-1].to)
        if rank is not None and (found is None or rank < found[0]):
            found = (rank, _with_resolution(ways, start, path, goal, barred))
    return None if found is None else found[1]


def route_to_unknown(ways: Ways, start: Status, *, barred: Collection[tuple[str, str]] = ()) -> tuple[Step, ...] | None:
    """The steps to the nearest status whose ways are not known, open ones first; None where all are known."""
    paths = [path for path in _paths(ways, start, barred) if path[-1].to.id not in ways]
    return min(paths, key=lambda path: (path[-1].to.is_done, len(path)), default=None)


def reached(ways: Ways, start: Status) -> tuple[str, ...]:
    """Names of the statuses that are known to be reached, the first one among them, sorted."""
    return tuple(sorted({start.name, *(path[-1].to.name for path in _paths(ways, start, ()))}))


def _paths(ways: Ways, start: Status, barred: Collection[tuple[str, str]]) -> Iterator[tuple[Step, ...]]:
    """The shortest way to each status, nearest first."""
    seen, waiting = {start.id}, deque[tuple[Step, ...]]([()])
    while waiting:
        path = waiting.popleft()
        here = path[-1].to.id if path else start.id
        for step in ways.get(here, ()):
            if step.to.id not in seen and (here, step.id) not in barred:
                seen.add(step.to.id)
                waiting.append((*path, step))
                yield (*path, step)


def _with_resolution(
    ways: Ways, start: Status, path: tuple[Step, ...], goal: Goal, barred: Collection[tuple[str, str]]
) -> tuple[Step, ...]:
    """The same way, its last step by a screen that asks for the resolution where one is wanted."""
    last = path[-1]
    if not goal.resolution(last.to) or "resolution" in last.fields:
        return path
    here = path[-2].to.id if len(path) > 1 else start.id
    for step in ways.get(here, ()):
        if step.to.id == last.to.id and "resolution" in step.fields and (here, step.id) not in barred:
            return (*path[:-1], step)
    return path


def _screen(found: Any) -> Mapping[str, Field]:
    if not isinstance(found, Mapping):
        return {}
    return {str(name): field_of(str(name), one) for name, one in found.items() if isinstance(one, Mapping)}


def _fits(wanted: str, status: str) -> bool:
    """Whether a wanted `status` or `status/resolution` means this status; names of statuses may hold a slash."""
    one, name = wanted.casefold(), status.casefold()
    return one == name or (bool(name) and one.startswith(f"{name}/"))


def _is_refusal(status: str) -> bool:
    return any(word in status.casefold() for word in _REFUSALS)
