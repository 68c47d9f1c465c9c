"""A report as JSON, and back: what is frozen is read as it was written."""

import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hubposture.errors import InputError
from hubposture.views.report.model import FORMAT, Report


@cache
def _adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)


def data(report: Report) -> dict[str, Any]:
    """Everything the report says, as JSON has it; keys are the names of the fields."""
    found: dict[str, Any] = json.loads(_adapter().dump_json(report))
    return found


def report_of(kept: object) -> Report:
    """The report that was kept. Raises InputError for one of another format, or one that is damaged."""
    written = kept.get("format") if isinstance(kept, dict) else None
    if written != FORMAT:
        raise InputError(f"a report of format {written!r} was kept, this hubposture reads {FORMAT}; update hubposture")
    try:
        return _adapter().validate_json(json.dumps(kept))
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"the report that was kept is damaged at {'.'.join(map(str, first['loc']))}: {first['msg']}"
        ) from error
