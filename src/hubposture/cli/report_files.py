"""A report in the formats there are, each imported when it is asked for."""

from hubposture.cli.output import rendered
from hubposture.render.reports import MODULES
from hubposture.render.reports import written as written_as
from hubposture.views.report.document import document
from hubposture.views.report.model import Report

FORMATS = ("text", "html", "pdf", "xlsx", "csv", "json", "markdown")
BINARY = frozenset({"pdf", "xlsx", "csv"})


def written(report: Report, form: str, *, limit: int = 10) -> bytes:
    """The report in one of FORMATS; `limit` is for text and markdown, the others have every row."""
    if form in MODULES:
        return written_as(report, form)
    return rendered(document(report, most=limit), form).encode()
