"""Something is another team's: the change of teams.yaml as a commit on a branch, for people to merge."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.errors import InputError
from hubposture.model.organization import ACCOUNT_PATTERN, OU_PATTERN
from hubposture.owners.having import Thing, holder
from hubposture.owners.read import read_teams
from hubposture.owners.write import moved_together
from hubposture.ports.repository import Author, FileMissing, Repository, UnknownRevision

KINDS = {Thing.NAME: "name", Thing.ACCOUNT: "account", Thing.OU: "OU", Thing.TAG: "tag", Thing.RESOURCE: "resource"}

_IDS = ("arn:", "AWS::::")
"""How ids of resources begin that are no ids of accounts."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a reassignment needs: the baseline, its file of teams, the branch, and the remote ('' for no push)."""

    repository: Repository
    file: str
    branch: str
    author: Author
    remote: str = ""


@dataclass(frozen=True, slots=True)
class Reassigned:
    """What was done: `before` is whose it was ('' for nobody's), `to` the team's name.

    `what` is one thing, or several with commas. `commit` is '' where it was so already. `old` and `new` are the file's texts.
    """

    thing: Thing
    what: str
    before: str
    to: str
    branch: str
    commit: str
    old: str
    new: str
    is_pushed: bool = False


def thing_of(text: str) -> tuple[Thing, str]:
    """What a text names: a resource (its ARN), an account id, an OU (id or path), a tag (`name=value`), or a name of an owner.

    An account as a resource is written as Security Hub does: `AWS::::Account:111122223333`.
    """
    said = text.strip()
    if said.startswith(_IDS):
        return Thing.RESOURCE, said
    if re.fullmatch(ACCOUNT_PATTERN, said):
        return Thing.ACCOUNT, said
    if said.startswith("/") or re.fullmatch(OU_PATTERN, said):
        return Thing.OU, said.rstrip("/") or "/"
    if re.fullmatch(r"[0-9]{1,}", said):
        raise InputError(f"{said} is not an account id; write all 12 digits")
    return (Thing.TAG, said) if "=" in said else (Thing.NAME, " ".join(said.split()))


def reassign(means: Means, text: str, to: str, *, by: str, reason: str = "") -> Reassigned:
    """Give a resource, an account, an OU, a tag or a name to a team, in a commit on the branch.

    Raises as `give`.
    """
    thing, what = thing_of(text)
    return give(means, thing, [what], to, by=by, reason=reason)


def give(means: Means, thing: Thing, whats: Sequence[str], to: str, *, by: str, reason: str = "") -> Reassigned:
    """Give things of a kind, at least one, to a team, in one commit on the branch.

    What the branch holds and nobody has merged yet stays in it. Raises InputErrors for problems of the file, InputError
    for what cannot be given away, Refusal and RemoteError as `Repository` does.
    """
    repository = means.repository
    if means.remote:
        repository.fetch(means.branch, means.remote)
    old, is_unmerged = _read(means)
    change = moved_together(old, thing, whats, to)
    what = ", ".join(whats)
    name = _team_name(change.raw, to, means.file)
    made = ""
    if change.raw != old:
        message = _message(thing, whats, change.before, name, by=by, reason=reason)
        made = repository.propose(means.branch, files={means.file: change.raw}, message=message, author=means.author).id
    # What an earlier run could not push is pushed now.
    is_pushed = bool(means.remote) and (bool(made) or is_unmerged)
    if is_pushed:
        repository.push(means.branch, means.remote)
    return Reassigned(
        thing, what, change.before, name, means.branch, made, _text(old), _text(change.raw), is_pushed=is_pushed
    )


def _read(means: Means) -> tuple[bytes, bool]:
    """The file as the branch will go on from it, and whether that is the branch's own: else all of it is merged."""
    repository = means.repository
    if repository.is_ancestor(means.branch, "HEAD"):
        return repository.read(means.file, "HEAD"), False
    try:
        return repository.read(means.file, means.branch), True
    except UnknownRevision:
        return repository.read(means.file, "HEAD"), False
    except FileMissing as error:
        raise FileMissing(f"{means.file} is not on the branch {means.branch}; merge or delete that branch") from error


def _team_name(raw: bytes, to: str, file: str) -> str:
    """The name of the team that was meant, by name or alias."""
    return holder(read_teams(raw, file).teams, Thing.NAME, to)


def _message(thing: Thing, whats: Sequence[str], before: str, to: str, *, by: str, reason: str) -> str:
    whence = f" instead of {before}" if before else ""
    why = f"{reason.strip()}\n\n" if reason.strip() else ""
    if len(whats) == 1:
        return f"Owners: the {KINDS[thing]} {whats[0]} goes to {to}{whence}\n\n{why}Asked for by {by}\n"
    which = "".join(f"{what}\n" for what in whats)
    return f"Owners: {len(whats)} {KINDS[thing]}s go to {to}{whence}\n\n{why}{which}\nAsked for by {by}\n"


def _text(raw: bytes) -> str:
    return raw.decode("utf-8-sig")
