"""Words for proposed changes of the workbook."""

from enum import StrEnum
from urllib.parse import quote, urlsplit

from hubposture.views.document import Text, Tone


class State(StrEnum):
    """How a proposal stands by git."""

    OPEN = "open"
    MERGED = "merged"
    ABANDONED = "abandoned"
    WITHDRAWN = "withdrawn"
    UNMADE = "not made"
    UNKNOWN = "not known"


_TONES = {
    State.OPEN: Tone.STRONG,
    State.MERGED: Tone.GOOD,
    State.UNMADE: Tone.WARN,
    State.UNKNOWN: Tone.WARN,
}


def state_text(state: State) -> Text:
    """The state with its tone."""
    return Text(str(state), _TONES.get(state, Tone.DIM))


def branch_address(kind: str, api: str, repository: str, branch: str) -> str:
    """Where a forge (`github` or `gitlab`) shows a branch; '' where the forge is not known.

    `api` is its API's address where it is one of your own (`https://HOST/api/v3`).
    """
    if not repository:
        return ""
    parts = urlsplit(api) if api else None
    host = parts.netloc if parts is not None and parts.netloc else f"{kind}.com"
    name, where = quote(branch, safe="/"), quote(repository, safe="/")
    if kind == "gitlab":
        return f"https://{host}/{where}/-/tree/{name}"
    return f"https://{host}/{where}/tree/{name}"
