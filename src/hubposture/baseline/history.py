"""Questions to the history: what changed a file, what came before what, and which commit carries a trailer."""

import re

from hubposture.baseline.git import Git
from hubposture.errors import InputError
from hubposture.ports.repository import Commit, UnknownRevision

_TRAILER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


def changes(git: Git, path: str, *, since: str, until: str) -> tuple[Commit, ...]:
    """Commits behind `since` up to `until` that changed a path of git's directory, newest first.

    Side branches are followed even where the file ends as it was: who looks for changes wants all of them.
    Raises UnknownRevision, NoGit.
    """
    first, last = git.resolve(since), git.resolve(until)
    return git.log("--full-history", last, f"^{first}", "--", path)


def is_ancestor(git: Git, earlier: str, later: str) -> bool | None:
    """Whether a commit is in the history of another; None where the clone cannot tell. Raises NoGit."""
    try:
        first, last = git.resolve(earlier), git.resolve(later)
    except UnknownRevision:
        return None
    if git.ask("merge-base", "--is-ancestor", first, last).status == 0:
        return True
    return None if git.is_shallow() else False


def find_commit(git: Git, branch: str, *, trailer: str, value: str) -> str | None:
    """The id of the newest commit of a branch with a trailer of that name and exactly that value.

    Only trailers count, so a message that quotes one carries none. Raises InputError for what can be no trailer,
    NoGit, and UnknownRevision where nothing was found in a shallow clone.
    """
    if _TRAILER.fullmatch(trailer) is None or not value or value != value.strip() or len(value.splitlines()) > 1:
        raise InputError(f"{trailer}: {value}: this can be no trailer of a commit; it takes a name and one line")
    try:
        tip = git.resolve(branch)
    except UnknownRevision:
        return None
    wanted = f"--format=tformat:%H%n%(trailers:key={trailer},valueonly,unfold)"
    out = git.run("log", "-z", wanted, "--no-show-signature", "--fixed-strings", f"--grep={value}", tip, "--")
    for one in out.decode("utf-8", "replace").split("\0"):
        found, _, values = one.partition("\n")
        if value in values.splitlines():
            return found
    if git.is_shallow():
        raise UnknownRevision(f"no commit of {branch} has `{trailer}: {value}`{git.shallow_hint()}")
    return None
