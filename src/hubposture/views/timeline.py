"""The time line of a finding's resource: what is ours as entries, and all of it as a document."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from hubposture.timeline.facts import Past
from hubposture.timeline.line import Entry, Kind
from hubposture.timeline.resource import Resource
from hubposture.views.document import Block, Cell, Code, Document, Lines, Table, Text, Tone
from hubposture.views.findings import Row
from hubposture.views.words import age, iso, moment, state
from hubposture.work.ticket import Ticket

_TONES = {Kind.GAP: Tone.WARN, Kind.CHECK: Tone.STRONG}
_CUT = 40


def ours(row: Row | None, history: Sequence[Row], tickets: Sequence[Ticket]) -> Sequence[Entry]:
    """What hubposture itself saw and did of a subject: its checks, its waiver, its tickets."""
    return [*_checks(row, history), *_waiver(row), *_tickets(tickets)]


def _checks(row: Row | None, history: Sequence[Row]) -> Iterator[Entry]:
    failing = False
    for one in history:
        at = _aware(one["happened_at"] or one["at"])
        to = state(one["to_status"], one["to_presence"], suppressed=one["to_suppressed"]).text
        was = (
            state(one["from_status"], one["from_presence"], suppressed=one["from_suppressed"]).text
            if one["from_presence"]
            else ""
        )
        begins = one["to_status"] == "FAILED" and (one["from_status"] != "FAILED" or not was)
        failing = failing or begins
        told = f"The check says: {to}" + (f" (it was {was})" if was else " (seen for the first time)")
        yield Entry(Kind.CHECK, at, told, source="Security Hub", starts_failing=begins)
    if row is not None and row["failing_since"] and not failing:
        yield Entry(
            Kind.CHECK,
            _aware(row["failing_since"]),
            "It has been failing since then",
            source="Security Hub",
            starts_failing=True,
        )


def _waiver(row: Row | None) -> Iterator[Entry]:
    if row is not None and row["waiver"] and row["waived_until"]:
        by = f", approved by {row['waiver_approved_by']}" if row["waiver_approved_by"] else ""
        yield Entry(Kind.WAIVER, _aware(row["waived_until"]), f"Waiver {row['waiver']} ends{by}", source=row["waiver"])


def _tickets(tickets: Sequence[Ticket]) -> Iterator[Entry]:
    for one in tickets:
        shown = one.shown or one.key
        yield Entry(Kind.TICKET, _aware(one.made_at), f"Ticket {shown} was made for {one.route.team}", source=one.key)
        if one.closed_at is not None:
            why = f": {one.outcome}" if one.outcome is not None else ""
            yield Entry(Kind.TICKET, _aware(one.closed_at), f"Ticket {shown} was closed{why}", source=one.key)


def _aware(at: dt.datetime) -> dt.datetime:
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at


def when(entry: Entry) -> str:
    """An entry's time as it is shown."""
    if entry.at is None:
        return ""
    return f"before {moment(entry.at)}" if entry.kind is Kind.GAP else moment(entry.at)


def facts(entry: Entry) -> Sequence[str]:
    """Short sentences about an entry: who, from where, with which key, what was said."""
    found = [f"by {entry.who}"] if entry.who else []
    if (write := entry.write) is not None:
        who = write.who
        found += [f"from {who.ip}"] if who.ip else []
        found += [f"key {who.key}"] if who.key else []
        found += [write.said] if write.said else []
    return found


def asked(past: Past | None, *, now: dt.datetime) -> str:
    """When the sources were asked, in a sentence."""
    if past is None:
        return "AWS Config and CloudTrail were not asked about it yet; what is below is what hubposture itself knows."
    return (
        f"AWS Config and CloudTrail were asked {_ago(past.asked_at, now)}"
        + (f" by {past.asked_by}" if past.asked_by else "")
        + f", back to {moment(past.since)} UTC. A cause is likely, never proven: it is what was written shortly before."
    )


def document(resource: Resource, past: Past | None, entries: Sequence[Entry], *, now: dt.datetime) -> Document:
    """The time line of a resource, newest first."""
    place = f"{resource.account}, in {resource.region}"
    blocks: list[Block] = [Lines([f"Account {place}", asked(past, now=now)])]
    gaps = [one for one in entries if one.kind is Kind.GAP]
    if gaps:
        blocks.append(Lines([Text(f"Not seen: {one.told}", Tone.WARN) for one in gaps]))
    rows = [row for one in entries if one.kind is not Kind.GAP for row in _rows(one)]
    if rows:
        blocks.append(Table(("When (UTC)", "What", "Told"), rows))
    else:
        blocks.append(Lines(["Nothing is known of it."]))
    blocks.append(Code(resource.id))
    data: dict[str, Any] = {
        "resource": resource.id, "type": resource.type, "account": resource.account, "region": resource.region,
        "asked_at": iso(past.asked_at) if past else None, "since": iso(past.since) if past else None,
        "entries": [entry_data(one) for one in entries],
    }  # fmt: skip
    return Document(f"History of {resource.name}", blocks, data)


def _rows(one: Entry) -> Iterator[Sequence[Cell]]:
    more = f" ({', '.join(facts(one))})" if facts(one) else ""
    tone = Tone.BAD if one.starts_failing else _TONES.get(one.kind, Tone.PLAIN)
    yield (when(one), str(one.kind), Text(f"{one.told}{more}", tone))
    if one.likely:
        yield ("", "", Text(one.likely, Tone.BAD))
    for line in one.lines:
        yield ("", "", str(line))
    if one.more:
        yield ("", "", Text(f"and {one.more:,} more places", Tone.DIM))


def entry_data(one: Entry) -> dict[str, Any]:
    """An entry as plain JSON."""
    write = one.write
    found: dict[str, Any] = {
        "kind": str(one.kind), "at": iso(one.at), "told": one.told, "who": one.who, "source": one.source, "likely": one.likely,
        "changes": [{"where": line.where, "before": line.before, "after": line.after} for line in one.lines],
        "more": one.more,
    }  # fmt: skip
    if write is not None:
        found["event"] = {
            "id": write.id, "operation": f"{write.source}:{write.operation}", "error": write.error, "said": write.said,
            "region": write.region, "arn": write.who.arn, "kind": write.who.kind, "ip": write.who.ip, "key": write.who.key,
            "agent": write.who.agent,
        }  # fmt: skip
    return found


def _ago(at: dt.datetime, now: dt.datetime) -> str:
    return "just now" if now - at < dt.timedelta(minutes=1) else f"{age(at, now)} ago"
