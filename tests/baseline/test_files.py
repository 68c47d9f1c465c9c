import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.baseline.files import find_root, inside, plain, read_file, write_file
from hubposture.ports.repository import FileMissing, NoBaseline, OutsideBaseline


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "base" / "deep" / "er").mkdir(parents=True)
    (tmp_path / "base" / "hubposture.toml").write_bytes(b"")
    (tmp_path / "secret").write_bytes(b"secret")
    return tmp_path / "base"


def test_the_root_is_found_from_anywhere_below_it(root: Path) -> None:
    assert find_root(root) == find_root(root / "deep" / "er") == root


def test_without_a_baseline_the_error_says_what_to_do(root: Path) -> None:
    with pytest.raises(NoBaseline, match=r"-C DIR.*hubposture init"):
        find_root(root.parent)
    with pytest.raises(NoBaseline, match="not a directory"):
        find_root(root / "nowhere")


@pytest.mark.parametrize("path", ["", ".", "/etc/passwd", "../secret", "deep/../../secret", "a\0b", ".git/config"])
def test_a_path_that_leaves_the_baseline_is_refused(root: Path, path: str) -> None:
    for use in (lambda: read_file(root, path), lambda: write_file(root, path, b"x"), lambda: plain(path)):
        with pytest.raises(OutsideBaseline):
            use()
    assert (root.parent / "secret").read_bytes() == b"secret"


def test_a_link_that_leaves_the_baseline_is_refused_and_one_within_is_followed(root: Path) -> None:
    (root / "out.xlsx").symlink_to(root.parent / "secret")
    (root / "deep" / "up").symlink_to(root.parent)
    (root / "in.xlsx").symlink_to(root / "hubposture.toml")
    for path in ("out.xlsx", "deep/up/secret"):
        with pytest.raises(OutsideBaseline, match="link"):
            read_file(root, path)
        with pytest.raises(OutsideBaseline, match="link"):
            write_file(root, path, b"x")
    assert write_file(root, "in.xlsx", b"new")
    assert (root / "in.xlsx").is_symlink()
    assert (root / "hubposture.toml").read_bytes() == b"new"


@given(st.text(max_size=30))
def test_whatever_the_path_it_is_refused_or_inside(path: str) -> None:
    root = Path("/no/such/root")
    try:
        found = inside(root, path)
    except (OutsideBaseline, UnicodeEncodeError, OSError):
        return
    assert os.path.normpath(found).startswith("/no/such/root/")


def test_missing_files_and_directories_are_missing(root: Path) -> None:
    for path in ("nothing", "deep", "hubposture.toml/x"):
        with pytest.raises(FileMissing):
            read_file(root, path)


def test_writing_makes_directories_and_says_whether_anything_changed(root: Path) -> None:
    assert write_file(root, "waivers/new/W-1.yaml", b"x")
    assert not write_file(root, "waivers/new/W-1.yaml", b"x")
    assert write_file(root, "waivers/new/W-1.yaml", b"y")
    assert read_file(root, "waivers/new/W-1.yaml") == b"y"


def test_an_existing_file_keeps_its_permissions_and_a_new_one_is_readable(root: Path) -> None:
    (root / "hubposture.toml").chmod(0o600)
    write_file(root, "hubposture.toml", b"x")
    write_file(root, "new", b"x")
    assert (root / "hubposture.toml").stat().st_mode & 0o777 == 0o600
    assert (root / "new").stat().st_mode & 0o777 == 0o644


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(root, "controls.xlsx", b"old")
    before = sorted(root.iterdir())

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_file(root, "controls.xlsx", b"new")
    assert read_file(root, "controls.xlsx") == b"old"
    assert sorted(root.iterdir()) == before
