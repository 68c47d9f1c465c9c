"""What was probably meant."""

import difflib
from collections.abc import Iterable


def nearest(text: str, choices: Iterable[str]) -> str:
    """`did you mean X?` for the closest choice, or '' where none is close."""
    found = closest(text, choices)
    return f"did you mean {found}?" if found else ""


def closest(text: str, choices: Iterable[str]) -> str:
    """The closest choice, whatever its case, or '' where none is close."""
    by_fold = {choice.casefold(): choice for choice in choices}
    close = difflib.get_close_matches(text.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[close[0]] if close else ""
