"""Writes the Spark and Trino texts of the portable queries, and Athena's tables; `--check` says which ones are stale.

    python tools/portable.py [--check]

sqlglot does the translating. What the tests do with the texts: DuckDB's and Spark's are run and compared; Trino's, which
are Athena's too, are generated and never run here.
"""

import sys
from pathlib import Path
from typing import Final

import sqlglot

from hubposture.findings.tables import TABLES, Kind, Table
from hubposture.posture.queries import QUERIES, query
from hubposture.posture.rollup import ROLLUP

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "src" / "hubposture" / "posture" / "sql"
ATHENA: Final = ROOT / "docs" / "athena.sql"
_TYPES: Final = {Kind.TEXT: "string", Kind.INTEGER: "bigint", Kind.TRUTH: "boolean", Kind.TIME: "timestamp"}
DIALECTS: Final = ("spark", "trino")


def main() -> int:
    """Write the texts, or with --check say which are stale; the exit status is 1 if one was."""
    wanted = {FOLDER / dialect / f"{name}.sql": translated(name, dialect) for name in QUERIES for dialect in DIALECTS}
    wanted[ATHENA] = athena()
    stale = [path for path, text in wanted.items() if _stored(path) != text]
    superfluous = sorted(
        path for dialect in DIALECTS for path in (FOLDER / dialect).glob("*.sql") if path not in wanted
    )
    if "--check" in sys.argv[1:]:
        for path in (*stale, *superfluous):
            print(f"{path.relative_to(ROOT)} is stale: run `python tools/portable.py`")
        return 1 if stale or superfluous else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
        print(f"{path.relative_to(ROOT)} written")
    for path in superfluous:
        path.unlink()
        print(f"{path.relative_to(ROOT)} removed")
    return 0


def translated(name: str, dialect: str) -> str:
    """A query as another engine takes it; parameters are `:name` there."""
    tree = sqlglot.parse_one(query(name), read="duckdb")
    text = tree.sql(dialect, pretty=True, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)
    return f"-- Written by tools/portable.py from ../{name}.sql; changes here are lost.\n{text}\n"


def athena() -> str:
    """Athena's statements for the tables of the lake, over lists of files (docs/lake.md)."""
    head = (
        "-- Written by tools/portable.py; changes here are lost. Never run by us: see lake.md.\n"
        "-- s3://acme-lake/lists is where the lists of files were copied to.\n"
    )
    return head + "".join(f"\n{_external(table)}" for table in (*TABLES, ROLLUP))


def _external(table: Table) -> str:
    columns = ",\n".join(f"  `{column.name}` {_TYPES[column.kind]}" for column in table.columns)
    return (
        f"CREATE EXTERNAL TABLE `{table.name}` (\n{columns}\n)\n"
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'\n"
        "STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'\n"
        "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'\n"
        f"LOCATION 's3://acme-lake/lists/{table.name}/';\n"
    )


def _stored(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
