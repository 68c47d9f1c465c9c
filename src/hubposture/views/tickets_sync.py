"""What a sync of tickets did: what was done, what failed and why, what was set aside, and what it cost."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.tickets_parts import (
    DID,
    action_data,
    actions_table,
    answer_data,
    answers,
    failure_data,
    guard_data,
    guards,
    held,
    nothing_to_do,
    plan_data,
    unread,
)
from hubposture.views.tickets_rows import SyncRow
from hubposture.work.action import Action, Kind


def sync_document(organization: str, row: SyncRow, *, limit: int = 20) -> Document:
    """What was done, what failed and why, which places were set aside, what guards refused, and what it cost."""
    blocks: list[Block] = [Lines(list(_synced(row)))]
    blocks += guards(row.exceeded)
    blocks += _set_aside(row, limit)
    blocks += _with_why("Failed", [one for one in row.failed if _place(one[0]) not in row.broken], limit)
    blocks += _with_why("Skipped", [one for one in row.skipped if _place(one[0]) not in row.broken], limit)
    if row.done:
        blocks += [Heading("Done"), actions_table(row.done, limit, did=True)]
    blocks += held(row.plan.held, limit)
    blocks += answers(row.answers, limit, heading="New answers of people")
    blocks += _proposed(row, limit)
    blocks += unread(row.failures, limit)
    blocks += unread(row.more, limit, heading="Beside the tickets")
    blocks += _calls(row, limit)
    return Document(f"Tickets synced in {organization}", blocks, _sync_data(organization, row))


def _synced(row: SyncRow) -> Iterator[Cell]:
    number = len(row.done) + len(row.failed) + len(row.skipped)
    if not number:
        bad = bool(row.exceeded or row.failures)
        yield Text("Nothing was done.", Tone.WARN) if bad else nothing_to_do(row.plan)
    else:
        said = ", ".join(
            f"{len(some):,} {word}"
            for some, word in ((row.done, "done"), (row.failed, "failed"), (row.skipped, "skipped"))
            if some
        )
        yield Text(f"{counted(number, 'action')}: {said}", Tone.BAD if row.failed else Tone.GOOD)
    if row.done:
        found = Counter(one.kind for one in row.done)
        yield ", ".join(f"{found[kind]:,} {DID[kind]}" for kind in Kind if found[kind])
    if row.failures:
        yield Text(f"{counted(len(row.failures), 'thing')} could not be read: see below.", Tone.BAD)
    if row.notified:
        yield f"{counted(row.notified, 'finding')} set to NOTIFIED in Security Hub"
    if row.more:
        yield Text(f"{counted(len(row.more), 'thing')} failed beside the tickets: see below.", Tone.BAD)
    if row.calls:
        yield f"{counted(sum(row.calls.values()), 'request')} to the trackers"
    if row.run:
        yield f"recorded as run {row.run}"


def _place(action: Action) -> tuple[str, str]:
    return action.after.route.tracker, action.after.route.place


def _set_aside(row: SyncRow, limit: int) -> Iterator[Block]:
    """Places to which nothing could be written, each once, with how much waits for it."""
    if row.broken:
        waiting = Counter(_place(action) for action, _ in (*row.failed, *row.skipped))
        rows: list[Sequence[Cell]] = [
            (Text(" ".join(place), Tone.BAD), f"{waiting[place]:,}", why) for place, why in sorted(row.broken.items())
        ]
        yield Heading("Places set aside")
        headings, more = ("Place", "Actions not done", "Why"), max(0, len(rows) - limit)
        yield Table(headings, rows[:limit], numbers=frozenset({1}), more=more)


def _with_why(heading: str, some: Sequence[tuple[Action, str]], limit: int) -> Iterator[Block]:
    if some:
        yield Heading(heading)
        yield actions_table([action for action, _ in some], limit, whys=[why for _, why in some])


def _proposed(row: SyncRow, limit: int) -> Iterator[Block]:
    """Waivers that people asked for in tickets; they hold only once they are approved."""
    if row.proposed:
        rows: list[Sequence[Cell]] = [
            (one.waiver, one.answer.ticket, one.answer.said, one.commit[:12]) for one in row.proposed
        ]
        yield Heading("Waivers proposed, approved by nobody yet")
        more = max(0, len(rows) - limit)
        yield Table(("Waiver", "Asked for by", "Closed as", "Commit"), rows[:limit], more=more)


def _calls(row: SyncRow, limit: int) -> Iterator[Block]:
    if row.calls:
        rows: list[Sequence[Cell]] = [
            (*_request(name), f"{number:,}")
            for name, number in sorted(row.calls.items(), key=lambda item: (-item[1], item[0]))
        ]
        yield Heading("Requests")
        more = max(0, len(rows) - limit)
        yield Table(("Tracker", "Request", "Number"), rows[:limit], numbers=frozenset({2}), more=more)


def _request(name: str) -> tuple[str, str]:
    tracker, _, request = name.partition(":")
    return tracker, request or "-"


def _sync_data(organization: str, row: SyncRow) -> dict[str, Any]:
    return {
        **plan_data(organization, row.plan),
        "run": row.run,
        "done": [action_data(one) for one in row.done],
        "failed": [{**action_data(one), "why": why} for one, why in row.failed],
        "skipped": [{**action_data(one), "why": why} for one, why in row.skipped],
        "became": {"done": len(row.done), "failed": len(row.failed), "skipped": len(row.skipped)},
        "set_aside": [
            {
                "tracker": tracker,
                "place": place,
                "why": why,
                "actions": sum(_place(one) == (tracker, place) for one, _ in (*row.failed, *row.skipped)),
            }
            for (tracker, place), why in sorted(row.broken.items())
        ],
        "guards": [guard_data(one) for one in row.exceeded],
        "failures": [failure_data(one) for one in row.failures],
        "new_answers": [answer_data(one) for one in row.answers],
        "proposed": [{"waiver": one.waiver, "commit": one.commit, **answer_data(one.answer)} for one in row.proposed],
        "notified": row.notified,
        "more": [failure_data(one) for one in row.more],
        "calls": dict(row.calls),
        "requests": sum(row.calls.values()),
    }
