"""Commits that touch neither the working tree nor the index: files go straight onto a branch."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hubposture.baseline.git import Git
from hubposture.baseline.history import is_ancestor
from hubposture.errors import InputError, Refusal
from hubposture.ports.repository import Author

_ABSENT = ""
_MODE = "100644"


def propose(git: Git, branch: str, *, files: Mapping[str, bytes], message: str, author: Author, base: str) -> str:
    """Commit files (paths relative to git's directory) onto a branch; gives the id of its tip.

    The branch is made from `base` if it does not exist; it goes on from there too if all of it is in `base` already, as
    after a merge; else it is continued. Raises InputError for a bad branch name, Refusal if the branch is checked out
    somewhere or moved meanwhile.
    """
    reference = reference_of(git, branch)
    found = git.ask("rev-parse", "--verify", "--quiet", reference)
    old = found.out.decode("ascii").strip() if found.status == 0 else ""
    refuse_checked_out(git, branch, reference)
    parent = git.resolve(base) if not old or is_ancestor(git, old, base) else old
    tree = _tree(git, parent, files)
    if tree == git.run("rev-parse", f"{parent}^{{tree}}").decode("ascii").strip():
        tip = old or parent
    else:
        tip = _commit(git, tree, parent, message=message, author=author)
    if tip != old:
        _move(git, reference, tip, old or _ABSENT)
    return tip


def drop(git: Git, branch: str, tip: str) -> bool:
    """Delete a branch whose tip is this commit; False where there is no such branch.

    Raises InputError for a bad branch name, Refusal if it is checked out somewhere or has another tip.
    """
    reference = reference_of(git, branch)
    found = git.ask("rev-parse", "--verify", "--quiet", reference)
    if found.status != 0:
        return False
    refuse_checked_out(git, branch, reference)
    if found.out.decode("ascii").strip() != tip:
        raise Refusal(
            f"branch {branch} has further commits, so it is left as it is; delete it in git if it is not wanted"
        )
    answer = git.ask("update-ref", "-m", "hubposture", "-d", reference, tip)
    if answer.status != 0:
        raise Refusal(f"{reference} moved meanwhile; try again ({answer.complaint})")
    return True


def reference_of(git: Git, branch: str) -> str:
    """The full name of a branch. Raises InputError for what can be no name of one."""
    # The name is compared, for `@{-1}` is a good answer to another question.
    answer = git.ask("check-ref-format", "--branch", branch)
    if branch.startswith("-") or answer.status != 0 or answer.out.decode("utf-8", "replace").rstrip("\n") != branch:
        raise InputError(f"{branch!r} cannot be the name of a branch; see git check-ref-format")
    return f"refs/heads/{branch}"


def refuse_checked_out(git: Git, branch: str, reference: str) -> None:
    """Raise Refusal if a working tree has the branch checked out."""
    lines = git.run("worktree", "list", "--porcelain").decode("utf-8", "replace").splitlines()
    if f"branch {reference}" in lines:
        raise Refusal(
            f"branch {branch} is checked out, and its working tree would no longer match; name another branch"
        )


def _tree(git: Git, parent: str, files: Mapping[str, bytes]) -> str:
    """The id of the parent's tree with the files in it, built in an index of its own."""
    prefix = git.prefix()
    with tempfile.TemporaryDirectory(prefix="hubposture-") as name:
        env = {"GIT_INDEX_FILE": str(Path(name) / "index")}
        git.run("read-tree", parent, env=env)
        entries = []
        for path in sorted(files):
            blob = git.run("hash-object", "-w", "--stdin", "--no-filters", stdin=files[path]).decode("ascii").strip()
            entries.append(f"{_MODE} {blob}\t".encode("ascii") + os.fsencode(prefix + path))
        git.run("update-index", "-z", "--index-info", stdin=b"".join(entry + b"\0" for entry in entries), env=env)
        return git.run("write-tree", env=env).decode("ascii").strip()


def _commit(git: Git, tree: str, parent: str, *, message: str, author: Author) -> str:
    env = {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_COMMITTER_NAME": author.name,
        "GIT_COMMITTER_EMAIL": author.email,
    }
    said = message.encode("utf-8", "replace").replace(b"\0", b"")
    return git.run("commit-tree", tree, "-p", parent, "-F", "-", stdin=said, env=env).decode("ascii").strip()


def _move(git: Git, reference: str, tip: str, old: str) -> None:
    answer = git.ask("update-ref", "-m", "hubposture", reference, tip, old)
    if answer.status != 0:
        raise Refusal(f"{reference} moved while the commit was made; try again ({answer.complaint})")
