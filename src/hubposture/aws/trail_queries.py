"""CloudTrail beyond 90 days: an event data store of CloudTrail Lake, or a table of its log files in Athena."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hubposture.aws.gaps import gap_of
from hubposture.aws.gateway import Gateway
from hubposture.errors import InputError, RemoteError, RemoteRefused, RemoteUnavailable
from hubposture.ports.resource_history import Told
from hubposture.timeline.facts import Gap, Source, Why, Write
from hubposture.timeline.resource import Resource
from hubposture.timeline.trail import write_of_event

MOST: Final = 250
"""Events that are read of one resource, the newest."""
_POLL_SECONDS: Final = 1.0
_COLUMNS: Final = (
    "eventtime", "eventid", "eventsource", "eventname", "recipientaccountid", "awsregion", "errorcode", "errormessage",
    "sourceipaddress", "useragent",
)  # fmt: skip
_IDENTITY: Final = (
    ("type", "kind"), ("arn", "arn"), ("username", "username"), ("accountid", "accountid"), ("accesskeyid", "accesskeyid"),
    ("invokedby", "invokedby"), ("principalid", "principalid"), ("sessioncontext.sessionissuer.username", "issuer"),
)  # fmt: skip

Row = Mapping[str, str]


def literal(text: str) -> str:
    """A text as SQL writes it. Raises InputError for one with control characters, which no name of a resource has."""
    if not text.isprintable():
        raise InputError("the resource's name has characters that no query takes")
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Table:
    """A table in Athena; `day` is its partition column with the day (`2026/11/24`), '' for none."""

    database: str
    name: str
    workgroup: str
    day: str = ""


class AwsTrailLake:
    """Implements `ports.resource_history.WriteHistory` over an event data store (its id or ARN) with the administrator's reader.

    StartQuery binds no parameters, so names are written as SQL texts by `literal`; the store is checked by the settings.
    """

    def __init__(self, gateway: Gateway, *, store: str, region: str, seconds: float) -> None:
        self._gateway = gateway
        self._store = store
        self._region = region
        self._seconds = seconds

    def writes(self, resource: Resource, *, since: dt.datetime, until: dt.datetime) -> Told:
        """See `ports.resource_history`."""
        try:
            return _told(list(self._rows(self._statement(resource, since, until))))
        except RemoteError as problem:
            return Told(gaps=(gap_of(Source.TRAIL, problem),))
        except InputError as problem:
            return Told(gaps=(gap_of(Source.TRAIL, problem),))

    def _statement(self, resource: Resource, since: dt.datetime, until: dt.datetime) -> str:
        names = ", ".join(literal(one) for one in resource.trail_names)
        identity = [f"userIdentity.{path} AS {name}" for path, name in _IDENTITY]
        return (
            f"SELECT {', '.join((*_COLUMNS, *identity))} FROM {self._store.rpartition('/')[2]} "  # noqa: S608 (checked, see above)
            f"WHERE eventTime >= {_moment(since)} AND eventTime <= {_moment(until)} "
            f"AND recipientAccountId = {literal(resource.account)} AND readOnly = false "
            f"AND (any_match(resources, r -> r.arn IN ({names})) "
            f"OR any_match(map_values(requestParameters), v -> v IN ({names}))) "
            f"ORDER BY eventTime DESC LIMIT {MOST}"
        )

    def _rows(self, statement: str) -> Iterator[Row]:
        seat = self._gateway.administrator("cloudtrail", region=self._region)
        query = self._gateway.call(seat, "StartQuery", {"QueryStatement": statement})["QueryId"]
        asked: dict[str, Any] = {"QueryId": query, "MaxQueryResults": MOST}
        for _ in _waits(self._gateway, self._seconds):
            page = self._gateway.call(seat, "GetQueryResults", asked)
            state = page.get("QueryStatus", "")
            if state == "FINISHED":
                yield from self._pages(page, asked)
                return
            if state not in ("QUEUED", "RUNNING"):
                raise RemoteRefused(f"{seat}: the query is {state}: {page.get('ErrorMessage', 'no reason given')}")
        raise RemoteUnavailable(f"{seat}: the query did not end within {self._seconds:.0f} s")

    def _pages(self, page: Mapping[str, Any], asked: dict[str, Any]) -> Iterator[Row]:
        seat = self._gateway.administrator("cloudtrail", region=self._region)
        while True:
            for row in page.get("QueryResultRows") or ():
                yield {name.lower(): value for cell in row for name, value in cell.items()}
            token = page.get("NextToken")
            if not token or token == asked.get("NextToken"):
                return
            asked["NextToken"] = token
            page = self._gateway.call(seat, "GetQueryResults", asked)


class AwsTrailAthena:
    """Implements `ports.resource_history.WriteHistory` over a table in Athena with the administrator's reader role."""

    def __init__(self, gateway: Gateway, *, table: Table, region: str, seconds: float) -> None:
        self._gateway = gateway
        self._table = table
        self._region = region
        self._seconds = seconds

    def writes(self, resource: Resource, *, since: dt.datetime, until: dt.datetime) -> Told:
        """See `ports.resource_history`."""
        try:
            return _told(list(self._rows(*self._asked(resource, since, until))))
        except RemoteError as problem:
            return Told(gaps=(gap_of(Source.TRAIL, problem),))
        except InputError as problem:
            return Told(gaps=(gap_of(Source.TRAIL, problem),))

    def _asked(self, resource: Resource, since: dt.datetime, until: dt.datetime) -> tuple[str, Sequence[str]]:
        """The query with a `?` for everything that is not ours, and the values in their order."""
        values = [f"{since:%Y-%m-%dT%H:%M:%SZ}", f"{until:%Y-%m-%dT%H:%M:%SZ}", resource.account]
        tests = ["eventtime >= ?", "eventtime <= ?", "recipientaccountid = ?", "readonly = 'false'"]
        if self._table.day:
            tests += [f'"{self._table.day}" >= ?', f'"{self._table.day}" <= ?']
            values += [f"{since:%Y/%m/%d}", f"{until:%Y/%m/%d}"]
        named = []
        for name in resource.trail_names:
            named += ["any_match(resources, r -> r.arn = ?)", "strpos(requestparameters, ?) > 0"]
            values += [name, f'"{name}"']
        identity = [f"useridentity.{path} AS {name}" for path, name in _IDENTITY]
        text = (
            f"SELECT {', '.join((*_COLUMNS, *identity))} "  # noqa: S608 (names of the settings, checked there; values are bound)
            f'FROM "{self._table.database}"."{self._table.name}" '
            f"WHERE {' AND '.join(tests)} AND ({' OR '.join(named)}) ORDER BY eventtime DESC LIMIT {MOST}"
        )
        return text, [literal(one) for one in values]

    def _rows(self, text: str, values: Sequence[str]) -> Iterator[Row]:
        seat = self._gateway.administrator("athena", region=self._region)
        asked = {
            "QueryString": text,
            "ExecutionParameters": list(values),
            "QueryExecutionContext": {"Database": self._table.database},
            "WorkGroup": self._table.workgroup,
        }
        query = {"QueryExecutionId": self._gateway.call(seat, "StartQueryExecution", asked)["QueryExecutionId"]}
        for _ in _waits(self._gateway, self._seconds):
            status = self._gateway.call(seat, "GetQueryExecution", query)["QueryExecution"]["Status"]
            if status["State"] == "SUCCEEDED":
                yield from _table_rows(self._gateway.call(seat, "GetQueryResults", {**query, "MaxResults": MOST + 1}))
                return
            if status["State"] not in ("QUEUED", "RUNNING"):
                why = status.get("StateChangeReason", "no reason given")
                raise RemoteRefused(f"{seat}: the query is {status['State']}: {why}")
        raise RemoteUnavailable(f"{seat}: the query did not end within {self._seconds:.0f} s")


