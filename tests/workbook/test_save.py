"""A workbook's file is replaced in one step, and only if nobody changed it meanwhile."""

from pathlib import Path

import pytest

from hubposture.errors import InputError
from hubposture.workbook.guard import digest_of
from hubposture.workbook.save import save
from workbook.files import minimal

OLD, NEW = minimal(), minimal(rows='<row r="1"><c r="A1"><v>2</v></c></row>')


def test_the_new_bytes_take_the_place_of_the_old_ones_and_keep_the_permissions(tmp_path: Path) -> None:
    path = tmp_path / "controls.xlsx"
    path.write_bytes(OLD)
    path.chmod(0o640)
    assert save(path, NEW, replaces=digest_of(OLD)) == digest_of(NEW)
    assert path.read_bytes() == NEW
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path], "no temporary file stays"


def test_a_file_that_changed_since_it_was_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "controls.xlsx"
    path.write_bytes(OLD)
    with pytest.raises(InputError, match="has changed since it was read"):
        save(path, NEW, replaces=digest_of(NEW))
    assert path.read_bytes() == OLD


def test_a_new_file_never_overwrites_one_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "controls.xlsx"
    save(path, OLD, replaces=None)
    with pytest.raises(InputError, match="is there already"):
        save(path, NEW, replaces=None)
    assert path.read_bytes() == OLD


def test_bytes_that_the_guard_refuses_are_never_put_in_place(tmp_path: Path) -> None:
    path = tmp_path / "controls.xlsx"
    path.write_bytes(OLD)
    with pytest.raises(InputError, match="plain text"):
        save(path, b"broken", replaces=digest_of(OLD))
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        save(tmp_path / "nowhere" / "controls.xlsx", OLD, replaces=None)
