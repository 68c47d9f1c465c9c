"""Packs of evidence: their numbers are those of the posture, what is not known is said, and nothing in them can be changed unseen."""

import csv
import datetime as dt
import io
import json
import random
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.errors import InputError
from hubposture.model.controls import Standard
from hubposture.posture import rollup
from hubposture.posture.scores import Dimension
from hubposture.verbs.evidence import Wanted, write_pack
from hubposture.verbs.evidence_check import check_pack
from hubposture.verbs.evidence_days import chosen
from hubposture.verbs.evidence_zip import PackWriter, safe
from verbs.evidence_world import BEGIN, FIRST, SECOND, SYNCED, There, cis, world
from web.web_world import MARKUP, Read

OCTOBER = (dt.date(2026, 10, 1), dt.date(2026, 10, 31))
FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    with world(tmp_path_factory.mktemp("evidence")) as found:
        yield found


def pack(there: There, begin: dt.date = OCTOBER[0], end: dt.date = OCTOBER[1], **more: Any) -> bytes:
    out = io.BytesIO()
    standard: Standard | None = more.pop("standard", cis())
    write_pack(there.means(), Wanted(standard, begin, end, **more), out)
    return out.getvalue()


def files(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {one.filename: archive.read(one) for one in archive.infolist()}


def table(found: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(found[name].decode("utf-8-sig"))))


def control(found: dict[str, bytes], name: str = "S3.8") -> Any:
    return json.loads(found[f"controls/{name}.json"])


def faults(raw: bytes) -> list[str]:
    return [f"{one.path}: {one.what}" for one in check_pack(io.BytesIO(raw), name="x.zip").faults]


@pytest.fixture(scope="module")
def made(there: There) -> bytes:
    return pack(there)


def test_numbers_are_those_of_the_posture_on_each_day(there: There, made: bytes) -> None:
    rows = table(files(made), "statuses.csv")
    assert {one["Control"] for one in rows} == {"S3.8", "IAM.6"}
    assert len(rows) == 2 * len([day for day in SYNCED if day < 31])
    failed = set()
    for one in rows:
        with there.store.reader.snapshot(day=dt.date.fromisoformat(one["Day"])) as snapshot:
            score = rollup.score(snapshot.execute, Dimension.CONTROL, one["Control"].lower())
            assert score is not None
            said = [
                int(one[name])
                for name in ("Passed", "Failed", "Waived", "Suppressed", "Not measured", "No result", "Lost sight")
            ]
            expected = [score.met - score.waived, score.failing, score.waived, score.suppressed, score.not_measured, score.missing, score.lost]  # fmt: skip
            assert said == expected, one
            assert int(one["Version"]) == snapshot.number
        failed.add(one["Failed"])
    assert len(failed) > 3, "the weeks are not without news"


def test_what_the_workbook_said_is_told_from_the_commit_on_that_brought_it(made: bytes) -> None:
    found = files(made)
    first, second = control(found)["rows"]
    assert [one["disposition"] for one in (*first["rows"], *second["rows"])] == ["not-applicable", "enforce"]
    assert second["rows"][0]["cell"].startswith("controls.xlsx!Controls!")
    assert second["held"]["at"].startswith("2026-10-02T08:00")
    assert dict(first["rows"][0]["cells"])["Approved by"] == "lee"
    assert len([one for one in found if one.startswith("workbook/")]) == 2
    assert control(found, "IAM.6")["rows"][0]["rows"] == []


def test_changes_are_told_with_who_and_where(made: bytes) -> None:
    found = files(made)
    rows = [one for one in table(found, "changes.csv") if one["Control"] == "S3.8"]
    assert [
        (one["Who"], one["Before"], one["After"], one["Outcome"], one["Account"], one["Regions"]) for one in rows
    ] == [
        ("kim ", "off", "on", "applied", FIRST, "eu-central-1 us-east-1"),
        ("kim ", "off", "on", "failed", SECOND, "eu-central-1"),
    ]
    assert any("AccessDenied" in one for one in control(found)["exceptions"])
    assert [one["Kind"] for one in table(found, "changes.csv") if not one["Control"]] == ["standard"]


