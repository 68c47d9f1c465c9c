"""Reviews of merge requests on GitLab: gitlab.com, and a GitLab of one's own by its address.

Follows the REST API of version 4: projects, commits (merge requests of a commit), merge requests with their versions,
commits, reviewers, notes and approvals, repository files, users. The token needs the scope read_api.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from hubposture.connectors.forges import Authors, Person, Reader, at, authors, moment, text
from hubposture.connectors.http import Http
from hubposture.errors import InputError, RemoteRefused
from hubposture.ports.approvals import Review

API: Final = "https://gitlab.com/api/v4"
_PAGE: Final = {"per_page": 100}
_NOT_FOUND: Final = 404
_APPROVED: Final = "approved this merge request"
"""The text of the system note of an approval, the same in every language."""


def headers(token: str) -> Mapping[str, str]:
    """The headers of every request; personal, group and project access tokens are taken so."""
    return {"authorization": f"Bearer {token}"}


@dataclass(frozen=True, slots=True)
class _Project:
    id: int
    branch: str


class GitLab:
    """Implements `ports.approvals.Forge` for one project, by its path `GROUP/.../NAME` or its id."""

    def __init__(self, http: Http, repository: str) -> None:
        if not repository.strip("/"):
            raise InputError("waivers.forge.repository: the path of the project on GitLab is missing")
        self._read = Reader(http, "GitLab")
        self._path = f"/projects/{quote(repository.strip('/'), safe='')}"
        self._project: _Project | None = None
        self._people: dict[int, Person | None] = {}

    def reviews(self, commit: str, path: str = "") -> Sequence[Review]:
        """See `ports.approvals`."""
        here = self._here()
        asked = f"{self._path}/repository/commits/{quote(commit, safe='')}/merge_requests"
        listed = self._read.items(asked, {**_PAGE, "state": "merged"}, none=(_NOT_FOUND,))
        numbers = dict.fromkeys(one for found in listed if isinstance(one := at(found, "iid"), int))
        merged = [
            (merged_at, found)
            for found in (self._read.one(f"{self._path}/merge_requests/{number}") for number in numbers)
            if (merged_at := moment(found, "merged_at")) is not None
            and text(found, "state") == "merged"
            and text(found, "target_branch") == here.branch
            and at(found, "target_project_id") == here.id
        ]
        merged.sort(key=lambda one: one[0])
        return tuple(self._review(commit, path, merged_at, found) for merged_at, found in merged)

    def email_of(self, login: str) -> str:
        """See `ports.approvals`."""
        for found in self._read.items("/users", {"username": login}):
            number = at(found, "id")
            if text(found, "username").casefold() == login.casefold() and isinstance(number, int):
                return text(self._read.one(f"/users/{number}", none=(_NOT_FOUND,)), "public_email")
        return ""

    def _here(self) -> _Project:
        if self._project is None:
            found = self._read.one(self._path)
            number, branch = at(found, "id"), text(found, "default_branch")
            if not isinstance(number, int) or not branch:
                raise RemoteRefused(
                    f"GitLab: {self._path}: the answer names no default branch; is the URL that of the API?"
                )
            self._project = _Project(number, branch)
        return self._project

    def _review(self, commit: str, path: str, merged_at: dt.datetime, request: Any) -> Review:
        approvers: tuple[str, ...] = ()
        if not path or self._is_same(path, commit, text(request, "sha")):
            approvers = self._approvers(request, merged_at)
        return Review(
            number=f"!{at(request, 'iid')}",
            author=text(request, "author", "username"),
            approvers=approvers,
            merged_at=merged_at,
            commit=commit,
            url=text(request, "web_url"),
        )

    def _approvers(self, request: Any, merged_at: dt.datetime) -> tuple[str, ...]:
        root = f"{self._path}/merge_requests/{at(request, 'iid')}"
        since = self._pushed_at(request, root)
        given = at(self._read.one(f"{root}/approvals"), "approved_by")
        given = given if isinstance(given, list) else []
        if since is None or not given:
            return ()
        moments = self._moments(given, root)
        taken_back = self._taken_back(root)
        who = [
            number for number, said_at in moments.items() if since < said_at <= merged_at and number not in taken_back
        ]
        made_by = self._authors(request, root) if who else None
        if made_by is None:
            return ()
        people = [person for number in who if (person := self._person(number)) is not None]
        return tuple(sorted(person.login for person in people if not made_by.has(person)))

    def _pushed_at(self, request: Any, root: str) -> dt.datetime | None:
        """Since when the request is as it was merged; a push, a rebase and another target make a new version.

        None where the newest version is not what was merged.
        """
        versions = self._read.items(f"{root}/versions", _PAGE)
        newest = max(versions, key=_version_number, default=None)
        if not text(request, "sha") or text(newest, "head_commit_sha") != text(request, "sha"):
            return None
        return moment(newest, "created_at")

    def _moments(self, given: Sequence[Any], root: str) -> dict[int, dt.datetime]:
        """When each standing approval was given, by the person's id; those whose time nobody tells are left out.

        Older GitLabs do not say it beside the approval; then the note that the approval left in the discussion does.
        """
        found = {
            number: moment(one, "approved_at") for one in given if isinstance(number := at(one, "user", "id"), int)
        }
        noted = self._noted(root) if None in found.values() else {}
        moments = {number: said_at or noted.get(number) for number, said_at in found.items()}
        return {number: said_at for number, said_at in moments.items() if said_at is not None}

    def _noted(self, root: str) -> dict[int, dt.datetime]:
        """When each person last approved, by the notes of the discussion."""
        found: dict[int, dt.datetime] = {}
        for note in self._read.items(f"{root}/notes", _PAGE):
            said_at, number = moment(note, "created_at"), at(note, "author", "id")
            is_approval = at(note, "system") is True and text(note, "body") == _APPROVED
            if is_approval and said_at is not None and isinstance(number, int):
                found[number] = max(said_at, found.get(number, said_at))
        return found

    def _taken_back(self, root: str) -> set[int]:
        """Who asked for changes last; some GitLabs leave the earlier approval standing beside it."""
        reviewers = self._read.items(f"{root}/reviewers", _PAGE)
        asked = [at(one, "user", "id") for one in reviewers if text(one, "state") == "requested_changes"]
        return {one for one in asked if isinstance(one, int)}

    def _authors(self, request: Any, root: str) -> Authors | None:
        """Who made the request; None where that cannot be told. Commits name no accounts here, so names count as well."""
        commits = self._read.items(f"{root}/commits", _PAGE)
        login = text(request, "author", "username")
        if not login or text(request, "sha") not in {text(one, "id") for one in commits}:
            return None
        roles = ("author", "committer")
        signed = [(text(one, f"{role}_name"), text(one, f"{role}_email")) for one in commits for role in roles]
        return authors([login], signed, (text(one, "message") for one in commits))

    def _is_same(self, path: str, commit: str, head: str) -> bool:
        """Whether a file is the same, by git's own id, in two commits."""
        ids = [self._blob(path, one) for one in (commit, head)]
        return ids[0] != "" and ids[0] == ids[1]

    def _blob(self, path: str, commit: str) -> str:
        where = f"{self._path}/repository/files/{quote(path, safe='')}"
        return text(self._read.one(where, {"ref": commit}, none=(_NOT_FOUND,)), "blob_id")

    def _person(self, number: int) -> Person | None:
        """An account that is surely a person's; None for bots, and where GitLab does not say."""
        if number not in self._people:
            found = self._read.one(f"/users/{number}", none=(_NOT_FOUND,))
            is_person = at(found, "bot") is False and text(found, "username") != ""
            person = Person(text(found, "username"), text(found, "name"), text(found, "public_email"))
            self._people[number] = person if is_person else None
        return self._people[number]


def _version_number(version: Any) -> int:
    number = at(version, "id")
    return number if isinstance(number, int) else -1
