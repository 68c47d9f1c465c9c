"""A report as a file, each format imported when it is asked for."""

import importlib
import json
from collections.abc import Callable, Mapping

from hubposture.views.report.kept import data
from hubposture.views.report.model import Report

MODULES: Mapping[str, str] = {
    "html": "hubposture.render.report_html",
    "pdf": "hubposture.render.report_pdf",
    "xlsx": "hubposture.render.report_xlsx",
    "csv": "hubposture.render.report_csv",
}


def written(report: Report, form: str) -> bytes:
    """The report as html, pdf, xlsx, csv or json. Raises InputError for a PDF where typst is not installed."""
    if form == "json":
        return (json.dumps(data(report), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode(
            "utf-8", "replace"
        )
    render: Callable[[Report], bytes | str] = importlib.import_module(MODULES[form]).render
    found = render(report)
    return found if isinstance(found, bytes) else found.encode()
