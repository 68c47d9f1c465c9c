"""An explanation as a document; the verb's typed answer comes in as plain facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone


@dataclass(frozen=True, slots=True)
class Facts:
    """What is shown: `verdict` in one sentence, `governed` in another, and the tables' rows as text.

    `findings` says in one sentence what the check found, and `failing` holds (resource, since, suppressed, waiver).
    `who` holds (when, who, by which call) of recorded changes, or None where nobody asked.
    """

    control: str
    title: str
    place: str
    verdict: str
    governed: str
    rows: Sequence[tuple[str, str, str, str]]
    now: Sequence[tuple[str, str, str, str]]
    notes: Sequence[str]
    data: dict[str, Any]
    who: Sequence[tuple[str, str, str]] | None = None
    findings: str = ""
    failing: Sequence[tuple[str, str, str, str]] = ()


def document(facts: Facts) -> Document:
    """The explanation: what holds now, which row decided, what the plan would do."""
    blocks: list[Block] = [Lines([Text(facts.verdict, Tone.STRONG), facts.governed])]
    if facts.rows:
        rows: list[list[Cell]] = [list(row) for row in facts.rows]
        blocks += [Heading("Rows that hold here, the strongest first"), Table(("Row", "Scope", "Rank", "Says"), rows)]
    if facts.now:
        now: list[list[Cell]] = [list(row) for row in facts.now]
        blocks += [Heading("Now in Security Hub"), Table(("Standard", "State", "Since", "Reason"), now)]
    if facts.notes:
        blocks += [Heading("What follows"), Lines(list(facts.notes))]
    if facts.findings:
        blocks += [Heading("What the check found"), Lines([facts.findings])]
    if facts.failing:
        failing: list[list[Cell]] = [list(row) for row in facts.failing]
        blocks += [Table(("Failing resource", "Since", "Suppressed", "Waiver"), failing)]
    if facts.who is not None:
        blocks += [Heading("Who changed it, in the last 90 days that CloudTrail keeps"), *_who(facts.who)]
    return Document(f"{facts.control} in {facts.place}: {facts.title}", blocks, facts.data)


def _who(rows: Sequence[tuple[str, str, str]]) -> list[Block]:
    if not rows:
        return [Lines(["Nobody, by an event that names the control or its standards."])]
    return [Table(("When", "Who", "By"), [list(row) for row in rows])]
