"""The main line of a file: the commits by which it came to be what it is on the branch, with when each came there."""

from pathlib import Path

from hubposture.baseline.files import plain
from hubposture.baseline.git import Git
from hubposture.ports.repository import Commit

_FORMAT = "%H%x00%an%x00%ae%x00%ct%x00%s"


def main_line(root: Path, path: str = "", *, until: str = "HEAD") -> tuple[Commit, ...]:
    """Commits of the first parents that changed a file of the directory, the newest first; `at` is when each was committed.

    Without a path all of them.

    A merge stands for all that it brought: the branch's own commits are not told, for what they say did not hold before
    it. Raises UnknownRevision (also for a branch without a commit), NoGit.
    """
    git = Git(root)
    tip = git.resolve(until)
    out = git.run(
        "log", "-z", f"--format=tformat:{_FORMAT}", "--no-show-signature", "--first-parent",
        tip, "--", *([plain(path)] if path else []),
    )  # fmt: skip
    return Git.commits(out)


def is_cut(root: Path) -> bool:
    """Whether the clone lacks the older history."""
    return Git(root).is_shallow()
