"""Text as cells hold it: blanks at its ends, characters that XML cannot carry."""

import re

MAX_CELL_CHARACTERS = 32_767

_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_BLANK_ENDS = re.compile(rf"^[\s{_INVISIBLE}]+|[\s{_INVISIBLE}]+$")
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f]")
_NEVER_FIT = re.compile("[\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def tidy(text: str) -> str:
    """Text without blanks, non-breaking or zero-width ones included, at its ends, and with plain line ends."""
    return _BLANK_ENDS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def storable(text: str) -> str:
    """Text with U+FFFD for what no XML can carry: lone surrogates, U+FFFE and U+FFFF."""
    return _NEVER_FIT.sub("\ufffd", text)


def cell_escape(text: str) -> str:
    """Text as a cell's XML carries it before `&` and `<` are escaped.

    Control characters become `_x0001_` and a text that looks like one is protected, as spreadsheet programs do; what no XML can carry is replaced.
    """
    text = _LOOKS_ESCAPED.sub("_x005F_", storable(text))
    return _UNFIT.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
