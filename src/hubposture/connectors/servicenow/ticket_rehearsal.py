"""A test ticket: made, brought to every end and back, and closed, so that rules which refuse are met before a real one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hubposture.connectors.servicenow.ticket_shape import TicketShape
from hubposture.ports.tracker import Doubt, Made, Wrote
from hubposture.work.body import Body, paragraph
from hubposture.work.ticket import Draft, Outcome, Route

TEST_KEY: Final = "hubposture-test"
"""What stands in the field of the key of test tickets. It is no key of ours, so that they are never taken for work."""
REOPEN: Final = "reopen"
"""Names the way back."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What became of a test ticket, as the port says. `paths` name what was written, in one step each."""

    shown: str
    url: str
    paths: Sequence[tuple[str, tuple[str, ...]]]
    doubts: Sequence[Doubt]


def test_draft(route: Route) -> Draft:
    """A ticket that says of itself that it is none."""
    said = "hubposture made this ticket to learn how tickets close in this table. It is no work, and may be deleted."
    return Draft(TEST_KEY, route, "hubposture: test ticket, please ignore", Body((paragraph(said),)), "LOW", None)


def rehearse(
    made: Made,
    shape: TicketShape,
    *,
    close: Callable[[str, Outcome], Wrote],
    reopen: Callable[[str], Wrote],
) -> Rehearsal:
    """Bring a ticket that was made to the end of every outcome, and open it again in between; it is left closed."""
    where = f"{shape.name} {shape.table}"
    if made.seen is None:
        return Rehearsal("", "", (), (Doubt(where, f"no test ticket could be made: {made.wrote.error}"),))
    seen = made.seen
    doubts = [Doubt(where, f"made, and not as it should be: {made.wrote.error}")] if made.wrote.error else []
    paths: list[tuple[str, tuple[str, ...]]] = []
    for outcome in _steps():
        name = REOPEN if outcome is None else str(outcome)
        wrote = reopen(seen.id) if outcome is None else close(seen.id, outcome)
        if not wrote.error:
            pairs = shape.open if outcome is None else shape.outcomes.get(outcome, {})
            paths.append((name, (", ".join(f"{field}={value}" for field, value in pairs.items()),)))
            continue
        doubts.append(Doubt(where, f"{name}: {wrote.error}", _hint(shape, outcome)))
        if outcome is None:
            break
    return Rehearsal(seen.shown, seen.url, tuple(paths), tuple(doubts))


def _steps() -> Iterator[Outcome | None]:
    """Every outcome, and open again (None) before the next one."""
    for outcome in Outcome:
        if outcome is not Outcome.FIXED:
            yield None
        yield outcome


def _hint(shape: TicketShape, outcome: Outcome | None) -> str:
    if outcome is None:
        return "what comes back later gets a successor that is linked; or close with a state that can be left again"
    return f"correct {shape.setting(f'states.{outcome.name.lower()}')}"
