"""The audit trail as a page: what is asked of it, its records, and whether it is what was written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from hubposture.errors import Problem
from hubposture.views.audit import Checked, Record, value, when
from hubposture.views.document import Code, Heading, Lines, Text, Tone, counted
from hubposture.views.pages.forms import Ask, Button, Field, Form
from hubposture.views.pages.parts import Banner, Column, Grid, Link, Links, Page, PageCell, Part

FIELDS = (
    ("since", "From", "A day (2026-11-24), or a time (2026-11-24T12:00), in UTC."),
    ("until", "Through", "A day counts as a whole."),
    ("who", "Who", "A part of a name."),
    ("what", "What", "A part of what was done: a control, a waiver, a ticket."),
    ("run", "Run", "The id of a run."),
)
"""What can be asked: the field, its label, and what fits."""
_LONGEST = 200
_COLUMNS = (
    Column("Number", is_number=True), Column("When"), Column("Who"), Column("What"), Column("Before", is_spare=True),
    Column("After", is_spare=True), Column("Why"), Column("Digest", is_spare=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown: what was asked, the records, whether there are older ones, and the trail's end.

    `checked` is None where the chain was not computed again just now.
    """

    given: Mapping[str, str]
    records: Sequence[Record]
    more: bool
    seq: int
    digest: str
    checked: Checked | None = None
    problems: Sequence[Problem] = ()


def page(found: Shown) -> Page:
    """The newest records first, with what can be asked of them."""
    parts: list[Part] = [_form(found)]
    if not found.problems:
        parts += [_grid(found), Links("Copies", [_files(found, "ndjson"), _files(found, "csv")])]
    parts += [Heading("Is it what was written?"), *_chain(found)]
    lead = [
        f"{counted(found.seq, 'record')}: everything that was changed outside, and every decision. Times are UTC.",
        "Each record is bound to the one before it; the database itself refuses to change or delete one.",
    ]
    return Page("Audit trail", parts, place="/audit", lead=lead)


def _form(found: Shown) -> Form:
    wrong = {one.where: f"{one.what}; {one.hint}" for one in found.problems}
    fields = [
        Field(
            name, label, Ask.TEXT, found.given.get(name, ""), hint=hint, problem=wrong.get(name, ""), longest=_LONGEST
        )
        for name, label, hint in FIELDS
    ]
    return Form("Look in the audit trail", "/audit", fields, (Button("Show"),), is_question=True)


def _grid(found: Shown) -> Grid:
    rows: list[Sequence[PageCell]] = [list(_row(one)) for one in found.records]
    older = Link("Older", address("/audit", found.given, before=f"{found.records[-1].seq}")) if found.more else None
    return Grid("Records of the audit trail", _COLUMNS, rows, empty="No record is like that.", more=older, named=3)


def _row(one: Record) -> Iterator[PageCell]:
    yield f"{one.seq:,}"
    yield when(one.at).replace("-", "\u2011").replace(" ", "\u00a0")
    yield one.who
    yield one.what
    yield value(one.before)
    yield value(one.after)
    yield one.why or "-"
    yield one.digest[:12]


def _files(found: Shown, kind: str) -> Link:
    words = {"ndjson": "Copy that can be checked (NDJSON)", "csv": "The same for reading (CSV)"}
    return Link(words[kind], address(f"/audit.{kind}", found.given))


def _chain(found: Shown) -> Iterator[Part]:
    if found.checked is None:
        yield Links(
            "The chain", [Link("Compute it again from its first record", address("/audit", found.given, check="yes"))]
        )
        yield Lines([Text("It reads every record: about 20 seconds of a processor for a million.", Tone.DIM)])
    elif found.checked.faults:
        many = counted(len(found.checked.faults), "fault")
        faults: list[PageCell] = [Text(f"record {one.seq:,}: {one.what}") for one in found.checked.faults[:20]]
        yield Banner([f"The trail is not what was written: {many}.", *faults], Tone.BAD)
    else:
        said = f"{counted(found.checked.records, 'record')}, each as it was written and bound to the one before it."
        yield Lines([Text(said, Tone.GOOD)])
        yield Lines([Text(one, Tone.DIM) for one in found.checked.says])
    yield Lines(
        ["Its end, to be kept where nobody who can write to the ledger can (hubposture audit verify --anchor):"]
    )
    yield Code(f"{found.seq}:{found.digest}")


def address(path: str, given: Mapping[str, str], **more: str) -> str:
    """An address under what is asked."""
    asked = {name: given[name] for name, _, _ in FIELDS if given.get(name)} | more
    return f"{path}?{urlencode(asked, quote_via=quote, errors='replace')}" if asked else path
