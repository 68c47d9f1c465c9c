"""One time line: what we saw, recorded changes, writes with who, waivers and tickets, and what cannot be seen."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hubposture.timeline.differences import differences, document_of
from hubposture.timeline.facts import ConfigItem, Gap, Past, Source, Write
from hubposture.timeline.readable import Line, lines

_BEFORE_RECORD: Final = dt.timedelta(minutes=30)
"""AWS Config records a change within minutes; a write this long before is likely behind it."""
_BEFORE_FAILING: Final = dt.timedelta(hours=24)
"""Periodic checks run every 12 or 24 hours."""
_SKEW: Final = dt.timedelta(seconds=60)


class Kind(StrEnum):
    """What an entry is."""

    CHECK = "check"
    CONFIG = "recorded change"
    WRITE = "write"
    WAIVER = "waiver"
    TICKET = "ticket"
    GAP = "not seen"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `told` is its sentence, `who` who did it; `likely` says what it is likely behind, in words, ''.

    `at` is aware; of a gap it is until when nothing is seen, None where nothing at all is.
    """

    kind: Kind
    at: dt.datetime | None
    told: str
    who: str = ""
    lines: Sequence[Line] = ()
    more: int = 0
    write: Write | None = None
    source: str = ""
    likely: str = ""
    starts_failing: bool = False


def time_line(past: Past | None, ours: Iterable[Entry]) -> Sequence[Entry]:
    """Everything in one line, newest first; gaps that hide all of a source come first."""
    entries = list(ours)
    if past is not None:
        entries += [*_recorded(past.items), *(_written(one) for one in past.writes), *(_gap(one) for one in past.gaps)]
    return sorted(_with_causes(entries), key=_place, reverse=True)


def _place(one: Entry) -> tuple[bool, dt.datetime, int, str]:
    """Newest first; what is shown as effect stands above its cause where both have the same time."""
    at = one.at or dt.datetime.max.replace(tzinfo=dt.UTC)
    order = (Kind.GAP, Kind.WRITE, Kind.CONFIG, Kind.CHECK, Kind.TICKET, Kind.WAIVER)
    return one.at is None, at, order.index(one.kind), one.told


def _recorded(items: Sequence[ConfigItem]) -> Iterator[Entry]:
    before: ConfigItem | None = None
    for item in sorted(items, key=lambda one: one.captured_at):
        yield _change(before, item)
        before = item


def _change(before: ConfigItem | None, item: ConfigItem) -> Entry:
    made = Entry(Kind.CONFIG, item.captured_at, "", source=Source.CONFIG)
    if item.status in ("ResourceDeleted", "ResourceDeletedNotRecorded"):
        return replace(made, told="The resource was deleted")
    if item.status == "ResourceNotRecorded":
        return replace(made, told="AWS Config stopped recording it")
    if item.status == "ResourceDiscovered" and before is None:
        return replace(made, told="AWS Config saw it for the first time")
    if before is None:
        return replace(made, told="Its oldest recorded configuration that was read; what came before is not compared")
    found, more = lines(differences(document_of(before), document_of(item)))
    if not found:
        return replace(made, told="Recorded again; nothing that people read differs")
    number = len(found) + more
    told = f"{number:,} {'place' if number == 1 else 'places'} of its configuration changed"
    return replace(made, told=told, lines=found, more=more)


def _written(one: Write) -> Entry:
    failed = f", refused: {one.error}" if one.error else ""
    return Entry(
        Kind.WRITE, one.at, f"{one.source}:{one.operation}{failed}", who=str(one.who), write=one, source=Source.TRAIL
    )


def _gap(one: Gap) -> Entry:
    return Entry(Kind.GAP, one.before, one.what, source=str(one.source))


def _with_causes(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Writes that were shortly before a recorded change, or the last before it began to fail, marked as likely."""
    causes: dict[int, list[str]] = {}
    writes = [
        (number, one) for number, one in enumerate(entries) if one.write is not None and not one.write.error and one.at
    ]
    for one in entries:
        if one.at is None:
            continue
        if one.kind is Kind.CONFIG and one.lines:
            for number, write in writes:
                if write.at is not None and -_SKEW <= one.at - write.at <= _BEFORE_RECORD:
                    causes.setdefault(number, []).append(
                        f"likely behind the change recorded {_later(write.at, one.at)}"
                    )
        elif one.starts_failing:
            earlier = [
                (write.at, number)
                for number, write in writes
                if write.at and -_SKEW <= one.at - write.at <= _BEFORE_FAILING
            ]
            if earlier:
                at, number = max(earlier)
                causes.setdefault(number, []).append(f"likely why it began to fail {_later(at, one.at)}")
    for number, one in enumerate(entries):
        yield replace(one, likely="; ".join(dict.fromkeys(causes[number]))) if number in causes else one


def _later(first: dt.datetime, then: dt.datetime) -> str:
    minutes = round(max(0.0, (then - first).total_seconds()) / 60)
    if minutes < 1:
        return "at the same moment"
    return f"{minutes} min later" if minutes < 120 else f"about {round(minutes / 60)} h later"  # noqa: PLR2004 (two hours)
