"""Records for approval: made once, read back, and what they say."""

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hubposture.connectors.http import Http
from hubposture.connectors.servicenow import check
from hubposture.connectors.servicenow.dictionary import read_dictionary
from hubposture.connectors.servicenow.outcomes import Decision, comment, decisions, meant
from hubposture.connectors.servicenow.shape import Lookup, Mode, RecordShape, Value
from hubposture.connectors.servicenow.tables import Condition, How, Row, Tables
from hubposture.connectors.servicenow.values import granted_day, is_there, placed, values
from hubposture.errors import AnswerLost, Problem, RemoteRefused, RemoteUnavailable
from hubposture.ports.approvals import Asked, Outcome
from hubposture.ports.waivers import Request
from hubposture.waivers.standing import Verdict
from hubposture.waivers.waiver import Waiver

_SETTLING_SECONDS: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0)
"""Pauses between looks for a record whose making was not answered; an instance ends a request after a minute."""

_ANSWERS: Final = "sc_item_option_mtom"
_ANSWER_ITEM: Final = "request_item"
_ANSWER_VALUE: Final = "sc_item_option.value"
_ANSWER_NAME: Final = "sc_item_option.item_option_new.name"
_CLOCKS_DIFFER: Final = dt.timedelta(days=2)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a record is to hold: fields and variables by their names, and what could not be looked up, with why."""

    fields: Mapping[str, str]
    variables: Mapping[str, str]
    unknown: Mapping[str, str]


class ServiceNowRecords:
    """The port ApprovalRecords over one instance and one kind of record.

    `shown` gives a control's id as people read it. Not usable by several threads.
    """

    def __init__(self, http: Http, shape: RecordShape, *, shown: Callable[[str], str] = str.upper) -> None:
        self._http = http
        self._tables = Tables(http)
        self._shape = shape
        self._shown = shown
        self._longest: Mapping[str, int] | None = None
        self._can_be_found = False

    def check(self) -> Sequence[Problem]:
        """Everything that the instance lacks, at once; see the port."""
        return check.problems(self._tables, self._shape)

    def ask(self, waiver: Waiver, request: Request, *, text: str) -> Asked:
        """Find the record or make it, and read it back; see the port.

        A record that is found is completed where it is empty, never changed: what an approver wrote stays. Raises
        AnswerLost where a record may exist that cannot be found yet; ask again no sooner than a few minutes later.
        """
        wanted = self._wanted(waiver, request, text)
        found = self._find(request)
        if found:
            row = found[0]
            # An order whose fields were never written holds what the catalog put there.
            is_raw = self._shape.mode is Mode.CATALOG and not row.get(self._shape.key)
            lost = {} if meant(row, self._shape).verdict else self._complete(row["sys_id"], wanted, made=is_raw)
        else:
            self._prove_it_can_be_found()
            row = self._make(request, wanted)
            lost = self._complete(row["sys_id"], wanted, made=True)
        twins = ", ".join(one.get("number", one["sys_id"]) for one in found[1:])
        also = {self._shape.key: f"{request.id}, which {twins} carries as well"} if twins else {}
        return Asked(row.get("number", ""), row["sys_id"], {**wanted.unknown, **lost, **also})

    def outcome(self, request: Request) -> Outcome | None:
        """What the record says now; see the port.

        Approved is only what names a person: without one the verdict is None and `detail` says why.
        A record that names another digest is withdrawn: its approval is of something else. Raises RemoteRefused where
        the record cannot be found and nothing shows that we would see it.
        """
        row = self._record(request)
        return None if row is None else self._outcome(row, request)

    # What is wanted

    def _wanted(self, waiver: Waiver, request: Request, text: str) -> _Wanted:
        shape = self._shape
        said = dict(values(waiver, request, text, shape=shape, shown=self._shown))
        variables, unknown = placed(said, shape.variables), {}
        for value, lookup in shape.references.items():
            if value in said and value in shape.fields:
                said[value], why = self._looked_up(lookup, said[value])
                if why:
                    del said[value]
                    unknown[shape.fields[value]] = why
        fields = {**shape.constants, **placed(said, shape.fields, self._lengths())}
        return _Wanted(fields, variables, unknown)

    def _looked_up(self, lookup: Lookup, value: str) -> tuple[str, str]:
        """The sys_id of the only row with that value, or '' and why there is none."""
        rows = self._tables.rows(lookup.table, (Condition(lookup.by, (value,)),), ("active",))
        found = [row["sys_id"] for row in rows if row.get("active") != "false"]
        if len(found) == 1:
            return found[0], ""
        return "", f"nothing, since {len(found) or 'no'} active {lookup.table} have the {lookup.by} {value}"

    def _lengths(self) -> Mapping[str, int]:
        """How long texts may be; unknown where the definitions may not be read, and then the instance cuts them."""
        if self._longest is None:
            try:
                self._longest = read_dictionary(self._tables, self._shape.table).longest
            except RemoteRefused:
                self._longest = {}
        return self._longest

    # Finding

    def _find(self, request: Request) -> list[Row]:
        """The records of a request, the oldest first: by its key, else by what an unfinished try left in them."""
        shape = self._shape
        by_key = (Condition(shape.key, (request.id,)),)
        if found := list(self._tables.rows(shape.table, by_key, shape.read)):
            return sorted(found, key=_age)
        if shape.mode is Mode.CATALOG and (variable := shape.variables.get(Value.REQUEST_ID)):
            return list(self._ordered(request.id, variable))
        if preview := shape.fields.get(Value.PREVIEW):
            by_text = (Condition(preview, (request.id,), How.CONTAINS),)
            since = request.asked_at - _CLOCKS_DIFFER
            return sorted(self._tables.rows(shape.table, by_text, shape.read, since=since), key=_age)
        return []

    def _ordered(self, request_id: str, variable: str) -> Iterator[Row]:
        """Items of the catalog that were ordered with this request's id in a variable."""
        by_answer = (Condition(_ANSWER_VALUE, (request_id,)),)
        for answer in self._tables.rows(_ANSWERS, by_answer, (_ANSWER_ITEM, _ANSWER_NAME)):
            if answer.get(_ANSWER_NAME, variable) == variable:
                row = self._tables.one(self._shape.table, answer.get(_ANSWER_ITEM, ""), self._shape.read)
                if row is not None:
                    yield row

    def _prove_it_can_be_found(self) -> None:
        """No record is made that could not be found again, as far as other records show it.

        Its key must be a field that we may read: with an instance that answers unknown fields in a query by no rows, an
        empty answer alone proves nothing. The same goes for variables, by which an order is found.
        """
        if self._can_be_found:
            return
        table, key = self._shape.table, self._shape.key
        row = self._tables.any_row(table, (key,))
        if row is not None and key not in row:
            raise _not_to_be_found(f"{table}: there is no field {key}", "Correct fields.request_id")
        if row is not None and self._shape.mode is Mode.CATALOG:
            answer = self._tables.any_row(_ANSWERS, (_ANSWER_ITEM, _ANSWER_VALUE))
            if answer is None or not {_ANSWER_ITEM, _ANSWER_VALUE} <= set(answer):
                raise _not_to_be_found(f"{_ANSWERS}: there are no variables of items", "Give the item variables")
        self._can_be_found = True

    # Making

    def _make(self, request: Request, wanted: _Wanted) -> Row:
        try:
            return self._created(wanted)
        except AnswerLost:
            for pause in _SETTLING_SECONDS:
                self._http.sleep(pause)
                with contextlib.suppress(RemoteUnavailable):
                    if found := self._find(request):
                        return found[0]
            raise

    def _created(self, wanted: _Wanted) -> Row:
        shape = self._shape
        if shape.mode is Mode.TABLE:
            return _with_key(self._tables.create(shape.table, wanted.fields), f"POST {shape.table}")
        body = {"sysparm_quantity": 1, "variables": dict(wanted.variables)}
        order = self._tables.post(f"/api/sn_sc/servicecatalog/items/{shape.item}/order_now", body)
        request = str(order.get("request_id") or order.get("sys_id") or "")
        items = list(self._tables.rows(shape.table, (Condition("request", (request,)),), shape.read))
        return _with_key(items[0] if items else {}, f"order_now of {shape.item}")

    def _complete(self, record: str, wanted: _Wanted, *, made: bool) -> dict[str, str]:
        """Read a record back, write once more what is missing, and give what is still lost, with what stands there.

        Where it cannot be read back everything is lost, and yet the record exists: that is said, not raised.
        """
        lost = self._lost(record, wanted.fields)
        again = {name: wanted.fields[name] for name, stands in lost.items() if made or not stands}
        if again:
            refusal = self._again(record, again)
            lost = self._lost(record, wanted.fields)
            lost = {name: stands or refusal for name, stands in lost.items()} if refusal else lost
        return {**lost, **self._lost_answers(record, wanted.variables)}

    def _again(self, record: str, fields: Mapping[str, str]) -> str:
        """Write fields a second time; why that is refused, or ''."""
        try:
            self._tables.change(self._shape.table, record, fields)
        except RemoteRefused as error:
            return str(error)
        return ""

    def _lost(self, record: str, wanted: Mapping[str, str]) -> dict[str, str]:
        row = self._tables.one(self._shape.table, record, tuple(wanted))
        if row is None:
            return dict.fromkeys(wanted, "unknown: the record may not be read back")
        return {name: row.get(name, "") for name, sent in wanted.items() if not is_there(sent, row.get(name, ""))}

    def _lost_answers(self, record: str, wanted: Mapping[str, str]) -> dict[str, str]:
        if not wanted:
            return {}
        answers = self._answers(record)
        return {
            name: answers.get(name, "") for name, sent in wanted.items() if not is_there(sent, answers.get(name, ""))
        }

    def _answers(self, record: str) -> Mapping[str, str]:
        """The variables of an ordered item by name."""
        rows = self._tables.rows(_ANSWERS, (Condition(_ANSWER_ITEM, (record,)),), (_ANSWER_NAME, _ANSWER_VALUE))
        return {row.get(_ANSWER_NAME, ""): row.get(_ANSWER_VALUE, "") for row in rows}

    # Reading

    def _record(self, request: Request) -> Row | None:
        """The record of a request; None where it was deleted, or where none was ever known and none is found."""
        if request.record:
            row = self._tables.one(self._shape.table, request.record, self._shape.read)
            if row is not None:
                return row
        if found := self._find(request):
            return found[0]
        if not request.record or self._tables.any_row(self._shape.table, ("sys_id",)) is not None:
            return None
        raise RemoteRefused(
            f"ServiceNow {self._shape.table}: {request.number or request.record} cannot be found, and neither can any "
            "other record: they were all deleted, or they may no longer be read. Grant the user the right to read them",
            code="unseen",
        )

    def _outcome(self, row: Row, request: Request) -> Outcome:
        said = meant(row, self._shape)
        outcome = Outcome(row.get("number", ""), row["sys_id"], said.verdict, detail=said.why)
        digest = row.get(self._shape.fields.get(Value.DIGEST, ""), "")
        if digest and digest != request.digest:
            why = f"the record names another digest ({digest}), so it speaks of something else"
            return replace(outcome, verdict=Verdict.WITHDRAWN, detail=why)
        match said.verdict:
            case Verdict.APPROVED:
                return self._approved(outcome, row, request)
            case None:
                return outcome
            case _:
                return self._refused(outcome, row, said.verdict)

    def _approved(self, outcome: Outcome, row: Row, request: Request) -> Outcome:
        """An approval counts with the person who gave it, and with an end that can be read."""
        by, at, why = self._approver(row, request)
        granted = self._granted(row)
        until = granted_day(granted, self._shape) if granted else None
        if granted and until is None:
            why = f"{self._shape.granted} holds {granted}, which is no date"
        return replace(outcome, verdict=None if why else Verdict.APPROVED, by=by, at=at, until=until, detail=why)

    def _approver(self, row: Row, request: Request) -> tuple[str, dt.datetime | None, str]:
        """Who approved and when, or '' and why that is not known.

        Of several the last counts who did not ask for it: one other person is enough. Somebody without an address
        could be the one who asked, and counts for nobody.
        """
        given = [one for one in decisions(self._tables, row["sys_id"]) if one.state == "approved"]
        if not given and row.get(self._shape.approver):
            given = [Decision(row[self._shape.approver], "approved", None, "")]
        if not given:
            why = "approved, but no row of an approver says by whom; name a field with the approver if there is one"
            return "", None, why
        askers = {request.asked_by.casefold(), row.get(self._shape.fields.get(Value.REQUESTER, ""), "").casefold()}
        known = [(one, email) for one in given if (email := self._email(one.approver))]
        others = [(one, email) for one, email in known if not askers & {one.approver, email.casefold()}]
        if not known:
            return "", None, "approved, but the approver has no address in sys_user that we may read"
        last, email = (others or known)[-1]
        return email, last.at, ""

    def _refused(self, outcome: Outcome, row: Row, verdict: Verdict) -> Outcome:
        rows = decisions(self._tables, row["sys_id"])
        against = [one for one in rows if one.state in ("rejected", "cancelled")] or [Decision("", "", None, "")]
        last = next((one for one in reversed(against) if one.state == "rejected"), against[-1])
        words = last.comments or comment(self._comments(row))
        by = self._email(last.approver) if verdict is not Verdict.WITHDRAWN else ""
        return replace(outcome, by=by, at=last.at, detail=words)

    def _granted(self, row: Row) -> str:
        variable = self._shape.variable_of(self._shape.granted)
        return self._answers(row["sys_id"]).get(variable, "") if variable else row.get(self._shape.granted, "")

    def _comments(self, row: Row) -> str:
        if not self._shape.comments:
            return ""
        by_id = (Condition("sys_id", (row["sys_id"],)),)
        found = self._tables.rows(self._shape.table, by_id, (self._shape.comments,), journals=(self._shape.comments,))
        return next((one.get(self._shape.comments, "") for one in found), "")

    def _email(self, user: str) -> str:
        row = self._tables.one("sys_user", user, ("email",))
        return "" if row is None else row.get("email", "")


def _not_to_be_found(what: str, hint: str) -> RemoteRefused:
    why = "or it may not be read; no record is made that could not be found again"
    return RemoteRefused(f"ServiceNow {what}, {why}. {hint}, or grant the right to read it", code="no key")


def _age(row: Row) -> tuple[str, str]:
    return row.get("sys_created_on", ""), row["sys_id"]


def _with_key(row: Row, what: str) -> Row:
    """A row that names itself; one that does not may be anywhere."""
    if not row.get("sys_id"):
        raise AnswerLost(
            f"ServiceNow: {what}: the answer names no record; it may exist all the same, so it is looked for before "
            "another is made",
            code="no result",
        )
    return row
