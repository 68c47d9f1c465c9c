"""Comments in a record's journal, each once: known by a mark that stands in it."""

from typing import Final

from hubposture.connectors.servicenow.tables import Condition, Tables
from hubposture.connectors.servicenow.ticket_shape import TicketShape
from hubposture.connectors.servicenow.ticket_values import TEXT_LENGTH, entry, marks_of, signed, with_marks
from hubposture.connectors.servicenow.ticket_writes import Writes
from hubposture.errors import AnswerLost, RemoteError, RemoteRefused
from hubposture.ports.tracker import Wrote
from hubposture.work.body import Body

ENTRIES: Final = "sys_journal_field"
"""Where an instance keeps the entries of all journals."""

_FIELDS: Final = ("element_id", "element", "value")


class Comments:
    """Writes entries of journals.

    An entry is looked for among those of the record, and in the journal as the record shows it. Where neither may be read
    its mark is kept at the end of the record's text, written together with the entry.
    """

    def __init__(self, tables: Tables, shape: TicketShape, writes: Writes) -> None:
        self._tables = tables
        self._shape = shape
        self._writes = writes
        self._can_read: bool | None = None
        self._sent: set[tuple[str, str]] = set()

    def add(self, sys_id: str, body: Body, mark: str, *, most: int = TEXT_LENGTH) -> Wrote:
        """Add a comment, unless one with its mark is there. `most` is how many characters the record's text takes."""
        if not self._shape.comment:
            return Wrote()
        try:
            found = self._is_there(sys_id, mark)
            if found:
                return Wrote()
            text = entry(body, mark)
            if found is None:
                return self._blindly(sys_id, text, mark, most=most)
            return self._seeing(sys_id, text, mark)
        except AnswerLost as error:
            return Wrote(str(error), is_doubtful=True)
        except RemoteError as error:
            return self._writes.trouble(sys_id, error)

    # Looking

    def _is_there(self, sys_id: str, mark: str) -> bool | None:
        """Whether a comment is there; None where that cannot be known. Raises RemoteError."""
        said = signed(mark)
        if entries := self._entries(sys_id):
            return any(said in one for one in entries)
        if shown := self._shown(sys_id):
            return said in shown
        return False if self._reads_entries() else None

    def _entries(self, sys_id: str) -> list[str]:
        try:
            rows = list(self._tables.rows(ENTRIES, (Condition("element_id", (sys_id,)),), _FIELDS))
        except RemoteRefused as error:
            if error.code == "401":
                raise
            return []
        return [row["value"] for row in rows if row.get("element") == self._shape.comment and row.get("value")]

    def _shown(self, sys_id: str) -> str:
        """The journal as the record shows it; ''. Raises RemoteRefused where the record is gone or may not be read."""
        name = self._shape.comment
        by_id = (Condition("sys_id", (sys_id,)),)
        rows = list(self._tables.rows(self._shape.table, by_id, (name,), journals=(name,)))
        if not rows:
            raise RemoteRefused(
                f"ServiceNow {self._shape.table}: {sys_id} was deleted, or it may not be read", code="404"
            )
        return rows[0].get(name, "")

    def _reads_entries(self) -> bool:
        """Whether entries of journals can be read at all, so that having none means that there is none. Asked once."""
        if self._can_read is None:
            try:
                row = self._tables.any_row(ENTRIES, _FIELDS)
            except RemoteRefused:
                row = None
            self._can_read = row is not None and bool(row.get("element") and row.get("value"))
        return self._can_read

    # Writing

    def _seeing(self, sys_id: str, text: str, mark: str) -> Wrote:
        """Write an entry that is then seen. One whose answer is lost is looked for."""
        try:
            self._tables.enter(self._shape.table, sys_id, {self._shape.comment: text})
        except AnswerLost:
            if self._is_there(sys_id, mark):
                return Wrote()
            raise
        if self._is_there(sys_id, mark) is False:
            where = f"{self._shape.table}.{self._shape.comment}"
            return Wrote(f"ServiceNow: a comment was written to {where} and is not there; correct fields.comment")
        return Wrote()

    def _blindly(self, sys_id: str, text: str, mark: str, *, most: int) -> Wrote:
        """Write an entry that may never be seen, with its mark in the record's text, in one write: at most once."""
        name = self._shape.body
        row = self._writes.row(sys_id, name) if name else None
        stands = row.get(name) if row is not None else None
        if mark in marks_of(stands or "") or (sys_id, mark) in self._sent:
            return Wrote()
        marked = {} if stands is None else {name: with_marks(stands, (*marks_of(stands), mark), most=most)}
        self._sent.add((sys_id, mark))
        try:
            self._tables.enter(self._shape.table, sys_id, {self._shape.comment: text, **marked})
        except AnswerLost:
            if not marked or not self._is_marked(sys_id, mark):
                raise
        except RemoteError:
            self._sent.discard((sys_id, mark))
            raise
        if marked and stands is not None and self._is_there(sys_id, mark):
            # It was the first entry of all, and it can be seen: the mark in the text is not needed.
            self._writes.put(sys_id, {name: stands})
        return Wrote()

    def _is_marked(self, sys_id: str, mark: str) -> bool:
        row = self._writes.row(sys_id, self._shape.body)
        return row is not None and mark in marks_of(row.get(self._shape.body, ""))
