"""A baseline on disk and in git."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from hubposture.baseline.attributes import CONFIGURATION
from hubposture.baseline.files import find_root, inside, plain, read_file, write_file
from hubposture.baseline.git import Git, shown_command
from hubposture.baseline.history import changes, find_commit, is_ancestor
from hubposture.baseline.proposal import drop, propose
from hubposture.baseline.remote import fetch, push
from hubposture.errors import InputError
from hubposture.ports.repository import Author, Commit, FileMissing, WouldOverwrite

_POINTER = b"version https://git-lfs.github.com/spec/"


class GitRepository:
    """Implements `ports.repository.Repository`; works without git as far as no history is asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._git = Git(self._root)

    @property
    def root(self) -> Path:
        """See `ports.repository`."""
        return self._root

    def read(self, path: str, revision: str | None = None) -> bytes:
        """See `ports.repository`."""
        if revision is None:
            return read_file(self._root, path)
        name = plain(path)
        commit = self._git.resolve(revision)
        found = self._git.blob(commit, name)
        if found is None:
            raise FileMissing(f"{path} is not in the baseline at {revision}")
        if found.startswith(_POINTER):
            raise InputError(f"{path} at {revision} is a Git LFS pointer; keep the baseline's files in git itself")
        return found

    def listing(self, path: str, revision: str | None = None) -> tuple[str, ...]:
        """See `ports.repository`."""
        is_root = path in ("", ".")
        before = "" if is_root else f"{path}/"
        if revision is None:
            directory = self._root if is_root else inside(self._root, path)
            if not directory.is_dir():
                return ()
            return tuple(sorted(f"{before}{one.name}" for one in directory.iterdir() if one.is_file()))
        below = "./" if is_root else f"./{plain(path)}/"
        lines = self._git.names("ls-tree", "-z", self._git.resolve(revision), below)
        # `mode type id<TAB>path`; a link is not a file, whatever it points to.
        blobs = [line.partition("\t") for line in lines if line.startswith("100")]
        return tuple(sorted(f"{before}{PurePosixPath(found).name}" for _, _, found in blobs))

    def commit(self, revision: str = "HEAD") -> Commit | None:
        """See `ports.repository`."""
        if revision == "HEAD" and not self._git.is_repository():
            return None
        return self._git.commit(revision)

    def last_change(self, path: str, revision: str = "HEAD") -> Commit | None:
        """See `ports.repository`."""
        name = plain(path)
        return None if self.commit(revision) is None else self._git.last_change(revision, name)

    def changes(self, path: str, since: str, until: str = "HEAD") -> tuple[Commit, ...]:
        """See `ports.repository`."""
        return changes(self._git, plain(path), since=since, until=until)

    def is_ancestor(self, earlier: str, later: str) -> bool | None:
        """See `ports.repository`."""
        return is_ancestor(self._git, earlier, later)

    def find_commit(self, branch: str, trailer: str, value: str) -> str | None:
        """See `ports.repository`."""
        return find_commit(self._git, branch, trailer=trailer, value=value)

    def in_tree(self, path: str) -> str:
        """See `ports.repository`."""
        self._in_git()
        return self._git.prefix() + plain(path)

    def changed_files(self, since: str = "HEAD") -> tuple[str, ...]:
        """See `ports.repository`."""
        untracked = self._git.names("ls-files", "-z", "--others", "--exclude-standard") if self._in_git() else ()
        if since == "HEAD" and self.commit() is None:
            tracked = self._git.names("ls-files", "-z")
        else:
            start = self._git.resolve(since)
            tracked = self._git.names(
                "diff", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--relative", start, "--"
            )
        return tuple(sorted({*tracked, *untracked}))

    def _in_git(self) -> bool:
        if not self._git.is_repository():
            self._git.resolve("HEAD")  # says why there is no history
        return True

    def write(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """See `ports.repository`."""
        for path in files:
            inside(self._root, path)
        return tuple(path for path in sorted(files) if write_file(self._root, path, files[path]))

    def create(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """See `ports.repository`."""
        there = [path for path in sorted(files) if inside(self._root, path).exists()]
        if other := [path for path in there if read_file(self._root, path) != files[path]]:
            raise WouldOverwrite(
                f"{', '.join(other)} in {self._root} exist already with other contents, and nothing was written; "
                "move them away or choose another directory"
            )
        self._root.mkdir(parents=True, exist_ok=True)
        return self.write(files)

    def propose(
        self, branch: str, *, files: Mapping[str, bytes], message: str, author: Author, base: str = "HEAD"
    ) -> Commit:
        """See `ports.repository`."""
        named = {plain(path): contents for path, contents in files.items()}
        tip = propose(self._git, branch, files=named, message=message, author=author, base=base)
        commit = self._git.commit(tip)
        assert commit is not None
        return commit

    def drop(self, branch: str, tip: str) -> bool:
        """See `ports.repository`."""
        self._in_git()
        return drop(self._git, branch, tip)

    def push(self, branch: str, remote: str) -> None:
        """See `ports.repository`."""
        push(self._git, branch, remote)

    def fetch(self, branch: str, remote: str) -> str | None:
        """See `ports.repository`."""
        return fetch(self._git, branch, remote)

    def configure_git(self) -> tuple[str, ...]:
        """See `ports.repository`."""
        self._in_git()
        commands = [("config", "--local", key, value) for key, value in CONFIGURATION]
        for command in commands:
            self._git.run(*command)
        return tuple(shown_command(command) for command in commands)


def open_repository(start: Path) -> GitRepository:
    """The baseline at or above a directory. Raises NoBaseline."""
    return GitRepository(find_root(start))
