"""Tickets as records of a ServiceNow table."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from hubposture.connectors.http import Http
from hubposture.connectors.servicenow import ticket_check
from hubposture.connectors.servicenow.dictionary import read_dictionary
from hubposture.connectors.servicenow.tables import Row, Tables
from hubposture.connectors.servicenow.ticket_comments import Comments
from hubposture.connectors.servicenow.ticket_finding import Finding
from hubposture.connectors.servicenow.ticket_lookups import Lookups
from hubposture.connectors.servicenow.ticket_making import Making
from hubposture.connectors.servicenow.ticket_rehearsal import Rehearsal, rehearse, test_draft
from hubposture.connectors.servicenow.ticket_shape import KEY, TicketShape
from hubposture.connectors.servicenow.ticket_values import (
    TEXT_LENGTH,
    Fields,
    longest,
    marks_of,
    values_of,
    with_marks,
)
from hubposture.connectors.servicenow.ticket_writes import Writes, lost_of, trouble
from hubposture.errors import RemoteError, RemoteRefused
from hubposture.ports.tracker import Doubt, Made, Wrote
from hubposture.work.body import Body, paragraph
from hubposture.work.ticket import Draft, Missing, Outcome, Route, Seen

_GONE: Final = "it was deleted, or it may not be read"


class ServiceNowTracker:
    """The port Tracker over one table of an instance. Not usable by several threads.

    A field that an instance answers to have written is not written until it was read back. Groups and people are set
    when a record is made; afterwards they are the people's, and so are the record's other fields.
    """

    def __init__(self, http: Http, shape: TicketShape) -> None:
        self._shape = shape
        self._tables = Tables(http)
        self._writes = Writes(self._tables, shape)
        self._lookups = Lookups(self._tables)
        self._finding = Finding(self._tables, shape)
        self._comments = Comments(self._tables, shape, self._writes)
        self._defined: Fields | None = None
        self._making = Making(
            self._tables,
            shape,
            finding=self._finding,
            lookups=self._lookups,
            writes=self._writes,
            update=self.update,
            fields=self._fields,
        )

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self._shape.name

    @property
    def calls(self) -> Mapping[str, int]:
        """How many requests there were, by method and table; a request that was repeated counts once."""
        return dict(self._tables.calls)

    # Reading

    def read(self, ids: Sequence[str]) -> Mapping[str, Seen | Missing]:
        """Tickets by sys_id, or by number; see the port."""
        return self._finding.read(ids)

    def find(self, keys: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Tickets by our keys, see the port. An instance's index does not lag behind."""
        return self._finding.find(keys)

    def changed(self, since: dt.datetime) -> Sequence[Seen]:
        """Tickets of ours that changed since; see the port."""
        return self._finding.changed(since)

    def query(self, text: str) -> Sequence[Seen]:
        """Tickets by an encoded query (`active=true^short_descriptionLIKEsecurity hub`); see the port."""
        return self._finding.query(text)

    def check(self, routes: Sequence[Route]) -> Sequence[Doubt]:
        """Everything that would fail; see the port."""
        return ticket_check.doubts(self._tables, self._shape, self._lookups, routes=routes)

    # Making

    def create(self, drafts: Sequence[Draft]) -> Mapping[str, Made]:
        """Make records one by one; one that exists already is taken. See the port.

        Where the instance is away, or nothing can be written, the others are not tried. `seen` and an error together mean
        that a record was made and something in it is not as it should be.
        """
        return self._making.create(drafts)

    def test_ticket(self, route: Route) -> Rehearsal:
        """Make a marked test ticket, bring it to every end and back, and leave it closed."""
        return rehearse(
            self._making.anew(test_draft(route)),
            self._shape,
            close=lambda id_, outcome: self.close(id_, outcome, route),
            reopen=lambda id_: self.reopen(id_, route),
        )

    # Changing

    def update(self, id_: str, draft: Draft) -> Wrote:
        """Bring title, text, due day, severity and key in line; see the port. Only what differs is written.

        Of a record that is done and takes no more writes nothing is brought in line, and that is no error.
        """
        try:
            wanted = values_of(draft, self._shape, self._fields())
            row = self._writes.row(id_, *wanted, self._shape.group)
            if row is None:
                return self._unseen(id_)
            wanted |= self._group_of(row, draft.route)
        except RemoteError as error:
            return trouble(error)
        stands = row.get(self._shape.key, "")
        if stands and stands.casefold() != draft.key and not KEY.fullmatch(stands.casefold()):
            return Wrote(f"ServiceNow {self._shape.table}: {self._shape.key} holds {stands!r} of another system")
        if (name := self._shape.body) in wanted:
            most = longest(self._fields(), name, TEXT_LENGTH)
            wanted[name] = with_marks(wanted[name], marks_of(row.get(name, "")), most=most)
        differing = lost_of(row, wanted)
        wrote = self._writes.put(id_, {name: wanted[name] for name in differing}) if differing else Wrote()
        is_finished = wrote.error and not wrote.is_doubtful and self._shape.is_done(row)
        return Wrote() if is_finished and stands.casefold() == draft.key else wrote

    def comment(self, id_: str, body: Body, *, mark: str) -> Wrote:
        """Add a comment once; see the port. Where journals may not be read its mark is kept in the record's text."""
        try:
            most = longest(self._fields(), self._shape.body, TEXT_LENGTH)
        except RemoteError as error:
            return trouble(error)
        return self._comments.add(id_, body, mark, most=most)

    def close(self, id_: str, outcome: Outcome, route: Route) -> Wrote:  # noqa: ARG002 - the table closes alike for all
        """Write what the outcome says; one that is done already stays as it is. See the port."""
        try:
            row = self._writes.row(id_)
        except RemoteError as error:
            return trouble(error)
        if row is None:
            return self._unseen(id_)
        if self._shape.is_done(row):
            return Wrote()
        return self._writes.put(id_, self._shape.outcomes.get(outcome, {}))

    def reopen(self, id_: str, route: Route) -> Wrote:  # noqa: ARG002 - the table opens alike for all
        """Write what opens it; one that is open stays as it is. Impossible where the instance does not let it. See the port."""
        try:
            row = self._writes.row(id_)
        except RemoteError as error:
            return trouble(error)
        if row is None:
            return self._unseen(id_)
        if not self._shape.is_done(row):
            return Wrote()
        wrote = self._writes.put(id_, self._shape.open)
        if not wrote.error or wrote.is_doubtful or wrote.is_place_broken:
            return wrote
        return Wrote(f"{wrote.error}; it cannot be opened again", is_impossible=True)

    def link(self, id_: str, other: str, *, is_duplicate: bool) -> Wrote:
        """Say in a comment what it is a duplicate of or follows, and in the parent field where that is empty; see the port."""
        name = self._shape.parent
        try:
            row = self._writes.row(id_, name)
            if row is None:
                return self._unseen(id_)
            there = self._writes.row(other)
        except RemoteError as error:
            return trouble(error)
        if name and not row.get(name) and there is not None:
            wrote = self._writes.put(id_, {name: other})
            if wrote.error:
                return wrote
        shown = (there or {}).get("number") or other
        words = f"This is a duplicate of {shown}." if is_duplicate else f"This follows {shown}."
        return self.comment(id_, Body((paragraph(words),)), mark=f"link-{other}")

    def _group_of(self, row: Row, route: Route) -> dict[str, str]:
        """The group of a record that has none."""
        name = self._shape.group
        if not name or not route.group or row.get(name):
            return {}
        found = self._lookups.group(route.group)
        return {name: found} if found else {}

    def _unseen(self, id_: str) -> Wrote:
        return Wrote(f"ServiceNow {self._shape.table}: {id_}: {_GONE}")

    def _fields(self) -> Fields:
        """The table's fields; none where their definitions may not be read, and then usual lengths are taken."""
        if self._defined is None:
            try:
                self._defined = read_dictionary(self._tables, self._shape.table).fields
            except RemoteRefused as error:
                if error.code == "401":
                    raise
                self._defined = {}
        return self._defined
