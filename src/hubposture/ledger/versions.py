"""The lake's versions: one head, moved by compare-and-swap, together with everything that must agree with it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from hubposture.ledger.audit import append
from hubposture.ledger.columns import dump
from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.outbox import put
from hubposture.ledger.part import Part, insert_if_absent, replace_rows
from hubposture.ledger.schema import LAKE_CURSORS, LAKE_HEADS, LAKE_PINS, LAKE_VERSIONS, LEASES
from hubposture.ports.ledger import Lease
from hubposture.ports.versions import HeadMoved, LeaseLost, Publication, VersionRow
from hubposture.reconcile.chunks import chunks

_PAGE = 500


class Versions(Part):
    """Publishing, reading and retiring versions, and the cursors of the lake's sources.

    Writers of all lakes go one at a time (`Lock.LAKE`): what they write is little, and so they cannot deadlock.
    """

    def head_version(self, lake: str) -> VersionRow | None:
        """See `ports.versions`."""
        is_head = (LAKE_VERSIONS.c.lake == LAKE_HEADS.c.lake) & (LAKE_VERSIONS.c.number == LAKE_HEADS.c.number)
        query = select(LAKE_VERSIONS).join(LAKE_HEADS, is_head).where(LAKE_HEADS.c.lake == lake)
        with reading(self._engine) as connection:
            return _maybe(connection.execute(query).one_or_none())

    def version(self, lake: str, number: int) -> VersionRow | None:
        """See `ports.versions`."""
        query = select(LAKE_VERSIONS).where(LAKE_VERSIONS.c.lake == lake, LAKE_VERSIONS.c.number == number)
        with reading(self._engine) as connection:
            return _maybe(connection.execute(query).one_or_none())

    def version_at(self, lake: str, at: datetime) -> VersionRow | None:
        """See `ports.versions`."""
        query = select(LAKE_VERSIONS).where(LAKE_VERSIONS.c.lake == lake, LAKE_VERSIONS.c.at <= at)
        newest = query.order_by(LAKE_VERSIONS.c.at.desc(), LAKE_VERSIONS.c.number.desc()).limit(1)
        with reading(self._engine) as connection:
            return _maybe(connection.execute(newest).one_or_none())

    def versions(self, lake: str, *, limit: int | None = None) -> tuple[VersionRow, ...]:
        """See `ports.versions`."""
        query = select(LAKE_VERSIONS).where(LAKE_VERSIONS.c.lake == lake).order_by(LAKE_VERSIONS.c.number.desc())
        with reading(self._engine) as connection:
            return tuple(_version(row) for row in connection.execute(query.limit(limit)))

    def publish(
        self, lake: str, *, parent: int, manifest: Mapping[str, Any], also: Publication, lease: Lease | None
    ) -> VersionRow:
        """See `ports.versions`."""
        kept = json.loads(dump(manifest))
        with writing(self._engine) as connection:
            lock(connection, Lock.LAKE)
            _check(connection, lease)
            at = _move_head(connection, lake, parent=parent, now=self._now())
            row = {"lake": lake, "number": parent + 1, "parent": parent, "at": at, "manifest": kept}
            connection.execute(insert(LAKE_VERSIONS), [row])
            self._write(connection, lake, also, at)
        return VersionRow(lake, parent + 1, parent, at, kept)

    def advance(self, lake: str, *, also: Publication, lease: Lease | None) -> None:
        """See `ports.versions`."""
        with writing(self._engine) as connection:
            lock(connection, Lock.LAKE)
            _check(connection, lease)
            self._write(connection, lake, also, self._now())

    def _write(self, connection: Connection, lake: str, also: Publication, at: datetime) -> None:
        cursors = sorted(also.cursors.items())
        rows = [{"lake": lake, "source": source, "value": dict(value), "at": at} for source, value in cursors]
        replace_rows(connection, LAKE_CURSORS, rows)
        put(connection, also.outbox, at=at, new_id=self._store.new_id)
        if also.audit:
            # Last: all writers wait for one another here, so hold the trail for as short a time as can be.
            append(connection, also.audit, at=at)

    def retire(self, lake: str, numbers: Sequence[int]) -> int:
        """See `ports.versions`."""
        with writing(self._engine) as connection:
            lock(connection, Lock.LAKE)
            kept = _needed(connection, lake, self._now())
            going = sorted(set(numbers) - kept)
            return sum(_delete(connection, lake, chunk) for chunk in chunks(going, _PAGE))

    def cursor(self, lake: str, source: str) -> Mapping[str, Any]:
        """See `ports.versions`."""
        query = select(LAKE_CURSORS.c.value).where(LAKE_CURSORS.c.lake == lake, LAKE_CURSORS.c.source == source)
        with reading(self._engine) as connection:
            found: Mapping[str, Any] | None = connection.execute(query).scalar_one_or_none()
        return {} if found is None else found


def _check(connection: Connection, lease: Lease | None) -> None:
    """Make sure that a lease is ours, and that it stays so until this transaction ends. Raises LeaseLost.

    A lease that ended but that nobody took is still ours: the token says so.
    """
    if lease is None:
        return
    query = select(LEASES.c.holder, LEASES.c.token).where(LEASES.c.name == lease.name).with_for_update(read=True)
    row = connection.execute(query).one_or_none()
    if row is None or (row.holder, row.token) != (lease.holder, lease.token):
        now = f"{row.holder} has it (token {row.token})" if row is not None and row.holder else "it was given back"
        raise LeaseLost(
            f"lease {lease.name}: {lease.holder} (token {lease.token}) no longer holds it, {now}; "
            "nothing was written (take the lease again and begin from the new head)"
        )


def _move_head(connection: Connection, lake: str, *, parent: int, now: datetime) -> datetime:
    """Move the head from `parent` to the next number; gives that version's time. Raises HeadMoved."""
    if parent == 0:
        if insert_if_absent(connection, LAKE_HEADS, {"lake": lake, "number": 1}):
            return now
    else:
        mine = (LAKE_HEADS.c.lake == lake, LAKE_HEADS.c.number == parent)
        if connection.execute(update(LAKE_HEADS).where(*mine).values(number=parent + 1)).rowcount == 1:
            return max(now, _time_of(connection, lake, parent))
    head = connection.execute(select(LAKE_HEADS.c.number).where(LAKE_HEADS.c.lake == lake)).scalar() or 0
    raise HeadMoved(
        f"lake {lake}: the head is version {head} and not {parent}; nothing was written (read the new head and rebase)"
    )


