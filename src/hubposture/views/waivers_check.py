"""What is wrong with files of waivers, for a terminal, for a pull request and for GitHub's annotations."""

import re
from collections import Counter
from collections.abc import Sequence

from hubposture.matrix.lint_finding import Level, LintFinding
from hubposture.views.document import Cell, Document, Lines, Table, Text, Tone, counted
from hubposture.views.lint import command

_TONES = {Level.ERROR: Tone.BAD, Level.WARNING: Tone.WARN, Level.NOTE: Tone.DIM}
_PLACE = re.compile(r"(.+?):(\d+)(?::(\d+))?")


def document(findings: Sequence[LintFinding], *, waivers: int, name: str, most: int = 500) -> Document:
    """All findings in the order given, errors first; `waivers` is how many were read, `name` where they lie."""
    counts = Counter(one.level for one in findings)
    said = ", ".join(counted(counts[level], level) for level in Level if counts[level]) or "nothing to mend"
    rows: list[list[Cell]] = [
        [Text(one.level, _TONES[one.level]), one.where, one.message, one.hint or "-", one.rule] for one in findings
    ]
    table = Table(
        ("Level", "Where", "What", "What to do", "Rule"), rows[:most], more=max(0, len(rows) - most), spare=(4,)
    )
    data = {
        "waivers": waivers,
        "counts": {level.value: counts[level] for level in Level},
        "findings": [
            {"level": one.level, "rule": one.rule, "where": one.where, "message": one.message, "hint": one.hint}
            for one in findings
        ],
    }
    tone = Tone.BAD if counts[Level.ERROR] else Tone.WARN if counts[Level.WARNING] else Tone.GOOD
    lines: list[Cell] = [Text(f"{counted(waivers, 'waiver')} read: {said}", tone)]
    if any(one.level is Level.ERROR and one.rule == "file" for one in findings):
        lines.append(Text("While a file cannot be read whole, nothing is released.", Tone.WARN))
    return Document(f"Check of {name}", [Lines(lines), table], data)


def annotations(findings: Sequence[LintFinding]) -> str:
    """Workflow commands that GitHub shows beside the line; a finding without a line stands at its file."""
    return "".join(_annotation(one) for one in findings)


def _annotation(one: LintFinding) -> str:
    found = _PLACE.fullmatch(one.where)
    properties = {"file": found[1] if found else one.where}
    if found:
        properties["line"] = found[2]
        if found[3]:
            properties["col"] = found[3]
    properties["title"] = one.rule
    return command(one.level, properties, one.message + (f" ({one.hint})" if one.hint else ""))
