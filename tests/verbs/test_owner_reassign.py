from pathlib import Path

import pytest

from baseline_world import SETTINGS, commit_all, git, needs_git, new_repository
from hubposture.baseline.repository import GitRepository, open_repository
from hubposture.errors import InputError
from hubposture.owners.having import Thing, holder
from hubposture.owners.read import read_teams
from hubposture.ports.repository import Author
from hubposture.verbs.owner_reassign import Means, Reassigned, reassign, thing_of
from hubposture.verbs.owner_reassign import give as give_all
from owners.owners_world import DATA, TWO, WEB

BRANCH = "hubposture/owners"
AUTHOR = Author("hubposture", "hubposture@localhost")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    needs_git()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    top = new_repository(tmp_path / "top")
    (top / "hubposture.toml").write_bytes(SETTINGS)
    (top / "teams.yaml").write_text(TWO)
    commit_all(top, "First")
    return top


def means(root: Path, *, remote: str = "") -> Means:
    return Means(open_repository(root), "teams.yaml", BRANCH, AUTHOR, remote)


def give(root: Path, text: str, to: str, *, remote: str = "") -> Reassigned:
    return reassign(means(root, remote=remote), text, to, by="kim", reason="Not ours")


def owner(repository: GitRepository, thing: Thing, what: str, revision: str = BRANCH) -> str:
    return holder(read_teams(repository.read("teams.yaml", revision), "x").teams, thing, what)


def test_a_reassignment_is_a_commit_that_changes_teams_alone_and_says_who_asked_and_why(root: Path) -> None:
    status = git(root, "status", "--porcelain")
    found = give(root, WEB, "Platform")
    assert (found.before, found.to, found.thing) == ("team-web", "platform", Thing.ACCOUNT)
    repository = open_repository(root)
    assert owner(repository, Thing.ACCOUNT, WEB) == "platform"
    assert owner(repository, Thing.ACCOUNT, WEB, "HEAD") == "team-web"
    assert git(root, "show", "--format=", "--name-only", BRANCH) == "teams.yaml"
    assert git(root, "log", "-1", "--format=%B", BRANCH) == (
        f"Owners: the account {WEB} goes to platform instead of team-web\n\nNot ours\n\nAsked for by kim"
    )
    assert git(root, "status", "--porcelain") == status


def test_what_waits_on_the_branch_stays_and_the_same_again_makes_no_commit(root: Path) -> None:
    give(root, WEB, "platform")
    second = give(root, "/Labs", "web")
    again = give(root, "/Labs", "team-web")
    assert again.commit == ""
    repository = open_repository(root)
    assert git(root, "rev-parse", BRANCH) == second.commit
    assert owner(repository, Thing.ACCOUNT, WEB) == "platform"
    assert owner(repository, Thing.OU, "/Labs") == "team-web"


def test_several_resources_are_given_in_one_commit_that_names_them(root: Path) -> None:
    ids = ["arn:aws:s3:::site", "arn:aws:s3:::b", "arn:aws:s3:::c"]  # the first is team-web's
    found = give_all(means(root), Thing.RESOURCE, ids, "platform", by="kim", reason="Not ours")
    assert (found.before, found.what) == ("team-web", ", ".join(ids))
    assert git(root, "rev-parse", f"{BRANCH}^") == git(root, "rev-parse", "HEAD")
    assert {owner(open_repository(root), Thing.RESOURCE, one) for one in ids} == {"platform"}
    assert git(root, "log", "-1", "--format=%B", BRANCH) == (
        "Owners: 3 resources go to platform instead of team-web\n\nNot ours\n\n"
        + "\n".join(ids)
        + "\n\nAsked for by kim"
    )
    assert give(root, "arn:aws:s3:::b", "platform").commit == ""


def test_after_a_merge_it_goes_on_from_what_is_merged(root: Path) -> None:
    give(root, WEB, "platform")
    git(root, "merge", "-q", "--no-edit", BRANCH)
    (root / "teams.yaml").write_text((root / "teams.yaml").read_text() + "  new: {}\n")
    commit_all(root, "A new team")
    found = give(root, WEB, "new")
    assert found.before == "platform"
    assert git(root, "rev-parse", f"{found.commit}^") == git(root, "rev-parse", "HEAD")


def test_it_is_pushed_and_a_push_that_failed_is_made_up_for(root: Path, tmp_path: Path) -> None:
    give(root, WEB, "platform")
    git(root, "init", "-q", "--bare", str(tmp_path / "far"))
    git(root, "remote", "add", "origin", str(tmp_path / "far"))
    again = give(root, WEB, "platform", remote="origin")
    assert (again.commit, again.is_pushed) == ("", True)
    assert git(tmp_path / "far", "rev-parse", BRANCH) == git(root, "rev-parse", BRANCH)
    found = give(root, DATA, "platform", remote="origin")
    assert git(tmp_path / "far", "rev-parse", BRANCH) == found.commit


@pytest.mark.parametrize(
    ("text", "thing", "what"),
    [
        (f" {WEB}", Thing.ACCOUNT, WEB),
        ("/", Thing.OU, "/"),
        ("/Work/Web/", Thing.OU, "/Work/Web"),
        ("ou-ab12-cdefgh34", Thing.OU, "ou-ab12-cdefgh34"),
        ("app=shop", Thing.TAG, "app=shop"),
        (" arn:aws:s3:::x*", Thing.RESOURCE, "arn:aws:s3:::x*"),
        ("AWS::::Account:111122223333", Thing.RESOURCE, "AWS::::Account:111122223333"),
        ("kim  lee", Thing.NAME, "kim lee"),
    ],
)
def test_what_is_meant_is_told_by_how_it_looks(text: str, thing: Thing, what: str) -> None:
    assert thing_of(text) == (thing, what)


@pytest.mark.parametrize(("text", "said"), [("1234", "not an account id")])
def test_what_cannot_be_given_away_says_what_to_do(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        thing_of(text)
