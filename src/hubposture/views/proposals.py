"""Words for proposed changes of the workbook."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit

from hubposture.views.document import Block, Cell, Document, Lines, Table, Text, Tone
from hubposture.views.words import iso, moment


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


@dataclass(frozen=True, slots=True)
class Listed:
    """A proposal in a list; `at` is naive UTC."""

    id: str
    title: str
    state: State
    why: str
    by: str
    at: dt.datetime
    branch: str
    commit: str


def document(organization: str, found: Sequence[Listed]) -> Document:
    """Proposals, the newest first."""
    rows: list[Sequence[Cell]] = [
        (one.id, one.title, state_text(one.state), one.by, moment(one.at), one.branch, one.why) for one in found
    ]
    headings = ("Id", "Proposal", "State", "By", "At", "Branch", "Why")
    blocks: list[Block] = [Table(headings, rows, spare=(6, 4))] if rows else [Lines(["Nothing was proposed."])]
    data = {
        "proposals": [
            {
                "id": one.id, "title": one.title, "state": str(one.state), "why": one.why, "by": one.by, "at": iso(one.at),
                "branch": one.branch, "commit": one.commit,
            }
            for one in found
        ]
    }  # fmt: skip
    return Document(f"Proposed changes of {organization}", blocks, data)


def with_branch(plan: Document, branch: str, commit: str, name: str, trouble: str) -> Document:
    """A plan with the commit that proposes it, and what to do next."""
    lines: list[Cell] = [
        Text(f"Proposed as {name}: branch {branch}, commit {commit[:12]}. Nothing is switched.", Tone.STRONG)
    ]
    if trouble:
        lines.append(Text(trouble, Tone.WARN))
    lines.append("Have the branch reviewed and merged; the next apply does what the plan says.")
    data = {**plan.data, "proposal": {"id": name, "branch": branch, "commit": commit, "trouble": trouble}}
    return Document(plan.title, [*plan.blocks, Lines(lines)], data)
