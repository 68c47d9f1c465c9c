"""Records for tickets: made once, read back, and completed."""

import contextlib
from collections.abc import Callable, Mapping, Sequence

from hubposture.connectors.servicenow.tables import Row, Tables
from hubposture.connectors.servicenow.ticket_finding import Finding
from hubposture.connectors.servicenow.ticket_lookups import SYS_ID, Lookups
from hubposture.connectors.servicenow.ticket_rows import seen_of
from hubposture.connectors.servicenow.ticket_shape import TicketShape
from hubposture.connectors.servicenow.ticket_values import Fields, values_of
from hubposture.connectors.servicenow.ticket_writes import Writes, lost_of
from hubposture.errors import AnswerLost, RemoteError, RemoteRefused
from hubposture.ports.tracker import Made, Wrote
from hubposture.work.ticket import Draft, Seen


class _Stopped(Exception):
    """No other ticket needs to be tried."""

    def __init__(self, wrote: Wrote) -> None:
        self.wrote = wrote
        super().__init__(wrote.error)


class Making:
    """Makes records. `update` brings one in line that exists, `fields` are those of the table as it defines them."""

    def __init__(
        self,
        tables: Tables,
        shape: TicketShape,
        *,
        finding: Finding,
        lookups: Lookups,
        writes: Writes,
        update: Callable[[str, Draft], Wrote],
        fields: Callable[[], Fields],
    ) -> None:
        self._tables = tables
        self._shape = shape
        self._finding = finding
        self._lookups = lookups
        self._writes = writes
        self._update = update
        self._fields = fields

    def create(self, drafts: Sequence[Draft]) -> Mapping[str, Made]:
        """Make records, by key; one that exists already is taken and completed."""
        try:
            found = self._finding.find([one.key for one in drafts])
        except RemoteError as error:
            return dict.fromkeys((one.key for one in drafts), Made(wrote=_of_the_table(error)))
        made: dict[str, Made] = {}
        stopped: Wrote | None = None
        for draft in drafts:
            if stopped is None:
                try:
                    made[draft.key] = self._create(draft, found[draft.key])
                except _Stopped as stop:
                    stopped = stop.wrote
            if stopped is not None:
                made[draft.key] = Made(wrote=stopped)
            elif made[draft.key].wrote.is_place_broken:
                stopped = made[draft.key].wrote
        return made

    def anew(self, draft: Draft) -> Made:
        """Make one record, whether there is one like it or not."""
        try:
            return self._create(draft, ())
        except _Stopped as stop:
            return Made(wrote=stop.wrote)

    def _create(self, draft: Draft, found: Sequence[Seen]) -> Made:
        """One ticket. Raises _Stopped where the next one would fail as well."""
        shape = self._shape
        if found:
            return self._taken(found[0], draft)
        if draft.route.place not in ("", shape.table):
            what = f"tickets are made in {shape.table}, and not in {draft.route.place}; correct servicenow.table"
            return Made(wrote=Wrote(f"ServiceNow: {what}"))
        try:
            wanted, unknown = self._wanted(draft)
            if shape.group in unknown:
                return Made(wrote=Wrote(unknown[shape.group]))
            row = self._inserted(wanted)
        except AnswerLost as error:
            return self._after_all(draft, error)
        except RemoteError as error:
            raise _Stopped(_of_the_table(error)) from None
        return self._held(row, wanted, unknown)

    def _inserted(self, wanted: Mapping[str, str]) -> Row:
        """The row as the instance answers it. Raises RemoteError."""
        row = self._tables.create(self._shape.table, wanted)
        if not SYS_ID.fullmatch(row.get("sys_id", "")):
            raise AnswerLost("ServiceNow: the answer names no record; it may exist all the same", code="no result")
        return row

    def _taken(self, seen: Seen, draft: Draft) -> Made:
        """One that exists: brought in line, unless people are done with it."""
        return Made(seen, Wrote() if seen.is_done else self._update(seen.id, draft))

    def _after_all(self, draft: Draft, error: AnswerLost) -> Made:
        """What became of a record whose making was not answered: an index that does not lag behind often knows."""
        with contextlib.suppress(RemoteError):
            if found := self._finding.find([draft.key])[draft.key]:
                return self._taken(found[0], draft)
        return Made(wrote=Wrote(str(error), is_doubtful=True))

    def _wanted(self, draft: Draft) -> tuple[dict[str, str], dict[str, str]]:
        """What a new record holds, and what could not be looked up, with why. Raises RemoteError."""
        shape, route = self._shape, draft.route
        wanted = {**shape.constants, **values_of(draft, shape, self._fields())}
        unknown: dict[str, str] = {}
        for field, named, what, look_up in (
            (shape.group, route.group, "active group", self._lookups.group),
            (shape.assignee, route.assignee, "active user with the address", self._lookups.user),
            (shape.parent, route.parent, "record", self._lookups.record),
        ):
            if not field or not named:
                continue
            if found := look_up(named):
                wanted[field] = found
            else:
                unknown[field] = f"ServiceNow: there is not exactly one {what} {named}, for {field}"
        return {name: value for name, value in wanted.items() if value}, unknown

    def _held(self, row: Row, wanted: Mapping[str, str], unknown: Mapping[str, str]) -> Made:
        """A record that was made, read back and completed; whatever happens now, it exists."""
        sys_id, wrote, shape = row["sys_id"], Wrote("; ".join(unknown.values())), self._shape
        try:
            now = self._writes.read_back(sys_id, wanted)
            if lost := lost_of(now, wanted):
                self._lookups.forget()
                wrote = self._writes.put(sys_id, {name: wanted[name] for name in lost})
                now = self._writes.read_back(sys_id, wanted)
        except RemoteError as error:
            unseen = Wrote(str(error), is_doubtful=True, is_place_broken=isinstance(error, RemoteRefused))
            return Made(seen_of(row, shape), unseen)
        seen = seen_of(now, shape)
        if wrote.error and not wrote.is_doubtful and not seen.keys:
            # Without its key it could not be found again, and the next one would be made twice.
            wrote = Wrote(wrote.error, is_place_broken=True)
        return Made(seen, wrote)


def _of_the_table(error: RemoteError) -> Wrote:
    """What a refusal to make or to find records means: it is one of the whole table."""
    return Wrote(str(error), is_place_broken=isinstance(error, RemoteRefused))
