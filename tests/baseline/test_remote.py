import shutil
from pathlib import Path

import pytest

from baseline_world import commit_all, git, new_repository
from hubposture.baseline.repository import GitRepository
from hubposture.errors import InputError, Refusal, RemoteRefused, RemoteUnavailable
from hubposture.ports.repository import Author

LEE = Author("Lee", "lee@example.com")
BRANCH = "hubposture/waivers"


@pytest.fixture
def server(baseline: Path, tmp_path: Path) -> Path:
    """A bare repository that the baseline has as `origin`, with its main branch."""
    where = new_repository(tmp_path / "made")
    shutil.rmtree(where)
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "server")
    git(baseline, "remote", "add", "origin", str(tmp_path / "server"))
    git(baseline, "push", "-q", "origin", "main")
    return tmp_path / "server"


@pytest.fixture
def repository(baseline: Path, server: Path) -> GitRepository:
    return GitRepository(baseline)


def propose(repository: GitRepository, text: bytes) -> str:
    return repository.propose(BRANCH, files={"waivers/W-9.yaml": text}, message="W-9", author=LEE).id


def somebody_else(server: Path, tmp_path: Path, name: str = "else") -> GitRepository:
    git(tmp_path, "clone", "-q", str(server), name)
    return GitRepository(tmp_path / name / "security")


# Push


def test_a_branch_is_pushed_as_it_is_and_again_changes_nothing(repository: GitRepository, server: Path) -> None:
    for text in (b"9", b"10"):
        tip = propose(repository, text)
        repository.push(BRANCH, "origin")
        repository.push(BRANCH, "origin")
        assert git(server, "rev-parse", BRANCH) == tip
    assert git(server, "for-each-ref", "--format=%(refname)").split() == [f"refs/heads/{BRANCH}", "refs/heads/main"]


def test_commits_that_others_pushed_are_never_overwritten(
    repository: GitRepository, server: Path, tmp_path: Path
) -> None:
    other = somebody_else(server, tmp_path)
    theirs = propose(other, b"theirs")
    other.push(BRANCH, "origin")
    propose(repository, b"ours")
    git(repository.root, "config", "remote.origin.push", "+refs/heads/*:refs/heads/*")
    with pytest.raises(RemoteRefused, match="fetch"):
        repository.push(BRANCH, "origin")
    assert git(server, "rev-parse", BRANCH) == theirs


def test_what_the_server_says_when_it_declines_is_in_the_error(repository: GitRepository, server: Path) -> None:
    hook = server / "hooks" / "pre-receive"
    told = "protected: ask the owners, https://kim:geheim@example.com/x or private_token=geheim"
    hook.write_text(f"#!/bin/sh\necho '{told}' >&2\nexit 1\n")
    hook.chmod(0o755)
    propose(repository, b"9")
    with pytest.raises(RemoteRefused, match=r"pre-receive hook declined.*protected: ask the owners") as caught:
        repository.push(BRANCH, "origin")
    assert "https://***@example.com/x or private_token=***" in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("remote", ["", "nowhere", "-f", "--force", "ext::touch /tmp/x", "../server", "."])
def test_only_a_remote_by_its_name_is_pushed_to(repository: GitRepository, remote: str) -> None:
    propose(repository, b"9")
    with pytest.raises(InputError, match="no remote"):
        repository.push(BRANCH, remote)
    with pytest.raises(InputError, match="no remote"):
        repository.fetch(BRANCH, remote)


def test_an_address_in_the_place_of_a_remote_is_refused_without_its_credentials(repository: GitRepository) -> None:
    propose(repository, b"9")
    with pytest.raises(InputError, match=r"https://\*\*\*@example"):
        repository.push(BRANCH, "https://kim:geheim@example.com/acme.git")


@pytest.mark.parametrize("branch", ["", "-f", "+main", ":main", "a:b", "refs/../x", "not/there"])
def test_only_a_branch_that_is_there_is_pushed(repository: GitRepository, server: Path, branch: str) -> None:
    with pytest.raises(InputError, match="branch"):
        repository.push(branch, "origin")
    assert git(server, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_a_remote_that_is_not_reached_is_worth_another_try_and_no_credential_is_said(repository: GitRepository) -> None:
    propose(repository, b"9")
    git(repository.root, "remote", "add", "gone", "http://kim:geheim-123@127.0.0.1:9/acme.git")
    for go in (repository.push, repository.fetch):
        with pytest.raises(RemoteUnavailable, match=r"127\.0\.0\.1") as caught:
            go(BRANCH, "gone")
        assert "geheim" not in str(caught.value)
        assert "kim" not in str(caught.value)


def test_a_remote_that_does_not_exist_is_not_tried_again(repository: GitRepository, tmp_path: Path) -> None:
    propose(repository, b"9")
    git(repository.root, "remote", "add", "gone", str(tmp_path / "gone"))
    with pytest.raises(RemoteRefused, match="check the remote's address"):
        repository.push(BRANCH, "gone")


# Fetch


def test_a_branch_that_only_the_remote_has_is_fetched_and_can_be_continued(
    repository: GitRepository, server: Path, tmp_path: Path
) -> None:
    tip = propose(repository, b"9")
    repository.push(BRANCH, "origin")
    fresh = somebody_else(server, tmp_path)
    assert fresh.fetch(BRANCH, "origin") == tip
    assert fresh.read("waivers/W-9.yaml", BRANCH) == b"9"
    further = propose(fresh, b"10")
    fresh.push(BRANCH, "origin")
    assert repository.fetch(BRANCH, "origin") == further == git(repository.root, "rev-parse", BRANCH)


def test_a_branch_that_is_ahead_stays_and_one_that_the_remote_lacks_is_none(repository: GitRepository) -> None:
    assert repository.fetch(BRANCH, "origin") is None
    propose(repository, b"9")
    repository.push(BRANCH, "origin")
    ahead = propose(repository, b"10")
    assert repository.fetch(BRANCH, "origin") == ahead == git(repository.root, "rev-parse", BRANCH)


def test_a_branch_that_went_two_ways_is_refused_and_stays(
    repository: GitRepository, server: Path, tmp_path: Path
) -> None:
    other = somebody_else(server, tmp_path)
    propose(other, b"theirs")
    other.push(BRANCH, "origin")
    ours = propose(repository, b"ours")
    with pytest.raises(Refusal, match="each have commits"):
        repository.fetch(BRANCH, "origin")
    assert git(repository.root, "rev-parse", BRANCH) == ours


def test_the_branch_that_is_checked_out_is_not_moved(repository: GitRepository, server: Path, tmp_path: Path) -> None:
    other = somebody_else(server, tmp_path)
    (other.root / "waivers" / "W-1.yaml").write_bytes(b"2")
    commit_all(other.root)
    git(other.root, "push", "-q", "origin", "main")
    with pytest.raises(Refusal, match="checked out"):
        repository.fetch("main", "origin")
