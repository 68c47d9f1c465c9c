"""Proposals as git has them now: open, merged, deleted, withdrawn, or not to be told."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hubposture.catalog import Catalog
from hubposture.errors import HubpostureError, InputError, Refusal
from hubposture.matrix.diff import MatrixDiff, diff
from hubposture.matrix.rows import Matrix, Parsed
from hubposture.ports.proposals import Proposal, ProposalLedger
from hubposture.ports.repository import FileMissing, Repository, UnknownRevision
from hubposture.verbs.control_draft import FIELDS, row_of, texts_of
from hubposture.views.proposals import State

HEAD = "HEAD"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a proposal stands, and in a sentence why ('' where the state says it all); its commit, also one found anew."""

    proposal: Proposal
    state: State
    why: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Means:
    """What looking needs: the baseline, its workbook, and how one is read."""

    repository: Repository
    file: str
    read: Callable[[bytes], Parsed]


def standings(means: Means, proposals: Sequence[Proposal]) -> Sequence[Standing]:
    """Each as git has it; unknown is not absent: where git cannot tell, that is said."""
    head = _Head(means)
    found = []
    for one in proposals:
        try:
            found.append(_standing(means, one, head))
        except HubpostureError as error:
            found.append(Standing(one, State.UNKNOWN, f"git cannot tell: {error}", one.commit))
    return found


class _Head:
    """The workbook at HEAD, read once and only if it is needed; None where it cannot be read."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._found: list[Matrix | None] = []

    @property
    def matrix(self) -> Matrix | None:
        if not self._found:
            try:
                self._found.append(self._means.read(self._means.repository.read(self._means.file, HEAD)).matrix)
            except HubpostureError:
                self._found.append(None)
        return self._found[0]


def _standing(means: Means, one: Proposal, head: _Head) -> Standing:
    """By its commit: in HEAD, on its branch, or neither."""
    tip = _tip(means.repository, one)
    commit = one.commit or tip
    if not commit:
        why = one.trouble or "its commit was begun and never made"
        return Standing(one, State.WITHDRAWN if one.withdrawn_at else State.UNMADE, why)
    is_merged = means.repository.is_ancestor(commit, HEAD)
    if is_merged and one.commit:
        return Standing(one, State.MERGED, "", commit)
    if one.withdrawn_at is not None:
        return Standing(one, State.WITHDRAWN, f"by {one.withdrawn_by}", commit)
    if tip:
        more = "" if tip == commit else "the branch has further commits"
        return Standing(one, State.OPEN, more, commit)
    return _without_branch(one, head, commit, is_known=is_merged is not None)


def _without_branch(one: Proposal, head: _Head, commit: str, *, is_known: bool) -> Standing:
    if _says_so(head.matrix, one):
        return Standing(one, State.MERGED, "the workbook says so, by another commit", commit)
    if not is_known:
        return Standing(one, State.UNKNOWN, "this clone does not have its commit; fetch, or look at the remote", commit)
    return Standing(one, State.ABANDONED, "its branch was deleted, and the workbook does not say so", commit)


def _tip(repository: Repository, one: Proposal) -> str:
    """The tip of its branch here, or as the remote had it; ''."""
    names = [f"refs/heads/{one.branch}", *([f"refs/remotes/{one.pushed_to}/{one.branch}"] if one.pushed_to else [])]
    for name in names:
        try:
            found = repository.commit(name)
        except UnknownRevision:
            continue
        if found is not None:
            return found.id
    return ""


def _says_so(matrix: Matrix | None, one: Proposal) -> bool:
    """Whether the row is as it was proposed: a merge may have made another commit of it."""
    row = row_of(matrix, one.control, one.scope) if matrix is not None else None  # type: ignore[arg-type]  # as stored
    if matrix is None or row is None:
        return False
    there = texts_of(matrix, row)
    return all(there[key] == one.row.get(key, "") for key in FIELDS)


def words_of(means: Means, catalog: Catalog, found: Standing) -> MatrixDiff | None:
    """What its commit changes, by meaning; None where this clone does not have it."""
    one = found.proposal
    try:
        old, new = (
            means.read(means.repository.read(means.file, revision)).matrix for revision in (one.base, found.commit)
        )
    except (UnknownRevision, FileMissing):
        return None
    return diff(old, new, catalog)


def withdraw(means: Means, ledger: ProposalLedger, name: str, *, organization: str, by: str, at: dt.datetime) -> str:
    """Withdraw one's own proposal and delete its branch here; gives a sentence about what is left.

    Raises InputError where there is none or it is not open any more, Refusal for somebody else's, for a branch that is checked
    out and for one that went on since.
    """
    one = ledger.proposal(organization, name)
    if one is None:
        raise InputError(f"there is no proposal {name}")
    if one.by != by:
        raise Refusal(f"{one.title} was proposed by {one.by}, and only they withdraw it; its branch is {one.branch}")
    (found,) = standings(means, [one])
    if found.state in (State.MERGED, State.WITHDRAWN):
        raise InputError(f"{one.title} is {found.state} and cannot be withdrawn any more")
    if found.commit:
        means.repository.drop(one.branch, found.commit)
    ledger.withdraw_proposal(organization, name, by=by, at=at)
    if one.pushed_to:
        return f"The branch is deleted here. It is still at {one.pushed_to}: close its request there and delete it."
    return "Its branch is deleted."
