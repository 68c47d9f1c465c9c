"""The tables of work: tickets, messages, what people answered, what webhooks told, and reports that were frozen."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, String, Table

from hubposture.ledger.columns import CleanText, Document, NaiveUtc
from hubposture.ledger.schema import METADATA

TICKETS = Table(
    "tickets",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("key", CleanText, nullable=False),
    Column("by", String(32), nullable=False),
    Column("control", CleanText, nullable=False),
    Column("owner", CleanText, nullable=False),
    Column("account", CleanText, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("number", Integer, nullable=False),
    Column("team", CleanText, nullable=False),
    Column("tracker", CleanText, nullable=False),
    Column("place", CleanText, nullable=False),
    Column("parent", CleanText, nullable=False),
    Column("assignment_group", CleanText, nullable=False),
    Column("assignee", CleanText, nullable=False),
    Column("state", String(16), nullable=False),
    Column("made_at", NaiveUtc, nullable=False),
    Column("id", CleanText, nullable=False),
    Column("shown", CleanText, nullable=False),
    Column("url", CleanText, nullable=False),
    Column("written", CleanText, nullable=False),
    Column("written_at", NaiveUtc),
    Column("closed_at", NaiveUtc),
    Column("outcome", String(32)),
    Column("is_full", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lookups", Integer, nullable=False),
    Column("sent_at", NaiveUtc),
    Column("looked_at", NaiveUtc),
    Column("hand_closed", Integer, nullable=False),
    Column("hand_closed_at", NaiveUtc),
    Column("rung", Integer, nullable=False),
    Column("previous", CleanText, nullable=False),
    Column("trouble", CleanText, nullable=False),
    Column("is_adopted", Boolean, nullable=False),
    Column("members", String(64), nullable=False),  # a digest of them: equal ones are not written again
    PrimaryKeyConstraint("organization", "key"),
)

TICKET_MEMBERS = Table(
    "ticket_members",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("ticket", CleanText, nullable=False),
    Column("place", Integer, nullable=False),  # in the ticket, counted from 0
    Column("subject", CleanText, nullable=False),
    Column("since", NaiveUtc, nullable=False),
    Column("standing", String(32), nullable=False),
    PrimaryKeyConstraint("organization", "ticket", "place"),
    sqlite_with_rowid=False,
)

WORK_CURSORS = Table(
    "work_cursors",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("at", NaiveUtc, nullable=False),
    PrimaryKeyConstraint("organization", "name"),
)

MESSAGES = Table(
    "messages",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("key", CleanText, nullable=False),
    Column("about", CleanText, nullable=False),
    Column("team", CleanText, nullable=False),
    Column("carrier", CleanText, nullable=False),
    Column("to", CleanText, nullable=False),
    Column("digest", CleanText, nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", NaiveUtc, nullable=False),
    Column("where", CleanText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("trouble", CleanText, nullable=False),
    Column("things", Document, nullable=False, server_default="[]"),
    PrimaryKeyConstraint("organization", "key"),
    Index(None, "organization", "where"),
)

ANSWERS = Table(
    "answers",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("kind", CleanText, nullable=False),
    Column("ticket", CleanText, nullable=False),
    Column("digest", String(64), nullable=False),  # of what was said, which may be too long for an index
    Column("owner", CleanText, nullable=False),
    Column("said", CleanText, nullable=False),
    Column("by", CleanText, nullable=False),
    Column("at", NaiveUtc, nullable=False),
    Column("state", String(16), nullable=False),
    Column("decided_by", CleanText, nullable=False),
    Column("detail", CleanText, nullable=False),
    PrimaryKeyConstraint("organization", "kind", "ticket", "digest"),
)

HOOKS = Table(
    "hooks",
    METADATA,
    Column("tracker", CleanText, nullable=False),
    Column("delivery", CleanText, nullable=False),
    Column("id", CleanText, nullable=False),
    Column("at", NaiveUtc, nullable=False),
    Column("is_settled", Boolean, nullable=False),  # it was looked at since; kept so that a delivery counts once
    PrimaryKeyConstraint("tracker", "delivery"),
    Index(None, "tracker", "is_settled", "at"),
)

REPORTS = Table(
    "reports",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("of", String(16), nullable=False),
    Column("key", CleanText, nullable=False),
    Column("week", String(8), nullable=False),
    Column("frozen_at", NaiveUtc, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("body", Document, nullable=False),
    PrimaryKeyConstraint("organization", "of", "key", "week"),
)
