"""Bulk reading by several processes: the same findings as one by one, and nothing half done."""

import gzip
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from findings.asff_world import OBSERVED, control_finding, lines, write_lines
from hubposture.findings.finding import Finding, Rejected
from hubposture.findings.tables import FINDINGS, TAGS
from hubposture.lake import parts as parts_module
from hubposture.lake.arrow import rejects_table, rows_table, schema_of, tags_table
from hubposture.lake.files import Files
from hubposture.lake.part import Done, Task, write_part
from hubposture.lake.parts import Parts, PartsNotWritten, read_parts


@pytest.fixture
def mixed(tmp_path: Path) -> list[Path]:
    """Lines with damage here and there, a compressed file, a document, and a file that is none."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "lines").write_bytes(
        b"".join(b'{"Id": \n' if number % 40 == 3 else line for number, line in enumerate(lines(400)))
    )
    (folder / "more").write_bytes(b"".join(lines(50, first=400)) + b"[{}, 7]\n")
    (folder / "zipped").write_bytes(gzip.compress(b"".join(lines(60, first=450)))[:-20])
    (folder / "document").write_bytes(orjson.dumps({"Findings": [control_finding(n) for n in range(510, 530)] + [{}]}))
    (folder / "nothing").write_bytes(b"")
    return sorted(folder.iterdir())


def table(files: Sequence[Path]) -> pa.Table:
    return pa.concat_tables([pq.read_table(file) for file in files])


def expected(files: Sequence[Path]) -> tuple[list[Finding], list[Rejected]]:
    pages = [page for file in files for page in Files(clock=lambda: OBSERVED).read(file)]
    return [one for page in pages for one in page.findings], [one for page in pages for one in page.rejected]


def check(parts: Parts, files: Sequence[Path]) -> None:
    """The parts hold what reading one by one gives."""
    findings, rejected = expected(files)
    assert table(parts.findings).equals(rows_table(findings))
    assert table(parts.rejects).equals(rejects_table(rejected))
    tags = {tuple(row.values()) for row in table(parts.tags).to_pylist()}
    assert tags == {tuple(row.values()) for row in tags_table(findings).to_pylist()}
    assert (parts.rows, parts.rejected) == (len(findings), len(rejected))


def test_one_process_gives_what_reading_one_by_one_gives(mixed: list[Path], tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    parts = read_parts(
        mixed,
        observed_at=OBSERVED,
        directory=tmp_path / "out",
        workers=1,
        progress=lambda *at: calls.append(at),
        range_bytes=100_000,
    )
    check(parts, mixed)
    assert parts.records == parts.rows + parts.rejected
    assert len(parts.findings) > 10
    assert calls[-1] == (sum(file.stat().st_size for file in mixed),) * 2
    assert calls == sorted(calls)


@pytest.mark.slow
def test_several_processes_give_the_same(mixed: list[Path], tmp_path: Path) -> None:
    parts = read_parts(mixed, observed_at=OBSERVED, directory=tmp_path / "out", workers=2, range_bytes=100_000)
    check(parts, mixed)


@pytest.mark.parametrize("range_bytes", [1, 3_000, 10_000, 1 << 20])
def test_no_line_is_lost_or_read_twice_wherever_ranges_end(tmp_path: Path, range_bytes: int) -> None:
    file = write_lines(tmp_path / "f", 40)
    with file.open("ab") as opened:
        opened.write(b"\n\n" + orjson.dumps(control_finding(40)))
    parts = read_parts([file], observed_at=OBSERVED, directory=tmp_path / "out", workers=1, range_bytes=range_bytes)
    check_ids = table(parts.findings).column("id").to_pylist()
    assert check_ids == [control_finding(number)["Id"] for number in range(41)]


def test_parts_have_the_columns_of_the_tables(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "f", 3)
    parts = read_parts([file], observed_at=OBSERVED, directory=tmp_path / "out", workers=1)
    assert pq.read_schema(parts.findings[0]).equals(schema_of(FINDINGS))
    assert pq.read_schema(parts.tags[0]).equals(schema_of(TAGS))
    assert table(parts.findings).column("misses").to_pylist() == [0, 0, 0]
    assert parts.rejects == ()


def test_no_files_give_no_parts(tmp_path: Path) -> None:
    parts = read_parts([], observed_at=OBSERVED, directory=tmp_path / "out", workers=4)
    assert parts == Parts((), (), (), 0, 0, 0)


def test_where_writing_fails_nothing_is_left_and_the_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [write_lines(tmp_path / name, 30) for name in ("a", "b")]

    def failing(task: Task) -> Done:
        if task.file.name == "b":
            raise OSError(28, "No space left on device")
        return write_part(task)

    monkeypatch.setattr(parts_module, "write_part", failing)
    with pytest.raises(PartsNotWritten, match=r"b could not be turned into a part .*No space left"):
        read_parts(files, observed_at=OBSERVED, directory=tmp_path / "out", workers=1)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "f", 100)

    def stop(done: int, total: int) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_parts(
            [file], observed_at=OBSERVED, directory=tmp_path / "out", workers=1, progress=stop, range_bytes=50_000
        )
    assert list((tmp_path / "out").iterdir()) == []


def kill_the_second(task: Task) -> Done:
    """Stands for a process that the system kills."""
    if task.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return write_part(task)


@pytest.mark.slow
def test_a_process_that_dies_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [write_lines(tmp_path / name, 30) for name in ("a", "b", "c")]
    monkeypatch.setattr(parts_module, "write_part", kill_the_second)
    with pytest.raises(PartsNotWritten, match="a process that read findings died"):
        read_parts(files, observed_at=OBSERVED, directory=tmp_path / "out", workers=2)
    assert list((tmp_path / "out").iterdir()) == []


def test_small_batches_become_tables_too() -> None:
    (finding,) = expected_one(control_finding(0))
    (bare,) = expected_one(control_finding(1, Resources=[{"Id": "r"}]))
    rows = rows_table([finding, bare])
    assert rows.column_names == list(FINDINGS.names)
    assert rows.to_pylist()[0]["updated_at"] == finding.updated_at
    assert tags_table([finding, bare, finding]).to_pylist() == [
        {"tagset": finding.tagset, "tag": name, "value": value} for name, value in finding.tags
    ]
    assert rows_table([]).schema.equals(schema_of(FINDINGS))


def expected_one(record: dict[str, object]) -> tuple[Finding, ...]:
    from hubposture.findings.normal import normalize

    found = normalize(record, observed_at=OBSERVED, where="f")
    assert not isinstance(found, Rejected)
    return found
