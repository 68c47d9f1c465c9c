"""A small lake in memory: tables as `findings.tables` says, filled row by row."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb

from hubposture.filters import Filter, parse
from hubposture.findings.tables import TABLES, Kind, Table
from hubposture.lake.fields import FIELDS
from hubposture.lake.owning import show_owners
from hubposture.owners.chain import Chain
from hubposture.owners.team import Team, Teams

NOW = dt.datetime(2026, 11, 24, 10, 40, tzinfo=dt.UTC)
DAY = NOW.replace(tzinfo=None)
BY_NAME: Mapping[str, Table] = {table.name: table for table in TABLES}
_EMPTY: Mapping[Kind, object] = {Kind.TEXT: "", Kind.INTEGER: 0, Kind.TRUTH: False, Kind.TIME: None}

PROD, DATA = "111122223333", "444455556666"

CHAIN = Chain(Teams((Team("team-storage"), Team("data", ("team-data",)))), resource_tags=("owner",))


def seen(connection: duckdb.DuckDBPyConnection, chain: Chain = CHAIN) -> duckdb.DuckDBPyConnection:
    """The connection, with the owners of what is in the tables now."""
    show_owners(connection, chain)
    return connection


def days_ago(days: float) -> dt.datetime:
    return DAY - dt.timedelta(days=days)


def wanted(text: str) -> Filter:
    return parse(text, fields=FIELDS, now=NOW)


def put(connection: duckdb.DuckDBPyConnection, table: str, **values: Any) -> None:
    """One row; columns that are not given are empty."""
    row = {column.name: values.pop(column.name, _EMPTY[column.kind]) for column in BY_NAME[table].columns}
    assert not values, f"{table} has no {', '.join(values)}"
    connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", list(row.values()))


def subject(connection: duckdb.DuckDBPyConnection, key: str, **values: Any) -> str:
    """A subject of a control, failing HIGH for ten days unless said otherwise."""
    row: dict[str, Any] = {
        "kind": "control", "account": PROD, "region": "eu-central-1", "control": "s3.8",
        "resource": f"arn:aws:s3:::{key}", "resource_type": "AwsS3Bucket", "product": "securityhub",
        "presence": "present", "status": "FAILED", "severity": "HIGH", "workflow": "NEW", "failing_since": days_ago(10),
        "first_seen_at": days_ago(100), "changed_at": days_ago(10), "findings": 1,
    }  # fmt: skip
    if values.get("status", "FAILED") != "FAILED":
        row |= {"failing_since": None, "severity": "INFORMATIONAL" if values["status"] == "PASSED" else "HIGH"}
    put(connection, "subjects", subject=key, **(row | values))
    return key


@contextmanager
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """Two accounts, two Regions, four controls (one without a row, one unknown to the hub), one product."""
    with duckdb.connect(config={"threads": 1}) as opened:
        for table in TABLES:
            opened.execute(f"CREATE TABLE {table.name} ({table.ddl})")
        accounts = (
            (PROD, "Web", "acme-web-prod", "/Workloads/Prod", "team-web"),
            (DATA, "Data", "", "/Data", "team-data"),
        )
        for account, name, alias, ou, owner in accounts:
            shown = f"{alias or name} ({account})"
            put(opened, "accounts", account=account, name=name, alias=alias, shown=shown, state="active", ou_path=ou, owner=owner)  # fmt: skip
            for path in ("/", ou, *(["/Workloads"] if ou.startswith("/Workloads") else [])):
                put(opened, "units", ou_path=path, account=account)
            for region in ("eu-central-1", "us-east-1"):
                put(opened, "targets", account=account, region=region, sight="seen", wishes="w1")
        for control, shown, severity, title in (
            ("s3.8", "S3.8", "HIGH", "Buckets block public access"),
            ("ec2.2", "EC2.2", "HIGH", "Default groups let nothing through"),
            ("iam.4", "IAM.4", "CRITICAL", "Root has no access key"),
        ):
            put(
                opened,
                "controls",
                control=control,
                shown=shown,
                title=title,
                service=shown.split(".")[0],
                severity=severity,
            )
        put(opened, "wishes", wishes="w1", control="s3.8", disposition="enforce", in_force=True, severity="CRITICAL",
            due_before=days_ago(30), owner="team-storage")  # fmt: skip
        put(opened, "wishes", wishes="w1", control="ec2.2", disposition="monitor", severity="HIGH")
        put(opened, "standards", standard="cis-5.0.0", control="s3.8", requirements="2.1.4")
        put(opened, "tags", tagset="t1", tag="Owner", value="team-web")
        yield opened
