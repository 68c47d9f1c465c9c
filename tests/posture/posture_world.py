"""Small organizations for posture: rows of the lake's tables, loaded into DuckDB, and drawn by hypothesis."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
from hypothesis import strategies as st

from hubposture.findings.fold import CUBE_OF_SUBJECTS
from hubposture.findings.tables import DIMENSIONS, SUBJECTS, TABLES, Kind, Table
from hubposture.posture.queries import query

DAY = dt.datetime(2026, 11, 24)
BY_NAME: Mapping[str, Table] = {table.name: table for table in TABLES}
_EMPTY: Mapping[Kind, object] = {Kind.TEXT: "", Kind.INTEGER: 0, Kind.TRUTH: False, Kind.TIME: None}
Row = dict[str, Any]


def days_ago(days: float) -> dt.datetime:
    return DAY - dt.timedelta(days=days)


def row_of(table: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row in the order of a table's columns; what is not given is empty."""
    unknown = set(values) - set(BY_NAME[table].names)
    assert not unknown, unknown
    return tuple(values.get(column.name, _EMPTY[column.kind]) for column in BY_NAME[table].columns)


@dataclass(frozen=True)
class State:
    """Subjects and dimensions of a moment, rows by column name."""

    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    subjects: Sequence[Row] = ()

    def rows(self, table: str) -> Sequence[Row]:
        return self.tables.get(table, ())

    def having(self, **tables: Sequence[Row]) -> "State":
        return replace(self, tables={**self.tables, **tables})


def subject(account: str, region: str, control: str, resource: str = "x", **values: Any) -> Row:
    """A subject that has been failing for ten days unless said otherwise."""
    row: Row = {
        "subject": f"{account}/{region}/{control}/{resource}", "kind": "control", "account": account, "region": region,
        "control": control, "resource": resource, "presence": "present", "status": "FAILED", **values,
    }  # fmt: skip
    row.setdefault("aws_status", row["status"])
    if row["status"] == "FAILED":
        row.setdefault("failing_since", DAY - dt.timedelta(days=10))
    return row


