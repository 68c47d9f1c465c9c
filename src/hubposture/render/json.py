"""A document's data as JSON: every number that is shown, and those left out for space."""

import orjson

from hubposture.views.document import Document


def render(document: Document) -> str:
    """Indented JSON with sorted keys and a newline at the end."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps({"title": document.title, **document.data}, option=options).decode()
