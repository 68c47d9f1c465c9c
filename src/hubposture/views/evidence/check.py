"""What checking a pack found, as a document."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.views.document import Block, Cell, Document, Lines, Table, Text, Tone, counted


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is not as it was made: which file (the pack's own name for the whole), and what."""

    path: str
    what: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The result: what the pack says of itself, how many files and bytes were read, its digest, and what is wrong."""

    name: str
    title: str
    files: int
    size: int
    digest: str
    faults: Sequence[Wrong]
    says: Sequence[str]
    audit: tuple[int, str] | None = None


def document(found: Checked) -> Document:
    """The result of `report evidence-check`."""
    blocks: list[Block] = []
    if found.faults:
        rows: list[Sequence[Cell]] = [(Text(one.path, Tone.BAD), one.what) for one in found.faults]
        blocks.append(Table(("File", "What is wrong"), rows))
    else:
        said = f"{counted(found.files, 'file')}, {found.size:,} bytes: each is as the manifest names it, and no other is there."
        blocks.append(Lines([Text(said, Tone.GOOD)]))
    lines: list[Cell] = [one for one in (found.title, *found.says) if one]
    if found.digest:
        lines.append(f"Digest over all: {found.digest}")
    blocks.append(Lines(lines))
    audit = None if found.audit is None else {"seq": found.audit[0], "digest": found.audit[1]}
    data = {
        "file": found.name, "title": found.title, "files": found.files, "bytes": found.size, "digest": found.digest,
        "audit": audit, "says": list(found.says), "faults": [{"path": one.path, "what": one.what} for one in found.faults],
    }  # fmt: skip
    return Document(f"{found.name}: {counted(len(found.faults), 'fault')}", blocks, data)
