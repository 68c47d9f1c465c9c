"""What was asked of a system of approval, and what it said."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.words import iso, moment


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request. `state` is as in the ledger, times are naive UTC; `lost` are fields that the system did not keep.

    `is_new` says that the record was made now. `commit` carries the approval; ''.
    """

    waiver: str
    id: str
    state: str
    number: str
    asked_by: str
    asked_at: dt.datetime
    until: dt.date
    decided_by: str = ""
    detail: str = ""
    commit: str = ""
    lost: Sequence[tuple[str, str]] = ()
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review that was found to approve a waiver as it stands."""

    waiver: str
    number: str
    by: str
    merged_at: dt.datetime


def requested(organization: str, rows: Sequence[RequestRow]) -> Document:
    """What was asked for, and where it is now."""
    blocks: list[Block] = [Lines([_asked(one) for one in rows])]
    for one in rows:
        if one.lost:
            blocks += [Heading(f"{one.waiver}: fields that {one.number} did not keep"), _lost(one)]
    return Document(f"Approval of waivers of {organization}", blocks, {"requests": [_data(one) for one in rows]})


def _asked(one: RequestRow) -> Text:
    if not one.is_new and one.state != "asked":
        by = f" by {one.decided_by}" if one.decided_by else ""
        return Text(f"{one.waiver}: {one.number} is {one.state}{by}; nothing was asked anew", Tone.DIM)
    again = "" if one.is_new else ", which was there already"
    tone = Tone.WARN if one.lost else Tone.GOOD
    return Text(f"{one.waiver}: asked for as {one.number}{again}, until {one.until}", tone)


def _lost(one: RequestRow) -> Table:
    rows: list[Sequence[Cell]] = [(name, there or "(empty)") for name, there in one.lost]
    return Table(("Field", "What stands there"), rows)


def approvals(
    organization: str,
    *,
    record: str,
    requests: Sequence[RequestRow],
    reviews: Sequence[ReviewRow],
    without: Sequence[tuple[str, str]],
    failures: Sequence[tuple[str, str]],
) -> Document:
    """What the system of record said since it was asked last."""
    blocks = [Lines(list(_summary(record, requests, reviews, without))), *_tables(requests, reviews, without)]
    if failures:
        blocks += [Heading("Not done"), Table(("What", "Why"), list(failures))]
    data = {
        "organization": organization,
        "record": record,
        "requests": [_data(one) for one in requests],
        "reviews": [
            {"waiver": one.waiver, "number": one.number, "by": one.by, "merged_at": iso(one.merged_at)}
            for one in reviews
        ],
        "without": [{"waiver": waiver, "why": why} for waiver, why in without],
        "failures": [{"where": where, "what": what} for where, what in failures],
    }
    return Document(f"Approvals of waivers of {organization}", blocks, data)


def _summary(
    record: str, requests: Sequence[RequestRow], reviews: Sequence[ReviewRow], without: Sequence[tuple[str, str]]
) -> Iterator[Cell]:
    if record == "file":
        yield "The entries of the baseline's files count (waivers.record is file); there is nothing to read."
        return
    news = len(requests) + len(reviews)
    yield Text(
        f"{counted(news, 'decision')} since the last time" if news else "nothing new",
        Tone.GOOD if news else Tone.PLAIN,
    )
    if without:
        yield Text(f"{counted(len(without), 'waiver')} without a review that counts", Tone.WARN)


def _tables(
    requests: Sequence[RequestRow], reviews: Sequence[ReviewRow], without: Sequence[tuple[str, str]]
) -> Iterator[Block]:
    if requests:
        yield Heading("Requests")
        yield Table(
            ("Waiver", "Record", "State", "By", "Until", "Commit", "Said"),
            [
                (
                    one.waiver, one.number or one.id, one.state, one.decided_by or "-", one.until.isoformat(),
                    one.commit[:12] or "-", one.detail or "-",
                )
                for one in requests
            ],
            spare=(6, 5),
        )  # fmt: skip
    if reviews:
        yield Heading("Reviews")
        yield Table(
            ("Waiver", "Request", "By", "Merged (UTC)"),
            [(one.waiver, one.number, one.by, moment(one.merged_at)) for one in reviews],
        )
    if without:
        yield Heading("Without a review that counts")
        yield Table(("Waiver", "Why"), list(without))


def _data(one: RequestRow) -> dict[str, Any]:
    return {
        "waiver": one.waiver,
        "id": one.id,
        "state": one.state,
        "number": one.number,
        "asked_by": one.asked_by,
        "asked_at": iso(one.asked_at),
        "until": one.until.isoformat(),
        "decided_by": one.decided_by,
        "detail": one.detail,
        "commit": one.commit,
        "lost": [{"field": name, "there": there} for name, there in one.lost],
        "is_new": one.is_new,
    }
