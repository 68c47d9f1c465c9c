"""What would fail in the trackers before the first ticket."""

from collections.abc import Iterator, Sequence

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Document, Lines, Table, Text, Tone, counted
from hubposture.views.tickets_parts import failure_data, unread
from hubposture.views.tickets_rows import Doubted, Failed


def check_document(
    organization: str,
    doubts: Sequence[Doubted],
    *,
    places: Sequence[tuple[str, str]] = (),
    failures: Sequence[Failed] = (),
) -> Document:
    """What would fail before the first ticket; `places` are those that were asked about, as (tracker, place)."""
    errors = sum(one.is_error for one in doubts)
    blocks: list[Block] = [Lines(list(_checked(doubts, places, failures)))]
    rows: list[Sequence[Cell]] = [
        (
            Text("will fail", Tone.BAD) if one.is_error else Text("may fail", Tone.WARN),
            one.where,
            one.what,
            one.hint or "-",
        )
        for one in doubts
    ]
    if rows:
        blocks.append(without_empty(Table(("", "Where", "What", "What to do"), rows)))
    blocks += unread(failures, len(failures))
    data = {
        "organization": organization,
        "errors": errors,
        "warnings": len(doubts) - errors,
        "doubts": [{"where": one.where, "what": one.what, "hint": one.hint, "error": one.is_error} for one in doubts],
        "places": [{"tracker": tracker, "place": place} for tracker, place in places],
        "asked": len(places),
        "failures": [failure_data(one) for one in failures],
    }
    return Document(f"The trackers of {organization}", blocks, data)


def _checked(
    doubts: Sequence[Doubted], places: Sequence[tuple[str, str]], failures: Sequence[Failed]
) -> Iterator[Cell]:
    errors = sum(one.is_error for one in doubts)
    if not places:
        yield Text("No team has its tickets made here: no place to ask about.", Tone.WARN)
    elif errors:
        yield Text(f"{counted(errors, 'thing')} would fail", Tone.BAD)
    elif failures:
        yield Text("Not everything could be asked.", Tone.BAD)
    else:
        yield Text("Nothing stands in the way of the first ticket.", Tone.GOOD)
    if maybe := len(doubts) - errors:
        yield Text(f"{counted(maybe, 'thing')} may fail", Tone.WARN)
    if places:
        yield f"asked about: {', '.join(' '.join(place) for place in places)}"
