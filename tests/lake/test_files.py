"""Findings in files of every form, whole and damaged."""

import datetime as dt
import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from findings.asff_world import OBSERVED, control_finding, event, lines, ocsf_finding
from hubposture.errors import InputError
from hubposture.findings.finding import Finding, Rejected
from hubposture.lake import files as files_module
from hubposture.lake import records as records_module
from hubposture.lake.files import Files
from hubposture.lake.lines import LONGEST_LINE, Lines, open_bytes

THREE = [control_finding(number) for number in range(3)]
IDS = [each["Id"] for each in THREE]
GOOD = b"".join(lines(3))


def read(path: Path) -> tuple[list[Finding], list[Rejected]]:
    pages = list(Files(clock=lambda: OBSERVED).read(path))
    assert all(page.observed_at == OBSERVED for page in pages)
    return [one for page in pages for one in page.findings], [one for page in pages for one in page.rejected]


def of(tmp_path: Path, data: bytes, name: str = "f.json") -> tuple[list[Finding], list[Rejected]]:
    path = tmp_path / name
    path.write_bytes(data)
    return read(path)


def pretty(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


FORMS = {
    "lines": GOOD,
    "lines without the last end": GOOD.rstrip(),
    "lines of Windows with a mark": b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n"),
    "blank lines between": GOOD.replace(b"\n", b"\n\n  \n"),
    "a list": orjson.dumps(THREE),
    "a pretty list": pretty(THREE),
    "a pretty list with a mark": b"\xef\xbb\xbf" + pretty(THREE),
    "an answer of GetFindings": pretty({"Findings": THREE, "NextToken": "x"}),
    "a lower-case answer in one line": orjson.dumps({"findings": THREE}),
    "an event": orjson.dumps(event(*THREE)),
    "lines of events": b"\n".join(orjson.dumps(event(each)) for each in THREE),
    "a pretty list of events": pretty([event(each) for each in THREE]),
    "lines of lists": b"\n".join(orjson.dumps([each]) for each in THREE),
    "a list with one finding a line": b"[\n" + b",\n".join(orjson.dumps(each) for each in THREE) + b"\n]\n",
    "OCSF": b"\n".join(orjson.dumps(ocsf_finding(number)) for number in range(3)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_compressed", [False, True], ids=["plain", "gzip"])
def test_every_form_gives_the_same_findings(tmp_path: Path, form: str, is_compressed: bool) -> None:
    data = gzip.compress(FORMS[form]) if is_compressed else FORMS[form]
    findings, rejected = of(tmp_path, data)
    assert ([one.id for one in findings], rejected) == (IDS, [])


def test_one_pretty_object_is_one_record(tmp_path: Path) -> None:
    findings, rejected = of(tmp_path, pretty(THREE[1]))
    assert ([one.id for one in findings], rejected) == (IDS[1:2], [])


def test_compressed_files_may_have_several_members(tmp_path: Path) -> None:
    data = b"".join(gzip.compress(line) for line in lines(3))
    findings, rejected = of(tmp_path, data, "f.gz")
    assert ([one.id for one in findings], rejected) == (IDS, [])


def test_findings_in_events_were_observed_when_the_event_was_sent(tmp_path: Path) -> None:
    early, late = event(THREE[0], at="2026-11-03T00:00:00Z"), event(THREE[1], at="2030-01-01T00:00:00Z")
    findings, _ = of(tmp_path, orjson.dumps(early) + b"\n" + orjson.dumps(late) + b"\n" + orjson.dumps(THREE[2]))
    assert [one.observed_at for one in findings] == [dt.datetime(2026, 11, 3), OBSERVED, OBSERVED]


def test_a_damaged_line_is_rejected_by_its_number_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = GOOD.splitlines(keepends=True)
    bad = [b'{"Id": \n', b"\xff\xfe\xfa\n", b'{"Id": "x", "ProductArn": "p"}\n', b"17\n"]
    findings, rejected = of(tmp_path, good[0] + bad[0] + good[1] + bad[1] + b"\n" + bad[2] + good[2] + bad[3])
    assert [one.id for one in findings] == IDS
    assert [one.where.rpartition(":")[2] for one in rejected] == ["2", "4", "6", "8"]
    assert rejected[0].why.startswith("it is no JSON: ")
    assert rejected[0].excerpt == '{"Id":'
    assert "AwsAccountId is missing" in rejected[2].why
    assert rejected[3].why == "it is a number, expected an object"


def test_lines_are_read_also_where_the_first_one_is_damaged(tmp_path: Path) -> None:
    findings, rejected = of(tmp_path, b'{"Id": \n' + GOOD)
    assert [one.id for one in findings] == IDS
    assert [one.where.rpartition(":")[2] for one in rejected] == ["1"]


def test_a_damaged_record_of_a_list_is_placed_by_its_number(tmp_path: Path) -> None:
    findings, rejected = of(tmp_path, pretty({"Findings": [THREE[0], {"Id": 1}, THREE[1]]}))
    assert [one.id for one in findings] == IDS[:2]
    assert [one.where for one in rejected] == [f"{tmp_path / 'f.json'}[1]"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b" \n\r\n\t", "it is empty"),
        (b"\x00\x01\x02\nPK\x03\x04\n" * 50, "it is no JSON"),
        (b"id,product\n1,2\n3,4\n", "it is no JSON"),
        (b"\xff\xfe" + "[]".encode("utf-16-le"), "it is UTF-16 or UTF-32"),
        ('{"Id": "\xe9"}'.encode("latin-1"), "it is no JSON"),
        (pretty(THREE)[:-30], "it is no JSON"),
        (b"[" * 10_000, "it is no JSON"),
    ],
)
def test_a_file_without_findings_gives_one_reason(tmp_path: Path, data: bytes, why: str) -> None:
    for name, content in (("f", data), ("f.gz", gzip.compress(data))):
        findings, rejected = of(tmp_path, content, name)
        assert findings == []
        assert [one.where for one in rejected] == [str(tmp_path / name)]
        assert rejected[0].why.startswith(why)


def test_an_empty_answer_is_no_finding_and_no_fault(tmp_path: Path) -> None:
    assert of(tmp_path, b'{"Findings": []}') == ([], [])


def test_of_a_compressed_file_that_is_cut_off_everything_before_the_cut_is_read(tmp_path: Path) -> None:
    whole = b"".join(lines(3_000))
    data = gzip.compress(whole)
    findings, rejected = of(tmp_path, data[: len(data) // 2], "f.gz")
    assert 1_000 < len(findings) < 2_000
    assert [one.id for one in findings] == [control_finding(number)["Id"] for number in range(len(findings))]
    (one,) = rejected
    assert one.where == str(tmp_path / "f.gz")
    assert "cut off" in one.why


def test_a_compressed_file_with_a_wrong_sum_says_so_after_all_its_findings(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(GOOD))
    data[-6] ^= 0xFF
    findings, rejected = of(tmp_path, bytes(data), "f.gz")
    assert [one.id for one in findings] == IDS
    assert len(rejected) == 1


def test_a_line_without_end_is_cut_and_what_follows_it_is_read(tmp_path: Path) -> None:
    good = GOOD.splitlines(keepends=True)
    bomb = b'{"Id": "' + b"x" * (LONGEST_LINE + 10) + b'"}\n'
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(good[0] + bomb + good[1] + bomb + good[2])
    findings, rejected = read(path)
    assert [one.id for one in findings] == IDS
    assert [(one.where, one.why) for one in rejected] == [
        (f"{path}:{number}", "the line is longer than 16 MiB") for number in (2, 4)
    ]
    assert all(len(one.excerpt) == 200 for one in rejected)


def test_a_document_over_the_limit_is_refused_unless_it_is_one_finding_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_module, "MOST_DOCUMENT", 5_000)
    findings, rejected = of(tmp_path, pretty(THREE))
    assert findings == []
    assert "one finding a line" in rejected[0].why
    findings, rejected = of(tmp_path, FORMS["a list with one finding a line"])
    assert ([one.id for one in findings], rejected) == (IDS, [])
    findings, rejected = of(tmp_path, b'{"Id": \n' + GOOD)
    assert ([one.id for one in findings], len(rejected)) == (IDS, 1)


def test_pages_are_of_some_thousands_and_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "PAGE", 10)
    path = tmp_path / "f"
    path.write_bytes(b"".join(lines(35)) + b"x\n")
    pages = list(Files().read(path))
    assert [len(page.findings) for page in pages] == [10, 10, 10, 5]
    assert [len(page.rejected) for page in pages] == [0, 0, 0, 1]


def test_lines_are_counted_also_where_reading_stops_early(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"a\nbb\n\nccc\nd")
    with open_bytes(path) as file:
        file.seek(2)
        some = Lines(file, first=2, until=6)
        assert [(line.number, line.text) for line in some] == [(2, b"bb\n"), (3, b"\n")]
        assert some.number == 4
    with open_bytes(path) as file:
        every = Lines(file)
        assert [line.text for line in every] == [b"a\n", b"bb\n", b"\n", b"ccc\n", b"d"]
        assert every.number == 6


def test_folders_are_searched_through_and_hidden_files_left_out(tmp_path: Path) -> None:
    for name in ("b.json", "a/z.json", "a/.x.json", ".git/c.json", "a/b/c.gz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(GOOD)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    found = Files().found(str(tmp_path))
    assert [str(one.relative_to(tmp_path)) for one in found] == ["a/b/c.gz", "a/z.json", "b.json"]
    assert Files().found(str(tmp_path / "b.json")) == (tmp_path / "b.json",)


def test_a_path_without_files_says_what_to_name(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path, why in (("nowhere", "does not exist"), ("empty", "there is no file in it")):
        with pytest.raises(InputError, match=why):
            Files().found(str(tmp_path / path))


def test_s3_is_fetched_first_where_it_may_be(tmp_path: Path) -> None:
    def fetch(prefix: str) -> Sequence[Path]:
        assert prefix == "s3://bucket/prefix"
        return [tmp_path / "b", tmp_path / "a"]

    assert Files(fetch).found("s3://bucket/prefix") == (tmp_path / "a", tmp_path / "b")
    with pytest.raises(InputError, match="S3 cannot be read here"):
        Files().found("s3://bucket/prefix")


def test_a_file_that_cannot_be_read_gives_one_reason(tmp_path: Path) -> None:
    _, rejected = read(tmp_path / "gone")
    assert rejected == [Rejected(str(tmp_path / "gone"), "it cannot be read: No such file or directory")]
