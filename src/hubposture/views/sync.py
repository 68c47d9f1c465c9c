"""What a sync did: what came, what of it was news, what was rejected and why, what could not be read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from hubposture.findings.finding import Rejected
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted

_SOURCES = {"api": "the API", "events": "the queue of events", "files": "files"}
_MOVES = {
    "failing": ("newly failing", Tone.BAD),
    "fixed": ("fixed", Tone.GOOD),
    "gone": ("gone", Tone.PLAIN),
    "off": ("switched off", Tone.PLAIN),
    "lost": ("lost sight", Tone.WARN),
    "back": ("back in sight", Tone.PLAIN),
    "other": ("otherwise changed", Tone.PLAIN),
}


class File(Protocol):
    """One file that was read: rows of findings of controls and of other products, and what was rejected."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def control(self) -> int: ...  # noqa: D102
    @property
    def other(self) -> int: ...  # noqa: D102
    @property
    def rejected(self) -> Sequence[Rejected]: ...  # noqa: D102


class Folded(Protocol):
    """What became of the rows, and the version that has them."""

    @property
    def version(self) -> int: ...  # noqa: D102
    @property
    def new(self) -> int: ...  # noqa: D102
    @property
    def changed(self) -> int: ...  # noqa: D102
    @property
    def unchanged(self) -> int: ...  # noqa: D102
    @property
    def transitions(self) -> int: ...  # noqa: D102


class Failure(Protocol):
    """Something that could not be read: where and what."""

    @property
    def where(self) -> str: ...  # noqa: D102
    @property
    def what(self) -> str: ...  # noqa: D102


class Synced(Protocol):
    """The result of a sync, as the verb gives it."""

    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def folded(self) -> Folded: ...  # noqa: D102
    @property
    def control(self) -> int: ...  # noqa: D102
    @property
    def other(self) -> int: ...  # noqa: D102
    @property
    def rejected(self) -> Sequence[Rejected]: ...  # noqa: D102
    @property
    def files(self) -> Sequence[File]: ...  # noqa: D102
    @property
    def swept(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def failures(self) -> Sequence[Failure]: ...  # noqa: D102
    @property
    def messages(self) -> int: ...  # noqa: D102


def document(organization: str, done: Synced, *, moves: Mapping[str, int] | None = None, most: int = 10) -> Document:
    """The result of `hubposture sync`; at most `most` rejected records and files are shown, the data has all.

    `moves` counts what changed state by what it became (`failing`, `fixed`, `gone`, `off`, `lost`, `back`, `other`),
    where that is known.
    """
    blocks: list[Block] = [Lines(list(_summary(done, moves)))]
    if done.failures:
        blocks += [Heading(f"Not read: {counted(len(done.failures), 'place')}"), *_failures(done, most)]
    if done.files:
        blocks += [Heading("Files"), _files(done.files, most)]
    if done.rejected:
        records = counted(len(done.rejected), "record")
        blocks += [Heading(f"Rejected: {records}"), _rejected(done.rejected, most)]
    source = _SOURCES.get(done.source, done.source)
    return Document(f"Sync of {organization} from {source}", blocks, _data(done, moves))


def _summary(done: Synced, moves: Mapping[str, int] | None) -> Iterator[Cell]:
    came = [counted(done.control, "control finding")]
    if done.other:
        came.append(f"{done.other:,} of other products")
    if done.rejected:
        came.append(f"{len(done.rejected):,} rejected")
    if done.messages:
        came.append(f"in {counted(done.messages, 'message')}")
    if done.swept:
        came.append(f"all of {counted(len(done.swept), 'account')}")
    yield Text(", ".join(came), Tone.WARN if done.rejected or done.failures else Tone.PLAIN)
    folded = done.folded
    yield f"{folded.new:,} new, {folded.changed:,} changed or refreshed, {folded.unchanged:,} unchanged"
    if folded.transitions:
        yield _changes(folded.transitions, moves or {})
    else:
        yield "no resource changed its state"
    if folded.version:
        yield f"version {folded.version} has it"


def _changes(transitions: int, moves: Mapping[str, int]) -> Cell:
    said = [f"{moves[move]:,} {words}" for move, (words, _) in _MOVES.items() if moves.get(move)]
    changed = f"{counted(transitions, 'change')} of state"
    tones = [tone for move, (_, tone) in _MOVES.items() if moves.get(move) and tone in (Tone.BAD, Tone.WARN)]
    return Text(f"{changed}: {', '.join(said)}" if said else changed, tones[0] if tones else Tone.PLAIN)


def _failures(done: Synced, most: int) -> Iterator[Block]:
    rows: list[Sequence[Cell]] = [(Text(one.where, Tone.BAD), one.what) for one in done.failures]
    yield Table(("Where", "What"), rows[:most], more=max(0, len(rows) - most))
    yield Lines(["What was read is kept; the next sync goes on from there."])


def _files(files: Sequence[File], most: int) -> Table:
    rows: list[Sequence[Cell]] = [
        (
            one.path,
            f"{one.control:,}",
            f"{one.other:,}",
            Text(f"{len(one.rejected):,}", Tone.WARN if one.rejected else Tone.DIM),
        )
        for one in files
    ]
    headings = ("File", "Control findings", "Others", "Rejected")
    return Table(headings, rows[:most], numbers=frozenset({1, 2, 3}), more=max(0, len(rows) - most))


def _rejected(rejected: Sequence[Rejected], most: int) -> Table:
    rows: list[Sequence[Cell]] = [(one.where, one.why, Text(one.excerpt, Tone.DIM)) for one in rejected[:most]]
    more = max(0, len(rejected) - most)
    return Table(("Where", "Why", "Begins"), rows, more=more, spare=(2,), cut=frozenset({2}))


def _data(done: Synced, moves: Mapping[str, int] | None) -> Mapping[str, Any]:
    folded = done.folded
    return {
        "source": done.source,
        "version": folded.version,
        "control_findings": done.control,
        "other_findings": done.other,
        "new": folded.new,
        "changed": folded.changed,
        "unchanged": folded.unchanged,
        "transitions": folded.transitions,
        "moves": dict(moves) if moves is not None else None,
        "messages": done.messages,
        "swept": list(done.swept),
        "complete": not done.failures,
        "failures": [{"where": one.where, "what": one.what} for one in done.failures],
        "files": [
            {"path": one.path, "control_findings": one.control, "other_findings": one.other,
             "rejected": [_record(each) for each in one.rejected]}
            for one in done.files
        ],
        "rejected": [_record(one) for one in done.rejected],
    }  # fmt: skip


def _record(one: Rejected) -> Mapping[str, str]:
    return {"where": one.where, "why": one.why, "excerpt": one.excerpt}
