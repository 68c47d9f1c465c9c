"""The emulated forge as GitLab's REST API (version 4) shows it, as far as approvals go."""

from typing import Any
from urllib.parse import quote

from hubposture.sandbox.remote.forge import APPROVED, CHANGES_REQUESTED, DISMISSED, Forge
from hubposture.sandbox.remote.forge_answer import NOT_FOUND, Answer, Question, paged, stamp
from hubposture.sandbox.remote.forge_world import Change, Commit, Event, blob_of

_PAGE = 20


def answer(forge: Forge, asked: Question) -> Answer:
    """Answer a question below the API's root; a project is known by its id or by its whole path in one part."""
    match asked.parts:
        case ("users",):
            wanted = asked.query.get("username", "").casefold()
            found = [_short(forge, one.login) for one in forge.people.values() if one.login.casefold() == wanted]
            return paged(found, asked, most=forge.page_size, ordinary=_PAGE)
        case ("users", number):
            return _user(forge, number)
        case ("projects", project, *rest) if project in (str(forge.id), forge.name):
            return _of_project(forge, tuple(rest), asked)
        case _:
            return Answer(NOT_FOUND, {"message": "404 Project Not Found"})


def _of_project(forge: Forge, rest: tuple[str, ...], asked: Question) -> Answer:
    match rest:
        case ():
            body = {"id": forge.id, "path_with_namespace": forge.name, "default_branch": forge.default_branch}
            return Answer(200, body | {"visibility": forge.visibility})
        case ("repository", "commits", sha, "merge_requests"):
            return _requests_of(forge, sha, asked)
        case ("repository", "files", path):
            return _file(forge, path, asked.query.get("ref", ""))
        case ("merge_requests", number, *more):
            found = [one for one in forge.changes if str(one.number) == number]
            return (
                _of_request(forge, found[0], tuple(more), asked)
                if found
                else Answer(NOT_FOUND, {"message": "404 Not found"})
            )
        case _:
            return Answer(501, {"message": f"The emulated GitLab does not know {'/'.join(rest)}"})


def _of_request(forge: Forge, change: Change, rest: tuple[str, ...], asked: Question) -> Answer:
    match rest:
        case ():
            return Answer(200, _request(forge, change))
        case ("approvals",):
            found: list[Any] = [_approval(forge, one) for one in _standing(change)]
            return Answer(200, {"iid": change.number, "approved": bool(found), "approved_by": found})
        case ("reviewers",):
            found = [
                {"user": _short(forge, one), "state": _state(change, one)}
                for one in sorted({e.by for e in change.events})
            ]
        case ("versions",):
            found = [
                {
                    "id": one.id,
                    "head_commit_sha": one.head,
                    "created_at": stamp(one.at, millis=True),
                    "state": "collected",
                }
                for one in reversed(change.versions)
            ]
        case ("commits",):
            found = [_commit(one) for one in reversed(forge.line(change))]
        case ("notes",):
            found = _notes(forge, change)
            found = found if asked.query.get("sort") == "asc" else found[::-1]
        case _:
            return Answer(501, {"message": f"The emulated GitLab does not know {'/'.join(rest)} of a merge request"})
    return paged(found, asked, most=forge.page_size, ordinary=_PAGE)


def _requests_of(forge: Forge, sha: str, asked: Question) -> Answer:
    """Requests whose branch has the commit, or that became it when they were merged; of any state unless asked."""
    if sha not in forge.commits:
        return Answer(NOT_FOUND, {"message": "404 Commit Not Found"})
    found = [
        _request(forge, one)
        for one in forge.changes
        if sha in {one.merge_commit, one.squash_commit, *one.rebased, *(own.sha for own in forge.line(one))}
    ]
    wanted = asked.query.get("state", "all")
    return paged([one for one in found if wanted in ("all", one["state"])], asked, most=forge.page_size, ordinary=_PAGE)


def _request(forge: Forge, change: Change) -> dict[str, Any]:
    return {
        "iid": change.number,
        "state": "merged" if change.merged_at else "opened",
        "project_id": forge.id,
        "target_project_id": forge.id,
        "target_branch": change.base,
        "source_branch": change.branch,
        "author": _short(forge, change.author),
        "sha": change.head,
        "merge_commit_sha": change.merge_commit or None,
        "squash_commit_sha": change.squash_commit or None,
        "merged_at": stamp(change.merged_at, millis=True),
        "web_url": f"https://gitlab.example/{quote(forge.name)}/-/merge_requests/{change.number}",
    }


def _standing(change: Change) -> list[Event]:
    """Approvals that nobody took away; pushes leave them, as they do unless a project is set otherwise.

    A person who asks for changes later stays in the list: newer GitLabs take them out, so this is the harder case.
    """
    last: dict[str, Event] = {}
    for one in change.events:
        if one.state in (APPROVED, DISMISSED):
            last[one.by] = one
    return [one for one in last.values() if one.state == APPROVED]


def _approval(forge: Forge, event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {"user": _short(forge, event.by)}
    return found | ({"approved_at": stamp(event.at, millis=True)} if forge.knows_approved_at else {})


def _state(change: Change, login: str) -> str:
    said = [one.state for one in change.events if one.by == login and one.state in (APPROVED, CHANGES_REQUESTED)]
    return {APPROVED: "approved", CHANGES_REQUESTED: "requested_changes"}.get(said[-1], "") if said else "reviewed"


def _notes(forge: Forge, change: Change) -> list[Any]:
    said = {APPROVED: "approved this merge request", CHANGES_REQUESTED: "requested changes"}
    return [
        {
            "id": one.id, "system": True, "body": said.get(one.said, "left review comments"),
            "author": _short(forge, one.by), "created_at": stamp(one.at, millis=True),
        }
        for one in change.events
    ]  # fmt: skip


def _commit(commit: Commit) -> dict[str, Any]:
    """GitLab names no accounts here."""
    return {
        "id": commit.sha, "message": commit.message, "author_name": commit.author[0], "author_email": commit.author[1],
        "committer_name": commit.committer[0], "committer_email": commit.committer[1],
    }  # fmt: skip


def _file(forge: Forge, path: str, ref: str) -> Answer:
    commit = forge.commits.get(forge.branches.get(ref, ref))
    if commit is None or path not in commit.files:
        return Answer(NOT_FOUND, {"message": "404 File Not Found"})
    return Answer(200, {"file_path": path, "blob_id": blob_of(commit.files[path]), "ref": ref})


def _short(forge: Forge, login: str) -> dict[str, Any] | None:
    person = forge.people.get(login)
    return {"id": person.id, "username": person.login, "name": person.name, "state": "active"} if person else None


def _user(forge: Forge, number: str) -> Answer:
    found = [one for one in forge.people.values() if str(one.id) == number]
    if not found:
        return Answer(NOT_FOUND, {"message": "404 User Not Found"})
    person = found[0]
    return Answer(
        200, {**(_short(forge, person.login) or {}), "public_email": person.email, "bot": person.kind == "Bot"}
    )
