"""One waiver whole: what it says, what it speaks of, what it does now, and who approved it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.waivers_rows import ApprovalRow, WaiverDetail, WaiverRow
from hubposture.views.waivers_subjects import (
    accounts,
    by_account,
    by_account_data,
    gravest,
    sample,
    subject_data,
)
from hubposture.views.waivers_words import notice_data, notices, row_data, stands
from hubposture.views.words import age, day
from hubposture.waivers.standing import State
from hubposture.waivers.waiver import Effect


def detailed(organization: str, found: WaiverDetail, *, today: dt.date, at: dt.datetime, most: int = 20) -> Document:
    """One waiver whole; `at` is the moment (naive UTC) of the version that was looked at."""
    row = found.row
    blocks: list[Block] = [Lines(list(_says(row, today)))]
    blocks += [Heading("What it speaks of"), Lines(list(_criteria(found)))]
    blocks += [Heading("Now"), Lines(list(_now(found, at)))]
    if found.approvals:
        blocks += [Heading("Approvals"), _approvals(found.approvals)]
    in_accounts = by_account(found.subjects)
    blocks += accounts(in_accounts, most)
    blocks += sample(gravest(found.subjects), at, most)
    if found.notices:
        blocks += [Heading("What people were told"), notices(found.notices, most)]
    if found.steps:
        blocks.append(Code("\n".join(found.steps)))
    data = {
        "organization": organization,
        **row_data(row, today),
        "criteria": {name: list(entries) for name, entries in found.criteria},
        "digest": found.digest,
        "set_file": found.set_file,
        "set_subjects": found.set_subjects,
        "matched_failing": _failing(found),
        "steps": list(found.steps),
        "approvals": [_approval_data(one) for one in found.approvals],
        "accounts": by_account_data(in_accounts),
        "subjects": [subject_data(one) for one in found.subjects],
        "notices": [notice_data(one) for one in found.notices],
    }
    return Document(f"{row.waiver}: {', '.join(row.controls)}", blocks, data)


def _says(row: WaiverRow, today: dt.date) -> Iterator[Cell]:
    tone = Tone.GOOD if row.state is State.HOLDING else Tone.WARN
    end = f"until {day(row.until)}"
    days = row.left_days(today)
    if row.state.holds:
        yield Text(
            f"{row.state} {end}, {counted(days, 'day') if days else 'the last day'}{' left' if days else ''}", tone
        )
    else:
        yield Text(stands(row), tone)
    if row.asked_until is not None:
        yield Text(f"{day(row.asked_until)} is asked for and not approved", Tone.WARN)
    yield f"{row.type}: {row.reason}"
    if row.compensating:
        yield f"Instead: {row.compensating}"
    yield f"Owner {row.owner}, asked for by {row.requested_by or 'nobody named'}" + (
        f", risk carried by {row.risk_owner}" if row.risk_owner else ""
    )
    if row.approved_by:
        yield f"Approved by {row.approved_by}" + (f" ({row.approval})" if row.approval else "")
    if row.effect is Effect.VISIBLE:
        yield "Accepted and counted apart; nothing is suppressed."
    if row.source:
        yield Text(row.source, Tone.DIM)


def _criteria(found: WaiverDetail) -> Iterator[Cell]:
    for name, entries in found.criteria:
        yield f"{name}: {', '.join(entries)}"
    yield f"from {day(found.row.valid_from)}" + (
        f", and {counted(found.row.covers_new, 'new resource')} beyond the approved set" if found.row.covers_new else ""
    )
    if found.set_file:
        yield f"approved set {found.set_file}: {counted(found.set_subjects, 'resource')}"
    yield Text(found.digest, Tone.DIM)


def _now(found: WaiverDetail, at: dt.datetime) -> Iterator[Cell]:
    row = found.row
    if row.state.holds:
        yield f"matches {counted(row.matched, 'resource')}: covers {row.within:,}, {row.failing:,} of them failing"
    else:
        failing = f", {_failing(found):,} of them failing" if row.matched else ""
        yield f"matches {counted(row.matched, 'resource')}{failing}; it excuses nothing now"
    if row.surplus and row.state.holds:
        text = (
            f"beyond what was approved: {row.surplus:,}, {row.surplus_failing:,} of them failing; those are not waived"
        )
        yield Text(text, Tone.BAD)
    if row.barred:
        yield Text(f"under rows of the matrix that allow no such waiver: {row.barred:,}", Tone.WARN)
    if row.missing:
        yield f"approved, and not matched any more or gone: {row.missing:,}"
    if row.passing_since is not None:
        unneeded = "; it can be closed" if row.is_unneeded else ""
        yield Text(f"all it covers pass for {age(row.passing_since, at)}{unneeded}", Tone.GOOD)


def _failing(found: WaiverDetail) -> int:
    return sum(one.is_failing for one in found.subjects)


def _approvals(approvals: Sequence[ApprovalRow]) -> Table:
    rows: list[Sequence[Cell]] = [
        (
            f"{one.system} {one.number}".strip(),
            one.by,
            one.on.isoformat(),
            one.until.isoformat(),
            Text("yes", Tone.GOOD) if one.counts else Text("no", Tone.WARN),
            one.why or "-",
        )
        for one in approvals
    ]
    table = Table(("Approval", "By", "On", "Until", "Counts", "Why"), rows, spare=(2,), cut=frozenset({1, 5}))
    return without_empty(table)


def _approval_data(one: ApprovalRow) -> dict[str, Any]:
    return {
        "system": one.system, "number": one.number, "by": one.by, "on": one.on.isoformat(),
        "until": one.until.isoformat(), "counts": one.counts, "why": one.why,
    }  # fmt: skip
