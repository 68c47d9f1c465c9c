"""docs/lake.md: what it says can be done with a version is done here."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from hubposture.findings.tables import TABLES
from hubposture.lake.manifest import File, Layers, Manifest, to_json
from hubposture.ledger.ledger import open_ledger
from hubposture.ports.versions import Publication
from hubposture.posture.rollup import ROLLUP

PAGE = Path(__file__).parents[2] / "docs" / "lake.md"


def block(language: str, containing: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (one,) = [text for text in found if containing in text]
    return str(one)


def file(name: str) -> File:
    return File(f"{name}.parquet", 1, 1, "00")


def manifest(**changes: Layers) -> Manifest:
    names = [
        table.name for table in TABLES if table.name not in ("findings", "subjects", "transitions", "cube", "tags")
    ]
    return Manifest(
        findings=changes.get("findings", Layers((file("findings/1"), file("findings/2")))),
        subjects=Layers((file("subjects/1"),)),
        transitions=(file("transitions/1"),),
        tags=(file("tags/1"),),
        cube=file("cube/1"),
        rollup=file("rollup/1"),
        dimensions={name: file(f"dimensions/{name}") for name in names},
    )


def run(tmp_path: Path, kept: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "manifest.json").write_text(kept, encoding="utf-8")
    (tmp_path / "lists.py").write_text(block("python", "sys.argv"), encoding="utf-8")
    command = [sys.executable, "lists.py", "manifest.json", "s3://acme-lake/main", "lists"]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_the_ledgers_newest_manifest_becomes_a_list_of_files_for_every_table(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(f"sqlite:///{path}", relative_to=tmp_path) as ledger:
        for parent, one in enumerate((Manifest(), manifest())):
            ledger.publish("main", parent=parent, manifest=to_json(one), also=Publication(), lease=None)
    (sql,) = re.findall(r'"(SELECT .*?)"', block("sh", "sqlite3"), re.DOTALL)
    with closing(sqlite3.connect(path)) as opened:
        ((kept,),) = opened.execute(sql).fetchall()
    done = run(tmp_path, kept)
    assert done.returncode == 0, done.stderr
    assert {one.name for one in (tmp_path / "lists").iterdir()} == {table.name for table in (*TABLES, ROLLUP)}
    listed = (tmp_path / "lists" / "findings" / "files.txt").read_text(encoding="utf-8")
    assert listed == "s3://acme-lake/main/findings/1.parquet\ns3://acme-lake/main/findings/2.parquet\n"


def test_a_version_with_deltas_is_refused(tmp_path: Path) -> None:
    layers = Layers((file("findings/1"),), (file("findings/2"),))
    done = run(tmp_path, json.dumps(to_json(manifest(findings=layers))))
    assert done.returncode == 1
    assert "hubposture store compact" in done.stderr


def test_athena_has_a_statement_for_every_table() -> None:
    text = (PAGE.parent / "athena.sql").read_text(encoding="utf-8")
    assert re.findall(r"CREATE EXTERNAL TABLE `(\w+)`", text) == [table.name for table in (*TABLES, ROLLUP)]
