"""What was probably meant."""

import difflib
from collections.abc import Iterable


def nearest(text: str, choices: Iterable[str], *, cutoff: float = 0.6) -> str:
    """`did you mean X?` for the closest choice, or '' where none is close; `cutoff` as of `closest`."""
    found = closest(text, choices, cutoff=cutoff)
    return f"did you mean {found}?" if found else ""


def closest(text: str, choices: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The closest choice, whatever its case, or '' where none is as alike as `cutoff` says (1 is the same)."""
    by_fold = {choice.casefold(): choice for choice in choices}
    close = difflib.get_close_matches(text.casefold(), by_fold, n=1, cutoff=cutoff)
    return by_fold[close[0]] if close else ""
