"""A baseline in a real git repository, beside an emulated forge that knows its commits by their real ids."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.forge_faces import Face, Seen, seen_as
from holds.findings_world import Begun
from holds.waivers_world import WaiversWorld, world
from hubposture.sandbox.remote.forge import TOKEN, Forge
from hubposture.sandbox.remote.forge_world import Change
from hubposture.verbs.waiver_book import set_name
from hubposture.verbs.waiver_preview import previews
from hubposture.verbs.waiver_reviews import Means, Reviewed, read_reviews
from hubposture.waivers.standing import Standing
from hubposture.waivers.subject_file import to_text
from hubposture.wiring import open_store, read_book
from verbs.approvals_world import begin_git, commit_all, git

SETTINGS = """
[waivers]
record = "git"
[waivers.forge]
kind = "{face}"
url = "{url}"
repository = "{name}"
token = "file:{secret}"
"""


@dataclass
class Reviews:
    """The world and the forge; kim, lee and max work there."""

    there: WaiversWorld
    seen: Seen

    @property
    def directory(self) -> Path:
        """The baseline."""
        return self.there.directory

    @property
    def forge(self) -> Forge:
        """The forge, with its hands."""
        return self.seen.forge

    def write(self, waiver: str = "W-1", *resources: str, **more: Any) -> None:
        """A waiver with the set that it matches now, in the working tree."""
        self.there.waive(waiver, *(resources or ("arn:aws:s3:::public-*",)), by="", **more)
        self.write_set(waiver)

    def write_set(self, waiver: str = "W-1") -> None:
        """The set that a waiver matches now."""
        at = self.there.connection().workplace
        with at.ledger() as ledger, open_store(at, "acme", ledger) as store, store.reader.snapshot() as snapshot:
            (found,) = previews([waiver], snapshot, read_book(at, ledger), ledger=ledger, organization="acme")
        (self.directory / "waivers" / set_name(waiver)).write_text(to_text(found.proposed))

    def propose(self, by: str = "max") -> Change:
        """A request with everything that is not committed."""
        number = len(self.forge.changes) + 1
        git(self.directory, "checkout", "-q", "-b", f"change-{number}")
        made = commit_all(self.directory, "A waiver")
        change = self.forge.open(by, self._changed(made))
        rename(self.forge, change.head, made)
        git(self.directory, "checkout", "-q", "main")
        return change

    def push(self, change: Change, by: str, path: str, text: str) -> None:
        """One more commit on a request's branch."""
        git(self.directory, "checkout", "-q", f"change-{change.number}")
        (self.directory / path).write_text(text)
        made = commit_all(self.directory, "Another thought")
        rename(self.forge, self.forge.push(change, {path: text}, by=by), made)
        git(self.directory, "checkout", "-q", "main")

    def merge(self, change: Change, by: str = "max", *, how: str = "merge") -> str:
        """Merge a request; gives the commit."""
        branch = f"change-{change.number}"
        if how == "squash":
            git(self.directory, "merge", "-q", "--squash", branch)
            made = commit_all(self.directory, "A waiver, squashed")
        else:
            git(self.directory, "merge", "-q", "--no-ff", "-m", "A waiver, merged", branch)
            made = git(self.directory, "rev-parse", "HEAD")
        rename(self.forge, self.forge.merge(change, by, how=how), made)
        return made

    def reviewed(self, by: str = "max", approver: str = "lee", *, how: str = "merge") -> Change:
        """What is not committed is proposed, approved and merged."""
        change = self.propose(by)
        self.forge.review(change, approver)
        self.merge(change, how=how)
        return change

    def push_directly(self, by: str = "kim") -> None:
        """What is not committed goes onto the default branch, seen by nobody."""
        made = commit_all(self.directory, "Quickly")
        rename(self.forge, self.forge.commit("main", self._changed(made), by=by), made)

    def _changed(self, commit: str) -> dict[str, str]:
        names = git(self.directory, "show", "--format=", "--name-only", commit).splitlines()
        return {name: (self.directory / name).read_text() for name in names}

    def read(self) -> Reviewed:
        """`waivers approvals`."""
        at = self.there.connection().workplace
        with at.ledger() as ledger:
            means = Means(ledger, self.seen.another(), at.repository, "waivers")
            return read_reviews(means, read_book(at, ledger))

    def standing(self, waiver: str = "W-1") -> Standing:
        """Where a waiver stands."""
        at = self.there.connection().workplace
        with at.ledger() as ledger:
            found = read_book(at, ledger).named(waiver)
        assert found is not None
        return found

    def why(self, waiver: str = "W-1") -> str:
        """Why a waiver has no review that counts; read now."""
        told = self.read()
        assert told.found == ()
        assert told.failures == ()
        return dict(told.without)[waiver]


def rename(forge: Forge, old: str, new: str) -> None:
    """Let the forge know a commit by the id that git gave it."""
    commit = forge.commits.pop(old)
    commit.sha = new
    forge.commits[new] = commit
    for other in forge.commits.values():
        other.parents = tuple(new if one == old else one for one in other.parents)
    forge.branches = {name: new if tip == old else tip for name, tip in forge.branches.items()}
    for change in forge.changes:
        change.versions[:] = [replace(one, head=new) if one.head == old else one for one in change.versions]
        change.rebased = [new if one == old else one for one in change.rebased]
        change.kept_line = [new if one == old else one for one in change.kept_line]
        change.merge_commit = new if change.merge_commit == old else change.merge_commit
        change.squash_commit = new if change.squash_commit == old else change.squash_commit
        for event in change.events:
            event.head = new if event.head == old else event.head


@contextmanager
def reviews(begun: Begun, directory: Path, patch: pytest.MonkeyPatch, face: Face) -> Iterator[Reviews]:
    """The world whose approvals are reviews, on a forge by one of its faces."""
    secret = directory.parent / "secret"
    secret.write_text(TOKEN)
    with seen_as(face) as seen:
        url = seen.server.github if face == "github" else seen.server.gitlab
        settings = SETTINGS.format(face=face, url=url, name=seen.forge.name, secret=secret)
        there = world(begun, directory, patch, settings=settings)
        begin_git(directory)
        yield Reviews(there, seen)
