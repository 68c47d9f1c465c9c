"""How a record for approval looks in one instance, as data: table, fields, and what its states mean."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from hubposture.errors import Problem
from hubposture.waivers.standing import Verdict


class Value(StrEnum):
    """What we have to say in a record. The preview is the text for the approver, with what has no field of its own."""

    REQUEST_ID = "request_id"
    WAIVER_ID = "waiver_id"
    TITLE = "title"
    REASON = "reason"
    CONTROLS = "controls"
    RESOURCES = "resources"
    SUBJECTS = "subjects"
    VALID_FROM = "valid_from"
    UNTIL = "until"
    REQUESTER = "requester"
    RISK_OWNER = "risk_owner"
    OWNER = "owner"
    DIGEST = "digest"
    PREVIEW = "preview"


class Mode(StrEnum):
    """How a record comes to be: inserted into its table, or ordered from the catalog (the record is the item)."""

    TABLE = "table"
    CATALOG = "catalog"


class Dates(StrEnum):
    """What the date fields hold: days (glide_date), or moments (glide_date_time; days begin and end in the zone)."""

    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Lookup:
    """A value that is a reference there: the table it leads to, and the field that holds what we have."""

    table: str
    by: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value of a field of the record means; None: nothing is decided yet."""

    field: str
    value: str
    verdict: Verdict | None


USERS: Final = Lookup("sys_user", "email")
VARIABLE: Final = "variables."
"""Begins the name of a catalog variable where a field of the record could be named as well."""

_PEOPLE: Final[Mapping[Value, Lookup]] = MappingProxyType({Value.REQUESTER: USERS, Value.RISK_OWNER: USERS})


@dataclass(frozen=True, slots=True)
class RecordShape:
    """One kind of record.

    `fields` are those of the table by what we put there, `variables` those of the catalog item `item` (its sys_id) in
    the mode `catalog`; `constants` are written as they are. `references` say which fields hold sys_ids; variables are
    texts.

    `meanings` are asked in order and the first that fits counts. `granted` is the field with the end that is granted,
    '' where the requested one is. `approver` is a field with the person who decided, for instances that keep no rows of
    approvers; ''. `comments` is a field with the words to a decision. Days are those of `zone`.
    """

    table: str
    fields: Mapping[Value, str]
    meanings: tuple[Meaning, ...]
    mode: Mode = Mode.TABLE
    item: str = ""
    variables: Mapping[Value, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[Value, Lookup] = field(default_factory=lambda: _PEOPLE)
    granted: str = ""
    approver: str = ""
    comments: str = ""
    dates: Dates = Dates.DAY
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    @property
    def key(self) -> str:
        """The field that carries the request's id."""
        return self.fields.get(Value.REQUEST_ID, "")

    @property
    def read(self) -> tuple[str, ...]:
        """The table's fields that say how a record stands, sorted."""
        named = {one.field for one in self.meanings} | {self.key, self.granted, self.approver, self.comments}
        named |= {self.fields.get(value, "") for value in (Value.DIGEST, Value.REQUESTER)}
        named |= {"sys_id", "number", "sys_created_on"}
        return tuple(sorted(name for name in named if name and not name.startswith(VARIABLE)))

    def variable_of(self, name: str) -> str:
        """The variable that a name means (`variables.NAME`); '' for a field."""
        return name.removeprefix(VARIABLE) if name.startswith(VARIABLE) else ""

    def problems(self) -> list[Problem]:
        """What contradicts itself, whatever the instance holds; found without asking it."""
        found = []
        if not self.table:
            found.append(_problem("table", "no table is named", "name one, or choose a preset"))
        if not self.key:
            found.append(_problem("fields.request_id", "no field carries the request's id", "correlation_id serves"))
        if self.mode is Mode.CATALOG and not self.item:
            found.append(_problem("item", "no catalog item is named", "give its sys_id"))
        if self.mode is Mode.CATALOG and Value.REQUEST_ID not in self.variables:
            what = "no variable carries the request's id, so an order whose answer was lost could not be found"
            found.append(_problem("variables.request_id", what, "add a variable to the item and name it here"))
        if not any(one.verdict is Verdict.APPROVED for one in self.meanings):
            found.append(_problem("states.approved", "nothing means approved", "name FIELD=VALUE"))
        return found


def _problem(where: str, what: str, hint: str) -> Problem:
    return Problem(f"{SETTINGS}.{where}", what, hint)


SETTINGS: Final = "waivers.servicenow"
"""Where the shape is written; problems name it."""


def policy_exception() -> RecordShape:
    """A policy exception of Policy and Compliance Management (PER...); it needs that licence."""
    states = {"8": Verdict.APPROVED, "7": Verdict.REJECTED, "3": Verdict.WITHDRAWN}
    pending = dict.fromkeys(("1", "2", "10", "12", "6"))
    return RecordShape(
        table="sn_compliance_policy_exception",
        fields=_fields(
            {
                Value.REASON: "reason",
                Value.PREVIEW: "justification",
                Value.VALID_FROM: "valid_from",
                Value.UNTIL: "valid_to",
                Value.REQUESTER: "requester",
            }
        ),
        meanings=tuple(Meaning("state", value, verdict) for value, verdict in (states | pending).items()),
        granted="valid_to",
    )


def catalog_item(item: str) -> RecordShape:
    """A requested item (RITM...) of a catalog item that you made, ordered through the Service Catalog."""
    return RecordShape(
        table="sc_req_item",
        mode=Mode.CATALOG,
        item=item,
        fields=_fields({}),
        variables={value: value.value for value in Value if value is not Value.TITLE},
        meanings=(
            Meaning("approval", "rejected", Verdict.REJECTED),
            Meaning("state", "4", Verdict.WITHDRAWN),
            Meaning("state", "7", Verdict.WITHDRAWN),
            *_APPROVAL,
        ),
        granted=f"{VARIABLE}{Value.UNTIL}",
        comments="comments",
    )


def change_request() -> RecordShape:
    """A change (CHG...): its model decides who approves; its planned dates are those of the waiver."""
    return RecordShape(
        table="change_request",
        fields=_fields(
            {
                Value.REASON: "justification",
                Value.PREVIEW: "description",
                Value.VALID_FROM: "start_date",
                Value.UNTIL: "end_date",
                Value.REQUESTER: "requested_by",
            }
        ),
        meanings=(
            Meaning("approval", "rejected", Verdict.REJECTED),
            Meaning("state", "4", Verdict.WITHDRAWN),
            *_APPROVAL,
        ),
        granted="end_date",
        dates=Dates.MOMENT,
        comments="comments",
    )


_APPROVAL: Final = (
    Meaning("approval", "approved", Verdict.APPROVED),
    Meaning("approval", "requested", None),
    Meaning("approval", "not requested", None),
)


def _fields(more: Mapping[Value, str]) -> Mapping[Value, str]:
    return {Value.REQUEST_ID: "correlation_id", Value.TITLE: "short_description", **more}


def in_zone(shape: RecordShape, zone: ZoneInfo) -> RecordShape:
    """The shape with days that begin and end there."""
    return replace(shape, zone=zone)


def first_moment(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """When a day begins there, in UTC."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=zone).astimezone(dt.UTC)


def last_second(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The last whole second of a day there, in UTC."""
    return first_moment(day + dt.timedelta(days=1), zone) - dt.timedelta(seconds=1)
