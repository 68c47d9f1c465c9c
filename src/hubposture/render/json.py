"""A document's data as JSON: every number that is shown, and those left out for space."""

import re

import orjson

from hubposture.views.document import Document

_CONTROL = re.compile("[\u007f-\u009f]")
"""Control characters that JSON allows in strings, and a terminal obeys."""


def render(document: Document) -> str:
    """Indented JSON with sorted keys and a newline at the end; no control character stands in it unescaped."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    text = orjson.dumps({"title": document.title, **document.data}, option=options).decode()
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
