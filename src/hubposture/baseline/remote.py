"""A branch on its way to a remote and back: never by force, and no credential in what is said."""

import re

from hubposture.baseline.git import Answer, Git
from hubposture.baseline.proposal import reference_of, refuse_checked_out
from hubposture.errors import InputError, Refusal, RemoteError, RemoteRefused, RemoteUnavailable

_CREDENTIALS = re.compile(r"(?<=://)[^/\s@'\"]+@")
_SECRET_PARTS = re.compile(r"(?i)\b((?:private|access|job|oauth)[_-]?token|password|authorization)([=:]\s*)\S+")
_NOT_REACHED = re.compile(
    r"(?i)could(?: not|n't) (?:resolve|connect)|failed to connect|timed out|timeout|connection (?:refused|reset|closed)|unreachable|early EOF|"
    r"hung up unexpectedly|HTTP (?:408|429|5\d\d)|returned error: (?:408|429|5\d\d)"
)
_LONGEST = 600
_ASK_NOBODY = "ssh -o BatchMode=yes"


def push(git: Git, branch: str, remote: str) -> None:
    """Push a branch to a remote. Raises InputError, RemoteRefused, RemoteUnavailable; see `ports.repository`."""
    reference = reference_of(git, branch)
    _need_remote(git, remote)
    if git.ask("rev-parse", "--verify", "--quiet", reference).status != 0:
        raise InputError(f"branch {branch} does not exist in {git.directory}, so it cannot be pushed to {remote}")
    # Both sides are named and there is no `+`, so what the user's configuration says of pushing does not matter.
    answer = git.ask("push", "--porcelain", "--no-follow-tags", remote, f"{reference}:{reference}", env=_env(git))
    if answer.status == 0:
        return
    rejected = [line for line in answer.out.decode("utf-8", "replace").splitlines() if line.startswith("!")]
    if rejected:
        why = _without_secrets(rejected[0].split("\t")[-1])
        raise RemoteRefused(
            f"{remote} does not take branch {branch}: {why}; fetch the branch and try again, or see what protects it "
            f"there ({_said(answer)})"
        )
    raise _failed(answer, f"branch {branch} was not pushed to {remote}")


def fetch(git: Git, branch: str, remote: str) -> str | None:
    """Bring a branch up to what a remote has; see `ports.repository`."""
    reference = reference_of(git, branch)
    _need_remote(git, remote)
    listed = git.ask("ls-remote", "--heads", remote, reference, env=_env(git))
    if listed.status != 0:
        raise _failed(listed, f"branch {branch} was not looked for on {remote}")
    there = _tip(listed, reference)
    if there is None:
        return None
    got = git.ask("fetch", "--no-tags", "--no-write-fetch-head", remote, there, env=_env(git))
    if got.status != 0:
        raise _failed(got, f"branch {branch} was not fetched from {remote}")
    return _moved_up(git, branch, there)


def _moved_up(git: Git, branch: str, there: str) -> str:
    """The branch's tip once it has what the remote has."""
    reference = reference_of(git, branch)
    found = git.ask("rev-parse", "--verify", "--quiet", reference)
    here = found.out.decode("ascii").strip() if found.status == 0 else ""
    if here and git.ask("merge-base", "--is-ancestor", there, here).status == 0:
        return here
    if here and git.ask("merge-base", "--is-ancestor", here, there).status != 0:
        raise Refusal(
            f"branch {branch} here ({here[:12]}) and at the remote ({there[:12]}) each have commits that the other lacks; "
            "merge them or delete one"
        )
    refuse_checked_out(git, branch, reference)
    moved = git.ask("update-ref", "-m", "hubposture", reference, there, here)
    if moved.status != 0:
        raise Refusal(f"{reference} moved while it was fetched; try again ({moved.complaint})")
    return there


def _tip(listed: Answer, reference: str) -> str | None:
    for line in listed.out.decode("utf-8", "replace").splitlines():
        found, _, name = line.partition("\t")
        if name == reference:
            return found
    return None


def _need_remote(git: Git, remote: str) -> None:
    # A name only: an address could run a program (`ext::`) and would carry credentials into the settings.
    names = git.run("remote").decode("utf-8", "replace").split()
    if remote not in names:
        there = f"it has {', '.join(names)}" if names else "it has none"
        raise InputError(f"{_without_secrets(remote)!r} is no remote of {git.directory}; {there}; see git remote add")


def _env(git: Git) -> dict[str, str]:
    """Nothing is asked: ssh fails rather than wait for a person; a command of the user's own stays."""
    own = git.ask("config", "core.sshCommand").out.strip()
    return {} if own or git.has_own_ssh() else {"GIT_SSH_COMMAND": _ASK_NOBODY}


def _failed(answer: Answer, what: str) -> RemoteError:
    said = _said(answer)
    if _NOT_REACHED.search(said):
        return RemoteUnavailable(f"{what}: {said}; run it again later")
    return RemoteRefused(f"{what}: {said}; check the remote's address and the credentials git has for it")


def _said(answer: Answer) -> str:
    text = _without_secrets(" ".join(answer.complaint.split()))
    return (text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "...") or f"git ended with {answer.status}"


def _without_secrets(text: str) -> str:
    return _SECRET_PARTS.sub(r"\1\2***", _CREDENTIALS.sub("***@", text))
