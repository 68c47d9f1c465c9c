"""Branches are taken back only as they were made."""

from pathlib import Path

import pytest

from baseline_world import commit_all, git, needs_git, new_repository
from hubposture.baseline.repository import GitRepository
from hubposture.errors import Refusal
from hubposture.ports.repository import Author

KIM = Author("Kim", "kim@example.com")


@pytest.fixture
def there(tmp_path: Path) -> GitRepository:
    needs_git()
    new_repository(tmp_path)
    (tmp_path / "hubposture.toml").write_text("")
    commit_all(tmp_path)
    return GitRepository(tmp_path)


def test_a_branch_is_deleted_once(there: GitRepository) -> None:
    tip = there.propose("controls/one", files={"a": b"1"}, message="one", author=KIM).id
    assert there.drop("controls/one", tip)
    assert not there.drop("controls/one", tip)
    assert git(there.root, "for-each-ref", "--format=%(refname:short)", "refs/heads") == "main"


def test_a_branch_that_went_on_or_is_checked_out_stays(there: GitRepository) -> None:
    first = there.propose("controls/one", files={"a": b"1"}, message="one", author=KIM).id
    second = there.propose("controls/one", files={"a": b"2"}, message="two", author=KIM).id
    with pytest.raises(Refusal, match="further commits"):
        there.drop("controls/one", first)
    git(there.root, "checkout", "-q", "controls/one")
    with pytest.raises(Refusal, match="checked out"):
        there.drop("controls/one", second)
    assert there.commit("controls/one").id == second  # type: ignore[union-attr]  # it is there
