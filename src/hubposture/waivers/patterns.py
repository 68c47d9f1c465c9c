"""Patterns of waivers: `*` is any run of characters, also none, `?` exactly one; every other character is itself.

`[`, `%`, `_`, a backslash and a line's end mean nothing here, casing counts, and a pattern speaks of a text from its
beginning to its end. A character is a code point, in Python as in the lake's engine.
"""

import re

ESCAPE = "!"
"""What takes the meaning of a `%`, a `_` and of itself in what `like` gives: to be named as LIKE's ESCAPE."""
_LAST = "\U0010ffff"
_SURROGATES, _BEHIND_SURROGATES = 0xD800, 0xE000
_RUNS = re.compile(r"[*?]+")
_LIKE = str.maketrans({"*": "%", "?": "_"} | {sign: ESCAPE + sign for sign in ("%", "_", ESCAPE)})


def is_exact(pattern: str) -> bool:
    """Whether a pattern speaks of one text only, itself."""
    return "*" not in pattern and "?" not in pattern


def is_prefix(pattern: str) -> bool:
    """Whether a pattern speaks of every text with its literal prefix, and needs no further look."""
    return pattern.endswith("*") and not pattern.removeprefix(literal_prefix(pattern)).strip("*")


def literal_prefix(pattern: str) -> str:
    """What every text that it matches begins with; of an exact pattern the whole."""
    return _RUNS.split(pattern, maxsplit=1)[0]


def prefix_end(prefix: str) -> str | None:
    """The first text, in the order of code points, behind all that begin with a prefix; None where nothing is.

    That order is also the one of UTF-8's bytes, in which there are no surrogates.
    """
    kept = prefix.rstrip(_LAST)
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(_BEHIND_SURROGATES if following == _SURROGATES else following)


def literals(pattern: str) -> tuple[str, ...]:
    """The runs between the signs, in order, none empty: every text that it matches has all of them in it."""
    return tuple(run for run in _RUNS.split(pattern) if run)


def like(pattern: str) -> str:
    """The pattern as SQL's LIKE takes it, with ESCAPE."""
    return pattern.translate(_LIKE)


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern speaks of a text; time grows with their lengths and not with the number of `*`.

    What stands between two `*` may as well be found at its first place: whatever comes behind has most room then.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return len(first) == len(text) and _stands(first, text, 0)
    *middle, last = rest
    end = len(text) - len(last)
    if len(first) > end or not _stands(first, text, 0) or not _stands(last, text, end):
        return False
    at = len(first)
    for part in middle:
        found = _first_place(part, text, at, end - len(part))
        if found is None:
            return False
        at = found + len(part)
    return True


def _first_place(part: str, text: str, start: int, last: int) -> int | None:
    """Where a part without `*` first stands, from `start` to `last`; None where it does not."""
    if "?" not in part:
        found = text.find(part, start, last + len(part)) if start <= last else -1
        return None if found < 0 else found
    return next((at for at in range(start, last + 1) if _stands(part, text, at)), None)


def _stands(part: str, text: str, at: int) -> bool:
    """Whether a part without `*` stands at a place of a text that is long enough."""
    if "?" not in part:
        return text.startswith(part, at)
    return all(sign in ("?", text[at + place]) for place, sign in enumerate(part))
