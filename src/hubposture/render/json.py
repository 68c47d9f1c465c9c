"""A document's data as JSON: every number that is shown, and those left out for space."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from hubposture.views.document import Document

_CONTROL = re.compile("[\u007f-\u009f]")
"""Control characters that JSON allows in strings, and a terminal obeys."""


def render(document: Document) -> str:
    """Indented JSON with sorted keys and a newline at the end; no control character stands in it unescaped.

    Half a character, which no encoding has, becomes a question mark.
    """
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    data = {"title": document.title, **document.data}
    try:
        text = orjson.dumps(data, option=options).decode()
    except orjson.JSONEncodeError:
        text = orjson.dumps(_whole(data), option=options).decode()
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _whole(value: Any) -> Any:
    """The same with whole characters only."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case Mapping():
            return {_whole(key): _whole(one) for key, one in value.items()}
        case list() | tuple():
            return [_whole(one) for one in value]
        case _:
            return value
