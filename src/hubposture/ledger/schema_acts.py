"""The table of what people do from messages."""

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, String, Table

from hubposture.ledger.columns import CleanText, Document, NaiveUtc
from hubposture.ledger.schema import METADATA

MESSAGE_ACTS = Table(
    "message_acts",
    METADATA,
    Column("id", String(64), nullable=False),
    Column("organization", CleanText, nullable=False),
    Column("doing", String(32), nullable=False),
    Column("message", CleanText, nullable=False),
    Column("where", CleanText, nullable=False),
    Column("thing", CleanText, nullable=False),
    Column("user", CleanText, nullable=False),
    Column("workspace", CleanText, nullable=False),
    Column("fields", Document, nullable=False),
    Column("at", NaiveUtc, nullable=False),
    Column("state", String(16), nullable=False),
    Column("by", CleanText, nullable=False),
    Column("detail", CleanText, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("ended_at", NaiveUtc),
    Column("is_told", Boolean, nullable=False),  # the message and who acted say so
    PrimaryKeyConstraint("id"),
    Index(None, "organization", "message"),
    Index(None, "organization", "is_told"),
)
