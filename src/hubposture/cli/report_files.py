"""A report in the formats there are, each imported when it is asked for."""

import importlib
from collections.abc import Callable, Mapping

from hubposture.cli.output import rendered
from hubposture.views.report.document import document
from hubposture.views.report.model import Report

FORMATS = ("text", "html", "pdf", "xlsx", "csv", "json", "markdown")
BINARY = frozenset({"pdf", "xlsx", "csv"})
_MODULES: Mapping[str, str] = {
    "html": "hubposture.render.report_html",
    "pdf": "hubposture.render.report_pdf",
    "xlsx": "hubposture.render.report_xlsx",
    "csv": "hubposture.render.report_csv",
}


def written(report: Report, form: str, *, limit: int = 10) -> bytes:
    """The report in one of FORMATS; `limit` is for text and markdown, the others have every row."""
    if form in _MODULES:
        render: Callable[[Report], bytes | str] = importlib.import_module(_MODULES[form]).render
        found = render(report)
        return found if isinstance(found, bytes) else found.encode()
    return rendered(document(report, most=limit), form).encode()
