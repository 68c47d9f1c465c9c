"""A baseline repository as the verbs see it: its files, and what git knows about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hubposture.errors import InputError, Refusal


class NoBaseline(InputError):
    """No hubposture.toml was found where it was looked for."""


class FileMissing(InputError):
    """A file of the baseline does not exist in the working tree, or at the revision."""


class UnknownRevision(InputError):
    """Git does not know the revision, or the clone is too shallow to hold it."""


class NoGit(InputError):
    """Something needs git's history, and the baseline is not in a git repository or git cannot be run."""


class WouldOverwrite(Refusal):
    """Files of a new baseline exist already with other contents."""


class OutsideBaseline(Refusal):
    """A path leaves the baseline's directory, directly or through a link."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: full id, author, time (aware, UTC) and the first line of its message."""

    id: str
    author: str
    email: str
    at: datetime
    subject: str

    @property
    def short(self) -> str:
        """The first twelve characters of the id, as shown to people."""
        return self.id[:12]


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a commit."""

    name: str
    email: str


class Repository(Protocol):
    """The files of a baseline. Paths are relative to its root, with `/`; they never leave it."""

    @property
    def root(self) -> Path:
        """The directory that holds hubposture.toml, absolute."""

    def read(self, path: str, revision: str | None = None) -> bytes:
        """A file's bytes in the working tree, or as stored at a git revision (no text conversion).

        Raises FileMissing, OutsideBaseline, and with a revision also UnknownRevision and NoGit.
        """

    def listing(self, path: str, revision: str | None = None) -> tuple[str, ...]:
        """The files below a directory (not those in directories below it), sorted; empty if there is none.

        The baseline's own directory is "." or "".
        """

    def commit(self, revision: str = "HEAD") -> Commit | None:
        """The commit of a revision; None where there is no git or no commit yet. Raises UnknownRevision."""

    def last_change(self, path: str, revision: str = "HEAD") -> Commit | None:
        """The newest commit that changed a file; None if no commit did."""

    def changes(self, path: str, since: str, until: str = "HEAD") -> tuple[Commit, ...]:
        """All commits behind `since` up to `until` that changed a file, newest first.

        Merges that brought such a change are among them. Raises UnknownRevision, NoGit.
        """

    def is_ancestor(self, earlier: str, later: str) -> bool | None:
        """Whether a commit is in the history of another, or is that commit.

        None where this clone cannot tell: it lacks one of them, or the history between them. Raises NoGit.
        """

    def find_commit(self, branch: str, trailer: str, value: str) -> str | None:
        """The id of the newest commit of a branch whose message has the trailer `NAME: VALUE`.

        None if none does, or there is no such branch. Raises NoGit, and UnknownRevision where a shallow clone does not
        reach so far.
        """

    def in_tree(self, path: str) -> str:
        """A path of the baseline from the top of the git repository it lies in. Raises NoGit."""

    def changed_files(self, since: str = "HEAD") -> tuple[str, ...]:
        """Files of the baseline that differ between a revision and the working tree, new ones included, sorted.

        Empty means clean. Raises UnknownRevision, NoGit.
        """

    def write(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """Write files into the working tree, each one atomically; gives the paths whose contents changed, sorted."""

    def create(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """Write the files of a new baseline; one that exists with the same contents is left alone.

        Raises WouldOverwrite before anything is written if one exists with other contents.
        """

    def propose(
        self, branch: str, *, files: Mapping[str, bytes], message: str, author: Author, base: str = "HEAD"
    ) -> Commit:
        """Commit files onto a branch without touching the working tree or the index; gives the commit.

        The branch is made from `base` if it does not exist or all of it is in `base` already, else continued. Nothing
        to change gives the tip as it is. Raises InputError for a bad branch name, and Refusal if the branch moved
        meanwhile or is checked out.
        """

    def drop(self, branch: str, tip: str) -> bool:
        """Delete a branch that holds nothing beyond the commit `tip`; False where there is no such branch.

        Raises Refusal where it went on since or is checked out, InputError for a bad name, NoGit.
        """

    def push(self, branch: str, remote: str) -> None:
        """Push a branch to a remote by its name, never by force; one that is there already is a success.

        Raises InputError for a bad name, RemoteRefused where the remote does not take it (it has other commits there,
        or the credentials do not reach so far), RemoteUnavailable where it is not reached. No error says a credential.
        """

    def fetch(self, branch: str, remote: str) -> str | None:
        """Bring a branch up to what the remote has, and give the id of its tip; None where the remote has no such branch.

        A branch that is ahead of the remote stays as it is. Raises InputError for a bad name, Refusal where both have
        commits that the other lacks or the branch is checked out, RemoteUnavailable, RemoteRefused.
        """

    def configure_git(self) -> Sequence[str]:
        """Tell git in this clone how to show and merge the workbook; gives the commands that were run, as text."""
