"""The tables of waivers that people ask for on our pages."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, String, Table, UniqueConstraint

from hubposture.ledger.columns import CleanText, Json, NaiveUtc
from hubposture.ledger.schema import METADATA

WAIVER_DRAFTS = Table(
    "waiver_drafts",
    METADATA,
    Column("request", String(26), nullable=False),
    Column("waiver", CleanText, nullable=False),
    Column("taken", CleanText),  # the id in small letters for a new waiver, which takes it; NULL for one that is there
    Column("organization", CleanText, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", CleanText, nullable=False),
    Column("people", Json, nullable=False),
    Column("edited_by", CleanText, nullable=False),
    Column("edited_at", NaiveUtc, nullable=False),
    Column("branch", CleanText, nullable=False),
    Column("commit", CleanText, nullable=False),
    Column("trouble", CleanText, nullable=False),
    Column("revision", Integer, nullable=False),
    PrimaryKeyConstraint("request"),
    UniqueConstraint("taken"),
)

WAIVER_SAID = Table(
    "waiver_said",
    METADATA,
    Column("id", String(26), nullable=False),
    Column("request", String(26), nullable=False),
    Column("at", NaiveUtc, nullable=False),
    Column("who", CleanText, nullable=False),
    Column("what", String(32), nullable=False),
    Column("text", CleanText, nullable=False),
    Column("digest", CleanText, nullable=False),
    PrimaryKeyConstraint("id"),
    Index(None, "request", "id"),
)
