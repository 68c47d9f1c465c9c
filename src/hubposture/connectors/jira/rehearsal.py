"""A test ticket: made, walked to every end and back, and closed, so that nobody learns of a closed way by a real one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hubposture.connectors.jira.shape import ProjectShape, Shape
from hubposture.connectors.jira.transitions import Workflows
from hubposture.connectors.jira.workflow import Goal, closing, opening
from hubposture.ports.tracker import Doubt, Made
from hubposture.work.body import Body, paragraph
from hubposture.work.ticket import Draft, Outcome, Route

TEST_LABEL: Final = "hubposture-test"
"""The label of test tickets."""
REOPEN: Final = "reopen"
"""Names the way back."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What became of a test ticket: how people call it, where it is, the ways it took, and what did not work.

    `paths` are (outcome or `reopen`, names of the transitions in their order); an outcome without any is in `doubts`.
    """

    shown: str
    url: str
    paths: Sequence[tuple[str, tuple[str, ...]]]
    doubts: Sequence[Doubt]


def test_draft(route: Route, *, label: str) -> Draft:
    """A ticket that says of itself that it is none. Its label is no key of ours, so that it is never taken for work."""
    said = "hubposture made this ticket to learn how tickets close in this project. It is no work, and may be deleted."
    labels = (label,) if label else ()
    title = "hubposture: test ticket, please ignore"
    return Draft(TEST_LABEL, route, title, Body((paragraph(said),)), "LOW", None, labels)


def rehearse(made: Made, workflows: Workflows, shape: Shape, route: Route) -> Rehearsal:
    """Walk a ticket that was made to the end of every outcome, and open it again in between; it is left closed."""
    where = f"{shape.name} {route.place}"
    if made.seen is None:
        return Rehearsal("", "", (), (Doubt(where, f"no test ticket could be made: {made.wrote.error}"),))
    seen, project = made.seen, shape.project(route.place)
    paths: list[tuple[str, tuple[str, ...]]] = []
    doubts: list[Doubt] = []
    for name, goal in _goals(project):
        wrote, taken = workflows.bring(seen.id, lambda _, goal=goal: goal)  # type: ignore[misc]
        if wrote.error:
            doubts.append(Doubt(where, f"{name}: {wrote.error}", _hint(name)))
            if name == REOPEN:
                break
        elif taken:
            paths.append((name, tuple(f"{one.name} -> {one.to.name}" for one in taken)))
    workflows.bring(seen.id, lambda _: Goal(is_done=True))
    return Rehearsal(seen.shown, seen.url, tuple(paths), tuple(doubts))


def _goals(project: ProjectShape) -> Iterator[tuple[str, Goal]]:
    """Every outcome, and open again before the next one."""
    for outcome in Outcome:
        if outcome is not Outcome.FIXED:
            yield REOPEN, opening(project)
        yield str(outcome), closing(project, outcome)


def _hint(name: str) -> str:
    if name == REOPEN:
        return "what comes back later gets a successor that is linked; or add a way out of the last status"
    return "name statuses of this workflow in outcomes, or give what a screen asks for in transition_fields"
