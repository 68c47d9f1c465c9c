"""What an emulated forge is made of: people, commits, requests and what happened to them."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson


@dataclass(frozen=True, slots=True)
class Person:
    """An account; `email` is public, `association` is what GitHub calls its relation to the repository."""

    id: int
    login: str
    name: str
    email: str
    kind: str
    association: str

    @property
    def commit_email(self) -> str:
        """The address in its commits: hidden ones have the forge's own."""
        return self.email or f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(slots=True)
class Commit:
    """A commit with all files of its tree; authors are (name, address, login or '')."""

    sha: str
    message: str
    files: Mapping[str, str]
    parents: tuple[str, ...]
    at: dt.datetime
    author: tuple[str, str, str]
    committer: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Version:
    """A state of a request's branch: what was its last commit, since when."""

    id: int
    head: str
    at: dt.datetime


@dataclass(slots=True)
class Event:
    """A review: who said what of which commit, when; `state` changes when it is dismissed, `said` stays."""

    id: int
    by: str
    state: str
    head: str
    at: dt.datetime
    said: str


@dataclass(slots=True)
class Change:
    """A pull request (merge request); `versions` are the states of its branch, oldest first."""

    number: int
    author: str
    branch: str
    base: str
    opened_at: dt.datetime
    versions: list[Version]
    events: list[Event] = field(default_factory=list)
    retargeted: list[dt.datetime] = field(default_factory=list)
    merged_at: dt.datetime | None = None
    merged_by: str = ""
    merge_commit: str = ""
    squash_commit: str = ""
    rebased: list[str] = field(default_factory=list)
    kept_line: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        """Its last commit."""
        return self.versions[-1].head


def new_commit(
    message: str,
    files: Mapping[str, str],
    parents: tuple[str, ...],
    at: dt.datetime,
    author: tuple[str, str, str] = ("", "", ""),
) -> Commit:
    """A commit by one person."""
    made = Commit("", message, files, parents, at, author, author)
    made.sha = sha_of(made)
    return made


def sha_of(commit: Commit) -> str:
    """An id that follows from what the commit is."""
    told = [commit.message, sorted(commit.files.items()), commit.parents, commit.at.isoformat(), commit.author]
    return hashlib.sha1(orjson.dumps(told)).hexdigest()  # noqa: S324 - an id as git has them


def blob_of(text: str) -> str:
    """Git's id of a file's contents."""
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()  # noqa: S324 - git's own
