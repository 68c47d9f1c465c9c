"""What the trackers say against what the checks say."""

from collections.abc import Iterator, Sequence
from typing import Any

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Document, Lines, Table, Text, Tone, counted
from hubposture.views.tickets_parts import failure_data, unread
from hubposture.views.tickets_rows import Failed
from hubposture.views.words import iso, moment
from hubposture.work.verify import Disagreement


def verify_document(
    organization: str,
    rows: Sequence[Disagreement],
    *,
    tickets: int = 0,
    subjects: int = 0,
    failures: Sequence[Failed] = (),
    limit: int = 20,
) -> Document:
    """Every disagreement, at most `limit` shown; `tickets` and `subjects` are how many were compared."""
    blocks: list[Block] = [Lines([_verdict(rows, tickets, subjects, failures)])]
    blocks += _table(rows, limit)
    blocks += unread(failures, limit)
    data = {
        "organization": organization,
        "tickets": tickets,
        "resources": subjects,
        "number": len(rows),
        "disagreements": [_data(one) for one in rows],
        "failures": [failure_data(one) for one in failures],
    }
    return Document(f"Tickets against checks in {organization}", blocks, data)


def _verdict(rows: Sequence[Disagreement], tickets: int, subjects: int, failures: Sequence[Failed]) -> Cell:
    compared = f"{counted(tickets, 'ticket')} compared with {counted(subjects, 'resource')}"
    if rows:
        return Text(f"{compared}: {counted(len(rows), 'disagreement')}", Tone.BAD)
    if failures:
        return Text(f"{compared}: no disagreement in what could be read", Tone.WARN)
    return Text(f"{compared}: they agree", Tone.GOOD)


def _table(rows: Sequence[Disagreement], limit: int) -> Iterator[Block]:
    if rows:
        table: list[Sequence[Cell]] = [
            (
                one.where,
                one.ticket or "-",
                Text(one.says, Tone.WARN),
                one.check,
                moment(one.since) if one.since is not None else "-",
                one.hint,
            )
            for one in rows[:limit]
        ]
        headings = ("Where", "Ticket", "The ticket says", "The check says", "Since (UTC)", "What becomes of it")
        yield without_empty(Table(headings, table, more=max(0, len(rows) - limit)))


def _data(one: Disagreement) -> dict[str, Any]:
    return {
        "where": one.where, "ticket": one.ticket, "says": one.says, "check": one.check, "since": iso(one.since),
        "hint": one.hint,
    }  # fmt: skip
