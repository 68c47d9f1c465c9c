"""Coverage as a document: counts, then gaps, then what is covered in part, then the rest."""

from hubposture.matrix.coverage import Coverage, CoverageItem, Covered
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted

_TONES = {Covered.GAP: Tone.BAD, Covered.PARTLY: Tone.WARN, Covered.COVERED: Tone.GOOD}


def document(found: Coverage, *, most: int = 300) -> Document:
    """Every requirement and clause with what covers it, gaps first."""
    unlisted = "Requirements that no Security Hub control serves are checked by hand and are not known here; name them in Frameworks."
    blocks: list[Block] = [Lines([*_counts(found), Text(unlisted, Tone.DIM)])]
    rows = [_row(item) for item in found.items]
    if rows:
        headings = ("State", "Standard", "Item", "Controls", "Detections", "Other measures", "What is missing")
        blocks += [Heading("Item by item"), Table(headings, rows[:most], more=max(0, len(rows) - most))]
    data = {
        "items": [
            {
                "state": item.state,
                "group": item.group,
                "item": item.item,
                "title": item.title,
                "controls": [one.shown for one in item.controls],
                "detections": [one.detection for one in item.detections],
                "why": item.why,
            }
            for item in found.items
        ]
    }
    return Document("Coverage", blocks, data)


def _counts(found: Coverage) -> list[Cell]:
    return [
        f"{one.group}: {one.covered} covered, {one.partly} partly, {counted(one.gaps, 'gap')}" for one in found.counts
    ]


def _row(item: CoverageItem) -> list[Cell]:
    said = texts(item)
    keys = ("group", "item", "controls", "detections", "measures", "why")
    return [Text(item.state, _TONES[item.state]), *(said[key] for key in keys)]


def texts(item: CoverageItem) -> dict[str, str]:
    """An item in words, by the keys of the Coverage sheet's columns."""
    return {
        "state": item.state,
        "group": item.group,
        "item": item.item,
        "title": item.title,
        "controls": ", ".join(f"{one.shown} ({_dispositions(one.dispositions)})" for one in item.controls),
        "detections": ", ".join(f"{one.detection} ({one.state})" for one in item.detections),
        "measures": ", ".join(f"{one.shown}: {one.evidence or 'no evidence named'}" for one in item.measures),
        "why": item.why,
    }


def _dispositions(found: tuple[tuple[str, object], ...]) -> str:
    return (
        ", ".join(f"{disposition} in {scope}" if scope else str(disposition) for scope, disposition in found)
        or "no row"
    )