def test_waivers_that_held_come_with_their_files_as_each_commit_had_them(made: bytes) -> None:
    found = files(made)
    waiver = json.loads(found["waivers/W-1.json"])
    assert waiver["controls"] == ["s3.8"]
    assert waiver["states"] == [["holding", "2026-10-02", "2026-10-22"]]
    (told,) = waiver["files"]
    assert found[told["file"]].startswith(b"id: W-1")
    assert control(found)["waivers"][0]["days"] == 5


def test_what_did_not_pass_at_the_end_is_listed_with_its_waiver(there: There, made: bytes) -> None:
    rows = table(files(made), "controls/S3.8-failing.csv")
    assert {one["Status"] for one in rows} == {"FAILED"}
    end = [one for one in table(files(made), "statuses.csv") if one["Control"] == "S3.8"][-1]
    assert len(rows) == int(end["All failed"])


def test_days_that_are_not_kept_are_named_and_nothing_is_put_in_their_place(there: There) -> None:
    raw = pack(there, dt.date(2026, 9, 25), dt.date(2026, 11, 30), every="day")
    manifest = json.loads(files(raw)["manifest.json"])
    days = [one["day"] for one in manifest["versions"]]
    assert days == [(BEGIN.date() + dt.timedelta(days=one)).isoformat() for one in SYNCED]
    spans = [(one["from"], one["to"], one["why"].partition(":")[0]) for one in manifest["days_not_known"]]
    assert spans[0] == ("2026-09-25", "2026-09-30", "before the first version that is kept")
    assert ("2026-10-04", "2026-10-09", "no version of this day") in spans
    assert spans[-1][2] == "still to come"
    known = {*days}
    for begin, end, _ in spans:
        day = dt.date.fromisoformat(begin)
        while day <= dt.date.fromisoformat(end):
            assert day.isoformat() not in known
            known.add(day.isoformat())
            day += dt.timedelta(days=1)
    assert len(known) == (dt.date(2026, 11, 30) - dt.date(2026, 9, 25)).days + 1


def test_a_period_of_which_nothing_is_kept_says_so(there: There) -> None:
    found = files(pack(there, dt.date(2025, 1, 1), dt.date(2025, 3, 31)))
    assert "No day of the period is kept" in found["README.txt"].decode()
    assert "The workbook had no commit before the end of the period" in found["README.txt"].decode()
    assert table(found, "statuses.csv") == []
    assert "not known" in " ".join(control(found)["exceptions"])
    assert faults(pack(there, dt.date(2025, 1, 1), dt.date(2025, 3, 31))) == []


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"begin": dt.date(2026, 10, 2), "end": dt.date(2026, 10, 1)}, "before --from"),
        ({"begin": dt.date(2099, 1, 1), "end": dt.date(2099, 2, 1)}, "still to come"),
        ({"begin": dt.date(2000, 1, 1), "end": dt.date(2026, 1, 1)}, "make several"),
        ({"ou": "/Nowhere"}, "no such OU"),
        ({"ou": "/", "account": FIRST}, "give one"),
    ],
)
def test_what_cannot_be_asked_is_said(there: There, wanted: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=re.escape(why)):
        pack(there, **wanted)


def test_a_part_holds_nothing_of_what_lies_outside_it(there: There) -> None:
    parts: list[tuple[dict[str, Any], str, str]] = [
        ({"account": FIRST}, FIRST, SECOND),
        ({"ou": "/Work4"}, SECOND, FIRST),
    ]
    for asked, mine, other in parts:
        found = files(pack(there, **asked))
        everything = b"".join(found.values())
        assert mine.encode() in everything
        assert other.encode() not in everything
        assert not [one for one in found if one.startswith("workbook/") or one.endswith(".yaml")]
        with there.store.reader.snapshot(day=OCTOBER[1]) as snapshot:
            rows = snapshot.execute(
                "SELECT SUM(n) FROM cube WHERE account = $a AND control = 's3.8' AND status = 'FAILED'", {"a": mine}
            )
        assert len(table(found, "controls/S3.8-failing.csv")) == rows[0][0]


def test_clauses_of_the_organizations_own_standard(there: There) -> None:
    found = files(pack(there, standard=None))
    assert [one["Number"] for one in table(found, "requirements.csv")] == ["SEC-1"]
    assert control(found)["texts"] == [
        {"number": "SEC-1", "statement": "Data is not public.", "title": "No public data"}
    ]
    assert "controls/IAM.6.json" not in found


