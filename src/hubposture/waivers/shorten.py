"""Text in little room: on one line, counted the larger way, and never cut inside what a reader takes for one letter."""

import re
import unicodedata

ELLIPSIS = "…"

_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_LONE = re.compile("[\ud800-\udfff]")
_ZWJ = "\u200d"
_FLAGS = ("\U0001f1e6", "\U0001f1ff")
_JOINING = (
    (0x1F3FB, 0x1F3FF),  # skin tones
    (0xE0020, 0xE007F),  # tags of subdivision flags
    (0x1160, 0x11FF),  # medial vowels and final consonants of Hangul
)


def units(text: str) -> int:
    """How long a text is in UTF-16 units: never less than in characters.

    AWS says characters and not which; a text that fits by this count fits by both.
    """
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def one_line(text: str) -> str:
    """A text on one line: blanks, line ends and control characters become one blank, lone surrogates U+FFFD."""
    if not text.isascii():
        text = _LONE.sub("\ufffd", text)
    return _UNPRINTABLE.sub(" ", text).strip()


def shorten(text: str, limit: int) -> str:
    """The text if it has at most `limit` units, else its beginning with an ellipsis, within the limit."""
    if units(text) <= limit:
        return text
    if limit < 1:
        return ""
    end = _most(text, limit - 1)
    while end and _joins(text, end):
        end -= 1
    return text[:end].rstrip() + ELLIPSIS


def _most(text: str, limit: int) -> int:
    """How many characters of a text fit into so many units."""
    used = 0
    for at, one in enumerate(text):
        used += 2 if one > "\uffff" else 1
        if used > limit:
            return at
    return len(text)


def _joins(text: str, at: int) -> bool:
    """Whether the characters before and after a place are read as one."""
    before, after = text[at - 1], text[at]
    if _ZWJ in (before, after) or unicodedata.category(after).startswith("M"):
        return True
    if any(first <= ord(after) <= last for first, last in _JOINING):
        return True
    return _is_flag(before) and _is_flag(after) and _flags_before(text, at) % 2 == 1


def _is_flag(one: str) -> bool:
    return _FLAGS[0] <= one <= _FLAGS[1]


def _flags_before(text: str, at: int) -> int:
    count = 0
    while count < at and _is_flag(text[at - 1 - count]):
        count += 1
    return count
