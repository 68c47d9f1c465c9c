"""Tickets in which a team said "not mine", and what became of the answer."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.owners_written import difference
from hubposture.views.words import iso, moment

_STATES = {"open": Tone.WARN, "accepted": Tone.GOOD, "declined": Tone.DIM}


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer: its ticket by key and as people call it, the team, what was said by whom (naive UTC), and its state."""

    key: str
    ticket: str
    url: str
    team: str
    control: str
    said: str
    by: str
    at: dt.datetime
    state: str = "open"
    decided_by: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """What accepting did: what goes to whom, and the commits.

    `accounts` are whole ones as they are shown, with `along` resources in them; `resources` are ids of single ones.

    `commits` is empty where the branch, or what is merged, said so already. `old` and `new` are the file's texts.
    """

    answer: AnswerRow
    accounts: Sequence[str]
    resources: Sequence[str]
    to: str
    along: int
    branch: str
    commits: Sequence[str]
    pushed_to: str
    file: str
    old: str
    new: str


def answers(organization: str, rows: Sequence[AnswerRow], *, most: int) -> Document:
    """The list, in the order given; at most `most` rows are shown, the data has all of them."""
    waiting = sum(row.state == "open" for row in rows)
    blocks: list[Block] = []
    if not waiting:
        blocks.append(Lines([Text("No team waits for an answer to 'not mine'.", Tone.GOOD)]))
    else:
        said = f"{counted(waiting, 'answer')} 'not mine' {'waits' if waiting == 1 else 'wait'} for somebody to decide"
        blocks.append(Lines([Text(said, Tone.WARN)]))
    if rows:
        blocks += [Heading("Answers"), _table(rows[:most], more=max(len(rows) - most, 0))]
    if waiting:
        first = next(row for row in rows if row.state == "open")
        commands = (
            f"hubposture owners accept {first.ticket} --to TEAM\nhubposture owners decline {first.ticket} --reason TEXT"
        )
        blocks += [Heading("To decide on one"), Code(commands)]
    data = {"organization": organization, "waiting": waiting, "answers": [_data(row) for row in rows]}
    return Document(f"Answers in tickets of {organization}", blocks, data)


def _table(rows: Sequence[AnswerRow], *, more: int) -> Table:
    cells: list[Sequence[Cell]] = [
        (
            row.ticket,
            row.team,
            row.control,
            row.said,
            row.by or "-",
            moment(row.at),
            Text(row.state, _STATES.get(row.state, Tone.PLAIN)),
            f"{row.detail or '-'}" + (f" ({row.decided_by})" if row.decided_by else ""),
        )
        for row in rows
    ]
    headings = ("Ticket", "Team", "Control", "Said", "By", "When (UTC)", "State", "Decided")
    return without_empty(Table(headings, cells, more=more, spare=(5,)))


def accepted(done: AcceptedRow) -> Document:
    """What accepting did."""
    kinds = ((done.accounts, "account"), (done.resources, "resource"))
    them = " and ".join(counted(len(some), kind) for some, kind in kinds if some)
    goes = "go" if len(done.accounts) + len(done.resources) > 1 else "goes"
    lines: list[Cell] = [
        Text(f"{done.answer.ticket} is accepted: {them} {goes} to {done.to}, once this is merged", Tone.GOOD),
    ]
    if done.accounts:
        lines.append(
            f"{', '.join(done.accounts)}: {counted(done.along, 'resource')} in all, those of the ticket among them"
        )
    if done.resources:
        lines.append("Of a resource everything goes that no row of the workbook gives to somebody")
        lines += done.resources
    blocks: list[Block] = [Lines(lines)]
    if done.commits:
        named = ", ".join(one[:12] for one in done.commits)
        how = f", pushed to {done.pushed_to}" if done.pushed_to else "; push it, and have it reviewed"
        lines.append(f"{'Commits' if len(done.commits) > 1 else 'Commit'} {named} on the branch {done.branch}{how}")
        blocks += [Heading("The change"), Code(difference(done.old, done.new, done.file))]
    else:
        lines.append(f"The branch {done.branch}, or what is merged, says so already")
    data = {
        **_data(done.answer), "state": "accepted", "accounts": list(done.accounts), "to": done.to,
        "resources": list(done.resources), "resources_in_accounts": done.along, "branch": done.branch, "commits": list(done.commits), "pushed_to": done.pushed_to,
    }  # fmt: skip
    return Document("Owners", blocks, data)


def declined(row: AnswerRow) -> Document:
    """What declining did."""
    lines: list[Cell] = [
        Text(f"{row.ticket} is declined: {row.team} keeps it", Tone.GOOD),
        "The ticket does not change by itself: tell them why there, and take the label off.",
    ]
    return Document("Owners", [Lines(lines)], {**_data(row), "state": "declined"})


def _data(row: AnswerRow) -> dict[str, Any]:
    return {
        "key": row.key, "ticket": row.ticket, "url": row.url, "team": row.team, "control": row.control,
        "said": row.said, "by": row.by, "at": iso(row.at), "state": row.state, "decided_by": row.decided_by,
        "detail": row.detail,
    }  # fmt: skip
