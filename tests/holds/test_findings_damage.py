"""A file of the lake is damaged or missing: it is said which, nothing is published, and put back all goes on."""

from pathlib import Path

import pytest

from holds.findings_world import Begun, World, world
from hubposture.ports.lake import LakeDamaged

FOLDERS = ("findings", "subjects", "cube", "dimensions", "tags")


def files(there: World, folder: str) -> list[Path]:
    """The files of a part of the lake."""
    return sorted((there.directory / ".hubposture" / "lake" / "acme" / folder).glob("*.parquet"))


def harmed(path: Path, how: str) -> None:
    """Take a file away, cut it, or change a byte in its middle."""
    kept = path.read_bytes()
    match how:
        case "missing":
            path.unlink()
        case "cut":
            path.write_bytes(kept[: len(kept) // 2])
        case "empty":
            path.write_bytes(b"")
        case _:
            path.write_bytes(kept[:8] + bytes(64) + kept[72:])


@pytest.mark.slow
@pytest.mark.parametrize("how", ["cut", "empty", "garbled"])
def test_a_sync_over_a_damaged_lake_names_the_file_and_publishes_nothing(
    how: str, begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = world(begun, tmp_path / "b", monkeypatch)
    there.pass_days()
    for folder in ("findings", "subjects"):
        path = files(there, folder)[0]
        whole, version = path.read_bytes(), there.version()
        harmed(path, how)
        with pytest.raises(LakeDamaged, match=path.name):
            there.sync()
        assert there.version() == version or how == "garbled", "steps that read no garbled column may have come before"
        assert any(path.name in one for one in there.faults())
        path.write_bytes(whole)
        assert there.faults() == []
    there.sync()
    there.assert_converged()


@pytest.mark.slow
def test_whichever_part_is_missing_a_check_names_it_and_a_sync_says_so_or_does_without(
    begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = world(begun, tmp_path / "b", monkeypatch)
    for folder in FOLDERS:
        there.pass_days()
        whole = {path: path.read_bytes() for path in files(there, folder)}
        for path in whole:
            harmed(path, "missing")
        said = "\n".join(there.faults())
        assert any(path.name in said for path in whole)
        try:
            there.sync()
        except LakeDamaged as damaged:
            assert any(path.name in str(damaged) for path in whole)  # noqa: PT017 - not every part is needed by a sync
        for path, content in whole.items():
            path.write_bytes(content)
        assert there.faults() == []
    there.sync()
    there.assert_converged()
