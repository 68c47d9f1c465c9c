"""What is wrong with files of waivers."""

from collections.abc import Sequence

from hubposture.matrix.lint_finding import Level, LintFinding
from hubposture.views import checks
from hubposture.views.document import Document, Text, Tone, counted


def document(findings: Sequence[LintFinding], *, waivers: int, name: str, most: int = 500) -> Document:
    """All findings in the order given, errors first; `waivers` is how many were read, `name` where they lie."""
    is_broken = any(one.level is Level.ERROR and one.rule == "file" for one in findings)
    more = [Text("While a file cannot be read whole, nothing is released.", Tone.WARN)] if is_broken else []
    read, data = counted(waivers, "waiver"), {"waivers": waivers}
    return checks.document(f"Check of {name}", findings, read=read, data=data, more=more, most=most)


def annotations(findings: Sequence[LintFinding]) -> str:
    """Workflow commands that GitHub shows beside the line; a finding without a line stands at its file."""
    return checks.annotations(findings)
