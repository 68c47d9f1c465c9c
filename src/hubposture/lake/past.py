"""Days whose findings are no longer kept: what their subjects were, from the transitions."""
# ruff: noqa: S608 - statements are put together from names of our own tables

import datetime as dt
from dataclasses import replace

from hubposture.findings.fold import STATE_AT
from hubposture.findings.tables import SUBJECTS, Kind
from hubposture.lake.engine import Opened
from hubposture.lake.manifest import Layers
from hubposture.lake.publish import Head
from hubposture.lake.storage import Storage

_KNOWN = ("subject", "kind", "account", "region", "control", "resource", "presence", "status", "aws_status")
_BLANK = {Kind.TEXT: "''", Kind.INTEGER: "CAST(0 AS BIGINT)", Kind.TRUTH: "FALSE", Kind.TIME: "CAST(NULL AS TIMESTAMP)"}
_SEVERITY = (
    "CASE WHEN w.status = 'PASSED' THEN 'INFORMATIONAL' ELSE COALESCE(NULLIF(c.severity, ''), 'INFORMATIONAL') END"
)


def is_old(at: dt.datetime, *, now: dt.datetime, full_days: int) -> bool:
    """Whether a version's findings need not be kept any longer."""
    return at < now - dt.timedelta(days=full_days)


def is_slim(storage: Storage, head: Head, *, now: dt.datetime, full_days: int) -> bool:
    """Whether a version is so old that its findings need not be kept, and they are not."""
    if not is_old(head.at, now=now, full_days=full_days):
        return False
    layers = (head.manifest.findings, head.manifest.subjects)
    return any(storage.size(file.name) is None for one in layers for file in one.files)


def slimmed(head: Head, newest: Head) -> Head:
    """An old version with what is kept of it, and the transitions of the newest one, which has those of all before."""
    kept = replace(
        head.manifest,
        findings=Layers(),
        subjects=Layers(),
        tags=(),
        rejects=(),
        transitions=newest.manifest.transitions,
    )
    return replace(head, manifest=kept)


def show_slim(opened: Opened, head: Head, *, schema: str) -> None:
    """The relations of a version that was `slimmed`; `findings` is not among them. Raises LakeDamaged.

    What transitions do not tell of a subject is blank; its severity is its control's.
    """
    run = opened.connection.execute
    opened.show(head.manifest, number=head.number)
    run(f"SET schema = '{schema}'")
    run("DROP VIEW findings")
    run("DROP VIEW subjects")
    run("ALTER VIEW transitions RENAME TO every_transition")
    run(f"CREATE VIEW transitions AS SELECT * FROM {schema}.every_transition WHERE version <= {head.number}")
    columns = ", ".join(_expression(column.name, column.kind) for column in SUBJECTS.columns)
    run(
        f"CREATE TABLE subjects AS WITH w AS ({STATE_AT}) "
        f"SELECT {columns} FROM w LEFT JOIN controls c ON c.control = w.control",
        {"version": head.number},
    )


def _expression(name: str, kind: Kind) -> str:
    if name in (*_KNOWN, "suppressed", "failing_since"):
        return f"w.{name}"
    if name == "severity":
        return f"{_SEVERITY} AS severity"
    return f"{_BLANK[kind]} AS {name}"
