"""Waivers for their readers: what must be looked at first, then what holds, then what is over; and one of them whole."""

import datetime as dt
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.waivers_rows import ApprovalRow, NoticeRow, WaiverDetail, WaiverRow
from hubposture.views.waivers_subjects import accounts, by_account_data, sample, subject_data
from hubposture.views.words import age, day, iso, moment
from hubposture.waivers.standing import State
from hubposture.waivers.waiver import Effect


class Rank(StrEnum):
    """Under which heading a waiver stands, worst first."""

    SURPLUS = "Match more than was approved"
    EXPIRING = "End soon"
    PROVISIONAL = "Provisional: nobody approved them"
    WAITS = "Wait"
    HOLDING = "Hold"
    ENDED = "Ended"


_ENDED = frozenset({State.REJECTED, State.WITHDRAWN, State.REVOKED, State.EXPIRED})
_HEADINGS = (
    "Waiver", "Controls", "Surplus", "Failing", "Covers", "Left", "Until", "Owner", "Gone", "Approved by", "Type", "Remark",
)  # fmt: skip
_NUMBERS = frozenset({2, 3, 4, 5, 8})
_SPARE = (10, 8, 9, 6, 7)
_CUT = frozenset({1, 7, 11})
_FEW_DAYS = 7


def rank(row: WaiverRow, today: dt.date, *, soon_days: int = 30) -> Rank:
    """The heading of a waiver on the organization's day `today`; one that holds and matches too much comes first."""
    if row.state in _ENDED:
        return Rank.ENDED
    if not row.state.holds:
        return Rank.WAITS
    if row.surplus:
        return Rank.SURPLUS
    if row.left_days(today) <= soon_days:
        return Rank.EXPIRING
    return Rank.PROVISIONAL if row.state is State.PROVISIONAL else Rank.HOLDING


def listed(
    organization: str,
    rows: Sequence[WaiverRow],
    *,
    today: dt.date,
    soon_days: int = 30,
    problems: Sequence[str] = (),
    most: int = 100,
) -> Document:
    """Every waiver; at most `most` rows under a heading, the data has all.

    `problems` are what is wrong with their files, for which nothing is released.
    """
    ranked = {one: [row for row in rows if rank(row, today, soon_days=soon_days) is one] for one in Rank}
    soon = sum(row.state.holds and row.left_days(today) <= soon_days for row in rows)
    blocks: list[Block] = [Lines(list(_summary(rows, len(ranked[Rank.WAITS]), (soon, soon_days), problems)))]
    for one, found in ranked.items():
        if found:
            found.sort(key=lambda row: _order(one, row))
            blocks.append(Heading(f"{one} ({len(found):,})"))
            blocks.append(_table([_row(row, today) for row in found], most))
    data = {
        "organization": organization,
        "today": today.isoformat(),
        "soon_days": soon_days,
        "ending_soon": soon,
        "counts": {one.name.lower(): len(found) for one, found in ranked.items()},
        **_sums(rows),
        "problems": list(problems),
        "waivers": [
            row_data(row, today) | {"rank": one.name.lower()} for one, found in ranked.items() for row in found
        ],
    }
    return Document(f"Waivers of {organization}, {day(today)}", blocks, data)


def _order(under: Rank, row: WaiverRow) -> tuple[object, ...]:
    if under is Rank.SURPLUS:
        return (-row.surplus_failing, -row.surplus, row.waiver)
    if under is Rank.ENDED:
        return (-row.until.toordinal(), row.waiver)
    return (row.until, row.waiver)


def _sums(rows: Sequence[WaiverRow]) -> dict[str, int]:
    holding = [row for row in rows if row.state.holds]
    return {
        "waivers_in_all": len(rows),
        "holding": len(holding),
        "within": sum(row.within for row in holding),
        "failing": sum(row.failing for row in holding),
        "surplus": sum(row.surplus for row in holding),
        "surplus_failing": sum(row.surplus_failing for row in holding),
        "unneeded": sum(row.is_unneeded for row in holding),
    }


def _summary(rows: Sequence[WaiverRow], waiting: int, soon: tuple[int, int], problems: Sequence[str]) -> Iterator[Cell]:
    sums = _sums(rows)
    if problems:
        said = f"{counted(len(problems), 'error')} in files of waivers, so nothing is released"
        yield Text(f"{said}: {problems[0]}", Tone.BAD)
    if not rows:
        yield Text("No waivers.", Tone.DIM)
        return
    verb = "holds" if sums["holding"] == 1 else "hold"
    waits = f", {waiting:,} {'waits' if waiting == 1 else 'wait'}" if waiting else ""
    yield f"{counted(len(rows), 'waiver')}: {sums['holding']:,} {verb}{waits}"
    yield f"They cover {counted(sums['within'], 'resource')}, {sums['failing']:,} of them failing"
    if sums["surplus"]:
        yield Text(
            f"They match {sums['surplus']:,} more that nobody approved, {sums['surplus_failing']:,} of them failing; "
            "those are not waived",
            Tone.BAD,
        )
    if soon[0]:
        yield Text(f"{soon[0]:,} {'ends' if soon[0] == 1 else 'end'} within {soon[1]} days", Tone.WARN)
    if sums["unneeded"]:
        is_one = sums["unneeded"] == 1
        what = "is unneeded: all it covers has" if is_one else "are unneeded: all they cover has"
        yield f"{sums['unneeded']:,} {what} passed for long"


def _table(rows: Sequence[Sequence[Cell]], most: int) -> Table:
    more = max(0, len(rows) - most)
    return without_empty(Table(_HEADINGS, rows[:most], numbers=_NUMBERS, more=more, spare=_SPARE, cut=_CUT))


