"""Faults of the store are found and named."""

from pathlib import Path

import duckdb
import pytest

from hubposture.findings.tables import CUBE, SUBJECTS
from hubposture.lake.manifest import File, Layers, Manifest, from_json, to_json
from hubposture.lake.publish import Place
from hubposture.lake.storage import digest_of
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.versions import Publication
from lake.lake_world import LAKE, T0, batch, dimensions


def filled(writer: Writer) -> None:
    writer.fold(batch(6))
    writer.settle(dimensions())
    writer.fold(batch(2, compliance="PASSED", updated=T0))


def test_a_sound_lake_has_no_faults(writer: Writer) -> None:
    assert writer.check(deep=True) == ()
    filled(writer)
    assert writer.check() == writer.check(deep=True) == ()


def test_every_missing_file_is_named_with_the_versions_that_need_it(writer: Writer, tmp_path: Path) -> None:
    filled(writer)
    for folder in ("findings", "subjects", "transitions", "cube", "rollup", "dimensions"):
        path = min((tmp_path / "lake" / folder).iterdir())
        path.rename(tmp_path / "elsewhere")
        (fault,) = writer.check()
        assert fault.where.endswith(f"/{folder}/{path.name}")
        assert fault.what.startswith("is missing; needed by version")
        assert "backup" in fault.hint
        (tmp_path / "elsewhere").rename(path)
    assert writer.check() == ()


def test_a_changed_byte_is_found_by_a_deep_check_alone(writer: Writer, tmp_path: Path) -> None:
    filled(writer)
    path = next((tmp_path / "lake" / "findings").glob("base-*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert writer.check() == ()
    assert [fault.what.split(";")[0] for fault in writer.check(deep=True)] == ["has other bytes than were written"]
    path.write_bytes(content[:-1])
    assert "instead of" in writer.check()[0].what


def replaced(tmp_path: Path, manifest: Manifest, *, table: str, query: str) -> File:
    """A file with other rows than belong there, written as if it were right."""
    held = {"cube": manifest.cube, "subjects": manifest.subjects.base[0]}[table]
    assert held is not None
    path = tmp_path / "lake" / table / "forged.parquet"
    source = tmp_path / "lake" / held.name
    with duckdb.connect() as connection:
        ((rows,),) = connection.execute(f"COPY ({query.format(source=source)}) TO '{path}' (FORMAT parquet)").fetchall()
    return File(f"{table}/forged.parquet", rows, path.stat().st_size, digest_of(path))


def publish(books: SqlLedger, manifest: Manifest) -> None:
    head = books.head_version(LAKE)
    assert head is not None
    books.publish(LAKE, parent=head.number, manifest=to_json(manifest), also=Publication(), lease=None)


@pytest.mark.parametrize(
    "forgery",
    [
        ("cube", f"SELECT {', '.join(CUBE.names[:-1])}, n + 1 AS n FROM '{{source}}'", ["cells of the cube differ"]),
        (
            "subjects",
            f"SELECT {', '.join(SUBJECTS.names)} FROM '{{source}}' UNION ALL (SELECT * FROM '{{source}}' LIMIT 1)",
            ["subjects are there twice", "cells of the cube", "newest transition", "counted wrongly"],
        ),
        (
            "subjects",
            "SELECT * REPLACE ('lost' AS presence) FROM '{source}'",
            ["cells of the cube", "newest transition", "counted wrongly"],
        ),
        (
            "subjects",
            "SELECT * FROM '{source}' LIMIT 5",
            ["findings have no subject", "cells of the cube", "newest transition", "counted wrongly"],
        ),
    ],
)
def test_what_disagrees_within_a_version_is_found(
    writer: Writer, books: SqlLedger, place: Place, tmp_path: Path, forgery: tuple[str, str, list[str]]
) -> None:
    table, query, found = forgery
    writer.fold(batch(6))
    manifest = place.head().manifest
    forged = replaced(tmp_path, manifest, table=table, query=query)
    if table == "cube":
        publish(books, from_json(to_json(manifest) | {"cube": to_json(Manifest(cube=forged))["cube"]}))
    else:
        subjects = to_json(Manifest(subjects=Layers((forged,))))["subjects"]
        publish(books, from_json(to_json(manifest) | {"subjects": subjects}))
    faults = writer.check(deep=True)
    assert len(faults) == len(found)
    assert all(part in fault.what for part, fault in zip(found, faults, strict=True))
    assert {fault.where for fault in faults} == {"version 2"}
