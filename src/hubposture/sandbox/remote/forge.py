"""An emulated forge: people, branches with commits, requests with their reviews; shown as GitHub and as GitLab.

    forge = Forge("acme/security")
    forge.add("kim"); forge.add("lee", email="lee@example.com")
    change = forge.open("kim", {"waivers/W-1.yaml": "..."})      # a branch, a commit, a request into main
    forge.review(change, "lee", APPROVED)
    sha = forge.merge(change, "lee", how="squash")
    with ForgeServer(forge) as server:                           # forge_server; server.github, server.gitlab

Every hand moves the clock by a minute. It follows the public documentation of both and shares no code with hubposture's
own clients; it is not verified against the real ones.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from hubposture.sandbox.remote.forge_world import Change, Commit, Event, Person, Version, new_commit, sha_of

APPROVED = "APPROVED"
CHANGES_REQUESTED = "CHANGES_REQUESTED"
COMMENTED = "COMMENTED"
DISMISSED = "DISMISSED"
MAIN = "main"
TOKEN = "forge-token"  # noqa: S105 - of the emulated forge

_START = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


@dataclass(slots=True)
class Trouble:
    """What the next answers are instead: so many of this status and headers, then it is over."""

    times: int
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""


@dataclass(slots=True)
class Forge:
    """One repository (project) on a forge.

    `visibility` is private, internal or public. `page_size` is the most that a page holds, whatever is asked for.
    `knows_approved_at` is whether GitLab says when an approval was given (older ones do not). `listed_commits` is the
    most commits of a request that GitHub lists.
    """

    name: str
    visibility: str = "private"
    default_branch: str = MAIN
    page_size: int = 100
    knows_approved_at: bool = True
    listed_commits: int = 250
    id: int = 4711
    now: dt.datetime = _START
    people: dict[str, Person] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.branches[self.default_branch] = self._keep(new_commit("root", {"README": "baseline"}, (), self.now)).sha

    # People

    def add(
        self, login: str, *, email: str = "", name: str = "", kind: str = "User", association: str = "MEMBER"
    ) -> None:
        """Somebody with an account; `email` is the public one, '' for none; `kind` is User or Bot."""
        number = 1000 + len(self.people)
        self.people[login] = Person(number, login, name or login.title(), email, kind, association)

    # Branches

    def commit(
        self, branch: str, files: Mapping[str, str], *, by: str = "", committer: str = "", message: str = "Change",
        unlinked: tuple[str, str] = ("", ""), signed: tuple[str, str] = ("", ""),
    ) -> str:  # fmt: skip
        """A commit on a branch, pushed.

        `unlinked` is a (name, address) that belongs to no account, `signed` another one of the account `by`.
        """
        at = self.tick()
        parent = self.commits[self.branches[branch]]
        made = new_commit(message, {**parent.files, **files}, (parent.sha,), at, self._who(by, unlinked, signed))
        made.committer = self._who(committer, ("", "")) if committer else made.author
        self.branches[branch] = self._keep(made).sha
        for change in self.changes:
            if change.branch == branch and change.merged_at is None:
                change.versions.append(Version(len(change.versions) + 1, made.sha, at))
        return made.sha

    # Requests

    def open(
        self, by: str, files: Mapping[str, str], *, base: str = MAIN, message: str = "Change", author: str = "",
        unlinked: tuple[str, str] = ("", ""),
    ) -> Change:  # fmt: skip
        """A request into `base` with one commit on a branch of its own."""
        number = len(self.changes) + 1
        branch = f"change-{number}"
        self.branches[branch] = self.branches[base]
        head = self.commit(branch, files, by=author or by, message=message, unlinked=unlinked)
        made = Change(number, by, branch, base, self.now, [Version(1, head, self.now)])
        self.changes.append(made)
        return made

    def push(
        self, change: Change, files: Mapping[str, str], *, by: str, committer: str = "", message: str = "Change",
        signed: tuple[str, str] = ("", ""),
    ) -> str:  # fmt: skip
        """One more commit on the request's branch."""
        return self.commit(change.branch, files, by=by, committer=committer, message=message, signed=signed)

    def update(self, change: Change, by: str) -> str:
        """Merge the base branch into the request's, as the button does."""
        at = self.tick()
        base, head = self.branches[change.base], change.head
        files = {**self.commits[base].files, **self._brought(change)}
        made = self._keep(new_commit(f"Merge {change.base}", files, (head, base), at, self._who(by)))
        self.branches[change.branch] = made.sha
        change.versions.append(Version(len(change.versions) + 1, made.sha, at))
        return made.sha

    def review(self, change: Change, by: str, state: str = APPROVED) -> Event:
        """A review of the request as it is now; also after the merge."""
        made = Event(len(change.events) + 1, by, state, change.head, self.tick(), state)
        change.events.append(made)
        return made

    def dismiss(self, review: Event) -> None:
        """Take a review's word away (GitHub: dismissed; GitLab: approval removed)."""
        self.tick()
        review.state = DISMISSED

    def retarget(self, change: Change, base: str) -> None:
        """Let the request go into another branch."""
        at = self.tick()
        change.base = base
        change.retargeted.append(at)
        change.versions.append(Version(len(change.versions) + 1, change.head, at))

    def merge(self, change: Change, by: str, *, how: str = "merge") -> str:
        """Merge by `merge`, `squash` or `rebase`; gives the commit that is the tip of the base branch then."""
        at = self.tick()
        base = self.commits[self.branches[change.base]]
        line = self.line(change)
        files = {**base.files, **self._brought(change)}
        if how == "merge":
            made = self._keep(new_commit(f"Merge {change.number}", files, (base.sha, change.head), at, self._who(by)))
            change.merge_commit = made.sha
        elif how == "squash":
            message = "\n\n".join(one.message for one in line)
            made = self._keep(new_commit(message, files, (base.sha,), at, line[0].author))
            change.merge_commit = change.squash_commit = made.sha
        else:
            made = base
            for one in line:
                brought = {**made.files, **self._changed(one)}
                made = self._keep(new_commit(one.message, brought, (made.sha,), at, one.author))
                change.rebased.append(made.sha)
            change.merge_commit = made.sha
        change.merged_at, change.merged_by, change.kept_line = at, by, [one.sha for one in line]
        self.branches[change.base] = made.sha
        return made.sha

    def push_merge(self, change: Change, by: str, files: Mapping[str, str]) -> str:
        """Somebody merges at home, adds files that nobody reviewed, and pushes: the forge calls the request merged."""
        sha = self.merge(change, by)
        evil = self.commits.pop(sha)
        evil.files = {**evil.files, **files}
        evil.sha = sha_of(evil)
        self._keep(evil)
        change.merge_commit = self.branches[change.base] = evil.sha
        return evil.sha

    # What there is

    def line(self, change: Change) -> list[Commit]:
        """The request's commits, oldest first."""
        if change.kept_line:
            return [self.commits[one] for one in change.kept_line]
        own = self.history(change.head) - self.history(self.branches[change.base])
        return sorted((self.commits[one] for one in own), key=lambda one: one.at)

    def history(self, tip: str) -> set[str]:
        """A commit and all before it."""
        found: set[str] = set()
        left = [tip]
        while left:
            sha = left.pop()
            if sha not in found:
                found.add(sha)
                left.extend(self.commits[sha].parents)
        return found

    def trouble(
        self, status: int, *, times: int = 1, headers: Mapping[str, str] | None = None, message: str = ""
    ) -> None:
        """Let the next answers fail."""
        self.troubles.append(Trouble(times, status, headers or {}, message))

    def tick(self) -> dt.datetime:
        """A minute later."""
        self.now += dt.timedelta(minutes=1)
        return self.now

    def _who(
        self, login: str, unlinked: tuple[str, str] = ("", ""), signed: tuple[str, str] = ("", "")
    ) -> tuple[str, str, str]:
        """Name, address and login of an author."""
        if any(unlinked) or any(signed):
            return (*unlinked, "") if any(unlinked) else (*signed, login)
        person = self.people.get(login)
        return (person.name, person.commit_email, login) if person else ("", "", "")

    def _keep(self, commit: Commit) -> Commit:
        return self.commits.setdefault(commit.sha, commit)

    def _brought(self, change: Change) -> dict[str, str]:
        return {path: text for one in self.line(change) for path, text in self._changed(one).items()}

    def _changed(self, commit: Commit) -> dict[str, str]:
        before = self.commits[commit.parents[0]].files if commit.parents else {}
        return {path: text for path, text in commit.files.items() if before.get(path) != text}