def _time_of(connection: Connection, lake: str, number: int) -> datetime:
    query = select(LAKE_VERSIONS.c.at).where(LAKE_VERSIONS.c.lake == lake, LAKE_VERSIONS.c.number == number)
    at: datetime = connection.execute(query).scalar_one()
    return at


def _needed(connection: Connection, lake: str, now: datetime) -> set[int]:
    """The numbers of the head and of all versions that a pin holds."""
    holds = or_(LAKE_PINS.c.until.is_(None), LAKE_PINS.c.until > now)
    pinned = connection.execute(select(LAKE_PINS.c.number).where(LAKE_PINS.c.lake == lake, holds)).scalars()
    head = connection.execute(select(LAKE_HEADS.c.number).where(LAKE_HEADS.c.lake == lake)).scalars()
    return {*pinned, *head}


def _delete(connection: Connection, lake: str, numbers: Sequence[int]) -> int:
    """Delete versions, and the pins on them, which all have ended."""
    connection.execute(delete(LAKE_PINS).where(LAKE_PINS.c.lake == lake, LAKE_PINS.c.number.in_(numbers)))
    gone = delete(LAKE_VERSIONS).where(LAKE_VERSIONS.c.lake == lake, LAKE_VERSIONS.c.number.in_(numbers))
    return connection.execute(gone).rowcount


def _maybe(row: Row[Any] | None) -> VersionRow | None:
    return None if row is None else _version(row)


def _version(row: Row[Any]) -> VersionRow:
    return VersionRow(row.lake, row.number, row.parent, row.at, row.manifest)
