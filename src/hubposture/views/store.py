"""What the store holds, what is wrong with it, and what keeping it in order did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubposture.views.document import Block, Cell, Document, Lines, Table, Text, Tone, counted

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong: where, what, and what to do."""

    where: str
    what: str
    hint: str


def checked(organization: str, faults: Sequence[Fault], *, version: int, deep: bool) -> Document:
    """The result of `store check`; `version` is the head's number, 0 where nothing was ever published."""
    blocks: list[Block] = []
    if not faults:
        depth = "read in full and counted again" if deep else "there, in the size they were written"
        said = f"Version {version}: every file is {depth}." if version else "Nothing was ever synced."
        blocks.append(Lines([Text(said, Tone.GOOD if version else Tone.PLAIN)]))
        if version and not deep:
            blocks.append(Lines([Text("`--deep` reads every file and counts again.", Tone.DIM)]))
    else:
        rows: list[Sequence[Cell]] = [(Text(one.where, Tone.BAD), one.what, one.hint) for one in faults]
        blocks.append(Table(("Where", "What", "What to do"), rows))
    data = {
        "version": version,
        "deep": deep,
        "faults": [{"where": one.where, "what": one.what, "hint": one.hint} for one in faults],
    }
    return Document(f"Store of {organization}: {counted(len(faults), 'fault')}", blocks, data)


def compacted(
    organization: str,
    *,
    version: int,
    deltas: int,
    files: tuple[int, int],
    sizes: tuple[int, int],
    retired: int,
    deleted: int,
) -> Document:
    """The result of `store compact`: `files` and `sizes` (bytes) before and after."""
    merged = f"{counted(deltas, 'delta')} merged" if deltas else "No deltas to merge"
    lines: list[Cell] = [
        (
            f"{merged}; version {version} has {counted(files[1], 'file')}, {sizes[1] / _MIB:,.1f} MiB "
            f"(before: {files[0]:,}, {sizes[0] / _MIB:,.1f} MiB)."
        ),
        f"{counted(retired, 'old version')} retired, {counted(deleted, 'file')} that nothing names deleted.",
    ]
    data = {
        "version": version, "deltas": deltas, "files": list(files), "bytes": list(sizes), "retired": retired,
        "deleted": deleted,
    }  # fmt: skip
    return Document(f"Store of {organization}, compacted", [Lines(lines)], data)


def moved(where: str, counts: Mapping[str, int]) -> Document:
    """The result of `store move`: rows by table."""
    rows: list[Sequence[Cell]] = [(table, f"{number:,}") for table, number in counts.items()]
    lines = Lines([
        "Every row was read back and the audit trail is the same. The lake's files stay where they are.",
        Text("Now set ledger.url to the new database, everywhere.", Tone.STRONG),
    ])  # fmt: skip
    blocks: list[Block] = [lines, Table(("Table", "Rows"), rows, numbers=frozenset({1}))]
    return Document(f"The ledger, moved to {where}", blocks, {"tables": dict(counts)})
