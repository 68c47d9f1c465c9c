"""What lint says, for a terminal, for a pull request and for GitHub's annotations."""

from collections import Counter
from collections.abc import Mapping, Sequence

from hubposture.matrix.lint_finding import Level, LintFinding
from hubposture.views.document import Cell, Document, Lines, Table, Text, Tone, counted

_TONES = {Level.ERROR: Tone.BAD, Level.WARNING: Tone.WARN, Level.NOTE: Tone.DIM}
_GITHUB = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def document(findings: Sequence[LintFinding], *, name: str, most: int = 500) -> Document:
    """All findings, errors first."""
    counts = Counter(finding.level for finding in findings)
    said = ", ".join(counted(counts[level], level) for level in Level if counts[level]) or "nothing to mend"
    rows: list[list[Cell]] = [
        [Text(one.level, _TONES[one.level]), one.where, one.message, one.hint, one.rule] for one in findings[:most]
    ]
    table = Table(("Level", "Where", "What", "What to do", "Rule"), rows, more=max(0, len(findings) - most))
    data = {
        "counts": {level.value: counts[level] for level in Level},
        "findings": [
            {"level": one.level, "rule": one.rule, "where": one.where, "message": one.message, "hint": one.hint}
            for one in findings
        ],
    }
    tone = Tone.BAD if counts[Level.ERROR] else Tone.GOOD
    return Document(f"Lint of {name}", [Lines([Text(said, tone)]), table], data)


def annotations(findings: Sequence[LintFinding], *, file: str) -> str:
    """Workflow commands that GitHub shows beside the file; a workbook has no lines, so the cell stands in the title."""
    return "".join(
        command(
            one.level,
            {"file": file, "title": f"{one.where} {one.rule}"},
            one.message + (f" ({one.hint})" if one.hint else ""),
        )
        for one in findings
    )


def command(level: Level, properties: Mapping[str, str], message: str) -> str:
    """One workflow command, escaped as GitHub's toolkit does, with a line end."""
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_GITHUB[level]} {said}::{_message(message)}\n"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
