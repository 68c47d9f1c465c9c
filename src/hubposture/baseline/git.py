"""Runs git: fixed arguments, no shell, nothing asked, nothing taken from a caller's git environment."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hubposture.errors import HubpostureError
from hubposture.ports.repository import Commit, NoGit, UnknownRevision

_NONE_LIKE_IT = re.compile(r"[\x00-\x1f\x7f]")
_FORMAT = "%H%x00%an%x00%ae%x00%at%x00%s"
_FIELDS = 5
_TIMEOUT_SECONDS = 120
_POINTERS = {
    f"GIT_{name}"
    for name in (
        *("DIR", "WORK_TREE", "INDEX_FILE", "PREFIX", "COMMON_DIR", "NAMESPACE", "GRAFT_FILE", "SHALLOW_FILE"),
        *("OBJECT_DIRECTORY", "ALTERNATE_OBJECT_DIRECTORIES", "QUARANTINE_PATH", "INTERNAL_SUPER_PREFIX"),
    )
}


class GitFailed(HubpostureError):
    """A git command failed in a way nothing else explains; its own words are in the message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What git said: exit status, output, and its complaint."""

    status: int
    out: bytes
    complaint: str


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one directory of a working tree."""

    directory: Path

    def ask(self, *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> Answer:
        """Run git and give its answer, whatever its status. Raises NoGit if it cannot be run."""
        # Paths are what they say: no pathspec magic. File names come out as bytes, never quoted.
        command = ["git", "--no-pager", "--literal-pathspecs", "-c", "core.quotePath=false", *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program, arguments as a list, no shell
                command,
                cwd=self.directory,
                input=stdin if stdin is not None else b"",
                capture_output=True,
                check=False,
                timeout=_TIMEOUT_SECONDS,
                env={**_environment(), **(env or {})},
            )
        except FileNotFoundError as error:
            raise NoGit("git is not installed, or not in PATH") from error
        except subprocess.TimeoutExpired as error:
            raise GitFailed(f"git {arguments[0]} did not end within {_TIMEOUT_SECONDS} seconds") from error
        return Answer(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())

    def run(self, *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> bytes:
        """Run git and give its output. Raises NoGit, or GitFailed with git's own words."""
        answer = self.ask(*arguments, stdin=stdin, env=env)
        if answer.status != 0:
            raise GitFailed(f"git {arguments[0]} in {self.directory}: {answer.complaint or f'status {answer.status}'}")
        return answer.out

    def is_repository(self) -> bool:
        """Whether the directory lies in a git working tree.

        Raises NoGit if git refuses to say, for one when the tree belongs to another user.
        """
        answer = self.ask("rev-parse", "--is-inside-work-tree")
        if answer.status != 0 and "dubious ownership" in answer.complaint:
            raise NoGit(f"{self.directory} belongs to another user; git config --global --add safe.directory allows it")
        return answer.out.strip() == b"true"

    def prefix(self) -> str:
        """The directory's path from the top of the working tree, with a `/` at the end, or ''."""
        return os.fsdecode(self.run("rev-parse", "--show-prefix")).rstrip("\n")

    def resolve(self, revision: str) -> str:
        """The full id of the commit that a revision names.

        Raises UnknownRevision; a revision never becomes an option, whatever it looks like.
        """
        self._need_repository()
        is_sane = revision and not revision.startswith("-") and _NONE_LIKE_IT.search(revision) is None
        if is_sane:
            wanted = f"{revision}^{{commit}}"
            answer = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
            if answer.status == 0:
                return answer.out.decode("ascii").strip()
        raise UnknownRevision(f"{revision!r} is no revision that git knows here{self.shallow_hint()}")

    def commit(self, revision: str) -> Commit | None:
        """The commit of a revision; None for HEAD before the first commit. Raises UnknownRevision, NoGit."""
        try:
            found = self.resolve(revision)
        except UnknownRevision:
            if revision == "HEAD":
                return None
            raise
        return _commit(self.run("log", "-1", f"--format={_FORMAT}", "--no-show-signature", found, "--"))

    def last_change(self, revision: str, path: str) -> Commit | None:
        """The newest commit up to a revision that changed a path of this directory."""
        found = self.resolve(revision)
        out = self.run("log", "-1", f"--format={_FORMAT}", "--no-show-signature", found, "--", path)
        return _commit(out) if out.strip() else None

    def log(self, *arguments: str) -> tuple[Commit, ...]:
        """The commits that `git log` gives for these arguments, in its order."""
        return self.commits(self.run("log", "-z", f"--format=tformat:{_FORMAT}", "--no-show-signature", *arguments))

    @staticmethod
    def commits(out: bytes) -> tuple[Commit, ...]:
        """The commits of a log whose fields are id, author, address, time and subject, all ended by NUL."""
        fields = out.decode("utf-8", "replace").split("\0")[:-1]
        return tuple(_made(*fields[at : at + _FIELDS]) for at in range(0, len(fields), _FIELDS))

    def blob(self, revision: str, path: str) -> bytes | None:
        """A file as stored at a commit's full id, without any conversion; None if it is not there."""
        # `git show` would run the workbook's own text conversion; cat-file gives what is stored.
        name = f"{revision}:./{path}"
        answer = self.ask("cat-file", "blob", name)
        if answer.status == 0:
            return answer.out
        kind = self.ask("cat-file", "-t", name)
        if kind.out.strip() == b"blob":
            raise GitFailed(f"git cat-file of {path} at {revision[:12]}: {answer.complaint}")
        return None  # not there, or a directory

    def names(self, *arguments: str) -> tuple[str, ...]:
        """The NUL-separated names that a git command gives."""
        return tuple(os.fsdecode(name) for name in self.run(*arguments).split(b"\0") if name)

    def _need_repository(self) -> None:
        if not self.is_repository():
            raise NoGit(f"{self.directory} is not in a git repository; git init makes one")

    @staticmethod
    def has_own_ssh() -> bool:
        """Whether the environment names the ssh program that git shall run."""
        return bool(os.environ.get("GIT_SSH_COMMAND") or os.environ.get("GIT_SSH"))

    def is_shallow(self) -> bool:
        """Whether the clone lacks the older history."""
        return self.ask("rev-parse", "--is-shallow-repository").out.strip() == b"true"

    def shallow_hint(self) -> str:
        """What to do about a shallow clone, to stand behind a message; '' where it is none."""
        hint = "; the clone is shallow: fetch with full history (fetch-depth: 0, or git fetch --unshallow)"
        return hint if self.is_shallow() else ""


def _environment() -> dict[str, str]:
    """Our environment without what points git at a repository: in a hook or a merge driver that is another one."""
    kept = {name: value for name, value in os.environ.items() if name not in _POINTERS}
    return {**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def _commit(out: bytes) -> Commit:
    return _made(*out.decode("utf-8", "replace").rstrip("\n").split("\0", _FIELDS - 1))


def _made(found: str, author: str, email: str, at: str, subject: str) -> Commit:
    return Commit(found, author, email, datetime.fromtimestamp(int(at), UTC), subject)


def shown_command(arguments: Sequence[str]) -> str:
    """A git command as a person would type it."""
    return " ".join(["git", *(f'"{one}"' if " " in one else one for one in arguments)])
