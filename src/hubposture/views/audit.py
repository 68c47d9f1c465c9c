"""The audit trail as documents: its records, its end, and what checking it found."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.reconcile.change import Value
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.words import Moment, iso

_SHOWN = 12
"""Digits of a digest in a table."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the trail; `at` is aware. Columns as the ledger has them."""

    seq: int
    at: dt.datetime
    who: str
    what: str
    before: Value
    after: Value
    why: str
    run: str
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """One place where the trail, or a copy of it, is not what was written."""

    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking found. `of` names what was checked; `says` tells what was and what could not be checked."""

    of: str
    records: int
    seq: int
    digest: str
    faults: Sequence[Wrong]
    says: Sequence[str] = ()


def value(found: Value) -> str:
    """What stands before or after a change, in words: `-` for nothing, lists with commas."""
    if found is None:
        return "-"
    if isinstance(found, tuple):
        return ", ".join(value(one) for one in found) or "-"
    if isinstance(found, bool):
        return "yes" if found else "no"
    return str(found)


def when(at: dt.datetime) -> str:
    """`2026-11-24 10:40:03`, UTC."""
    return Moment(at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S"))


def listed(found: Sequence[Record], *, more: bool, seq: int) -> Document:
    """Records, the newest first; `seq` is the number of the trail's last record, `more` says that older ones fit as well."""
    rows: list[Sequence[Cell]] = [
        (f"{one.seq:,}", when(one.at), one.who, one.what, value(one.before), value(one.after), one.why, one.digest[:_SHOWN])
        for one in found
    ]  # fmt: skip
    blocks: list[Block] = [Lines([f"{counted(seq, 'record')} in the trail; times are UTC."])]
    if rows:
        headings = ("Number", "When", "Who", "What", "Before", "After", "Why", "Digest")
        blocks.append(Table(headings, rows, frozenset({0}), spare=(7, 4), cut=frozenset({6})))
    else:
        blocks.append(Lines(["No record is like that."]))
    if more:
        blocks.append(Lines([Text("There are older ones: --limit shows more, `audit export` gives all.", Tone.DIM)]))
    return Document("Audit trail", blocks, {"records": [data(one) for one in found], "last": seq})


def data(one: Record) -> dict[str, object]:
    """A record for JSON."""
    return {
        "seq": one.seq, "at": iso(one.at), "who": one.who, "what": one.what, "before": one.before, "after": one.after,
        "why": one.why, "run": one.run, "previous": one.previous, "digest": one.digest,
    }  # fmt: skip


def checked(found: Checked) -> Document:
    """The result of `audit verify`."""
    head = f"{found.seq}:{found.digest}"
    said = f"{counted(found.records, 'record')}, each as it was written and bound to the one before it."
    blocks: list[Block] = []
    if found.faults:
        rows: list[Sequence[Cell]] = [(f"{one.seq:,}", Text(one.what, Tone.BAD)) for one in found.faults]
        blocks.append(Table(("Record", "What is wrong"), rows, frozenset({0})))
    else:
        blocks.append(Lines([Text(said if found.records else "There is no record.", Tone.GOOD)]))
    if found.says:
        blocks.append(Lines(list(found.says)))
    blocks += [Heading("Its end"), Code(head)]
    faults = [{"seq": one.seq, "what": one.what} for one in found.faults]
    result = {
        "records": found.records, "head": {"seq": found.seq, "digest": found.digest}, "faults": faults,
        "says": list(found.says),
    }  # fmt: skip
    return Document(f"{found.of}: {counted(len(found.faults), 'fault')}", blocks, result)


def anchor(seq: int, digest: str) -> Document:
    """The trail's end, to be kept elsewhere."""
    head = f"{seq}:{digest}"
    lines: list[Cell] = [
        "Keep this where nobody who can write to the ledger can: in a tag of git, a pull request, the SIEM, a letter.",
        f"`hubposture audit verify --anchor {seq}:...` then tells whether anything up to record {seq:,} was changed since.",
    ]
    return Document("The end of the audit trail", [Code(head), Lines(lines)], {"seq": seq, "digest": digest})
