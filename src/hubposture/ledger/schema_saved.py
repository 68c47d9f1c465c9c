"""The tables of what people keep for themselves: filters under a name, and answers to what may be asked twice."""

from sqlalchemy import Column, PrimaryKeyConstraint, String, Table, UniqueConstraint

from hubposture.ledger.columns import CleanText, Document, UtcDateTime
from hubposture.ledger.schema import METADATA

SAVED_FILTERS = Table(
    "saved_filters",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("owner", CleanText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("shared", CleanText),  # the name again, NULL where it is not shared: shared names are unique
    Column("made_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("organization", "owner", "name"),
    UniqueConstraint("organization", "shared"),
)

KEPT_ANSWERS = Table(
    "kept_answers",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("who", CleanText, nullable=False),
    Column("key", CleanText, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("answer", Document, nullable=False),  # null (of JSON) until there is one
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("organization", "who", "key"),
)
