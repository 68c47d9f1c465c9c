"""Files of waivers that were written, and what for."""

from collections.abc import Sequence

from hubposture.views.document import Block, Document, Heading, Lines, Table, Text, Tone, counted


def document(paths: Sequence[str], said: str, *, notes: Sequence[str] = (), most: int = 50) -> Document:
    """What was done, in a sentence, the files that changed, and what is worth a look."""
    blocks: list[Block] = [Lines([Text(said, Tone.GOOD)])]
    if paths:
        blocks.append(Table(("Written",), [(path,) for path in paths[:most]], more=max(0, len(paths) - most)))
        blocks.append(Lines(["Commit them, and have them reviewed: a merge to the default branch makes them count."]))
    else:
        blocks.append(Lines(["Nothing to write: it is so already."]))
    if notes:
        blocks += [Heading(f"To look at ({counted(len(notes), 'note')})"), Lines(list(notes[:most]))]
    return Document("Waivers", blocks, {"said": said, "written": list(paths), "notes": list(notes)})