class Lake:
    """A lake in memory that queries are run on."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        for table in TABLES:
            self.connection.execute(f"CREATE TABLE {table.name} ({table.ddl})")

    def execute(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        self.connection.close()

    def show(self, state: State) -> "Lake":
        """Make the tables those of a state, the cube counted from its subjects."""
        for table in DIMENSIONS:
            self.fill(table.name, [row_of(table.name, row) for row in state.rows(table.name)])
        self.fill("subjects", [row_of("subjects", row) for row in state.subjects])
        self.connection.execute("CREATE OR REPLACE TEMP VIEW waived AS SELECT subject, effect FROM decisions")
        self.connection.execute(f"DELETE FROM cube; INSERT INTO cube BY NAME {CUBE_OF_SUBJECTS}")
        return self

    def fill(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        self.connection.execute(f"DELETE FROM {table}")
        if rows:
            slots = ", ".join([f"({', '.join('?' * len(rows[0]))})"] * len(rows))
            self.connection.execute(f"INSERT INTO {table} VALUES {slots}", [value for row in rows for value in row])


SIDES = ("accounts", "units", "targets", "enablement", "wishes", "decisions")
STATE = ("subject", "kind", "account", "region", "control", "resource", "presence", "status", "aws_status", "suppressed", "failing_since")  # fmt: skip


class Between(Lake):
    """A lake with the relations of two moments."""

    def __init__(self) -> None:
        super().__init__()
        for side in ("from", "to"):
            for table in SIDES:
                self.connection.execute(f"CREATE TABLE {side}_{table} AS SELECT * FROM {table}")
            self.connection.execute(f"CREATE TABLE state_{side} AS SELECT {', '.join(STATE)} FROM subjects")

    def between(self, before: State, after: State) -> "Between":
        for side, state in (("from", before), ("to", after)):
            for table in SIDES:
                self.fill(f"{side}_{table}", [row_of(table, row) for row in state.rows(table)])
            named = [dict(zip(SUBJECTS.names, row_of("subjects", row), strict=True)) for row in state.subjects]
            self.fill(f"state_{side}", [tuple(row[name] for name in STATE) for row in named])
        self.fill("controls", [row_of("controls", row) for row in after.rows("controls")])
        return self


PARAMETERS: Mapping[str, object] = {
    "dimension": "organization", "key": "", "region": "", "standard": "", "from_at": days_ago(7), "most": 3,
}  # fmt: skip


def parameters(name: str) -> dict[str, object]:
    """Values for the parameters that a query names."""
    named = set(re.findall(r"\$(\w+)", query(name)))
    return {key: value for key, value in PARAMETERS.items() if key in named}


def accounts(**by_id: str) -> list[Row]:
    """Active accounts by id, each with the path of its OU."""
    return [
        {"account": key, "shown": f"{key} shown", "state": "active", "ou_path": path, "owner": f"team-{key}"}
        for key, path in by_id.items()
    ]


def units(rows: Sequence[Row]) -> list[Row]:
    """The OUs of accounts, with those above them."""
    found = []
    for row in rows:
        parts = [part for part in row["ou_path"].split("/") if part]
        paths = ["/", *("/" + "/".join(parts[: depth + 1]) for depth in range(len(parts)))]
        found += [{"ou_path": path, "account": row["account"]} for path in paths]
    return found


def everywhere(rows: Sequence[Row], regions: Sequence[str], **values: Any) -> list[Row]:
    """Targets of all accounts in all Regions, seen, under profiles `on` and `want`."""
    made = {"sight": "seen", "enablement": "on", "wishes": "want", **values}
    return [{"account": row["account"], "region": region, **made} for row in rows for region in regions]


def on(standard: str, *controls: str, profile: str = "on", **values: Any) -> list[Row]:
    return [
        {"enablement": profile, "standard": standard, "control": control, "is_on": True, **values}
        for control in controls
    ]


def want(*controls: str, profile: str = "want", **values: Any) -> list[Row]:
    made = {"disposition": "enforce", "in_force": True, "severity": "HIGH", **values}
    return [{"wishes": profile, "control": control, **made} for control in controls]


def small(*subjects: Row) -> State:
    """Two accounts (a in /W/P, b in /W), two Regions (r1, r2), controls c1 and c2 of fsbp, c1 also of cis, in force."""
    rows = accounts(a="/W/P", b="/W")
    return State(
        {
            "accounts": rows,
            "units": units(rows),
            "targets": everywhere(rows, ("r1", "r2")),
            "enablement": [*on("fsbp", "c1", "c2"), *on("cis", "c1")],
            "wishes": want("c1", "c2"),
            "controls": [{"control": one, "shown": one.upper(), "severity": "LOW"} for one in ("c1", "c2", "c3")],
            "standards": [
                {"standard": "fsbp", "control": "c1"}, {"standard": "fsbp", "control": "c2"},
                {"standard": "cis", "control": "c1"},
            ],
        },
        subjects,
    )  # fmt: skip


def whole(**changes: str) -> list[Row]:
    """Every cell of `small` with one passing subject, but those given as `a_r1_c1="FAILED"`."""
    places = [(a, r, c) for a in "ab" for r in ("r1", "r2") for c in ("c1", "c2")]
    return [subject(a, r, c, status=changes.get(f"{a}_{r}_{c}", "PASSED")) for a, r, c in places]


# --- drawn worlds ----------------------------------------------------------------------------------------------------

ACCOUNTS, REGIONS, CONTROLS, STANDARDS = ("a", "b", "d"), ("r1", "r2"), ("c1", "c2", "c3"), ("fsbp", "cis")
PROFILES = ("", "p1", "p2")
PRESENCES = ("present", "present", "present", "unsure", "off", "gone", "lost")
STATUSES = ("FAILED", "FAILED", "PASSED", "PASSED", "WARNING", "NOT_AVAILABLE", "")


@st.composite
def drawn_subjects(draw: st.DrawFn) -> list[Row]:
    keys = draw(
        st.sets(
            st.tuples(
                st.sampled_from((*ACCOUNTS, "z")), st.sampled_from(REGIONS), st.sampled_from((*CONTROLS, "c9")),
                st.sampled_from(("x", "y")),
            ),
            max_size=16,
        )
    )  # fmt: skip
    made = []
    for key in sorted(keys):
        status = draw(st.sampled_from(STATUSES))
        since = DAY - dt.timedelta(days=draw(st.integers(0, 6)), hours=3) if status == "FAILED" else None
        made.append(
            subject(
                *key, status=status, aws_status=draw(st.sampled_from((status, ""))), failing_since=since,
                presence=draw(st.sampled_from(PRESENCES)), suppressed=draw(st.booleans()),
            )
        )  # fmt: skip
    return made


@st.composite
def drawn_tables(draw: st.DrawFn) -> dict[str, list[Row]]:
    states = ("active", "active", "management", "suspended", "left")
    rows = [
        {
            "account": account, "shown": f"{account}!", "state": draw(st.sampled_from(states)),
            "ou_path": draw(st.sampled_from(("/", "/W", "/W/P"))), "owner": draw(st.sampled_from(("", "t1"))),
        }
        for account in ACCOUNTS
        if draw(st.integers(0, 5))
    ]  # fmt: skip
    places = [(account, region) for account in ACCOUNTS for region in REGIONS]
    sights = ("seen", "seen", "seen", "unreadable", "lost", "closed")
    targets: list[Row] = []
    for account, region in places:
        if draw(st.integers(0, 5)):
            sight = draw(st.sampled_from(sights))
            enablement = "" if sight == "unreadable" else draw(st.sampled_from(PROFILES))
            wishes = draw(st.sampled_from(PROFILES))
            targets.append(
                {"account": account, "region": region, "sight": sight, "enablement": enablement, "wishes": wishes}
            )
    switched: list[Row] = [
        {
            "enablement": profile, "standard": standard, "control": control, "is_on": draw(st.integers(0, 3)) > 0,
            "parameters": draw(st.sampled_from(("", "days=90"))),
        }
        for profile in PROFILES[1:] for standard in STANDARDS for control in CONTROLS if draw(st.integers(0, 3))
    ]  # fmt: skip
    wanted: list[Row] = [
        {
            "wishes": profile, "control": control, "disposition": "enforce", "in_force": draw(st.integers(0, 3)) > 0,
            "severity": draw(st.sampled_from(("CRITICAL", "HIGH"))),
            "due_before": draw(st.sampled_from((None, DAY - dt.timedelta(days=3)))),
        }
        for profile in PROFILES[1:] for control in (*CONTROLS, "c9") if draw(st.integers(0, 3))
    ]  # fmt: skip
    standards = [
        {"standard": standard, "control": control}
        for standard in STANDARDS for control in CONTROLS if draw(st.booleans())
    ]  # fmt: skip
    since = (None, DAY - dt.timedelta(days=100), DAY)
    return {
        "accounts": rows, "units": units(rows), "targets": targets, "enablement": switched, "wishes": wanted,
        "standards": standards,
        "controls": [
            {"control": one, "shown": one.upper(), "severity": "LOW", "known_since": draw(st.sampled_from(since))}
            for one in CONTROLS
        ],
    }  # fmt: skip


@st.composite
def drawn_states(draw: st.DrawFn) -> State:
    subjects, tables = draw(drawn_subjects()), draw(drawn_tables())
    tables["decisions"] = [
        {"subject": row["subject"], "waiver": "W-1", "effect": draw(st.sampled_from(("suppress", "visible")))}
        for row in subjects
        if not draw(st.integers(0, 3))
    ]
    return State(tables, subjects)
