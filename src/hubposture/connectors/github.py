"""Reviews of pull requests on GitHub: github.com, and Enterprise Server by its own address.

Follows the REST API of version 2022-11-28: repos/get, repos/list-pull-requests-associated-with-commit, pulls/get,
pulls/list-reviews, pulls/list-commits, issues/list-events, repos/get-content, users/get-by-username. The token needs to
read contents, pull requests and metadata of the one repository.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from hubposture.connectors.forges import Authors, Person, Reader, at, authors, moment, text
from hubposture.connectors.github_limits import FORBIDDEN, limit_pause
from hubposture.connectors.http import Http
from hubposture.errors import InputError, RemoteRefused
from hubposture.ports.approvals import Review

API: Final = "https://api.github.com"
_PAGE: Final = {"per_page": 100}
_NO_SUCH_COMMIT: Final = 422
_NOT_FOUND: Final = 404
_RETARGETED: Final = frozenset({"base_ref_changed", "automatic_base_change_succeeded"})
_INSIDERS: Final = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_DECISIVE: Final = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


def headers(token: str) -> Mapping[str, str]:
    """The headers of every request."""
    return {
        "authorization": f"Bearer {token}",
        "accept": "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
    }


@dataclass(frozen=True, slots=True)
class _Repository:
    id: int
    branch: str
    is_closed: bool


class GitHub:
    """Implements `ports.approvals.Forge` for one repository `OWNER/NAME`."""

    def __init__(self, http: Http, repository: str) -> None:
        owner, slash, name = repository.partition("/")
        if not (owner and slash and name) or "/" in name:
            raise InputError(f"waivers.forge.repository: {repository!r} is not OWNER/NAME as GitHub has it")
        self._read = Reader(http, "GitHub", limits=FORBIDDEN, limited=limit_pause)
        self._path = f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}"
        self._repository: _Repository | None = None
        self._people: dict[str, Person | None] = {}

    def reviews(self, commit: str, path: str = "") -> Sequence[Review]:
        """See `ports.approvals`."""
        here = self._here()
        listed = self._read.items(
            f"{self._path}/commits/{quote(commit, safe='')}/pulls", _PAGE, none=(_NO_SUCH_COMMIT,)
        )
        numbers = dict.fromkeys(at(found, "number") for found in listed if moment(found, "merged_at") is not None)
        pulls = [self._read.one(f"{self._path}/pulls/{number}") for number in numbers]
        merged = [
            (merged_at, pull)
            for pull in pulls
            if (merged_at := moment(pull, "merged_at")) is not None
            and at(pull, "merged") is True
            and text(pull, "base", "ref") == here.branch
            and at(pull, "base", "repo", "id") == here.id
        ]
        merged.sort(key=lambda one: one[0])
        return tuple(self._review(commit, path, merged_at, pull) for merged_at, pull in merged)

    def email_of(self, login: str) -> str:
        """See `ports.approvals`."""
        person = self._person(login)
        return person.email if person is not None else ""

    def _here(self) -> _Repository:
        if self._repository is None:
            found = self._read.one(self._path)
            number, branch = at(found, "id"), text(found, "default_branch")
            if not isinstance(number, int) or not branch:
                raise RemoteRefused(
                    f"GitHub: {self._path}: the answer names no default branch; is the URL that of the API?"
                )
            visibility = text(found, "visibility") or ("private" if at(found, "private") is True else "public")
            self._repository = _Repository(number, branch, visibility == "private")
        return self._repository

    def _review(self, commit: str, path: str, merged_at: dt.datetime, pull: Any) -> Review:
        approvers: tuple[str, ...] = ()
        if not path or self._is_same(path, commit, text(pull, "head", "sha")):
            approvers = self._approvers(pull, merged_at)
        return Review(
            number=f"#{at(pull, 'number')}",
            author=text(pull, "user", "login"),
            approvers=approvers,
            merged_at=merged_at,
            commit=commit,
            url=text(pull, "html_url"),
        )

    def _approvers(self, pull: Any, merged_at: dt.datetime) -> tuple[str, ...]:
        root = f"{self._path}/pulls/{at(pull, 'number')}"
        reviews = self._read.items(f"{root}/reviews", _PAGE)
        since = self._retargeted_at(pull)
        found = standing_approvals(reviews, head=text(pull, "head", "sha"), since=since, merged_at=merged_at)
        who = [text(one, "user", "login") for one in found if self._may_approve(one)]
        made_by = self._authors(pull, root) if who else None
        if made_by is None:
            return ()
        people = [person for login in who if (person := self._person(login)) is not None]
        return tuple(sorted(person.login for person in people if not made_by.has(person)))

    def _may_approve(self, review: Any) -> bool:
        """People only; where the repository is open to more than its own, only those who belong to it."""
        login, is_person = text(review, "user", "login"), text(review, "user", "type") == "User"
        if not login or not is_person or login.casefold().endswith("[bot]"):
            return False
        return self._here().is_closed or text(review, "author_association") in _INSIDERS

    def _authors(self, pull: Any, root: str) -> Authors | None:
        """Who made the request; None where GitHub does not list all its commits (it stops at 250), the last one included."""
        commits = self._read.items(f"{root}/commits", _PAGE)
        is_whole = at(pull, "commits") == len(commits) and text(pull, "head", "sha") in {
            text(one, "sha") for one in commits
        }
        if not is_whole or not text(pull, "user", "login"):
            return None
        roles = ("author", "committer")
        logins = [text(one, role, "login") for one in commits for role in roles]
        signed = [
            (text(one, "commit", role, "name"), text(one, "commit", role, "email")) for one in commits for role in roles
        ]
        return authors(
            [text(pull, "user", "login"), *logins], signed, (text(one, "commit", "message") for one in commits)
        )

    def _retargeted_at(self, pull: Any) -> dt.datetime | None:
        """When the request was last pointed at another branch: reviewers saw another difference before. None: never."""
        events = self._read.items(f"{self._path}/issues/{at(pull, 'number')}/events", _PAGE)
        moved = [one for one in events if text(one, "event") in _RETARGETED]
        moments = [moment(one, "created_at") or moment(pull, "merged_at") for one in moved]
        return max((one for one in moments if one is not None), default=None)

    def _is_same(self, path: str, commit: str, head: str) -> bool:
        """Whether a file is the same, by git's own id, in two commits."""
        ids = [self._blob(path, one) for one in (commit, head)]
        return ids[0] != "" and ids[0] == ids[1]

    def _blob(self, path: str, commit: str) -> str:
        found = self._read.one(f"{self._path}/contents/{quote(path)}", {"ref": commit}, none=(_NOT_FOUND,))
        return text(found, "sha") if text(found, "type") == "file" else ""

    def _person(self, login: str) -> Person | None:
        if login not in self._people:
            found = self._read.one(f"/users/{quote(login, safe='')}", none=(_NOT_FOUND,))
            same = text(found, "login").casefold() == login.casefold()
            self._people[login] = (
                Person(text(found, "login"), text(found, "name"), text(found, "email")) if login and same else None
            )
        return self._people[login]


def standing_approvals(
    reviews: Collection[Any], *, head: str, since: dt.datetime | None, merged_at: dt.datetime
) -> Iterator[Any]:
    """The reviews of a request that approve its last commit `head`, one a person.

    What counts is a person's last word: an approval after the merge is none, while what takes one back counts whenever it
    was said. A dismissed review keeps its time and loses its state. `since` is when the request got its present target,
    None where it always had it.
    """
    last: dict[str, Any] = {}
    for one in sorted(reviews, key=_when):
        said_at = moment(one, "submitted_at")
        is_late = said_at is None or said_at > merged_at
        if text(one, "state") in _DECISIVE and not (text(one, "state") == "APPROVED" and is_late):
            last[text(one, "user", "login").casefold()] = one
    for one in last.values():
        said_at = moment(one, "submitted_at")
        is_of_head = head != "" and text(one, "commit_id") == head
        if text(one, "state") == "APPROVED" and is_of_head and said_at and (since is None or said_at > since):
            yield one


def _when(review: Any) -> tuple[bool, str, int]:
    """The order of reviews; one without a time is the last word."""
    number = at(review, "id")
    return (
        moment(review, "submitted_at") is None,
        text(review, "submitted_at"),
        number if isinstance(number, int) else 0,
    )
