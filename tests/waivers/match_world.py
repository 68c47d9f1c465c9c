"""Small worlds for matching: rows to write down briefly, put on a connection, and judged beside the reference."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from hubposture.findings.finding import finding_key, subject_key
from hubposture.findings.tables import ACCOUNTS, FINDINGS, SUBJECTS, TAGS, TARGETS, UNITS, WISHES, Kind, Table
from hubposture.model.controls import ControlId
from hubposture.waivers import match
from hubposture.waivers.rule import Judged, Rule
from hubposture.waivers.waiver import Criteria, Effect
from waivers import reference
from waivers.reference import Row, World

NOON = dt.datetime(2026, 11, 24, 12)
WEB, DATA, LONE = "111122223333", "444455556666", "777788889999"
EU, US = "eu-central-1", "us-east-1"
OUS = {"/": "r-1", "/Work": "ou-work", "/Work/Prod": "ou-prod", "/Work/Prod/Web": "ou-web", "/Lone": "ou-lone"}
TREE = {
    WEB: ("/Work/Prod/Web", "active"),
    DATA: ("/Work/Prod", "active"),
    LONE: ("/Lone", "active"),
    "000011112222": ("/Lone", "left"),
}
PRODUCT = "arn:aws:securityhub:eu-central-1::product/aws/securityhub"
_ARROW = {Kind.TEXT: pa.string(), Kind.INTEGER: pa.int64(), Kind.TRUTH: pa.bool_(), Kind.TIME: pa.timestamp("us")}
_EMPTY: dict[Kind, object] = {Kind.TEXT: "", Kind.INTEGER: 0, Kind.TRUTH: False, Kind.TIME: None}
_TABLES = (SUBJECTS, FINDINGS, ACCOUNTS, UNITS, TARGETS, WISHES, TAGS)


def hours(count: float) -> dt.datetime:
    """A moment so many hours after noon."""
    return NOON + dt.timedelta(hours=count)


IN_90_DAYS = hours(24 * 90)


def subject(
    resource: str = "arn:aws:s3:::one", *, account: str = WEB, region: str = EU, control: str = "s3.8", **values: Any
) -> Row:
    """A subject that fails since noon, and was first seen then."""
    row = {column.name: _EMPTY[column.kind] for column in SUBJECTS.columns}
    made: Row = {
        "subject": subject_key(account, region, control, resource),
        "kind": "control",
        "account": account,
        "region": region,
        "control": control,
        "resource": resource,
        "resource_type": "AwsS3Bucket",
        "presence": "present",
        "status": "FAILED",
        "severity": "HIGH",
        "failing_since": NOON,
        "first_seen_at": NOON,
        "changed_at": NOON,
    }
    return row | made | values


def finding(of: Row, name: str = "", **values: Any) -> Row:
    """An ACTIVE finding of a subject, named after it if no name is given; NEW, and FAILED like it."""
    row = {column.name: _EMPTY[column.kind] for column in FINDINGS.columns}
    id_ = name or f"finding/{of['subject']}"
    made: Row = {
        "finding": finding_key(PRODUCT, id_),
        "product": PRODUCT,
        "id": id_,
        "compliance": of["status"],
        "severity": "HIGH",
        "record_state": "ACTIVE",
        "workflow": "NEW",
        "updated_at": NOON,
        "observed_at": NOON,
    }
    same = {name: of[name] for name in ("subject", "kind", "account", "region", "control", "resource", "resource_type")}
    return row | made | same | values


def rule(
    waiver: str = "W-1",
    *,
    controls: Sequence[str] = ("s3.8",),
    effect: Effect = Effect.SUPPRESS,
    holds: bool = True,
    until: dt.datetime = IN_90_DAYS,
    approved: Iterable[Row] = (),
    admitted: Iterable[Row] = (),
    days: int = 0,
    covers_new: int = 0,
    new_since: dt.datetime | None = None,
    **criteria: Any,
) -> Rule:
    """A waiver that holds; `criteria` are those of `Criteria`, and `known` the accounts at the approval."""
    return Rule(
        waiver=waiver,
        accounts=frozenset(criteria.pop("known", ())),
        criteria=Criteria(controls=tuple(ControlId(one) for one in controls), **criteria),
        effect=effect,
        holds=holds,
        until=until,
        days=days,
        why="" if holds else "its approval ended",
        approved=frozenset(row["subject"] for row in approved),
        admitted=frozenset(row["subject"] for row in admitted),
        covers_new=covers_new,
        new_since=new_since,
    )


class Small:
    """The tables that matching reads, in memory."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        for table in _TABLES:
            self.connection.execute(f"CREATE TABLE {table.name} ({table.ddl})")

    def show(self, world: World) -> None:
        """Have the tables say what a world says; there is one profile of wishes for every target."""
        self._fill(SUBJECTS, [tuple(row[name] for name in SUBJECTS.names) for row in world.subjects])
        self._fill(FINDINGS, [tuple(row[name] for name in FINDINGS.names) for row in world.findings])
        self._fill(
            ACCOUNTS,
            [(id_, "", "", id_, state, "", path, "") for id_, (path, state) in world.accounts.items()],
        )
        self._fill(
            UNITS,
            [
                (above, id_, world.ous[above])
                for id_, (path, state) in world.accounts.items()
                if state != "left"
                for above in _above(path)
            ],
        )
        places = {(row["account"], row["region"]) for row in world.subjects} | {key[:2] for key in world.waivable}
        self._fill(TARGETS, [(*place, "seen", "", "", "", "/".join(place), None) for place in sorted(places)])
        self._fill(
            WISHES,
            [
                (f"{account}/{region}", control, "enforce", True, "HIGH", None, "", "", most, -1)
                for (account, region, control), most in world.waivable.items()
            ],
        )
        self._fill(TAGS, [(key, *pair) for key, tags in world.tags.items() for pair in tags.items()])

    def judge(
        self,
        rules: Sequence[Rule],
        *,
        ours: Collection[str] = (),
        only: Collection[str] | None = None,
        wide: int = match.WIDE,
    ) -> Judged:
        with self.connection.cursor() as own:
            return match.judge(own, rules, version=7, ours=ours, only=only, wide=wide)

    def _fill(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        self.connection.execute(f"DELETE FROM {table.name}")
        if rows:
            columns = zip(*rows, strict=True)
            arrays = [pa.array(values, _ARROW[one.kind]) for values, one in zip(columns, table.columns, strict=True)]
            self.connection.register("rows", pa.table(arrays, names=list(table.names)))
            self.connection.execute(f"INSERT INTO {table.name} SELECT * FROM rows")
            self.connection.unregister("rows")


def _above(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/", *("/" + "/".join(parts[:count]) for count in range(1, len(parts) + 1))]


def world(*subjects: Row, findings: Sequence[Row] | None = None, **values: Any) -> World:
    """A world in the usual tree; every subject has one finding unless they are given."""
    made = [finding(one) for one in subjects] if findings is None else findings
    return World(subjects, made, TREE, OUS, **values)


def beside(small: Small, given: World, rules: Sequence[Rule], **options: Any) -> Judged:
    """What the statements find, which is what the reference finds."""
    small.show(given)
    found = small.judge(rules, **options)
    options.pop("wide", None)
    expected = reference.judge(given, rules, version=7, **({"ours": ()} | options))
    assert found.cases == expected.cases
    assert found.tallies == expected.tallies
    assert found.covered == expected.covered
    assert found == expected
    return found