@pytest.mark.slow
def test_without_history_it_says_that_rows_over_time_are_not_known(tmp_path: Path) -> None:
    with world(tmp_path, history=False) as alone:
        found = files(pack(alone))
        assert "no history of git here" in found["README.txt"].decode()
        (at,) = control(found)["rows"]
        assert at["held"]["id"] == ""
        assert at["rows"][0]["disposition"] == "enforce"


@pytest.mark.slow
def test_a_control_that_came_and_went_in_the_period_says_when(tmp_path: Path) -> None:
    with world(tmp_path) as there:
        there.sync(SYNCED[-1], standards=[("cis-5.0.0", "s3.8", "2.1.4")])
        found = files(pack(there, dt.date(2026, 10, 1), dt.date(2026, 11, 15)))
        said = " ".join(control(found, "IAM.6")["exceptions"])
        assert "from 2026-10-03 to 2026-10-22 only" in said
        assert "only" not in " ".join(control(found)["exceptions"])


@pytest.mark.slow
def test_a_workbook_that_cannot_be_read_at_a_commit_is_said(tmp_path: Path) -> None:
    with world(tmp_path) as there:
        (tmp_path / "controls.xlsx").write_bytes(b"no workbook")
        there.commit("Broken", BEGIN + dt.timedelta(days=5))
        found = files(pack(there))
        broken = control(found)["rows"][-1]
        assert broken["held"]["trouble"]
        assert broken["rows"] == []
        assert faults(pack(there)) == []


# Digests


def test_made_twice_from_the_same_state_it_is_the_same_bytes(there: There, made: bytes) -> None:
    assert pack(there) == made


def test_a_pack_is_whole_and_says_what_it_is(there: There, made: bytes) -> None:
    found = check_pack(io.BytesIO(made), name="x.zip", verify=lambda _: there.store.ledger.verify)
    assert list(found.faults) == []
    assert found.title == "Evidence for CIS AWS Foundations Benchmark v5.0.0, acme, 2026-10-01 to 2026-10-31"
    assert "as the pack names it" in " ".join(found.says)


@pytest.mark.slow
def test_any_byte_that_is_changed_is_found(made: bytes) -> None:
    rng = random.Random(7)
    places = {0, len(made) - 1, *(rng.randrange(len(made)) for _ in range(120))}
    for at in places:
        raw = bytearray(made)
        raw[at] ^= 1 << rng.randrange(8)
        assert faults(bytes(raw)), at


def test_bytes_before_and_behind_are_found(made: bytes) -> None:
    assert faults(made + b"x")
    assert faults(b"x" + made)
    assert faults(made[:-1])
    assert faults(b"")


