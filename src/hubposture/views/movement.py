"""Movement as a waterfall: how open obligations got from then to now, one line per cause."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubposture.posture.movement import Cause
from hubposture.views.document import Block, Cell, Document, Lines, Table, Text, Tone, counted
from hubposture.views.words import day, share

CAUSES: Mapping[str, str] = {
    Cause.NEW: "of new resources that fail",
    Cause.REGRESSED: "failing that passed before",
    Cause.LIFTED: "no longer waived",
    Cause.SWITCHED_ON: "of controls that were switched on",
    Cause.REQUIRED: "of controls that became obligations",
    Cause.NEW_CONTROL: "of controls that are new at AWS",
    Cause.PARAMETERS: "by changed parameters",
    Cause.ACCOUNT_IN: "in accounts that came in",
    Cause.BACK_IN_SIGHT: "back in sight",
    Cause.MEASURED: "measured again",
    Cause.APPEARED: "of new resources that pass",
    Cause.FIXED: "fixed",
    Cause.WAIVED: "waived",
    Cause.GONE: "gone with their resource",
    Cause.SWITCHED_OFF: "of controls that were switched off",
    Cause.NOT_REQUIRED: "of controls that are no obligation any more",
    Cause.ACCOUNT_OUT: "in accounts that left",
    Cause.LOST_SIGHT: "that we lost sight of",
    Cause.NOT_MEASURED: "no longer measured",
}
"""What a cause says of the obligations it moved, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one cause did: open obligations it added and took away, met and open together that it added or removed."""

    cause: str
    opened: int = 0
    closed: int = 0
    obligations: int = 0

    @property
    def change(self) -> int:
        """By how much it moved the number of open obligations."""
        return self.opened - self.closed


@dataclass(frozen=True, slots=True)
class Level:
    """Obligations at a moment: how many there are, and how many of them are met."""

    met: int
    of: int

    @property
    def open(self) -> int:
        """Those that are not met."""
        return self.of - self.met


@dataclass(frozen=True, slots=True)
class Movement:
    """From one day to another. `like` are the obligations that existed on both, then and now; None if not computed.

    `frozen` says why a part of it may be missing ('' as a rule): consolidated findings were switched.
    """

    begin: dt.date
    end: dt.date
    before: Level
    after: Level
    steps: Sequence[Step]
    like: tuple[Level, Level] | None = None
    frozen: str = ""

    @property
    def unexplained(self) -> int:
        """What the causes leave open; 0 if they explain everything."""
        return self.after.open - self.before.open - sum(step.change for step in self.steps)


def document(organization: str, found: Movement) -> Document:
    """The waterfall of open obligations from one day to another; the causes add up to the difference."""
    blocks: list[Block] = [Lines(list(_summary(found)))]
    rows = list(_rows(found))
    blocks.append(Table(("", "Change", "Open"), rows, numbers=frozenset({1, 2})))
    title = f"Movement of {organization}, {day(found.begin)} to {day(found.end)}"
    return Document(title, blocks, data(found))


def lines(found: Movement) -> Sequence[Cell]:
    """One line per cause, for a report that tells more than movement; says so if nothing moved."""
    steps = [_told(step) for step in _ordered(found.steps)]
    if found.unexplained:
        steps.append(Text(f"{found.unexplained:+,} for causes that are not known", Tone.BAD))
    if found.frozen:
        steps.append(Text(found.frozen, Tone.WARN))
    head = f"{found.before.open:,} open on {day(found.begin)}, {found.after.open:,} now"
    return [head, *steps] if steps else [f"{head}: nothing moved"]


def data(found: Movement) -> Mapping[str, Any]:
    """Every number as JSON."""
    return {
        "begin": found.begin.isoformat(),
        "end": found.end.isoformat(),
        "before": _level(found.before),
        "after": _level(found.after),
        "steps": [
            {"cause": step.cause, "opened": step.opened, "closed": step.closed, "obligations": step.obligations}
            for step in _ordered(found.steps)
        ],
        "unexplained": found.unexplained,
        "like_for_like": [_level(level) for level in found.like] if found.like else None,
        "frozen": found.frozen,
    }


def _summary(found: Movement) -> Iterator[Cell]:
    before, after = found.before, found.after
    change = after.open - before.open
    tone = Tone.BAD if change > 0 else Tone.GOOD if change < 0 else Tone.PLAIN
    yield Text(
        f"Open obligations: {before.open:,} then, {after.open:,} now ({_signed(change)})",
        tone,
    )
    yield f"Met: {share(before.met, before.of)} of {before.of:,} then, {share(after.met, after.of)} of {after.of:,} now"
    if found.like is not None:
        then, now = found.like
        yield (
            f"Like for like ({counted(now.of, 'obligation')} that existed on both days): "
            f"{share(then.met, then.of)} then, {share(now.met, now.of)} now"
        )
    if found.frozen:
        yield Text(found.frozen, Tone.WARN)


def _rows(found: Movement) -> Iterator[Sequence[Cell]]:
    running = found.before.open
    yield f"open on {day(found.begin)}", "", Text(f"{running:,}", Tone.STRONG)
    for step in _ordered(found.steps):
        for change, words in _changes(step):
            running += change
            yield words, Text(_signed(change), _tone(change)), f"{running:,}"
    if found.unexplained:
        running += found.unexplained
        yield Text("causes that are not known", Tone.BAD), Text(_signed(found.unexplained), Tone.BAD), f"{running:,}"
    yield f"open on {day(found.end)}", "", Text(f"{running:,}", Tone.STRONG)


def _changes(step: Step) -> Iterator[tuple[int, str]]:
    """A cause that both opened and closed is told twice: nothing is hidden in a difference."""
    words = CAUSES.get(step.cause, step.cause)
    if step.opened:
        yield step.opened, words
    if step.closed:
        yield -step.closed, words


def _told(step: Step) -> Cell:
    words = CAUSES.get(step.cause, step.cause)
    both = f" ({step.opened:,} opened, {step.closed:,} closed)" if step.opened and step.closed else ""
    return Text(f"{_signed(step.change)} {words}{both}", _tone(step.change))


def _ordered(steps: Sequence[Step]) -> Sequence[Step]:
    order = list(CAUSES)
    moved = [step for step in steps if step.opened or step.closed]
    return sorted(moved, key=lambda step: (order.index(step.cause) if step.cause in order else len(order), step.cause))


def _signed(change: int) -> str:
    return f"{change:+,}" if change else "no change"


def _tone(change: int) -> Tone:
    return Tone.BAD if change > 0 else Tone.GOOD


def _level(level: Level) -> Mapping[str, int]:
    return {"met": level.met, "of": level.of, "open": level.open}
