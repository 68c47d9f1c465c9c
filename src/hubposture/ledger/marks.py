"""What waivers left on findings: our marks, and the notes of people that ours were written over."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from hubposture.ledger.columns import clean
from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.part import Part, insert_into, texts
from hubposture.ledger.schema import PERSONS_NOTES, WAIVER_MARKS
from hubposture.reconcile.chunks import chunks
from hubposture.waivers.decision import Mark, PersonsNote

_MANY = 5000
_COLUMNS = tuple(column.name for column in WAIVER_MARKS.c)
_MARK = WAIVER_MARKS.c
_NOTE = PERSONS_NOTES.c
_SEEN = (
    update(WAIVER_MARKS)
    .where(
        _MARK.organization == bindparam("b_organization"),
        _MARK.finding == bindparam("b_finding"),
        _MARK.seen_at.is_(None),
        _MARK.written_at <= bindparam("b_at"),
    )
    .values(seen_at=bindparam("b_at"))
)


class Marks(Part):
    """Marks by organization and finding, notes by finding and text.

    Writers of what waivers left go one at a time (`Lock.WAIVERS`), so that those of the same rows cannot deadlock.
    """

    def marks(self, organization: str, findings: Collection[str] | None = None) -> Mapping[str, Mark]:
        """See `ports.waivers`."""
        query = select(WAIVER_MARKS).where(_MARK.organization == organization)
        with reading(self._engine) as connection:
            if findings is None:
                return _by_finding(connection.execute(query))
            return _by_finding(connection.execute(query.where(_MARK.finding.in_(texts(connection, findings)))))

    def put_marks(self, marks: Iterable[Mark], notes: Iterable[PersonsNote] = ()) -> None:
        """See `ports.waivers`."""
        rows = {(clean(one.organization), clean(one.finding)): _row(one) for one in marks}
        kept = list(notes)
        with writing(self._engine) as connection:
            lock(connection, Lock.WAIVERS)
            for chunk in chunks(rows.values(), _MANY):
                _put(connection, chunk)
            for some in chunks(kept, _MANY):
                _keep(connection, some, self._store.new_id)

    def seen_marks(self, organization: str, seen: Mapping[str, datetime]) -> int:
        """See `ports.waivers`."""
        rows = [{"b_organization": organization, "b_finding": finding, "b_at": at} for finding, at in seen.items()]
        with writing(self._engine) as connection:
            lock(connection, Lock.WAIVERS)
            return sum(connection.execute(_SEEN, chunk).rowcount for chunk in chunks(rows, _MANY))

    def drop_marks(self, organization: str, findings: Collection[str]) -> int:
        """See `ports.waivers`."""
        with writing(self._engine) as connection:
            lock(connection, Lock.WAIVERS)
            named = _MARK.finding.in_(texts(connection, findings))
            return connection.execute(delete(WAIVER_MARKS).where(_MARK.organization == organization, named)).rowcount

    def persons_notes(self, findings: Collection[str]) -> Mapping[str, PersonsNote]:
        """See `ports.waivers`."""
        with reading(self._engine) as connection:
            query = select(PERSONS_NOTES).where(_NOTE.finding.in_(texts(connection, findings)))
            rows = list(connection.execute(query))
        # Of notes without a time of their own the last one that was kept is the newest; any time beats none.
        rows.sort(key=lambda row: (row.at or datetime.min, row.kept))  # noqa: DTZ901 - naive as the others
        return {row.finding: PersonsNote(row.finding, row.text, row.by, row.at) for row in rows}


def _by_finding(rows: Iterable[Row[Any]]) -> Mapping[str, Mark]:
    """Marks from rows, whose columns are in the order of `Mark`."""
    return {row.finding: Mark(*list(row)) for row in rows}


def _put(connection: Connection, rows: list[dict[str, object]]) -> None:
    """Insert or replace, tries and all: the core counts them."""
    statement = insert_into(connection, WAIVER_MARKS)
    new = statement.excluded
    values: dict[str, Any] = {column.name: new[column.name] for column in _MARK if not column.primary_key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(WAIVER_MARKS.primary_key), set_=values), rows
    )


def _keep(connection: Connection, notes: list[PersonsNote], new_id: Callable[[], str]) -> None:
    """Insert notes; one that is known already only gets a later time."""
    statement = insert_into(connection, PERSONS_NOTES)
    new = statement.excluded
    later = statement.on_conflict_do_update(
        index_elements=list(PERSONS_NOTES.primary_key),
        set_={"by": new.by, "at": new.at, "kept": new.kept},
        where=new.at > _NOTE.at,
    )
    connection.execute(later, [_note(one, new_id()) for one in notes])


def _row(mark: Mark) -> dict[str, object]:
    return {name: getattr(mark, name) for name in _COLUMNS}


def _note(note: PersonsNote, kept: str) -> dict[str, object]:
    text = clean(note.text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"finding": note.finding, "digest": digest, "text": text, "by": note.by, "at": note.at, "kept": kept}