def _row(row: WaiverRow, today: dt.date) -> Sequence[Cell]:
    holds = row.state.holds
    return (
        row.waiver,
        ", ".join(row.controls),
        Text(f"{row.surplus:,}", Tone.BAD) if row.surplus and holds else "-",
        f"{row.failing:,}" if holds else "-",
        f"{row.within:,}" if holds else "-",
        left(row, today),
        row.until.isoformat(),
        row.owner,
        f"{row.missing:,}" if row.missing and holds else "-",
        row.approved_by or "-",
        row.type.value,
        _remark(row),
    )


def left(row: WaiverRow, today: dt.date) -> Text:
    """`43 days`, `today` on the last one, `over` behind it."""
    days = row.left_days(today)
    if days < 0 or row.state in _ENDED:
        return Text("over", Tone.DIM)
    if days == 0:
        return Text("today", Tone.BAD)
    tone = Tone.BAD if days <= _FEW_DAYS and row.state.holds else Tone.PLAIN
    return Text(counted(days, "day"), tone)


def _remark(row: WaiverRow) -> Cell:
    """What is to be known of it in a few words."""
    if not row.state.holds:
        return Text(f"{row.state}: {row.why}" if row.why else str(row.state), Tone.WARN)
    said = []
    if row.asked_until is not None:
        said.append(f"longer until {row.asked_until} is not approved")
    if row.is_unneeded and row.passing_since is not None:
        said.append(f"unneeded: all pass since {day(row.passing_since)}")
    if row.effect is Effect.VISIBLE:
        said.append("stays visible")
    return "; ".join(said) or "-"


def row_data(row: WaiverRow, today: dt.date) -> dict[str, Any]:
    """One waiver for JSON."""
    return {
        "waiver": row.waiver, "state": row.state, "why": row.why, "controls": list(row.controls), "type": row.type,
        "effect": row.effect, "owner": row.owner, "risk_owner": row.risk_owner, "requested_by": row.requested_by,
        "reason": row.reason, "compensating": row.compensating, "valid_from": row.valid_from.isoformat(),
        "until": row.until.isoformat(), "left_days": row.left_days(today),
        "asked_until": row.asked_until.isoformat() if row.asked_until else None,
        "approved_by": row.approved_by, "approval": row.approval, "covers_new": row.covers_new,
        "matched": row.matched, "within": row.within, "failing": row.failing, "surplus": row.surplus,
        "surplus_failing": row.surplus_failing, "barred": row.barred, "missing": row.missing,
        "passing_since": iso(row.passing_since), "unneeded": row.is_unneeded, "source": row.source,
    }  # fmt: skip


# One of them


def detailed(organization: str, found: WaiverDetail, *, today: dt.date, at: dt.datetime, most: int = 20) -> Document:
    """One waiver whole; `at` is the moment (naive UTC) of the version that was looked at."""
    row = found.row
    blocks: list[Block] = [Lines(list(_says(row, today)))]
    blocks += [Heading("What it speaks of"), Lines(list(_criteria(found)))]
    blocks += [Heading("Now"), Lines(list(_now(found, at)))]
    if found.approvals:
        blocks += [Heading("Approvals"), _approvals(found.approvals)]
    blocks += accounts(found.subjects, most)
    blocks += sample(found.subjects, at, most)
    if found.notices:
        blocks += [Heading("What people were told"), notices(found.notices, most)]
    blocks.append(Code(f"hubposture waivers preview {row.waiver}"))
    data = {
        "organization": organization,
        **row_data(row, today),
        "criteria": {name: list(entries) for name, entries in found.criteria},
        "digest": found.digest,
        "set_file": found.set_file,
        "set_subjects": found.set_subjects,
        "approvals": [_approval_data(one) for one in found.approvals],
        "accounts": by_account_data(found.subjects),
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
        yield Text(f"{row.state}: {row.why}" if row.why else str(row.state), tone)
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
    yield f"matches {counted(row.matched, 'resource')}: covers {row.within:,}, {row.failing:,} of them failing"
    if row.surplus:
        text = (
            f"{row.surplus:,} were not approved, {row.surplus_failing:,} of them failing; approval must be asked anew"
        )
        yield Text(text, Tone.BAD)
    if row.barred:
        yield Text(f"under rows of the matrix that allow no such waiver: {row.barred:,}", Tone.WARN)
    if row.missing:
        yield f"approved, and not matched any more or gone: {row.missing:,}"
    if row.passing_since is not None:
        unneeded = "; it can be closed" if row.is_unneeded else ""
        yield Text(f"all it covers pass for {age(row.passing_since, at)}{unneeded}", Tone.GOOD)


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


def notices(found: Sequence[NoticeRow], most: int) -> Table:
    """Notices, in the order given."""
    rows: list[Sequence[Cell]] = [
        (moment(one.at), one.waiver, one.kind, one.until.isoformat(), one.owner or "-", one.text or "-")
        for one in found
    ]
    more = max(0, len(rows) - most)
    headings = ("When (UTC)", "Waiver", "What", "End", "Owner", "Said")
    return Table(headings, rows[:most], more=more, spare=(4, 3), cut=frozenset({5}))


def notice_data(one: NoticeRow) -> dict[str, Any]:
    """A notice for JSON."""
    return {
        "waiver": one.waiver, "kind": one.kind, "until": one.until.isoformat(), "at": iso(one.at), "owner": one.owner,
        "text": one.text,
    }  # fmt: skip
