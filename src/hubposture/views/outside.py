"""Writes to Security Hub that did not come from hubposture, as a document."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubposture.timeline.facts import Write
from hubposture.timeline.outside import IMPORT, Reading, about
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.words import iso, moment, resource_short

Subjects = Mapping[str, Sequence[tuple[str, str, str]]]
"""By a write's id: (subject, control, resource) of each finding that it names and that is known."""


@dataclass(frozen=True, slots=True)
class OutsideView:
    """What is told: writes, newest first, how far targets were read, what cannot be seen, and what is known anyhow.

    `named` says whether it is known as whom hubposture writes in the administrator's account; `unapproved` counts findings
    that are suppressed without a waiver. `unseen` are (account, Region, why).
    """

    writes: Sequence[Write]
    readings: Sequence[Reading]
    subjects: Subjects
    unapproved: int
    unseen: Sequence[tuple[str, str, str]]
    since: dt.datetime
    named: bool
    imports: bool


def document(organization: str, found: OutsideView, *, limit: int = 50) -> Document:
    """The newest writes and what cannot be seen; the data has all of it."""
    blocks: list[Block] = [Lines([*lead(found), *suppressed(found)])]
    if found.writes:
        rows = [row(one, found.subjects) for one in found.writes[:limit]]
        headings = ("When (UTC)", "Who", "What", "Where", "About")
        blocks.append(Table(headings, rows, more=max(0, len(found.writes) - limit)))
    rules = [(reading.region, rule) for reading in found.readings for rule in reading.rules]
    if rules:
        blocks.append(Heading(f"Automation rules of others: {counted(len(rules), 'rule')}"))
        blocks.append(
            Table(("Region", "Rule", "What it does"), [(region, one.name, one.detail) for region, one in rules])
        )
    if unseen := list(not_seen(found)):
        blocks += [Heading("What cannot be seen"), Lines([Text(one, Tone.WARN) for one in unseen])]
    return Document(f"Changes past hubposture in {organization}", blocks, _data(organization, found))


def lead(found: OutsideView) -> Iterator[Cell]:
    """What was found, in sentences."""
    if not found.readings:
        yield Text("Nobody has looked yet; `hubposture outside` does.", Tone.WARN)
        return
    people = len({one.who.arn or one.who.name for one in found.writes})
    if found.writes:
        since = moment(found.since)
        yield f"{counted(len(found.writes), 'write')} by {counted(people, 'identity', 'identities')} since {since} UTC"
    else:
        yield Text(f"No write to Security Hub past hubposture is known since {moment(found.since)} UTC.", Tone.GOOD)
    newest = max(one.at for one in found.readings)
    yield f"{counted(len(found.readings), 'account and Region', 'accounts and Regions')} were read, last on {moment(newest)} UTC"


def suppressed(found: OutsideView) -> Iterator[Cell]:
    """How many findings did not pass and are suppressed without a waiver."""
    if found.unapproved:
        are = "finding is" if found.unapproved == 1 else "findings are"
        yield Text(f"{found.unapproved:,} {are} suppressed without a waiver", Tone.WARN)


def not_seen(found: OutsideView) -> Iterator[str]:
    """What cannot be seen, in sentences; Regions of one account in which it is the same are told once."""
    regions: dict[tuple[str, str], list[str]] = {}
    for account, region, why in found.unseen:
        regions.setdefault((account, why.removeprefix(f"{account}: ")), []).append(region)
    for (account, why), where in regions.items():
        yield f"{account} ({', '.join(where)}): {why}"
    if not found.named:
        yield (
            "The administrator's account: hubposture runs as its role itself, and outside.ours does not name it, so its own "
            "writes there are listed too"
        )
    if found.readings and not found.imports:
        yield f"Imports of findings ({IMPORT}) are not listed; outside.imports changes that"


def row(one: Write, subjects: Subjects) -> Sequence[Cell]:
    """A write as a row: when, who, what, where, about what."""
    refused = f", refused: {one.error}" if one.error else ""
    what: Cell = Text(f"{one.operation}{refused}", Tone.DIM) if one.error else one.operation
    return (moment(one.at), str(one.who), what, f"{one.account} {one.region}", concerning(one, subjects))


def concerning(one: Write, subjects: Subjects) -> str:
    """What a write is about, in words: findings, controls, or what its request said."""
    known = [f"{control} of {resource_short(resource)}" for _, control, resource in subjects.get(one.id, ())]
    parts = known[:1] or ([counted(len(one.of), "finding")] if one.of else [])
    if len(known) > 1:
        parts = [f"{known[0]} and {len(known) - 1:,} more"]
    controls = ", ".join(one.controls[:3]) + (f" and {len(one.controls) - 3:,} more" if len(one.controls) > 3 else "")  # noqa: PLR2004 (enough to tell)
    return "; ".join(part for part in (*parts, controls, one.said) if part) or str(about(one))


def _data(organization: str, found: OutsideView) -> dict[str, Any]:
    return {
        "organization": organization, "since": iso(found.since), "suppressed_without_a_waiver": found.unapproved,
        "writes": [
            {
                "at": iso(one.at), "event": one.id, "operation": one.operation, "about": str(about(one)), "who": str(one.who),
                "arn": one.who.arn, "ip": one.who.ip, "key": one.who.key, "account": one.account, "region": one.region,
                "error": one.error, "said": one.said, "controls": list(one.controls), "findings": [id_ for _, id_ in one.of],
                "subjects": [subject for subject, _, _ in found.subjects.get(one.id, ())],
            }
            for one in found.writes
        ],
        "rules": [
            {"region": reading.region, "name": rule.name, "arn": rule.arn, "detail": rule.detail}
            for reading in found.readings
            for rule in reading.rules
        ],
        "read": [{"account": one.account, "region": one.region, "at": iso(one.at), "until": iso(one.until)} for one in found.readings],
        "not_seen": list(not_seen(found)),
    }  # fmt: skip
