"""Everything asked of a part of a version is what a lake that holds only its subjects says: counted one by one here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hubposture.filters import All, AnyOf, Comparison, Filter, Not, Operator
from hubposture.findings.fold import CUBE_OF_SUBJECTS
from hubposture.findings.tables import TABLES
from hubposture.lake import lists, within
from hubposture.lake.between import show_both
from hubposture.lake.engine import REJECTS, columns_of
from hubposture.lake.owning import loose_tags, owned, show_owners
from hubposture.lake.within import Parts, count_within, show_owners_within, show_within
from hubposture.lake.working import work_of
from hubposture.posture.movement import movement
from hubposture.posture.rollup import rows as scores
from hubposture.posture.scores import Dimension
from lake.lists_world import BY_NAME, CHAIN, days_ago, put, subject, wanted

Connection = duckdb.DuckDBPyConnection
Row = Mapping[str, Any]

WEB, DATA, EMPTY = "111122223333", "444455556666", "777788889999"
OUS = {WEB: ("/", "/Workloads", "/Workloads/Prod"), DATA: ("/", "/Data"), EMPTY: ("/", "/Workloads")}
IDS = {"/": "r-1", "/Workloads": "ou-1", "/Workloads/Prod": "ou-2", "/Data": "ou-3"}
REGIONS = ("eu-central-1", "us-east-1")
QUESTIONS = (
    "",
    "status=FAILED",
    "overdue=yes",
    "ou=/Workloads waived=no",
    "owner=team-web OR tag:owner=data",
    "presence=lost,gone",
)


@dataclass(frozen=True)
class Made:
    """One subject of a world, as it is in the later version; `before` is its status in the earlier one, None for not there."""

    account: str
    region: str
    control: str
    status: str
    presence: str
    severity: str
    tag: str
    age_days: int
    waived: bool
    before: str | None


SUBJECTS = st.lists(
    st.builds(
        Made,
        account=st.sampled_from((WEB, DATA)),
        region=st.sampled_from(REGIONS),
        control=st.sampled_from(("s3.8", "ec2.2", "iam.6", "")),
        status=st.sampled_from(("FAILED", "FAILED", "PASSED", "WARNING")),
        presence=st.sampled_from(("present", "present", "present", "unsure", "gone", "lost", "off")),
        severity=st.sampled_from(("LOW", "HIGH", "CRITICAL")),
        tag=st.sampled_from(("", "t1", "t2")),
        age_days=st.integers(0, 60),
        waived=st.booleans(),
        before=st.sampled_from((None, "FAILED", "PASSED")),
    ),
    max_size=14,
)
VALUES: Mapping[str, Sequence[str]] = {
    "account-id": (WEB, DATA, EMPTY),
    "account-owner": ("team-storage", "data", ""),
    "ou": ("/", "/Workloads", "/Workloads/Prod", "/Data"),
    "ou-id": ("ou-1", "ou-3"),
    "control": ("s3.8", "ec2.2", ""),
    "severity": ("HIGH", "CRITICAL", "LOW", "INFORMATIONAL"),
    "type": ("AwsS3Bucket", "AwsEc2Instance"),
    "resource": ("arn:aws:s3:::k0", "arn:aws:s3:::k1"),
    "region": REGIONS,
    "product": ("securityhub", "guardduty"),
    "owner": ("team-storage", "data", "team-web", ""),
    "subject": ("k0", "k3"),
}
COMPARISONS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.one_of(
        st.lists(st.sampled_from(VALUES[name]), min_size=1, max_size=2, unique=True).map(
            lambda values: Comparison(name, Operator.EXACTLY, tuple(values))
        ),
        st.sampled_from(VALUES[name]).map(lambda value: Comparison(name, Operator.LIKE, (f"*{value[-2:]}",))),
    )
)
FILTERS: st.SearchStrategy[Filter] = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
    ),
    max_leaves=5,
)


# --- worlds ----------------------------------------------------------------------------------------------------------


def make(connection: Connection, schema: str) -> None:
    """Empty tables in a schema, at which the connection looks then."""
    connection.execute(f"CREATE SCHEMA {schema}")
    connection.execute(f"SET schema = '{schema}'")
    for table in (*TABLES, REJECTS):
        connection.execute(f"CREATE TABLE {table.name} ({table.ddl})")


def fill(connection: Connection, schema: str, made: Sequence[Made], *, later: bool) -> None:
    """A version: its dimensions, and the subjects that it has."""
    make(connection, schema)
    for account, owner in ((WEB, "team-storage"), (DATA, "team-data"), (EMPTY, "team-storage")):
        put(connection, "accounts", account=account, shown=account, state="active", owner=owner)
        for path in OUS[account]:
            put(connection, "units", ou_path=path, account=account, ou=IDS[path])
        for region in REGIONS:
            put(connection, "targets", account=account, region=region, sight="seen", enablement="e1", wishes="w1")
    for control, is_on in (("s3.8", True), ("ec2.2", later), ("iam.6", True)):
        put(connection, "controls", control=control, shown=control.upper(), severity="HIGH", service=control[:2])
        put(connection, "enablement", enablement="e1", standard="cis", control=control, is_on=is_on)
        put(connection, "standards", standard="cis", control=control)
    put(connection, "wishes", wishes="w1", control="s3.8", disposition="enforce", in_force=True, severity="CRITICAL",
        due_before=days_ago(30), owner="team-storage", due_days=30)  # fmt: skip
    put(
        connection,
        "wishes",
        wishes="w1",
        control="ec2.2",
        disposition="enforce",
        in_force=True,
        severity="HIGH",
        due_days=-1,
    )
    put(connection, "tags", tagset="t1", tag="owner", value="data")
    put(connection, "tags", tagset="t2", tag="owner", value="team-web")
    put(connection, "waivers", waiver="W-1", state="holding")
    for number, one in enumerate(made):
        if later or one.before is not None:
            put_subject(connection, number, one, status=one.status if later else str(one.before), later=later)
    counted = CUBE_OF_SUBJECTS.replace("JOIN waived w", "JOIN decisions w")
    connection.execute(f"INSERT INTO cube {counted}")


def put_subject(connection: Connection, number: int, one: Made, *, status: str, later: bool) -> None:
    key, is_other = f"k{number}", one.control == ""
    other: dict[str, Any] = {"kind": "other", "product": "guardduty", "title": "Scan"} if is_other else {}
    kind = "AwsS3Bucket" if number % 2 else "AwsEc2Instance"
    subject(
        connection, key, account=one.account, region=one.region, control=one.control, status=status,
        presence=one.presence, tagset=one.tag, resource_type=kind,
        **({"failing_since": days_ago(one.age_days), "severity": one.severity} if status == "FAILED" else {}), **other,
    )  # fmt: skip
    put(
        connection,
        "findings",
        finding=f"f{number}",
        subject=key,
        account=one.account,
        record_state="ACTIVE",
        compliance=status,
    )
    put(connection, "transitions", subject=key, version=1, at=days_ago(9), account=one.account, to_status=status)
    if one.waived and later and not is_other:
        put(connection, "decisions", subject=key, waiver="W-1", until=days_ago(-9), effect="suppress")


# --- one by one ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facts:
    """What a filter can be asked of; a field that is None is not known."""

    values: Mapping[str, str | None]
    units: Sequence[str]

    def says(self, name: str) -> Sequence[str] | None:
        if name in ("ou", "ou-id"):
            return [path if name == "ou" else IDS[path] for path in self.units]
        value = self.values[name]
        return None if value is None else [value]


def holds(found: Filter, facts: Facts) -> bool | None:
    """Whether a filter has what these facts are of; None where that depends on what is not known."""
    match found:
        case Comparison(name, operator, values):
            known = facts.says(name)
            if known is None:
                return None
            if operator is Operator.EXACTLY:
                return any(one in values for one in known)
            return any(re.fullmatch(str(one).replace("*", ".*"), each, re.DOTALL) for one in values for each in known)
        case Not(inner):
            answer = holds(inner, facts)
            return None if answer is None else not answer
        case All(parts):
            answers = [holds(part, facts) for part in parts]
            return False if False in answers else None if None in answers else True
        case AnyOf(parts):
            answers = [holds(part, facts) for part in parts]
            return True if True in answers else None if None in answers else False


def of_account(account: str, account_owner: str, **known: str) -> Facts:
    blank: dict[str, str | None] = dict.fromkeys(VALUES)
    return Facts({**blank, "account-id": account, "account-owner": account_owner, **known}, OUS[account])


def as_rows(connection: Connection, schema: str, name: str) -> list[dict[str, Any]]:
    table = BY_NAME[name]
    found = connection.execute(f"SELECT {columns_of(table)} FROM {schema}.{name} ORDER BY ALL")
    return [dict(zip(table.names, row, strict=True)) for row in found.fetchall()]


def only(connection: Connection, whole: str, own: str, found: Filter) -> None:
    """A version of its own that has only the subjects of a filter, made row by row."""
    connection.execute(f"SET schema = '{whole}'")
    show_owners(connection, CHAIN)
    owners = dict(connection.execute("SELECT account, owner FROM owner_accounts").fetchall())
    seen = [one for one in as_rows(connection, whole, "subjects") if holds(found, facts_of(connection, one, owners))]
    wholes = {account for account, owner in owners.items() if holds(found, of_account(account, owner)) is True}
    accounts = wholes | {one["account"] for one in seen}
    keys, tags = {one["subject"] for one in seen}, {one["tagset"] for one in seen}
    there = {(one["account"], one["region"], one["control"]) for one in seen}
    keep: Mapping[str, tuple[str, set[str]]] = {
        **dict.fromkeys(("subjects", "findings", "transitions", "decisions"), ("subject", keys)),
        **dict.fromkeys(("accounts", "units"), ("account", accounts)),
        "tags": ("tagset", tags),
        "waivers": (
            "waiver",
            {one["waiver"] for one in as_rows(connection, whole, "decisions") if one["subject"] in keys},
        ),
    }
    make(connection, own)
    for name, (column, values) in keep.items():
        kept = f"INSERT INTO {name} SELECT * FROM {whole}.{name} WHERE list_contains($values, {column})"
        connection.execute(kept, {"values": sorted(values)})
    for name in ("controls", "standards"):
        connection.execute(f"INSERT INTO {name} SELECT * FROM {whole}.{name}")
    for row in as_rows(connection, whole, "targets"):
        if row["account"] in accounts:
            put_target(connection, whole, row, None if row["account"] in wholes else there)
    connection.execute(f"INSERT INTO cube {CUBE_OF_SUBJECTS.replace('JOIN waived w', 'JOIN decisions w')}")


def put_target(connection: Connection, whole: str, row: Row, there: set[tuple[str, str, str]] | None) -> None:
    """A target with wishes and enablement of its own: all of them, or those of the controls that are there."""
    key = f"{row['account']} {row['region']}"
    put(connection, "targets", **{**row, "wishes": key, "enablement": key})
    for name in ("wishes", "enablement"):
        for one in as_rows(connection, whole, name):
            if there is None or (row["account"], row["region"], one["control"]) in there:
                put(connection, name, **{**one, name: key})


def facts_of(connection: Connection, row: Row, owners: Mapping[str, str]) -> Facts:
    item = lists.item(connection, row["subject"])
    assert item is not None
    known = {
        "control": row["control"], "severity": item.fields["severity_shown"], "type": row["resource_type"],
        "resource": row["resource"], "region": row["region"], "product": row["product"], "owner": item.fields["owner"],
        "subject": row["subject"],
    }  # fmt: skip
    return of_account(row["account"], owners[row["account"]], **known)


# --- the same --------------------------------------------------------------------------------------------------------


@dataclass
class Answers:
    """Everything that can be asked of the version a connection looks at."""

    connection: Connection
    found: dict[str, object] = field(default_factory=dict)

    def asked(self, keys: Sequence[str]) -> Mapping[str, object]:
        for question in QUESTIONS:
            one = wanted(question)
            self.found[f"groups {question}"] = lists.groups(self.connection, one)
            self.found[f"page {question}"] = lists.page(self.connection, one)
            self.found[f"count {question}"] = lists.count(self.connection, one)
        for key in keys:
            self.found[f"of {key}"] = (
                lists.item(self.connection, key), lists.findings_of(self.connection, key),
                lists.history_of(self.connection, key),
            )  # fmt: skip
        for tagset in ("t1", "t2"):
            self.found[f"tags {tagset}"] = lists.tags_of(self.connection, tagset)
        self.found |= {
            "owned": owned(self.connection),
            "loose": loose_tags(self.connection),
            "work": work_of(self.connection, keys),
            "scores": scores(self.execute),
            "accounts": self.connection.execute("SELECT account FROM accounts ORDER BY account").fetchall(),
            "units": self.connection.execute("SELECT ou_path, account FROM units ORDER BY ALL").fetchall(),
            "wanted": self.connection.execute(
                "SELECT t.account, t.region, w.control, w.row FROM targets t JOIN wishes w ON w.wishes = t.wishes ORDER BY ALL"
            ).fetchall(),
        }
        return self.found

    def execute(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, dict(parameters)).fetchall()


@contextmanager
def moved(connection: Connection, first: str, last: str) -> Iterator[Answers]:
    show_both(connection, first=first, last=last, schema="side_by_side")
    yield Answers(connection)
    connection.execute("DROP SCHEMA side_by_side CASCADE")


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(SUBJECTS, FILTERS, st.booleans())
def test_a_part_says_what_a_lake_of_its_subjects_says(made: list[Made], found: Filter, many: bool) -> None:
    with duckdb.connect(config={"threads": 1}) as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr(within, "KEPT", 1 if many else 1_000)
        told: dict[str, list[object]] = {"part": [], "alone": []}
        for version in ("v1", "v2"):
            fill(connection, version, made, later=version == "v2")
            only(connection, version, f"{version}_alone", found)
            connection.execute(f"SET schema = '{version}'")
            at = Parts(version, f"{version}_part", is_slim=False)
            show_within(connection, found, at)
            show_owners_within(connection, at)
            count_within(connection, at)
            connection.execute(f"SET schema = '{version}_alone'")
            show_owners(connection, CHAIN)
            for side, answers in told.items():
                connection.execute(f"SET schema = '{version}_{side}'")
                if version == "v2":
                    answers.append(dict(Answers(connection).asked([f"k{number}" for number in range(len(made))])))
        for side, answers in told.items():
            with moved(connection, f"v1_{side}", f"v2_{side}") as both:
                for dimension, key in ((Dimension.ORGANIZATION, ""), (Dimension.ACCOUNT, WEB), (Dimension.OU, "/Data")):
                    answers.append(movement(both.execute, since=days_ago(7), dimension=dimension, key=key))
        assert told["part"] == told["alone"]
