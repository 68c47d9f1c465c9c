"""Waivers of a baseline read from its files, and which baseline may release what another one suppressed."""

from pathlib import Path

import pytest

from baseline_world import commit_all, git, needs_git, new_repository
from hubposture.wiring import Workplace, read_baseline_waivers, waiver_path, workplace
from hubposture.wiring.surroundings import Surroundings
from hubposture.wiring.waivers import baseline_is_older, waiver_files

SETTINGS = """instance = "acme"
[organizations.main]
administrator = "111122223333"
home_region = "eu-central-1"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    needs_git()
    new_repository(tmp_path)
    (tmp_path / "hubposture.toml").write_text(SETTINGS)
    return tmp_path


def at(root: Path) -> Workplace:
    return workplace(root, surroundings=Surroundings(environ={}))


def commits(root: Path, number: int) -> list[str]:
    """So many commits, the first one first."""
    made = []
    for one in range(number):
        (root / "note").write_text(str(one))
        made.append(commit_all(root))
    return made


# Older


def test_nothing_is_older_than_what_was_applied_last_or_than_nothing(root: Path) -> None:
    first, second = commits(root, 2)
    assert baseline_is_older(at(root), ()) == ""
    assert baseline_is_older(at(root), (second,)) == ""
    assert baseline_is_older(at(root), (second, first)) == ""
    assert baseline_is_older(at(root), (first,)) == "", "it goes on from there"


def test_an_earlier_commit_is_older_and_says_than_which(root: Path) -> None:
    first, second = commits(root, 2)
    git(root, "checkout", "-q", first)
    assert baseline_is_older(at(root), (second,)) == (
        f"the baseline {first[:12]} is older than {second[:12]}, which was applied already"
    )


def test_an_older_baseline_that_was_applied_since_is_older_all_the_same(root: Path) -> None:
    first, second, third = commits(root, 3)
    git(root, "checkout", "-q", first)
    for applied in ((first, second), (first, third, second), (second, first)):
        assert "is older than" in baseline_is_older(at(root), applied), applied


def test_a_commit_beside_the_one_applied_is_not_older_so_one_more_commit_leads_back(root: Path) -> None:
    first, second = commits(root, 2)
    git(root, "checkout", "-q", first)
    (root / "note").write_text("taken back")
    commit_all(root)
    assert baseline_is_older(at(root), (second, first)) == ""


def test_where_nobody_can_tell_nothing_is_newer(root: Path) -> None:
    (first,) = commits(root, 1)
    unknown = "0123456789abcdef0123456789abcdef01234567"
    assert baseline_is_older(at(root), (unknown,)) == (
        "this clone does not hold 0123456789ab, which was applied last; fetch its history"
    )
    assert baseline_is_older(at(root), (first, unknown)) == "", "a branch that is gone stops nothing for ever"


def test_a_baseline_that_left_git_is_not_known_to_be_newer(tmp_path: Path) -> None:
    (tmp_path / "hubposture.toml").write_text(SETTINGS)
    assert baseline_is_older(at(tmp_path), ()) == ""
    assert baseline_is_older(at(tmp_path), ("c0ffee" * 7,)) == (
        "the baseline is not in git any more, and c0ffeec0ffee was applied last"
    )


# Files


def test_waivers_are_the_files_of_their_directory_and_what_else_lies_there_is_none(root: Path) -> None:
    (root / "waivers").mkdir()
    for name in ("W-1.yaml", "W-2.yml", "W-1.subjects", "README.md", "notes.txt"):
        (root / "waivers" / name).write_text("x")
    assert sorted(waiver_files(at(root))) == ["waivers/W-1.subjects", "waivers/W-1.yaml", "waivers/W-2.yml"]
    assert waiver_path(at(root), "W-3.yaml") == "waivers/W-3.yaml"


def test_waivers_may_be_one_list_with_the_sets_beside_it(root: Path) -> None:
    (root / "hubposture.toml").write_text(SETTINGS + '[files]\nwaivers = "all/waivers.yaml"\n')
    (root / "all").mkdir()
    (root / "all" / "waivers.yaml").write_text("[]\n")
    (root / "all" / "W-1.subjects").write_text("")
    (root / "all" / "other.yaml").write_text("no waiver")
    assert sorted(waiver_files(at(root))) == ["all/W-1.subjects", "all/waivers.yaml"]
    assert waiver_path(at(root), "W-1.subjects") == "all/W-1.subjects"


def test_a_baseline_without_waivers_has_none_and_nothing_is_wrong_with_that(root: Path) -> None:
    assert read_baseline_waivers(at(root)).waivers == ()
    assert read_baseline_waivers(at(root)).problems == ()
