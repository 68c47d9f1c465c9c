"""What several documents of waivers say alike: how long one still holds, its numbers, and notices."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from hubposture.views.columns import without_empty
from hubposture.views.document import Cell, Table, Text, Tone, counted
from hubposture.views.waivers_rows import NoticeRow, WaiverRow
from hubposture.views.words import iso, moment
from hubposture.waivers.standing import State

ENDED = frozenset({State.REJECTED, State.WITHDRAWN, State.REVOKED, State.EXPIRED})
"""States in which nothing more is to be expected of a waiver."""
_FEW_DAYS = 7


def left(row: WaiverRow, today: dt.date) -> Text:
    """`43 days`, `today` on the last one, `over` behind it."""
    days = row.left_days(today)
    if days < 0 or row.state in ENDED:
        return Text("over", Tone.DIM)
    if days == 0:
        return Text("today", Tone.BAD)
    tone = Tone.BAD if days <= _FEW_DAYS and row.state.holds else Tone.PLAIN
    return Text(counted(days, "day"), tone)


def stands(row: WaiverRow) -> str:
    """Where one stands and why, each word once: `waits for approval: nobody has approved it`, `it expired on ...`."""
    if not row.why:
        return str(row.state)
    return row.why if str(row.state) in row.why else f"{row.state}: {row.why}"


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


def notices(found: Sequence[NoticeRow], most: int) -> Table:
    """Notices, in the order given."""
    rows: list[Sequence[Cell]] = [
        (moment(one.at), one.waiver, one.kind, one.until.isoformat(), one.owner or "-", one.text or "-")
        for one in found
    ]
    more = max(0, len(rows) - most)
    headings = ("When (UTC)", "Waiver", "What", "End", "Owner", "Said")
    return without_empty(Table(headings, rows[:most], more=more, spare=(4, 3), cut=frozenset({5})))


def notice_data(one: NoticeRow) -> dict[str, Any]:
    """A notice for JSON."""
    return {
        "waiver": one.waiver, "kind": one.kind, "until": one.until.isoformat(), "at": iso(one.at), "owner": one.owner,
        "text": one.text,
    }  # fmt: skip
