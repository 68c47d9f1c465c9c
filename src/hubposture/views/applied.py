"""What became of a plan: counts first, then what failed and what was skipped, with why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hubposture.controls.ground import shown
from hubposture.model.organization import Account
from hubposture.reconcile.outcome import Outcome, Result, tally
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.where import account_name


def document(
    organization: str, results: Sequence[Result], accounts: Mapping[str, Account], *, run: str, most: int = 100
) -> Document:
    """The results of one run as a document."""
    counts = tally(results)
    tone = Tone.BAD if counts.failed else Tone.GOOD
    line = (
        f"{counted(counts.planned, 'change')} planned: {counts.applied:,} applied and seen, "
        f"{counts.failed:,} failed, {counts.skipped:,} skipped"
    )
    blocks = [
        Lines([Text(line, tone), *([f"recorded as run {run}"] if run else [])]),
        *_table("Failed", Outcome.FAILED, results, accounts, most),
        *_table("Skipped", Outcome.SKIPPED, results, accounts, most),
    ]
    return Document(f"Applied to {organization}", blocks, _data(results, run))


def _table(
    heading: str, outcome: Outcome, results: Iterable[Result], accounts: Mapping[str, Account], most: int
) -> Iterator[Block]:
    found = [one for one in results if one.outcome is outcome]
    if not found:
        return
    rows: list[list[Cell]] = [
        [
            account_name(one.change.place.account, accounts),
            one.change.place.region,
            f"{' '.join(one.change.edit.key)} {shown(one.change.edit.desired)}",
            one.detail,
        ]
        for one in found
    ]
    yield Heading(heading)
    yield Table(("Account", "Region", "Change", "Why"), rows[:most], more=max(0, len(rows) - most))


def _data(results: Sequence[Result], run: str) -> dict[str, Any]:
    counts = tally(results)
    return {
        "run": run,
        "planned": counts.planned,
        "applied": counts.applied,
        "failed": counts.failed,
        "skipped": counts.skipped,
        "results": [
            {
                "target": str(one.change.place),
                "kind": one.change.edit.kind,
                "key": list(one.change.edit.key),
                "outcome": one.outcome,
                "detail": one.detail,
            }
            for one in results
        ],
    }
