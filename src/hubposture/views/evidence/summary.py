"""The first pages of a pack: what it is, what the reader must know, and everything on a line each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hubposture.views.audit import when
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.evidence.model import Control, Counts, Done, Evidence, Waiver
from hubposture.views.words import day

_TONES = {"gap": Tone.BAD, "partly": Tone.WARN, "covered": Tone.GOOD}
_NOBODY = "Nobody: the ledger has no change of these controls in the period."


@dataclass(frozen=True, slots=True)
class Line:
    """One control on a line."""

    shown: str
    title: str
    numbers: str
    disposition: str
    counts: Counts | None
    exceptions: int


def line_of(one: Control) -> Line:
    """A control as the summary has it."""
    counts = one.latest.counts if one.latest else None
    return Line(
        one.shown, one.title, ", ".join(text.number for text in one.texts), one.disposition, counts, len(one.exceptions)
    )


def document(found: Evidence, lines: Sequence[Line], who: Mapping[str, Sequence[Done]]) -> Document:
    """The summary; `who` has the changes by person."""
    about = found.about
    blocks: list[Block] = [Lines(list(_opening(found)))]
    blocks += [Heading("What to know first"), Lines(list(found.notes) or ["Nothing is missing."])]
    blocks += [Heading("Controls"), *_controls(lines)]
    blocks += [Heading("Requirements and clauses"), *_items(found)]
    blocks += [Heading("Waivers that held"), *_waivers(found.waivers)]
    blocks += [Heading("Who changed what"), *_who(who)]
    blocks += [Heading("The workbook"), *_held(found)]
    blocks += [Heading("Days that were looked at"), *_days(found)]
    blocks += [Heading("How to check this pack"), Lines(list(_checks()))]
    return Document(about.title, blocks)


def _opening(found: Evidence) -> Iterator[Cell]:
    about = found.about
    yield Text(f"{day(about.begin)} to {day(about.end)}, days in UTC", Tone.STRONG)
    yield f"Of {about.scope or 'the whole organization'}. Made by {found.made_by}."
    yield f"The audit trail ended at record {found.audit[0]:,} when this was made: {found.audit[0]}:{found.audit[1]}"


def _controls(lines: Sequence[Line]) -> Iterator[Block]:
    if not lines:
        yield Lines(["No control belonged to it in the period."])
        return
    yield Lines(
        ["Numbers are of the last day that was looked at. Each control has a page of its own in the folder controls."]
    )
    headings = ("Control", "Title", "Serves", "Disposition", "Passed", "Failed", "Waived", "Not measured", "Exceptions")
    yield Table(headings, [list(_line(one)) for one in lines], frozenset({4, 5, 6, 7, 8}))


def _line(one: Line) -> Iterator[Cell]:
    counts = one.counts
    yield one.shown
    yield one.title
    yield one.numbers or "-"
    yield one.disposition or "no row"
    numbers = (counts.passed, counts.failed, counts.waived, counts.not_measured + counts.missing) if counts else ()
    yield from (f"{number:,}" for number in numbers)
    yield from ("not known" for _ in range(4 - len(numbers)))
    yield f"{one.exceptions:,}"


def _items(found: Evidence) -> Iterator[Block]:
    if not found.items:
        yield Lines(["None is known by number, or the workbook at the end of the period cannot be read."])
        return
    states = [one.state for one in found.items]
    said = ", ".join(
        f"{states.count(state):,} {word}"
        for state, word in (("covered", "covered"), ("partly", "partly"), ("gap", "gaps"))
    )
    yield Lines([f"By the workbook at the end of the period: {said}."])
    rows: list[Sequence[Cell]] = [
        (Text(one.state, _TONES.get(one.state, Tone.PLAIN)), one.item, one.title, one.controls or "-", one.why or "-")
        for one in found.items
    ]
    yield Table(("State", "Number", "Title", "Controls", "What is missing"), rows)


def _waivers(found: Sequence[Waiver]) -> Iterator[Block]:
    if not found:
        yield Lines(["None covered anything of these controls on the days that were looked at."])
        return
    rows = []
    for one in found:
        fields = dict(one.fields)
        states = "; ".join(f"{state} {begin} to {end}" for state, begin, end in one.states)
        approved = "; ".join(
            f"{each.by}, {each.system} {each.number}, {each.on}".replace(" ,", ",") for each in one.approvals
        )
        rows.append((one.waiver, ", ".join(one.controls), fields.get("Reason", "-"), approved or "nobody", states))
    yield Table(("Waiver", "Controls", "Reason", "Approved by", "State"), rows)


def _who(who: Mapping[str, Sequence[Done]]) -> Iterator[Block]:
    if not who:
        yield Lines([_NOBODY])
        return
    rows = []
    for name, done in sorted(who.items()):
        runs = sorted({one.run for one in done})
        rows.append(
            (
                name,
                f"{len(runs):,}",
                f"{sum(one.number for one in done):,}",
                ", ".join(sorted({one.kind for one in done})),
            )
        )
    yield Table(("Who", "Runs", "Changes", "Kinds"), rows, frozenset({1, 2}))


def _held(found: Evidence) -> Iterator[Block]:
    if not found.held:
        yield Lines(["None could be read."])
        return
    rows = [
        (
            when(one.at) if one.at else "-",
            one.shown,
            one.author or "-",
            one.subject or "-",
            one.trouble or one.file or "-",
        )
        for one in found.held
    ]
    yield Table(("Since (UTC)", "Commit", "By", "Says", "File, or what is wrong"), rows)


def _days(found: Evidence) -> Iterator[Block]:
    looked = found.looked
    many = f"{counted(len(looked.days), 'day')}, {'every day' if looked.every == 'day' else 'the last of every week'} that is kept."
    yield Lines([many])
    if looked.unknown:
        rows = [(begin.isoformat(), end.isoformat(), why) for begin, end, why in looked.unknown]
        yield Lines([Text("Nothing is known of these days, and nothing was put in their place:", Tone.WARN)])
        yield Table(("From", "To", "Why"), rows)


def _checks() -> Iterator[Cell]:
    yield "Unpack it, and in its folder: sha256sum --check SHA256SUMS. Every file is named there, and no other should be there."
    yield "With hubposture: hubposture report evidence-check FILE.zip. It finds files that are extra, missing or changed."
    yield "manifest.json says of what it was made: commits, versions, the end of the audit trail."


def readme(found: Evidence) -> str:
    """README.txt: what this is, how to read and how to check it."""
    about = found.about
    lines = [
        about.title, f"{about.period} (days in UTC)", "",
        f"Of {about.scope or 'the whole organization'}. Made by {found.made_by}.", "",
        "WHAT IS IN IT", "",
        "summary.html         begin here; summary.pdf is the same where it could be made",
        "requirements.csv     every requirement or clause, what covers it, and gaps",
        "statuses.csv         every control on every day that was looked at",
        "changes.csv          what was changed, by whom, in which run",
        "controls/            a page (html) and all data (json) for each control; what did not pass at the end (csv)",
        "waivers/             waivers that held: their data (json), files and approved resources as each commit had them",
        "workbook/            the workbook as each commit of the period had it: cells that are named can be looked up",
        "manifest.json        size and SHA-256 of every file, and of what this pack was made",
        "SHA256SUMS           the same digests for sha256sum", "",
        "WHAT TO KNOW FIRST", "",
        *(f"- {note}" for note in (found.notes or ["Nothing is missing."])), "",
        "HOW TO READ THE NUMBERS", "",
        "An obligation is a resource that a control in force must pass. Passed, failed, waived: obligations; a waived one",
        "failed and an approved waiver covers it. Suppressed: part of the failed, hidden in Security Hub without a waiver.",
        "Not measured: the check said neither passed nor failed. No result: a control in force in an account and Region",
        "without any result. Lost sight: it can no longer be seen, which is not the same as fixed. Days that are not kept",
        "are named, and nothing was put in their place.", "",
        "HOW TO CHECK IT", "",
        "1. Unpack it:            unzip FILE.zip -d evidence",
        "2. In that folder:       sha256sum --check SHA256SUMS",
        "   Every file but SHA256SUMS itself is named there; a file that is not named does not belong to it.",
        "3. With hubposture:      hubposture report evidence-check FILE.zip",
        "   Where the organization's ledger is in reach, it also says whether the audit trail still has the record named here:",
        f"   {found.audit[0]}:{found.audit[1]}", "",
        "Digests show that nothing was changed since it was made. Who made it is shown by the way it came to you: ask for the",
        "digest of the zip itself on another way, or make it again from the same state: it is the same bytes.",
    ]  # fmt: skip
    return "\n".join(_plain(line) for line in lines) + "\n"


def _plain(line: str) -> str:
    """A line without control characters, for a terminal."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in line)
