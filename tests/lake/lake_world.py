"""A lake of two accounts in two Regions on a ledger, and findings for it."""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hubposture.findings.finding import Finding, finding_key, subject_key
from hubposture.findings.tables import (
    ACCOUNTS,
    CONTROLS,
    ENABLEMENT,
    STANDARDS,
    TARGETS,
    UNITS,
    WISHES,
    Column,
    Kind,
    Table,
)
from hubposture.lake.engine import Means
from hubposture.lake.publish import Books, Place
from hubposture.lake.reader import Reader
from hubposture.lake.storage import LocalStorage, Storage
from hubposture.lake.writer import Writer
from hubposture.ledger.ulid import Ulids
from hubposture.ports.lake import Dimensions, Execute, Snapshot
from ledger_world import START, counting_entropy

ACCOUNTS_ = ("111122223333", "444455556666")
REGIONS = ("eu-central-1", "us-east-1")
PRODUCT = "arn:aws:securityhub:eu-central-1::product/aws/securityhub"
T0 = START.replace(tzinfo=None)
HOUR = dt.timedelta(hours=1)
UNTIL = dt.datetime(2027, 5, 2)
LAKE = "main"
ROLLUP = Table(
    "rollup",
    "Failing subjects per account, as a test wants it.",
    ("account",),
    (Column("account", Kind.TEXT, "account"), Column("failing", Kind.INTEGER, "how many")),
)


def finding(
    resource: str = "arn:aws:s3:::one",
    *,
    account: str = ACCOUNTS_[0],
    region: str = REGIONS[0],
    control: str = "s3.8",
    compliance: str = "FAILED",
    updated: dt.datetime = T0 - dt.timedelta(hours=1),
    observed: dt.datetime | None = None,
    tags: tuple[tuple[str, str], ...] = (),
    **other: Any,
) -> Finding:
    """A control finding; its id follows from account, Region, control and resource."""
    id_ = f"arn:aws:securityhub:{region}:{account}:security-control/{control}/finding/{resource}"
    values: dict[str, Any] = {
        "finding": finding_key(PRODUCT, id_),
        "subject": subject_key(account, region, control, resource),
        "kind": "control",
        "product": PRODUCT,
        "id": id_,
        "account": account,
        "region": region,
        "control": control,
        "resource": resource,
        "resource_type": "AwsS3Bucket",
        "standard": "",
        "title": "",
        "compliance": compliance,
        "reason": "",
        "severity": "INFORMATIONAL" if compliance == "PASSED" else "HIGH",
        "record_state": "ACTIVE",
        "archived_because": "",
        "created_at": updated - dt.timedelta(days=1),
        "updated_at": updated,
        "first_observed_at": None,
        "last_observed_at": updated,
        "workflow": "NEW",
        "note": "",
        "note_by": "",
        "note_at": None,
        "user_fields": "",
        "observed_at": observed or updated,
        "tagset": "" if not tags else hashlib.blake2b(repr(tags).encode(), digest_size=8).hexdigest(),
        "tags": tags,
    }
    return Finding(**(values | other))


def batch(count: int, *, first: int = 0, **other: Any) -> list[Finding]:
    """Findings of as many resources, over all accounts and Regions, every third passed unless said otherwise."""
    return [
        finding(
            f"arn:aws:s3:::bucket-{number}",
            account=ACCOUNTS_[number % 2],
            region=REGIONS[number // 2 % 2],
            **({"compliance": "PASSED" if number % 3 == 0 else "FAILED"} | other),
        )
        for number in range(first, first + count)
    ]


def dimensions(*, tables: Mapping[str, Sequence[tuple[object, ...]]] | None = None, **other: Any) -> Dimensions:
    """All accounts live, all targets seen, S3.8 on everywhere; `tables` replace those of the same name."""
    places = [(account, region) for account in ACCOUNTS_ for region in REGIONS]
    all_: dict[str, Sequence[tuple[object, ...]]] = {
        ACCOUNTS.name: [(one, f"n{one}", "", one, "active", "ou-1", "/Work", "") for one in ACCOUNTS_],
        UNITS.name: [(path, one, ou) for one in ACCOUNTS_ for path, ou in (("/", "r-1"), ("/Work", "ou-1"))],
        TARGETS.name: [(*place, "seen", "", "local", "e1", "w1", None) for place in places],
        ENABLEMENT.name: [("e1", "cis-5.0.0", "s3.8", True, "")],
        WISHES.name: [("w1", "s3.8", "enforce", True, "HIGH", None, "", "Controls!G7", -1, -1)],
        CONTROLS.name: [("s3.8", "S3.8", "Buckets block public access", "S3", "HIGH", "", None)],
        STANDARDS.name: [("cis-5.0.0", "s3.8", "2.1.4")],
    }
    return Dimensions(tables=all_ | dict(tables or {}), **({"recorded": places} | other))


def decided(*subjects: str, effect: str = "suppress", waiver: str = "W-2026-014") -> list[tuple[object, ...]]:
    """Rows of DECISIONS."""
    return [(one, waiver, UNTIL, effect) for one in subjects]


def waiver(id_: str = "W-2026-014", *, state: str = "holding") -> tuple[object, ...]:
    """A row of WAIVERS."""
    return (
        id_, state, "by-design", "suppress", "S3.8", "team-web", "lee@example.com", "kim@example.com", "lee@example.com",
        "file", "Public on purpose", T0, UNTIL, 1, 1, 0, None,
    )  # fmt: skip


def rollup(execute: Execute, at: dt.datetime) -> tuple[Table, Sequence[tuple[Any, ...]]]:
    return ROLLUP, execute("SELECT account, sum(n) FROM cube WHERE status = 'FAILED' GROUP BY account", {})


def place(root: Path, books: Books, clock: Callable[[], dt.datetime], *, storage: Storage | None = None) -> Place:
    return Place(LAKE, books, storage or LocalStorage(root / "lake"), clock, Ulids(clock, counting_entropy()))


def means(root: Path) -> Means:
    return Means(256, root / "spill", 2)


def writer(at: Place, root: Path, *, holder: str = "writer-1") -> Writer:
    return Writer(at, means(root), holder=holder, rollup=rollup, full_days=7)


def reader(at: Place, root: Path) -> Reader:
    return Reader(at, means(root), rollup=ROLLUP, scored=rollup, full_days=7)


def rows(snapshot: Snapshot, table: Table) -> list[tuple[Any, ...]]:
    columns = ", ".join(f'"{name}"' for name in table.names)
    return snapshot.execute(f"SELECT {columns} FROM {table.name} ORDER BY ALL", {})


def state(snapshot: Snapshot) -> dict[str, tuple[str, str]]:
    """Last part of the resource -> (presence, status)."""
    found = snapshot.execute("SELECT resource, presence, status FROM subjects", {})
    return {resource.rsplit(":", 1)[-1]: (presence, status) for resource, presence, status in found}


def names(root: Path) -> set[str]:
    """The lake's files."""
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
