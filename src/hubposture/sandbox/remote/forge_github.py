"""The emulated forge as GitHub's REST API (version 2022-11-28) shows it, as far as reviews go."""

from typing import Any

from hubposture.sandbox.remote.forge import Forge
from hubposture.sandbox.remote.forge_answer import NOT_FOUND, Answer, Question, paged, stamp
from hubposture.sandbox.remote.forge_world import Change, Commit, Event, blob_of

_PAGE = 30
_UNPROCESSABLE = 422


def answer(forge: Forge, asked: Question) -> Answer:
    """Answer a question below the API's root."""
    match asked.parts:
        case ("users", login):
            return _user(forge, login)
        case ("repos", owner, name, *rest) if f"{owner}/{name}".casefold() == forge.name.casefold():
            return _of_repository(forge, tuple(rest), asked)
        case _:
            return Answer(NOT_FOUND, {"message": "Not Found"})


def _of_repository(forge: Forge, rest: tuple[str, ...], asked: Question) -> Answer:
    match rest:
        case ():
            return Answer(200, _repository(forge))
        case ("commits", sha, "pulls"):
            return _pulls_of(forge, sha, asked)
        case ("contents", *path):
            return _contents(forge, "/".join(path), asked.query.get("ref", forge.default_branch))
        case ("pulls" | "issues", number, *more):
            found = [one for one in forge.changes if str(one.number) == number]
            return (
                _of_pull(forge, found[0], (rest[0], *more), asked)
                if found
                else Answer(NOT_FOUND, {"message": "Not Found"})
            )
        case _:
            return Answer(501, {"message": f"The emulated GitHub does not know {'/'.join(rest)}"})


def _of_pull(forge: Forge, change: Change, rest: tuple[str, ...], asked: Question) -> Answer:
    match rest:
        case ("pulls",):
            return Answer(
                200, _pull(forge, change) | {"merged": change.merged_at is not None, "commits": len(forge.line(change))}
            )
        case ("pulls", "reviews"):
            found: list[Any] = [_review(forge, one) for one in change.events]
        case ("pulls", "commits"):
            found = [_commit(forge, one) for one in forge.line(change)][: forge.listed_commits]
        case ("issues", "events"):
            found = [{"event": "base_ref_changed", "created_at": stamp(at)} for at in change.retargeted]
            found += [{"event": "labeled", "created_at": stamp(forge.now)}]
        case _:
            return Answer(501, {"message": f"The emulated GitHub does not know {'/'.join(rest)} of a pull request"})
    return paged(found, asked, most=forge.page_size, ordinary=_PAGE)


def _repository(forge: Forge) -> dict[str, Any]:
    return {
        "id": forge.id, "full_name": forge.name, "default_branch": forge.default_branch,
        "private": forge.visibility != "public", "visibility": forge.visibility,
    }  # fmt: skip


def _pulls_of(forge: Forge, sha: str, asked: Question) -> Answer:
    """For a commit of the default branch the merged request that brought it there; else merged and open ones."""
    if sha not in forge.commits:
        return Answer(_UNPROCESSABLE, {"message": f"No commit found for SHA: {sha}"})
    is_main = sha in forge.history(forge.branches[forge.default_branch])
    found = [
        _pull(forge, one)
        for one in forge.changes
        if sha in {one.merge_commit, *one.rebased, *(own.sha for own in forge.line(one))}
        and (one.merged_at is not None or not is_main)
    ]
    return paged(found, asked, most=forge.page_size, ordinary=_PAGE)


def _pull(forge: Forge, change: Change) -> dict[str, Any]:
    return {
        "number": change.number,
        "state": "closed" if change.merged_at else "open",
        "html_url": f"https://github.example/{forge.name}/pull/{change.number}",
        "user": _short(forge, change.author),
        "merged_at": stamp(change.merged_at),
        "merge_commit_sha": change.merge_commit or None,
        "head": {"ref": change.branch, "sha": change.head},
        "base": {"ref": change.base, "repo": {"id": forge.id, "full_name": forge.name}},
    }


def _review(forge: Forge, event: Event) -> dict[str, Any]:
    person = forge.people.get(event.by)
    return {
        "id": event.id, "user": _short(forge, event.by), "state": event.state, "commit_id": event.head,
        "submitted_at": stamp(event.at), "author_association": person.association if person else "NONE",
    }  # fmt: skip


def _commit(forge: Forge, commit: Commit) -> dict[str, Any]:
    names = {
        role: {"name": who[0], "email": who[1], "date": stamp(commit.at)}
        for role, who in (("author", commit.author), ("committer", commit.committer))
    }
    return {
        "sha": commit.sha,
        "commit": {**names, "message": commit.message},
        "author": _short(forge, commit.author[2]),
        "committer": _short(forge, commit.committer[2]),
    }


def _contents(forge: Forge, path: str, ref: str) -> Answer:
    commit = forge.commits.get(forge.branches.get(ref, ref))
    if commit is None or path not in commit.files:
        return Answer(NOT_FOUND, {"message": "Not Found"})
    return Answer(200, {"type": "file", "path": path, "sha": blob_of(commit.files[path]), "encoding": "base64"})


def _short(forge: Forge, login: str) -> dict[str, Any] | None:
    person = forge.people.get(login)
    return {"login": person.login, "id": person.id, "type": person.kind} if person else None


def _user(forge: Forge, login: str) -> Answer:
    found = [one for one in forge.people.values() if one.login.casefold() == login.casefold()]
    if not found:
        return Answer(NOT_FOUND, {"message": "Not Found"})
    person = found[0]
    return Answer(200, {**(_short(forge, person.login) or {}), "name": person.name, "email": person.email or None})
