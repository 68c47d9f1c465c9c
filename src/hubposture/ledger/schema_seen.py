"""The tables of what AWS Config and CloudTrail said."""

from sqlalchemy import Column, PrimaryKeyConstraint, String, Table

from hubposture.ledger.columns import CleanText, Document, UtcDateTime
from hubposture.ledger.schema import METADATA

RESOURCE_PASTS = Table(
    "resource_pasts",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("resource", String(32), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("body", Document, nullable=False),
    PrimaryKeyConstraint("organization", "resource"),
)

OUTSIDE_WRITES = Table(
    "outside_writes",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("event", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("body", Document, nullable=False),
    PrimaryKeyConstraint("organization", "event"),
)

OUTSIDE_READINGS = Table(
    "outside_readings",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("account", CleanText, nullable=False),
    Column("region", CleanText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("body", Document, nullable=False),
    PrimaryKeyConstraint("organization", "account", "region"),
)
