"""A small organization and workbooks written as rows of text."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from hubposture.catalog import load
from hubposture.matrix.cells import Book, Cell, CellKind, Sheet
from hubposture.matrix.parse import parse
from hubposture.matrix.rows import Matrix, Parsed
from hubposture.model.organization import Account, AccountState, Organization, OrgUnit
from hubposture.model.targets import Target

TODAY = dt.date(2026, 11, 24)
REGIONS = ("eu-central-1", "us-east-1", "eu-west-1")
Given = str | Cell | None

CONTROL_HEADINGS = (
    "Control", "Title", "Disposition", "Reason", "Evidence", "Approved by", "Reference", "Expires", "Scope",
    "Parameters", "Owner", "Our severity", "Due days", "Enforce from", "Waivable", "Review by", "Clauses", "Notes",
)  # fmt: skip


def sheet(
    name: str, rows: Sequence[Sequence[Given]], *, kinds: Mapping[tuple[int, int], CellKind] | None = None
) -> Sheet:
    cells = {
        (at, column): Cell(name, at, column, text, (kinds or {}).get((at, column), CellKind.TEXT))
        for at, row in enumerate(rows, start=1)
        for column, text in enumerate(row, start=1)
        if isinstance(text, str) and (text or (kinds or {}).get((at, column)))
    }
    return Sheet(name, cells)


def table(name: str, headings: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Sheet:
    return sheet(name, [headings, *([row.get(heading, "") for heading in headings] for row in rows)])


def controls(*rows: Mapping[str, str]) -> Sheet:
    return table("Controls", CONTROL_HEADINGS, rows)


def scopes(*rows: Mapping[str, str]) -> Sheet:
    headings = ("Scope", "Priority", "OUs", "Accounts", "Account tags", "Regions", "Excluding")
    return table("Scopes", headings, rows)


def standards(*rows: Mapping[str, str]) -> Sheet:
    return table("Standards", ("Standard", "Enabled", "Scope"), rows)


def clauses(*rows: Mapping[str, str]) -> Sheet:
    return table("Clauses", ("Clause", "Title", "Statement", "Version", "Owner", "GRC id"), rows)


def detections(*rows: Mapping[str, str]) -> Sheet:
    headings = ("Detection", "Covers", "Rule id or link", "SIEM", "Owner", "Enabled", "Last tested", "Max age days")
    return table("Detections", headings, rows)


def frameworks(*rows: Mapping[str, str]) -> Sheet:
    return table("Frameworks", ("Framework", "Requirement", "Title", "Covered by"), rows)


def book(*sheets: Sheet, name: str = "controls.xlsx") -> Book:
    return Book(name, "sha256:0", tuple(sheets))


def read(*sheets: Sheet, mapping: Mapping[str, str] | None = None) -> Parsed:
    return parse(book(*sheets), load(), mapping=mapping)


def matrix(*sheets: Sheet) -> Matrix:
    parsed = read(*sheets)
    assert parsed.problems == ()
    return parsed.matrix


def organization(accounts: Iterable[Account] | None = None) -> Organization:
    units = {
        "r-root": OrgUnit("r-root", "Root", None, "/"),
        "ou-root-workload": OrgUnit("ou-root-workload", "Workloads", "r-root", "/Workloads"),
        "ou-root-prodprod": OrgUnit("ou-root-prodprod", "Prod", "ou-root-workload", "/Workloads/Prod"),
        "ou-root-sandboxx": OrgUnit("ou-root-sandboxx", "Sandbox", "r-root", "/Sandbox"),
    }
    usual = (
        Account("111111111111", "management", "r-root", AccountState.MANAGEMENT),
        Account("012345678901", "shop", "ou-root-prodprod", alias="acme-shop", tags={"env": "prod", "tier": "web"}),
        Account("222222222222", "bank", "ou-root-prodprod", alias="acme-bank", tags={"env": "prod"}),
        Account("333333333333", "lab", "ou-root-workload", tags={"env": "test"}),
        Account("444444444444", "play", "ou-root-sandboxx"),
        Account("555555555555", "old", "ou-root-sandboxx", AccountState.SUSPENDED),
    )
    return Organization(
        name="acme",
        id="o-acme",
        partition="aws",
        management_account="111111111111",
        administrator="222222222222",
        home_region="eu-central-1",
        linked_regions=("eu-central-1", "eu-west-1", "us-east-1"),
        units=units,
        accounts={account.id: account for account in (usual if accounts is None else accounts)},
    )


def target(account: str, region: str = "eu-central-1") -> Target:
    return Target("acme", account, region)
