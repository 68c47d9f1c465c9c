"""Texts for DefectDojo: without what cannot be stored, cut where they are too long, escaped where they are read as markdown."""

import re
from typing import Final

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()#+!|~<>&])")
_CUT: Final = "…"


def clean(text: str, longest: int) -> str:
    """A text on one line, without control characters and halves of characters, cut (and ended so) where it is longer."""
    whole = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
    line = whole.strip() if whole.isprintable() else _CONTROLS.sub(" ", whole).strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + _CUT


def plain(text: str, longest: int) -> str:
    """The same for markdown: nothing in it is read as markup, and an @ names nobody."""
    return _MARKUP.sub(r"\\\1", clean(text, longest)).replace("@", "@\u200b")


def literal(text: str, longest: int) -> str:
    """An id or a name, letter by letter, as code in markdown."""
    return f"`{clean(text, longest).replace('`', chr(39))}`"
