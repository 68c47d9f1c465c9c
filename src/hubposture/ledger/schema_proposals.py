"""The table of proposed changes of the workbook."""

from sqlalchemy import Column, PrimaryKeyConstraint, String, Table

from hubposture.ledger.columns import CleanText, Document, NaiveUtc
from hubposture.ledger.schema import METADATA

PROPOSALS = Table(
    "proposals",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("id", String(64), nullable=False),
    Column("control", CleanText, nullable=False),
    Column("scope", CleanText, nullable=False),
    Column("title", CleanText, nullable=False),
    Column("why", CleanText, nullable=False),
    Column("by", CleanText, nullable=False),
    Column("at", NaiveUtc, nullable=False),
    Column("branch", CleanText, nullable=False),
    Column("base", String(64), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("places", Document, nullable=False),
    Column("row", Document, nullable=False),
    Column("plan", Document, nullable=False),
    Column("commit", String(64), nullable=False),
    Column("pushed_to", CleanText, nullable=False),
    Column("trouble", CleanText, nullable=False),
    Column("withdrawn_by", CleanText, nullable=False),
    Column("withdrawn_at", NaiveUtc),
    PrimaryKeyConstraint("organization", "id"),
)