def _waits(gateway: Gateway, seconds: float) -> Iterator[None]:
    """Once at once, then every second until the time is up."""
    until = gateway.caller.clock() + seconds
    while True:
        yield
        if gateway.caller.clock() >= until:
            return
        gateway.caller.sleep(_POLL_SECONDS)


def _table_rows(page: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of an answer of Athena, whose first row has the names."""
    rows = [
        [cell.get("VarCharValue", "") for cell in row.get("Data") or ()] for row in page["ResultSet"].get("Rows") or ()
    ]
    for row in rows[1:]:
        yield dict(zip((name.lower() for name in rows[0]), row, strict=False))


def _told(rows: Sequence[Row]) -> Told:
    found = sorted((one for row in rows if (one := _write(row)) is not None), key=lambda one: (one.at, one.id))
    if len(rows) < MOST:
        return Told(tuple(found))
    oldest = found[0].at if found else None
    return Told(
        tuple(found), (Gap(Source.TRAIL, Why.CUT, f"CloudTrail: only the newest {MOST} events were read", oldest),)
    )


def _write(row: Row) -> Write | None:
    """A row as the event that it was made of."""
    issuer = {"sessionIssuer": {"userName": row.get("issuer", "")}}
    return write_of_event(
        {
            "eventTime": row.get("eventtime", "").replace(".000", "").replace(" UTC", ""),
            "eventID": row.get("eventid", ""), "eventSource": row.get("eventsource", ""),
            "eventName": row.get("eventname", ""), "recipientAccountId": row.get("recipientaccountid", ""),
            "awsRegion": row.get("awsregion", ""), "errorCode": row.get("errorcode", ""),
            "errorMessage": row.get("errormessage", ""), "sourceIPAddress": row.get("sourceipaddress", ""),
            "userAgent": row.get("useragent", ""), "readOnly": False,
            "userIdentity": {
                "type": row.get("kind", ""), "arn": row.get("arn", ""), "userName": row.get("username", ""),
                "accountId": row.get("accountid", ""), "accessKeyId": row.get("accesskeyid", ""),
                "invokedBy": row.get("invokedby", ""), "principalId": row.get("principalid", ""), "sessionContext": issuer,
            },
        }
    )  # fmt: skip


def _moment(at: dt.datetime) -> str:
    return literal(f"{at:%Y-%m-%d %H:%M:%S}")
