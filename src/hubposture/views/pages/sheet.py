"""A list of findings as a sheet: headings and plain rows, for files."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubposture.views.findings import Row

SheetCell = str | int | dt.datetime | None

_COLUMNS = (
    ("Severity", "severity_shown"), ("Control", "control_shown"), ("Title", "control_title"), ("Status", "status"),
    ("Presence", "presence"), ("Account", "account"), ("Account alias", "account_alias"), ("Account name", "account_name"),
    ("OU", "ou_path"), ("Region", "region"), ("Resource", "resource"), ("Resource type", "resource_type"), ("Owner", "owner"),
    ("Disposition", "disposition"), ("Failing since (UTC)", "failing_since"), ("First seen (UTC)", "first_seen_at"),
    ("Last passed (UTC)", "last_passed_at"), ("Workflow", "workflow"), ("Waiver", "waiver"), ("Waived until (UTC)", "waived_until"),
    ("Product", "product"), ("Subject", "subject"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under headings; `note` says what is left out, ''."""

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[SheetCell]]
    note: str = ""


def of_findings(rows: Sequence[Row], *, note: str = "") -> Sheet:
    """Subjects as the lake's lists give them, in their order."""
    return Sheet("Findings", [heading for heading, _ in _COLUMNS], [list(_cells(row)) for row in rows], note)


def _cells(row: Row) -> Iterator[SheetCell]:
    for _, name in _COLUMNS:
        value = row[name]
        yield (row["title"] if name == "control_title" and not value else value)
