"""Who is told what: before it is sent, and what became of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.notify_rows import Fate, Told, ToldRow
from hubposture.work.body import Body, Bullets, Grid, Line, Link, Paragraph
from hubposture.work.body import Heading as BodyHeading
from hubposture.work.message import Message, Subject

_TONES: Mapping[Fate, Tone] = {
    Fate.SENT: Tone.GOOD,
    Fate.UPDATED: Tone.GOOD,
    Fate.FOUND: Tone.GOOD,
    Fate.FAILED: Tone.BAD,
    Fate.DOUBTFUL: Tone.WARN,
    Fate.SET_ASIDE: Tone.WARN,
    Fate.WOULD_SEND: Tone.STRONG,
    Fate.WOULD_UPDATE: Tone.STRONG,
}
_ABOUT: Mapping[Subject, str] = {
    Subject.RUN: "news of the day",
    Subject.URGENT: "a new CRITICAL",
    Subject.EXPIRY: "waivers",
    Subject.DIGEST: "the week",
    Subject.ANNOUNCEMENT: "what begins soon",
    Subject.ESCALATION: "an overdue ticket",
    Subject.REQUEST: "a waiver that waits for a decision",
}
_NAMED = 10
_TROUBLES = (Fate.FAILED, Fate.DOUBTFUL, Fate.SET_ASIDE)


def document(organization: str, told: Told, *, most: int = 20) -> Document:
    """Everything that was to be told; in a preview with the text of each message."""
    told = _whole(told)
    rows = sorted(told.rows, key=_order)
    blocks: list[Block] = [Lines(list(_summary(told)))]
    if rows:
        blocks.append(_table(rows, most))
    blocks += _troubles(rows, most)
    if told.is_preview:
        shown = [row.message for row in rows[:most] if row.fate in (Fate.WOULD_SEND, Fate.WOULD_UPDATE)]
        for same in _alike(shown):
            blocks += _text(same)
    title = "Messages that would be sent" if told.is_preview else "Messages"
    return Document(f"{title}: {organization}", blocks, _data(organization, told, rows))


def _whole(told: Told) -> Told:
    """The same without halves of characters in what nobody has cleaned yet: these cannot be written anywhere."""
    rows = [replace(row, why=_letters(row.why), message=_whole_message(row.message)) for row in told.rows]
    failures = [(_letters(where), _letters(what)) for where, what in told.failures]
    return replace(told, rows=rows, unreached=[_letters(one) for one in told.unreached], failures=failures)


def _whole_message(one: Message) -> Message:
    key, team, to, title = (_letters(text) for text in (one.key, one.team, one.to, one.title))
    return replace(one, key=key, team=team, to=to, title=title)


def _letters(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _order(row: ToldRow) -> tuple[int, int, str, str]:
    return (row.fate is Fate.UNCHANGED, list(Subject).index(row.message.about), row.message.team, row.message.key)


def _summary(told: Told) -> Iterator[Cell]:
    counts = Counter(row.fate for row in told.rows)
    if not told.rows:
        yield Text("There is nothing to tell.", Tone.GOOD)
    elif set(counts) == {Fate.UNCHANGED}:
        yield Text(
            f"Nothing new to tell: {counted(len(told.rows), 'message')} {_is(len(told.rows))} as sent.", Tone.GOOD
        )
    else:
        said = ", ".join(f"{counts[fate]:,} {fate}" for fate in Fate if counts[fate])
        tone = Tone.BAD if counts[Fate.FAILED] else Tone.WARN if counts[Fate.DOUBTFUL] else Tone.GOOD
        yield Text(f"{counted(len(told.rows), 'message')}: {said}", tone)
    if told.unreached:
        more = f" and {len(told.unreached) - _NAMED:,} more" if len(told.unreached) > _NAMED else ""
        names = ", ".join(told.unreached[:_NAMED]) + more
        yield Text(f"Nobody is told for {names}: neither a channel nor an address stands in teams.yaml.", Tone.WARN)
    if told.counted:
        yield f"{counted(told.counted, 'new CRITICAL', 'new CRITICAL')} more are counted in other messages."
    for where, what in told.failures:
        yield Text(f"{where}: {what}", Tone.BAD)


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _table(rows: Sequence[ToldRow], most: int) -> Table:
    cells: list[Sequence[Cell]] = [
        (
            Text(str(row.fate), _TONES.get(row.fate, Tone.DIM)),
            row.message.team,
            _ABOUT[row.message.about],
            row.message.carrier.value,
            row.message.to,
            row.message.title,
        )
        for row in rows[:most]
    ]
    headings = ("Became", "Team", "About", "By", "To", "Title")
    more = max(0, len(rows) - most)
    return without_empty(Table(headings, cells, more=more, spare=(2, 3), cut=frozenset({4, 5})))


def _troubles(rows: Sequence[ToldRow], most: int) -> Iterator[Block]:
    """What went wrong, each reason once with how many messages it kept back."""
    found: dict[tuple[Fate, str], int] = {}
    for row in rows:
        if row.fate in _TROUBLES:
            found[row.fate, row.why] = found.get((row.fate, row.why), 0) + 1
    if found:
        table: list[Sequence[Cell]] = [
            (Text(str(fate), _TONES[fate]), f"{number:,}", why or "-")
            for (fate, why), number in list(found.items())[:most]
        ]
        yield Heading("What went wrong")
        yield Table(("Became", "Messages", "Why"), table, numbers=frozenset({1}), more=max(0, len(found) - most))


def _alike(messages: Iterable[Message]) -> Iterable[Sequence[Message]]:
    """Messages that say the same together, in the order of the first of each."""
    found: dict[tuple[str, str], list[Message]] = {}
    for one in messages:
        found.setdefault((one.title, repr(one.body)), []).append(one)
    return found.values()


def _text(same: Sequence[Message]) -> Iterator[Block]:
    """What would be told, and to whom."""
    to = " and ".join(f"{one.to} by {one.carrier}" for one in same)
    yield Heading(f"{same[0].title} (to {to})")
    lines = list(_lines(same[0].body))
    lines += [f"attached for {one.to}: {one.attachment[0]}" for one in same if one.attachment is not None]
    yield Lines(lines)


def _lines(body: Body) -> Iterator[Cell]:
    for block in body.blocks:
        match block:
            case BodyHeading(text):
                yield Text(_letters(text), Tone.STRONG)
            case Paragraph(spans):
                yield said(spans)
            case Bullets(lines):
                yield from (f"- {said(line)}" for line in lines)
            case Grid(headings, rows, more):
                yield from (_row(headings, row) for row in rows)
                if more:
                    yield f"... and {more:,} more"


def _row(headings: Sequence[str], row: Sequence[Line]) -> str:
    cells = [
        f"{_letters(heading)}: {text}" if at else text
        for at, (heading, cell) in enumerate(zip(headings, row, strict=False))
        if (text := said(cell))
    ]
    return f"- {', '.join(cells)}"


def said(line: Line) -> str:
    """A line in words; a link is its words with the address behind them."""
    spans = (f"{one.text} ({one.url})" if isinstance(one, Link) and one.url else one.text for one in line)
    return _letters("".join(spans).strip())


def _data(organization: str, told: Told, rows: Sequence[ToldRow]) -> dict[str, Any]:
    counts = Counter(row.fate for row in rows)
    return {
        "organization": organization,
        "preview": told.is_preview,
        "counts": {fate.value: counts[fate] for fate in Fate},
        "unreached": list(told.unreached),
        "counted": told.counted,
        "failures": [{"where": where, "what": what} for where, what in told.failures],
        "messages": [
            {
                "key": row.message.key, "about": row.message.about.value, "team": row.message.team,
                "carrier": row.message.carrier.value, "to": row.message.to, "title": row.message.title, "fate": row.fate.value,
                "why": row.why, "text": [_plain(one) for one in _lines(row.message.body)],
                "attachment": row.message.attachment[0] if row.message.attachment is not None else None,
            }
            for row in rows
        ],
    }  # fmt: skip


def _plain(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.text