def rewritten(found: dict[str, bytes], **entries: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
        for name, info in entries.items():
            archive.writestr(info, name)
    return out.getvalue()


def test_files_that_are_extra_missing_or_changed_are_named(made: bytes) -> None:
    found = files(made)
    assert any(one.startswith("extra.txt: it is extra") for one in faults(rewritten({**found, "extra.txt": b""})))
    less = {name: one for name, one in found.items() if name != "statuses.csv"}
    assert any(one.startswith("statuses.csv: it is missing") for one in faults(rewritten(less)))
    other = {**found, "statuses.csv": found["statuses.csv"].replace(b"S3.8", b"S3.9")}
    assert any(one.startswith("statuses.csv: it was changed") for one in faults(rewritten(other)))
    manifest = json.loads(found["manifest.json"])
    manifest["organization"] = "other"
    forged = json.dumps(manifest).encode()
    assert any("digest over all" in one for one in faults(rewritten({**found, "manifest.json": forged})))
    for name in ("manifest.json", "SHA256SUMS"):
        assert any("missing" in one for one in faults(rewritten({k: v for k, v in found.items() if k != name})))


@pytest.mark.parametrize(
    "path", ["../evil", "/etc/passwd", "a/../../b", "a\\b", "C:\\x", "controls/", "ünder", "a\nb", "manifest.JSON"]
)
def test_paths_that_lead_out_are_refused(made: bytes, path: str) -> None:
    assert faults(rewritten({**files(made), path: b"x"}))


def test_links_and_bombs_are_refused(made: bytes) -> None:
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    assert any("no plain file" in one for one in faults(rewritten(files(made), target=link)))
    with io.BytesIO() as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.writestr("bomb", b"\0" * 10_000_000)
        raw = bytearray(out.getvalue())
    at = raw.index(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (0xFFFF_FFF0).to_bytes(4, "little")
    assert any("more than" in one for one in faults(bytes(raw)))


@given(st.binary(max_size=300))
def test_no_file_takes_the_check_down(raw: bytes) -> None:
    assert faults(raw)


def test_an_audit_trail_that_was_rewritten_is_found(there: There, made: bytes) -> None:
    ledger = there.store.ledger
    raw = files(made)
    head = json.loads(raw["manifest.json"])["audit"]
    assert (head["seq"], head["digest"]) == (ledger.head().seq, ledger.head().digest)
    manifest = json.loads(raw["manifest.json"])
    manifest["audit"]["digest"] = "0" * 64
    from hubposture.verbs.evidence_zip import digest_of

    manifest["digest"] = digest_of(manifest)
    forged = rewritten({**raw, "manifest.json": json.dumps(manifest).encode()})
    found = check_pack(io.BytesIO(forged), name="x.zip", verify=lambda _: ledger.verify)
    assert any(one.path == "audit trail" for one in found.faults)


def test_sha256sum_and_unzip_check_it_without_hubposture(made: bytes, tmp_path: Path) -> None:
    if shutil.which("unzip") is None or shutil.which("sha256sum") is None:
        pytest.skip("needs unzip and sha256sum")
    (tmp_path / "pack.zip").write_bytes(made)
    subprocess.run(["unzip", "-q", "pack.zip", "-d", "evidence"], cwd=tmp_path, check=True)
    there = tmp_path / "evidence"
    command = ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"]
    assert subprocess.run(command, cwd=there, check=False).returncode == 0
    (there / "statuses.csv").write_bytes(b"x")
    assert subprocess.run(command, cwd=there, check=False, capture_output=True).returncode != 0


# Hostile texts


@pytest.mark.slow
@pytest.mark.parametrize("text", [MARKUP.replace("\x00", ""), FORMULA, "\u202e\u2066x", "x" * 5_000])
def test_hostile_texts_are_texts_everywhere(tmp_path: Path, text: str) -> None:
    with world(tmp_path, text=text) as there:
        raw = pack(there)
    found = files(raw)
    assert faults(raw) == []
    for name, content in found.items():
        if name.endswith(".html"):
            tags = [tag for tag, _ in Read(content.decode()).elements]
            assert not {"script", "img", "svg"} & set(tags), name
            assert "\u202e" not in content.decode()
        if name.endswith(".csv"):
            for line in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
                assert not [cell for cell in line if cell.startswith(("=", "+", "-", "@"))], (name, line)
    assert found["summary.pdf"].startswith(b"%PDF")
    assert "\x1b" not in found["README.txt"].decode()


@given(st.text(max_size=120), st.text(max_size=120))
def test_names_become_paths_that_stay_apart(one: str, other: str) -> None:
    for name in (safe(one), safe(other)):
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,100}", name)
        assert name.strip(".")
    if one != other:
        assert safe(one) != safe(other)


@given(st.lists(st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))), st.sampled_from(["day", "week"]))
def test_days_are_chosen_from_those_that_are_kept_alone(days: list[dt.date], every: str) -> None:
    begin, end = dt.date(2026, 3, 1), dt.date(2026, 9, 30)
    found = chosen(days, begin, end, every=every)
    assert set(found) <= {day for day in days if begin <= day <= end}
    assert found == sorted(set(found))
    inside = {day for day in days if begin <= day <= end}
    if every == "day":
        assert set(found) == inside
    assert {day.isocalendar()[:2] for day in found} == {day.isocalendar()[:2] for day in inside}


def test_the_same_contents_are_the_same_digest_in_any_writer() -> None:
    made = []
    for _ in range(2):
        out = io.BytesIO()
        writer = PackWriter(out)
        writer.put("a.txt", [b"x", b"y"])
        made.append((writer.close({"title": "t"}), out.getvalue()))
    assert made[0] == made[1]
