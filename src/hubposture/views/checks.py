"""What is wrong with files of the baseline, for a terminal, for a pull request and for GitHub's annotations."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from hubposture.matrix.lint_finding import Level, LintFinding
from hubposture.views.document import Cell, Document, Lines, Table, Text, Tone, counted
from hubposture.views.lint import command

_TONES = {Level.ERROR: Tone.BAD, Level.WARNING: Tone.WARN, Level.NOTE: Tone.DIM}
_PLACE = re.compile(r"(.+?):(\d+)(?::(\d+))?")


def document(
    title: str,
    findings: Sequence[LintFinding],
    *,
    read: str,
    data: Mapping[str, Any],
    more: Sequence[Cell] = (),
    most: int = 500,
) -> Document:
    """All findings in the order given, errors first; `read` says what was read (`12 waivers`), `more` what follows."""
    counts = Counter(one.level for one in findings)
    said = ", ".join(counted(counts[level], level) for level in Level if counts[level]) or "nothing to mend"
    rows: list[list[Cell]] = [
        [Text(one.level, _TONES[one.level]), one.where, one.message, one.hint or "-", one.rule] for one in findings
    ]
    table = Table(
        ("Level", "Where", "What", "What to do", "Rule"), rows[:most], more=max(0, len(rows) - most), spare=(4,)
    )
    whole = {
        **data,
        "counts": {level.value: counts[level] for level in Level},
        "findings": [
            {"level": one.level, "rule": one.rule, "where": one.where, "message": one.message, "hint": one.hint}
            for one in findings
        ],
    }
    tone = Tone.BAD if counts[Level.ERROR] else Tone.WARN if counts[Level.WARNING] else Tone.GOOD
    return Document(title, [Lines([Text(f"{read} read: {said}", tone), *more]), table], whole)


def annotations(findings: Sequence[LintFinding]) -> str:
    """Workflow commands that GitHub shows beside the line.

    A finding without a line stands at its file; a workbook has no lines, so the cell is said in the message.
    """
    return "".join(_annotation(one) for one in findings)


def _annotation(one: LintFinding) -> str:
    said = one.message + (f" ({one.hint})" if one.hint else "")
    book, bang, cell = one.where.partition("!")
    if bang:
        return command(one.level, {"file": book, "title": one.rule}, f"{cell}: {said}")
    found = _PLACE.fullmatch(one.where)
    properties = {"file": found[1] if found else one.where}
    if found:
        properties["line"] = found[2]
        if found[3]:
            properties["col"] = found[3]
    properties["title"] = one.rule
    return command(one.level, properties, said)
