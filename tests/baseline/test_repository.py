from datetime import UTC, datetime
from pathlib import Path

import pytest

from baseline_world import ENV, SETTINGS, commit_all, git, needs_git, new_repository
from hubposture.baseline.repository import GitRepository, open_repository
from hubposture.baseline.settings import settings_from
from hubposture.errors import InputError, InputErrors, Refusal
from hubposture.ports.repository import (
    Author,
    FileMissing,
    NoGit,
    OutsideBaseline,
    Repository,
    UnknownRevision,
    WouldOverwrite,
)

LEE = Author("Lee", "lee@example.com")


@pytest.fixture(autouse=True)
def own_git_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_git()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture(params=["", "security/baseline"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A baseline with one commit: the whole repository, or a directory in it."""
    top = new_repository(tmp_path / "top")
    (top / "README").write_bytes(b"not of the baseline")
    root: Path = top / request.param
    (root / "waivers" / "old").mkdir(parents=True)
    (root / "hubposture.toml").write_bytes(SETTINGS)
    (root / "controls.xlsx").write_bytes(b"PK one\0\r\n")
    (root / "waivers" / "W-1.yaml").write_bytes(b"1")
    (root / "waivers" / "W 2 \u00e4.yaml").write_bytes(b"2")
    (root / "waivers" / "old" / "W-0.yaml").write_bytes(b"0")
    commit_all(top, "First\n\nbody")
    return root


@pytest.fixture
def repository(root: Path) -> GitRepository:
    return GitRepository(root)


def test_it_is_what_the_port_asks_for(repository: GitRepository) -> None:
    port: Repository = repository
    assert port.root.is_absolute()


def test_it_opens_from_below(root: Path) -> None:
    assert open_repository(root / "waivers").root == root


def test_a_file_is_read_now_or_as_it_was(root: Path, repository: GitRepository) -> None:
    (root / "controls.xlsx").write_bytes(b"PK two")
    assert repository.read("controls.xlsx") == b"PK two"
    assert repository.read("controls.xlsx", "HEAD") == repository.read("controls.xlsx", "main") == b"PK one\0\r\n"


def test_a_stored_file_is_read_without_text_conversion(root: Path, repository: GitRepository) -> None:
    (root / ".gitattributes").write_text("controls.xlsx diff=hubposture\n")
    git(root, "config", "diff.hubposture.textconv", "echo converted; true")
    assert repository.read("controls.xlsx", "HEAD") == b"PK one\0\r\n"


def test_a_file_that_a_revision_does_not_hold_is_missing(root: Path, repository: GitRepository) -> None:
    (root / "new").write_bytes(b"")
    for path in ("new", "waivers"):
        with pytest.raises(FileMissing, match=path):
            repository.read(path, "HEAD")
    with pytest.raises(FileMissing, match="nothing"):
        repository.read("nothing")


@pytest.mark.parametrize(
    "revision",
    ["nowhere", "", "-p", "--output=x", "--help", "HEAD:README", "HEAD\n", "a b", "HEAD..main", "@{99}", "\0"],
)
def test_a_revision_git_does_not_know_is_an_error_and_never_an_option(
    root: Path, repository: GitRepository, revision: str
) -> None:
    before = sorted(root.iterdir())
    with pytest.raises(UnknownRevision):
        repository.read("controls.xlsx", revision)
    with pytest.raises(UnknownRevision):
        repository.changed_files(revision)
    assert sorted(root.iterdir()) == before


def test_a_path_never_leaves_the_baseline_at_a_revision_either(repository: GitRepository) -> None:
    for path in ("../README", "/etc/passwd", "a/../../../README"):
        with pytest.raises(OutsideBaseline):
            repository.read(path, "HEAD")


def test_a_link_planted_now_does_not_matter_for_what_was_stored(root: Path, repository: GitRepository) -> None:
    (root / "hubposture.toml").unlink()
    (root / "hubposture.toml").symlink_to("/etc/passwd")
    assert repository.read("hubposture.toml", "HEAD") == SETTINGS
    with pytest.raises(OutsideBaseline):
        repository.read("hubposture.toml")


def test_a_large_file_pointer_is_an_error_that_says_so(root: Path, repository: GitRepository) -> None:
    (root / "controls.xlsx").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    commit_all(root)
    with pytest.raises(InputError, match="Git LFS"):
        repository.read("controls.xlsx", "HEAD")


def test_a_directory_lists_its_files_now_and_as_they_were(root: Path, repository: GitRepository) -> None:
    (root / "waivers" / "W-3.yaml").write_bytes(b"3")
    stored = ("waivers/W 2 \u00e4.yaml", "waivers/W-1.yaml")
    assert repository.listing("waivers") == (*stored, "waivers/W-3.yaml")
    assert repository.listing("waivers", "HEAD") == stored
    assert repository.listing("none") == repository.listing("none", "HEAD") == ()


@pytest.mark.parametrize("path", [".", ""])
def test_the_baselines_own_directory_can_be_listed_in_the_working_tree_and_at_a_revision(root: Path, path: str) -> None:
    repository = open_repository(root)
    stored = {"controls.xlsx", "hubposture.toml"}
    (root / "W-1.subjects").write_bytes(b"")
    assert set(repository.listing(path)) - {"README"} == {*stored, "W-1.subjects"}
    assert set(repository.listing(path, "HEAD")) - {"README"} == stored


def test_a_commit_is_known_by_id_author_time_and_subject(root: Path, repository: GitRepository) -> None:
    found = repository.commit()
    assert found is not None
    assert found.id == git(root, "rev-parse", "HEAD")
    assert (found.author, found.email, found.subject) == ("Kim", "kim@example.com", "First")
    assert found.at == datetime(2026, 11, 1, 9, tzinfo=UTC)


def test_the_last_change_of_a_file_is_its_newest_commit(root: Path, repository: GitRepository) -> None:
    first = git(root, "rev-parse", "HEAD")
    (root / "controls.xlsx").write_bytes(b"PK two")
    second = commit_all(root, "Second")
    for path, expected in (("controls.xlsx", second), ("hubposture.toml", first)):
        found = repository.last_change(path)
        assert found is not None
        assert found.id == expected
    assert repository.last_change("nothing") is None


def test_changed_files_are_those_of_the_baseline_that_differ(root: Path, repository: GitRepository) -> None:
    assert repository.changed_files() == ()
    (root / "controls.xlsx").write_bytes(b"PK two")
    (root / "waivers" / "W-3.yaml").write_bytes(b"3")
    (root / "waivers" / "W-1.yaml").unlink()
    git(root, "add", "controls.xlsx")
    top = Path(git(root, "rev-parse", "--show-toplevel"))
    changed = ("controls.xlsx", "waivers/W-1.yaml", "waivers/W-3.yaml")
    assert repository.changed_files() == changed
    if root != top:
        (top / "README").write_bytes(b"changed")
        assert repository.changed_files() == changed
    start = git(root, "rev-parse", "HEAD")
    commit_all(root)
    assert repository.changed_files() == ()
    assert set(changed) <= set(repository.changed_files(start))


def test_ignored_files_are_not_changes(root: Path, repository: GitRepository) -> None:
    (root / ".gitignore").write_text(".hubposture/\n")
    commit_all(root)
    (root / ".hubposture").mkdir()
    (root / ".hubposture" / "ledger.sqlite").write_bytes(b"x")
    assert repository.changed_files() == ()


def test_before_the_first_commit_everything_is_new(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "new")
    (root / "hubposture.toml").write_bytes(SETTINGS)
    repository = GitRepository(root)
    assert repository.commit() is None
    assert repository.last_change("hubposture.toml") is None
    assert repository.changed_files() == ("hubposture.toml",)


def test_without_git_files_are_read_and_history_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "hubposture.toml").write_bytes(SETTINGS)
    repository = GitRepository(tmp_path)
    assert repository.read("hubposture.toml") == SETTINGS
    assert repository.commit() is None
    for ask in (lambda: repository.read("hubposture.toml", "HEAD"), repository.changed_files, repository.configure_git):
        with pytest.raises(NoGit, match="git init"):
            ask()


def test_a_shallow_clone_says_how_to_get_the_rest(root: Path, tmp_path: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    (root / "controls.xlsx").write_bytes(b"PK two")
    commit_all(root)
    top = git(root, "rev-parse", "--show-toplevel")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{top}", "shallow")
    with pytest.raises(UnknownRevision, match="fetch-depth: 0"):
        GitRepository(tmp_path / "shallow").commit(first)


def test_git_variables_of_a_hook_do_not_lead_elsewhere(
    root: Path, repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = new_repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    found = repository.commit()
    assert found is not None
    assert found.subject == "First"


def test_settings_come_from_the_base_branch_when_asked(root: Path, repository: GitRepository) -> None:
    (root / "hubposture.toml").write_bytes(SETTINGS.replace(b'"acme"', b'"evil"'))
    assert settings_from(repository).settings.instance == "evil"
    assert settings_from(repository, "main").settings.instance == "acme"


def test_errors_in_settings_of_a_revision_name_it(root: Path, repository: GitRepository) -> None:
    (root / "hubposture.toml").write_bytes(SETTINGS + b"colour = 1\n")
    commit_all(root)
    with pytest.raises(InputErrors, match=r"main:hubposture\.toml:9:1: organizations\.gov\.colour is not a setting"):
        settings_from(repository, "main")


def test_a_new_baseline_is_written_once_and_never_over_something_else(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "fresh")
    files = {"hubposture.toml": SETTINGS, ".github/workflows/hubposture.yml": b"on: push\n"}
    assert repository.create(files) == (".github/workflows/hubposture.yml", "hubposture.toml")
    assert repository.create(files) == ()
    with pytest.raises(WouldOverwrite, match=r"hubposture\.toml"):
        repository.create({"hubposture.toml": b"other", "more": b""})
    assert not (tmp_path / "fresh" / "more").exists()


def test_nothing_is_written_if_one_path_leaves_the_baseline(repository: GitRepository) -> None:
    with pytest.raises(OutsideBaseline):
        repository.write({"a": b"", "../b": b""})
    assert not (repository.root / "a").exists()


def test_a_proposal_is_a_commit_on_a_branch_and_touches_nothing_else(root: Path, repository: GitRepository) -> None:
    (root / "controls.xlsx").write_bytes(b"PK work in progress")
    status = git(root, "status", "--porcelain")
    files = {"controls.xlsx": b"PK proposed\0", "waivers/W-9.yaml": b"9"}
    made = repository.propose("hubposture/new-controls", files=files, message="Propose rows\n\nwhy", author=LEE)
    assert (made.author, made.subject) == ("Lee", "Propose rows")
    assert repository.read("controls.xlsx", "hubposture/new-controls") == b"PK proposed\0"
    assert repository.read("waivers/W-9.yaml", made.id) == b"9"
    assert repository.read("hubposture.toml", made.id) == SETTINGS
    assert git(root, "status", "--porcelain") == status
    assert git(root, "rev-parse", f"{made.id}^") == git(root, "rev-parse", "HEAD")
    assert git(root, "show", f"{made.id}:README") == "not of the baseline"


def test_a_second_proposal_continues_the_branch_and_the_same_again_adds_nothing(repository: GitRepository) -> None:
    first = repository.propose("p", files={"a": b"1"}, message="One", author=LEE)
    second = repository.propose("p", files={"b": b"2"}, message="Two", author=LEE)
    again = repository.propose("p", files={"b": b"2"}, message="Three", author=LEE)
    assert again == second
    assert git(repository.root, "rev-parse", f"{second.id}^") == first.id
    assert repository.read("a", "p") == b"1"


def test_after_a_merge_a_proposal_goes_on_from_what_was_merged_and_all_that_came_since(
    repository: GitRepository,
) -> None:
    root = repository.root
    first = repository.propose("p", files={"a": b"1"}, message="One", author=LEE)
    git(root, "merge", "-q", "--no-edit", "p")
    (root / "README.md").write_text("since")
    commit_all(root, "Since")
    again = repository.propose("p", files={"a": b"1"}, message="The same", author=LEE)
    assert again == first
    second = repository.propose("p", files={"a": b"2"}, message="Two", author=LEE)
    assert git(root, "rev-parse", f"{second.id}^") == git(root, "rev-parse", "HEAD")
    assert repository.read("README.md", "p") == b"since"


@pytest.mark.parametrize("branch", ["", "-d", "a..b", "a b", "refs/../x", "@{-1}", "a~1", "x.lock", "-"])
def test_a_bad_branch_name_is_an_error(repository: GitRepository, branch: str) -> None:
    with pytest.raises(InputError, match="branch"):
        repository.propose(branch, files={"a": b""}, message="x", author=LEE)


def test_the_checked_out_branch_is_never_moved(repository: GitRepository) -> None:
    with pytest.raises(Refusal, match="checked out"):
        repository.propose("main", files={"a": b""}, message="x", author=LEE)


def test_git_is_told_how_to_show_and_merge_the_workbook(root: Path, repository: GitRepository) -> None:
    commands = repository.configure_git()
    assert commands == repository.configure_git()
    assert 'git config --local diff.hubposture.textconv "hubposture diff --textconv"' in commands
    assert git(root, "config", "merge.hubposture.driver") == "hubposture merge %O %A %B %P"
    assert ENV["GIT_CONFIG_GLOBAL"] == "/dev/null"
