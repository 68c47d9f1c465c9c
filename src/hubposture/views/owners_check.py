"""What is wrong with teams.yaml, and names in other files that lead to no team."""

from collections.abc import Sequence

from hubposture.matrix.lint_finding import Level, LintFinding
from hubposture.views import checks
from hubposture.views.document import Document, Text, Tone, counted


def document(findings: Sequence[LintFinding], *, teams: int, name: str, most: int = 500) -> Document:
    """All findings in the order given, errors first; `teams` is how many could be read, `name` the file."""
    is_broken = any(one.level is Level.ERROR for one in findings)
    more = [Text("What cannot be read is nobody's until it is mended.", Tone.WARN)] if is_broken else []
    read, data = counted(teams, "team"), {"teams": teams}
    return checks.document(f"Check of {name}", findings, read=read, data=data, more=more, most=most)
