from pathlib import Path

import pytest

from baseline_world import commit_all, git
from hubposture.baseline.repository import GitRepository
from hubposture.errors import InputError
from hubposture.ports.repository import NoGit, OutsideBaseline, UnknownRevision

FILE = "waivers/W-1.yaml"
TRAILER = "Hubposture-Request"


def change(root: Path, text: str, *, file: str = FILE, message: str = "Change") -> str:
    (root / file).write_text(text)
    return commit_all(root, message)


def shallow(root: Path, tmp_path: Path) -> GitRepository:
    top = git(root, "rev-parse", "--show-toplevel")
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{top}", "shallow")
    return GitRepository(tmp_path / "shallow" / "security")


# What changed a file


def test_the_changes_of_a_file_since_a_revision_are_all_of_them_and_newest_first(baseline: Path) -> None:
    first = git(baseline, "rev-parse", "HEAD")
    second = change(baseline, "2")
    change(baseline, "x", file="hubposture.toml")
    third = change(baseline, "3", message="Third")
    repository = GitRepository(baseline)
    assert [one.id for one in repository.changes(FILE, first)] == [third, second]
    assert [one.subject for one in repository.changes(FILE, second)] == ["Third"]
    assert [one.id for one in repository.changes(FILE, first, second)] == [second]
    assert repository.changes(FILE, "HEAD") == repository.changes("waivers/W-2.yaml", first) == ()


def test_a_change_on_a_side_branch_that_was_taken_back_there_is_among_them(baseline: Path) -> None:
    first = git(baseline, "rev-parse", "HEAD")
    git(baseline, "checkout", "-q", "-b", "side")
    there, back = change(baseline, "2"), change(baseline, "1")
    git(baseline, "checkout", "-q", "main")
    change(baseline, "x", file="hubposture.toml")
    git(baseline, "merge", "-q", "--no-ff", "-m", "Merge", "side")
    assert {there, back} <= {one.id for one in GitRepository(baseline).changes(FILE, first)}


def test_changes_since_what_nobody_knows_or_of_a_file_outside_are_errors(baseline: Path) -> None:
    repository = GitRepository(baseline)
    with pytest.raises(UnknownRevision):
        repository.changes(FILE, "nowhere")
    with pytest.raises(OutsideBaseline):
        repository.changes("../README", "HEAD")


def test_a_path_from_the_top_has_the_directory_of_the_baseline(baseline: Path, tmp_path: Path) -> None:
    assert GitRepository(baseline).in_tree(FILE) == f"security/{FILE}"
    with pytest.raises(OutsideBaseline):
        GitRepository(baseline).in_tree("../x")
    with pytest.raises(NoGit, match="git init"):
        GitRepository(tmp_path).in_tree(FILE)


# What came before what


def test_a_commit_is_an_ancestor_of_itself_and_of_what_is_built_on_it_alone(baseline: Path) -> None:
    first = git(baseline, "rev-parse", "HEAD")
    git(baseline, "checkout", "-q", "-b", "side")
    side = change(baseline, "side")
    git(baseline, "checkout", "-q", "main")
    second = change(baseline, "2")
    repository = GitRepository(baseline)
    assert repository.is_ancestor(first, first) is True
    assert repository.is_ancestor(first, second) is True
    assert repository.is_ancestor(second, first) is False
    assert repository.is_ancestor(side, second) is False


@pytest.mark.parametrize("unknown", ["0" * 40, "-p", "nowhere", ""])
def test_whether_an_unknown_commit_came_before_is_unknown(baseline: Path, unknown: str) -> None:
    repository = GitRepository(baseline)
    assert repository.is_ancestor(unknown, "HEAD") is None
    assert repository.is_ancestor("HEAD", unknown) is None


def test_a_shallow_clone_says_yes_but_never_no(baseline: Path, tmp_path: Path) -> None:
    git(baseline, "branch", "early")
    change(baseline, "2")
    clone = shallow(baseline, tmp_path)
    assert clone.is_ancestor("HEAD", "HEAD") is True
    assert clone.is_ancestor("origin/early", "HEAD") is None
    git(clone.root, "fetch", "-q", "--unshallow")
    assert clone.is_ancestor("origin/early", "HEAD") is True


# Which commit carries a trailer


def test_the_newest_commit_with_the_very_trailer_is_found(baseline: Path) -> None:
    change(baseline, "2", message=f"Approved\n\nWhy.\n\n{TRAILER}: 01A\nOther: 01B")
    newest = change(baseline, "3", message=f"Approved again\n\n{TRAILER}: 01A")
    other = change(baseline, "4", message=f"Another\n\nOther: 01A\n{TRAILER}: 01A2")
    repository = GitRepository(baseline)
    assert repository.find_commit("main", TRAILER, "01A") == newest
    assert repository.find_commit("main", TRAILER, "01A2") == other
    assert repository.find_commit("main", TRAILER, "01B") is None
    assert repository.find_commit("main", TRAILER, "01") is None
    assert repository.find_commit("no/such/branch", TRAILER, "01A") is None


def test_a_message_that_only_quotes_a_trailer_carries_none(baseline: Path) -> None:
    change(
        baseline, "2", message=f"Revert it\n\n{TRAILER}: 01A\n\nwas the trailer of the commit that is reverted here."
    )
    change(baseline, "3", message=f"{TRAILER}: 01A")
    assert GitRepository(baseline).find_commit("main", TRAILER, "01A") is None


@pytest.mark.parametrize("value", ["", " 01A", "01A\n", "01A\nOther: x", "01A\x0bx"])
def test_what_can_be_no_trailer_is_an_error(baseline: Path, value: str) -> None:
    with pytest.raises(InputError, match="trailer"):
        GitRepository(baseline).find_commit("main", TRAILER, value)
    with pytest.raises(InputError, match="trailer"):
        GitRepository(baseline).find_commit("main", "Key,valueonly=no", "01A")


def test_a_shallow_clone_that_has_no_such_trailer_does_not_say_that_there_is_none(
    baseline: Path, tmp_path: Path
) -> None:
    found = change(baseline, "2", message=f"Approved\n\n{TRAILER}: 01A")
    newest = change(baseline, "3", message=f"Approved\n\n{TRAILER}: 01B")
    clone = shallow(baseline, tmp_path)
    assert clone.find_commit("main", TRAILER, "01B") == newest
    with pytest.raises(UnknownRevision, match="fetch-depth: 0"):
        clone.find_commit("main", TRAILER, "01A")
    git(clone.root, "fetch", "-q", "--unshallow")
    assert clone.find_commit("main", TRAILER, "01A") == found
