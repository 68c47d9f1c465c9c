"""A small lake for tests of folding: rows to write down briefly, and the statements run beside the reference."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import duckdb

from findings import reference
from findings.reference import Facts, Row, World
from hubposture.findings import fold
from hubposture.findings.fold import FoldCounts
from hubposture.findings.tables import CUBE, FINDINGS, SUBJECTS, TRANSITIONS, Table

NOON = dt.datetime(2026, 11, 24, 12)
INCOMING = [name for name in FINDINGS.names if name != "misses"]
FACTS = {
    "targets": "account VARCHAR, region VARCHAR, sight VARCHAR, enablement VARCHAR, swept_at TIMESTAMP",
    "accounts": "account VARCHAR, state VARCHAR",
    "enablement": "enablement VARCHAR, standard VARCHAR, control VARCHAR, is_on BOOLEAN",
    "recorded": "account VARCHAR, region VARCHAR",
}


def hours(count: float) -> dt.datetime:
    """A moment so many hours after noon."""
    return NOON + dt.timedelta(hours=count)


def subject(account: str = "a1", region: str = "r1", control: str = "s3.8", resource: str = "b1") -> str:
    return f"{account}/{region}/{control}/{resource}"


def row(compliance: str = "FAILED", at: float = 0, *, seen: float | None = None, **changes: Any) -> Row:
    """An incoming finding, updated `at` and observed `seen` (the same if not given) hours after noon."""
    place = {
        "account": changes.pop("account", "a1"),
        "region": changes.pop("region", "r1"),
        "control": changes.pop("control", "s3.8"),
        "resource": changes.pop("resource", "b1"),
    }
    finding = changes.pop("finding", f"f:{subject(**place)}")
    passed = compliance == "PASSED"
    made: Row = {
        "finding": finding,
        "subject": subject(**place),
        "kind": "control",
        "product": f"arn:aws:securityhub:{place['region']}::product/aws/securityhub",
        "id": f"arn:{finding}",
        **place,
        "resource_type": "AwsS3Bucket",
        "standard": "",
        "title": "",
        "compliance": compliance,
        "reason": "",
        "severity": "INFORMATIONAL" if passed else "HIGH",
        "record_state": "ACTIVE",
        "archived_because": "",
        "created_at": NOON,
        "updated_at": hours(at),
        "first_observed_at": None,
        "last_observed_at": hours(at),
        "workflow": "RESOLVED" if passed else "NEW",
        "note": "",
        "note_by": "",
        "note_at": None,
        "user_fields": "",
        "observed_at": hours(at if seen is None else seen),
        "tagset": "",
    }
    unknown = set(changes) - set(made)
    assert not unknown, unknown
    return {**made, **changes}


def archived(compliance: str = "FAILED", at: float = 0, because: str = "", **changes: Any) -> Row:
    return row(compliance, at, record_state="ARCHIVED", archived_because=because, **changes)


class Small:
    """A lake in memory: every step reads what the caller of `fold` has to provide, and puts back what it leaves."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        for table in (FINDINGS, SUBJECTS, TRANSITIONS, CUBE):
            self.connection.execute(f"CREATE TABLE {table.name} ({table.ddl})")
        self.connection.execute("CREATE TABLE waived (subject VARCHAR, effect VARCHAR)")
        self.connection.execute("CREATE VIEW was_waived AS SELECT * FROM waived")
        self.connection.execute("CREATE TABLE incoming AS SELECT * EXCLUDE (misses) FROM findings")
        for name, columns in FACTS.items():
            self.connection.execute(f"CREATE TABLE {name} ({columns})")
        self.clear()

    def clear(self) -> None:
        for name in ("findings", "subjects", "transitions", "cube", "waived", "targets"):
            self.connection.execute(f"DELETE FROM {name}")
        self.version = 0

    def fold(self, rows: Sequence[Row], *, at: float | None = None, **options: Any) -> FoldCounts:
        self.version += 1
        self._fill("incoming", ([row[name] for name in INCOMING] for row in rows))
        self._hold("SELECT subject FROM incoming")
        counts = fold.fold(self.connection, version=self.version, at=self.moment(at), **options)
        self._put()
        return counts

    def missed(
        self, *, seen: Collection[str], swept: Collection[str], started: float, at: float | None = None
    ) -> FoldCounts:
        self.version += 1
        self.connection.execute("CREATE OR REPLACE TEMP TABLE seen (finding VARCHAR)")
        self.connection.execute("CREATE OR REPLACE TEMP TABLE swept (account VARCHAR)")
        self._fill("seen", ([one] for one in seen))
        self._fill("swept", ([one] for one in swept))
        self._hold(
            "SELECT subject FROM findings WHERE account IN (SELECT account FROM swept) AND record_state = 'ACTIVE'"
        )
        counts = fold.missed(self.connection, started=hours(started), version=self.version, at=self.moment(at))
        self._put()
        return counts

    def settle(self, facts: Facts, *, at: float | None = None) -> FoldCounts:
        self.version += 1
        on = [(profile, "fsbp", control, True) for profile, controls in facts.on.items() for control in controls]
        off = [(profile, "cis", "s3.8", False) for profile in facts.on]
        self._fill("targets", ([*place, *target] for place, target in facts.targets.items()))
        self._fill("accounts", facts.accounts.items())
        self._fill("enablement", on + off)
        self._fill("recorded", facts.recorded)
        counts = fold.settle(self.connection, frozen=facts.frozen, version=self.version, at=self.moment(at))
        self._put()
        return counts

    def moment(self, at: float | None) -> dt.datetime:
        """The version's time: as given, or a year later and an hour per version."""
        return hours(8760 + self.version if at is None else at)

    def world(self) -> World:
        findings = {reference.key_of(one): one for one in self._rows(FINDINGS)}
        subjects = {one["subject"]: one for one in self._rows(SUBJECTS)}
        order = "ORDER BY version, subject"
        return World(findings, subjects, tuple(self._rows(TRANSITIONS, order)))

    def one(self, name: str = "") -> Row:
        """The only subject, or the one of a resource."""
        (found,) = [one for one in self._rows(SUBJECTS) if not name or one["resource"] == name]
        return found

    def moves(self) -> list[tuple[str, str, str]]:
        """Causes, presences and statuses of all transitions."""
        return [(one["cause"], one["to_presence"], one["to_status"]) for one in self.world().transitions]

    def out(self) -> tuple[int, ...]:
        """How many rows the last step left to write."""
        names = ("out_findings", "out_subjects", "out_transitions")
        return tuple(self.query(f"SELECT count(*) FROM {name}")[0][0] for name in names)

    def query(self, text: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(text).fetchall()

    def _rows(self, table: Table, order: str = "") -> Iterable[Row]:
        names = ", ".join(f'"{name}"' for name in table.names)
        for one in self.query(f"SELECT {names} FROM {table.name} {order}"):
            yield dict(zip(table.names, one, strict=True))

    def _fill(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        self.connection.execute(f"DELETE FROM {name}")
        values = [tuple(one) for one in rows]
        if values:
            marks = ", ".join(f"({', '.join('?' * len(one))})" for one in values)
            self.connection.execute(f"INSERT INTO {name} VALUES {marks}", [item for one in values for item in one])

    def _hold(self, subjects: str) -> None:
        for name in ("findings", "subjects"):
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE held_{name} AS SELECT * FROM {name} WHERE subject IN ({subjects})"
            )

    def _put(self) -> None:
        """Write what a step left, the cube too; rows must fit the tables column by column."""
        fold.cube_change(self.connection)
        for table in (FINDINGS, SUBJECTS):
            keys = " AND ".join(f"o.{key} = {table.name}.{key}" for key in table.key)
            self.connection.execute(
                f"DELETE FROM {table.name} WHERE EXISTS (SELECT 1 FROM out_{table.name} o WHERE {keys})"
            )
        for table in (FINDINGS, SUBJECTS, TRANSITIONS, CUBE):
            (described,) = [[tuple(one[:2]) for one in self.query(f"DESCRIBE out_{table.name}")]]
            assert described == [(column.name, column.kind.duckdb) for column in table.columns]
            self.connection.execute(f"INSERT INTO {table.name} SELECT * FROM out_{table.name}")


class Beside:
    """The statements and the reference, step by step on the same; `check` compares all they hold."""

    def __init__(self, small: Small) -> None:
        small.clear()
        self.small = small
        self.world = World()

    def fold(self, rows: Sequence[Row], *, at: float | None = None, **options: Any) -> None:
        self.small.fold(rows, at=at, **options)
        now = self.small.moment(at)
        self.world = reference.fold(self.world, rows, version=self.small.version, at=now, **options)

    def missed(self, *, seen: Collection[str], swept: Collection[str], started: float, at: float | None = None) -> None:
        self.small.missed(seen=seen, swept=swept, started=started, at=at)
        self.world = reference.missed(
            self.world, seen, swept, started=hours(started), version=self.small.version, at=self.small.moment(at)
        )

    def settle(self, facts: Facts, *, at: float | None = None) -> None:
        self.small.settle(facts, at=at)
        self.world = reference.settle(self.world, facts, version=self.small.version, at=self.small.moment(at))

    def check(self) -> None:
        told = self.small.world()
        assert told.findings == self.world.findings
        assert told.subjects == self.world.subjects
        assert told.transitions == self.world.transitions
        check_cube(self.small)


def check_cube(small: Small) -> None:
    """The cube kept by changes is the cube counted anew; and the state from the transitions is the state."""
    names = ", ".join(CUBE.names[:-1])
    kept = small.query(f"SELECT {names}, CAST(sum(n) AS BIGINT) FROM cube GROUP BY ALL HAVING sum(n) <> 0")
    counted = small.query(fold.CUBE_OF_SUBJECTS)
    assert sorted(map(repr, kept)) == sorted(map(repr, counted))
    at_head = small.connection.execute(fold.STATE_AT, {"version": small.version}).fetchall()
    names = "subject, kind, account, region, control, resource, presence, status, aws_status, suppressed, failing_since"
    assert sorted(map(repr, at_head)) == sorted(map(repr, small.query(f"SELECT {names} FROM subjects")))
