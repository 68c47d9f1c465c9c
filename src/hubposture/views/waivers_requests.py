"""Requests for waivers that are decided on our own pages or on the command line, as documents."""

from collections.abc import Sequence
from typing import Any

from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.pages.waiver_requests import Decidable, RequestRow, stands
from hubposture.views.waivers_subjects import by_severity, severities_said
from hubposture.views.words import day, iso, moment

_NAMED = 20


def listed(organization: str, rows: Sequence[RequestRow]) -> Document:
    """Every request that whoever asks may see, the newest first."""
    waits = sum(one.is_for_me and one.is_open for one in rows)
    lead = f"{counted(len(rows), 'request')}, {waits:,} of them for you to decide"
    table: list[Sequence[Cell]] = [
        (
            one.waiver, stands(one.state), one.asked_by, day(one.until), f"{one.covers:,}",
            "you" if one.is_for_me and one.is_open else one.decided_by or "-", one.id,
        )
        for one in rows
    ]  # fmt: skip
    blocks: list[Block] = [Lines([lead])]
    if rows:
        headings = ("Waiver", "State", "Asked by", "Until", "Covered", "Decided by", "Request")
        blocks.append(Table(headings, table, numbers=frozenset({4})))
    data = {"organization": organization, "requests": [_data(one) for one in rows]}
    return Document(f"Requests for waivers of {organization}", blocks, data)


def detailed(found: Decidable) -> Document:
    """One request: what is asked for, what it covers now, and whether whoever asks may decide."""
    failing = by_severity(found.covered.allowed)
    said = f"It covers {counted(len(found.covered.allowed), 'resource')} now; {severities_said(failing) or 'nothing'} of it fails."
    blocks: list[Block] = [
        Lines([stands(found.row.state), said, *(Text(one, Tone.WARN) for one in found.covered.cautions)])
    ]
    blocks.append(
        Table(("", ""), [(name, value if isinstance(value, str | Text) else "") for name, value in found.facts])
    )
    for title, names in (("Covered now and not then", found.added), ("Covered then and not now", found.gone)):
        if names:
            blocks += [Heading(title), Lines(list(names[:_NAMED]))]
    if found.waits:
        blocks += [
            Heading("Decide"),
            Lines([Text(one, Tone.WARN) for one in found.why_not] or [f"--digest {found.digest}"]),
        ]
    events: list[Sequence[Cell]] = [(moment(one.at), one.who, one.what, one.text or "-") for one in found.events]
    blocks += [Heading("What was said"), Table(("When", "Who", "What", "Said"), events)]
    data = _data(found.row) | {
        "digest": found.digest,
        "covers_now": len(found.covered.allowed),
        "added": list(found.added),
        "gone": list(found.gone),
        "cautions": list(found.covered.cautions),
        "why_not": list(found.why_not),
        "events": [{"at": iso(one.at), "who": one.who, "what": one.what, "text": one.text} for one in found.events],
    }
    return Document(f"Request for {found.row.waiver}", blocks, data)


def _data(one: RequestRow) -> dict[str, Any]:
    return {
        "id": one.id,
        "waiver": one.waiver,
        "state": one.state,
        "system": one.system,
        "asked_by": one.asked_by,
        "asked_at": iso(one.asked_at),
        "until": one.until.isoformat(),
        "covered": one.covers,
        "decided_by": one.decided_by,
        "is_mine": one.is_mine,
        "is_for_me": one.is_for_me,
        "trouble": one.trouble,
    }
