"""Changes of teams.yaml: what goes to whom, and where the change is."""

import difflib
from collections.abc import Sequence

from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Text, Tone, counted


def reassigned(
    what: str, to: str, *, before: str, branch: str, commit: str, pushed_to: str, file: str, old: str, new: str
) -> Document:
    """What `owners reassign` did; `commit` is '' where it was so already, `pushed_to` a remote or ''."""
    whence = f", and was {before}'s" if before and before != to else ""
    if not commit:
        lines: list[Cell] = [Text(f"{what} is {to}'s already on the branch {branch}, or in what is merged", Tone.GOOD)]
        blocks: list[Block] = [Lines(lines)]
    else:
        place = f"Commit {commit[:12]} on the branch {branch}"
        how = f", pushed to {pushed_to}" if pushed_to else "; push it, and have it reviewed"
        blocks = [
            Lines([Text(f"{what} is {to}'s{whence}, once this is merged", Tone.GOOD), place + how]),
            Heading("The change"),
            Code(difference(old, new, file)),
        ]
    data = {
        "what": what, "before": before, "to": to, "branch": branch, "commit": commit, "pushed_to": pushed_to,
        "changed": bool(commit),
    }  # fmt: skip
    return Document("Owners", blocks, data)


def difference(old: str, new: str, file: str) -> str:
    """The lines of a file that differ, with two around them, as diff shows them."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), file, file, n=2, lineterm="")
    return "\n".join(lines)


def imported(
    paths: Sequence[str], *, source: str, new: Sequence[str], more: Sequence[str], notes: Sequence[str], most: int = 50
) -> Document:
    """What `owners import` did: names of new teams and of those that got more; `notes` are what stays as it is."""
    said = f"{counted(len(new), 'new team')} from {source}, {counted(len(more), 'known one')} with more than before"
    lines: list[Cell] = [Text(said, Tone.GOOD)]
    if paths:
        lines.append(f"Written: {', '.join(paths)}")
        lines.append("Commit it, and have it reviewed: a merge to the default branch makes it count.")
    else:
        lines.append("Nothing to write: it is so already.")
    blocks: list[Block] = [Lines(lines)]
    if notes:
        more_notes = [f"and {len(notes) - most:,} more; --format json has all"] if len(notes) > most else []
        blocks += [Heading(f"What stays as it is ({counted(len(notes), 'note')})"), Lines([*notes[:most], *more_notes])]
    data = {"source": source, "written": list(paths), "new": list(new), "more": list(more), "notes": list(notes)}
    return Document("Teams", blocks, data)
