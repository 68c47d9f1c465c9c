"""Whose every subject of a lake is, beside the chain that says it of one resource."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.findings.tables import ACCOUNTS, UNITS, WISHES
from hubposture.lake.engine import Means
from hubposture.lake.fields import JOINS, LINK, OWNER, OWNER_IS_TEAM
from hubposture.lake.lists import count
from hubposture.lake.owning import loose_tags, owned
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import SqlLedger
from hubposture.owners.chain import Chain, Facts
from hubposture.owners.team import Team, Teams
from hubposture.ports.lake import OwnerCount, TagUse
from lake import lake_world
from lake.lists_world import DATA, PROD, days_ago, lake, put, seen, subject, wanted
from lake.test_lists import undone
from ledger_world import Clock
from owners.owners_world import RESOURCE_TAGS, facts, teams

Connection = duckdb.DuckDBPyConnection
TEAMS = Teams(
    (Team("team-storage"), Team("web", ("team-web",), ous=("/Workloads",)), Team("data", ("team-data",), (DATA,))),
    "web",
)
SQL = f"SELECT s.subject, {OWNER}, {OWNER_IS_TEAM}, {LINK} FROM subjects s {JOINS['wishes']} {JOINS['owners']}"


@pytest.fixture(scope="module")
def opened() -> Iterator[Connection]:
    with lake() as made:
        yield made


@pytest.fixture(scope="module")
def empty() -> Iterator[Connection]:
    """The same without accounts, OUs, targets, wishes and tags."""
    with lake() as made:
        for table in ("accounts", "units", "targets", "wishes", "tags"):
            made.execute(f"DELETE FROM {table}")
        yield made


@pytest.fixture
def connection(opened: Connection) -> Iterator[Connection]:
    with undone(opened):
        yield opened


@settings(deadline=None, max_examples=60)
@given(teams(), RESOURCE_TAGS, st.lists(facts(), min_size=1, max_size=5))
def test_the_owner_of_every_subject_is_whom_the_chain_names(
    empty: Connection, of: Teams, tags: list[str], drawn: list[Facts]
) -> None:
    chain, known = Chain(of, resource_tags=tags), list(agreeing(drawn))
    with undone(empty):
        for number, one in enumerate(known):
            put_facts(empty, f"k{number}", one)
        found = seen(empty, chain).execute(SQL).fetchall()
    owners = [(f"k{number}", chain.owner(one)) for number, one in enumerate(known)]
    assert sorted(found) == [(key, one.name, one.is_team, str(one.link)) for key, one in owners]


def agreeing(known: list[Facts]) -> Iterator[Facts]:
    """The facts, those of one account saying the same of it."""
    first: dict[str, Facts] = {}
    for one in known:
        there = first.setdefault(one.account, one)
        yield replace(one, account_owner=there.account_owner, units=there.units)


def put_facts(connection: Connection, key: str, one: Facts) -> None:
    """A subject with a row, tags and a Region of its own, in its account."""
    if not connection.execute("SELECT 1 FROM accounts WHERE account = ?", [one.account]).fetchall():
        put(connection, "accounts", account=one.account, owner=one.account_owner, state="active")
        for unit in one.units:
            put(connection, "units", account=one.account, ou_path=unit.path, ou=unit.id)
    put(connection, "targets", account=one.account, region=key, sight="seen", wishes=key)
    put(connection, "wishes", wishes=key, control="s3.8", owner=one.row)
    for tag, value in one.tags:
        put(connection, "tags", tagset=key, tag=tag, value=value)
    subject(connection, key, account=one.account, region=key, tagset=key if one.tags else "", resource=one.resource)


def test_a_resource_that_a_team_has_goes_before_its_tag_and_its_account_and_behind_the_row(
    connection: Connection,
) -> None:
    entries = {"ids": "arn:aws:s3:::b", "some": "arn:aws:s3:::c*", "rest": "arn:*"}
    of = Teams(tuple(Team(name, resources=(entry,)) for name, entry in entries.items()))
    for key, control, resource in (
        ("a", "s3.8", "arn:aws:s3:::b"),  # its row says team-storage
        ("b", "iam.4", "arn:aws:s3:::b"),
        ("c", "iam.4", "arn:aws:s3:::c%_1"),
        ("d", "iam.4", "arn:aws:s3:::d"),
        ("e", "iam.4", "ARN:aws:s3:::e"),  # no entry speaks of it
        ("f", "iam.4", ""),
    ):
        subject(connection, key, control=control, resource=resource, tagset="t1")
    sight = seen(connection, Chain(of, resource_tags=("owner",)))
    assert sorted((row[0], row[1], row[3]) for row in sight.execute(SQL).fetchall()) == [
        ("a", "team-storage", "row"),
        ("b", "ids", "resource"),
        ("c", "some", "resource"),
        ("d", "rest", "resource"),
        ("e", "team-web", "resource tag"),
        ("f", "team-web", "resource tag"),
    ]
    assert [(one.owner, one.resources) for one in owned(sight).places if one.link == "resource"] == [
        ("ids", 1), ("rest", 1), ("some", 1),
    ]  # fmt: skip
    assert count(sight, wanted("owner=ids owned=yes")).subjects == 1


def test_what_is_whose_is_counted_by_owner_by_link_and_by_place(connection: Connection) -> None:
    put(connection, "wishes", wishes="w1", control="iam.4", disposition="enforce", in_force=True, severity="HIGH")
    subject(connection, "a", failing_since=days_ago(60))  # the row says team-storage
    subject(connection, "b", control="iam.4", tagset="t1")  # its tag says team-web, an alias
    subject(connection, "b2", control="ec2.2", tagset="t1", resource="arn:aws:s3:::b")
    subject(connection, "c", control="iam.4", account=DATA, status="PASSED")
    subject(connection, "d", control="iam.4", account="999999999999")  # fallback
    subject(connection, "e", control="iam.4", account=DATA, presence="gone")
    put(connection, "tags", tagset="t2", tag="owner", value="kim")
    subject(connection, "f", control="iam.4", tagset="t2")
    found = owned(seen(connection, Chain(TEAMS, resource_tags=("owner",))))
    assert found.everything == OwnerCount("", False, "", "", 3, 5, 4, 3, 1, 2, 1)
    assert found.owners == [
        OwnerCount("data", True, "", "", 1, 1, 1, 0, 0, 0, 0),
        OwnerCount("kim", False, "", "", 1, 1, 1, 1, 0, 1, 0),
        OwnerCount("team-storage", True, "", "", 1, 1, 1, 1, 1, 0, 1),
        OwnerCount("web", True, "", "", 2, 2, 1, 1, 0, 1, 0),
    ]
    assert [(one.link, one.resources) for one in found.links] == [
        ("account", 1), ("fallback", 1), ("resource tag", 2), ("row", 1),
    ]  # fmt: skip
    assert [(one.owner, one.link, one.account) for one in found.places] == [
        ("data", "account", DATA),
        ("kim", "resource tag", PROD),
        ("team-storage", "row", PROD),
        ("web", "fallback", "999999999999"),
        ("web", "resource tag", PROD),
    ]


def test_the_counts_are_those_that_the_filters_find(connection: Connection) -> None:
    subject(connection, "a", failing_since=days_ago(60))
    subject(connection, "b", control="iam.4", tagset="t1")
    subject(connection, "c", account=DATA, status="PASSED")
    sight = seen(connection, Chain(TEAMS, resource_tags=("owner",)))
    for one in owned(sight).owners:
        mine = f"kind=control owner={one.owner} obligation=yes"
        assert count(sight, wanted(mine)).subjects == one.obligations
        assert count(sight, wanted(f"{mine} status=FAILED waived=no")).subjects == one.failing
        assert count(sight, wanted(f"{mine} overdue=yes")).subjects == one.overdue


def test_tags_of_what_nobody_owns_are_told_by_account_the_most_used_first(connection: Connection) -> None:
    for number, (app, name) in enumerate((("shop", "one"), ("shop", "two"), ("billing", "three"))):
        put(connection, "tags", tagset=f"s{number}", tag="app", value=app)
        put(connection, "tags", tagset=f"s{number}", tag="Name", value=name)
        subject(connection, f"a{number}", control="iam.4", account="999999999999", tagset=f"s{number}")
    put(connection, "tags", tagset="s9", tag="app", value="shop")
    subject(connection, "other", control="iam.4", account=DATA, tagset="s9")
    assert loose_tags(seen(connection, Chain(TEAMS))) == [
        TagUse("999999999999", "Name", 3, 3, "one"),
        TagUse("999999999999", "app", 3, 2, "shop"),
    ]


def test_a_reader_tells_owners_by_its_chain_and_keeps_to_it_for_a_version(
    tmp_path: Path, ledger: SqlLedger, clock: Clock
) -> None:
    place = lake_world.place(tmp_path, ledger, clock)
    means = Means(256, tmp_path / "spill", 1)
    writer = Writer(place, means, holder="test", rollup=lake_world.rollup, full_days=7)
    one, two = lake_world.ACCOUNTS_
    writer.settle(
        lake_world.dimensions(
            tables={
                ACCOUNTS.name: [(each, "", "", each, "active", "ou-1", "/Work", "web") for each in (one, two)],
                UNITS.name: [("/", one, "r-1"), ("/", two, "r-1")],
                WISHES.name: [("w1", "s3.8", "enforce", True, "HIGH", None, "", "Controls!G7", -1, -1)],
            }
        )
    )
    writer.fold([lake_world.finding("arn:1"), lake_world.finding("arn:2", account=two, tags=(("Owner", "KIM"),))])
    given = Teams((Team("team-web", ("Web",)), Team("team-kim", ("kim",))))
    reader = Reader(
        place, means, rollup=lake_world.ROLLUP, full_days=7, chain=lambda: Chain(given, resource_tags=("owner",))
    )
    try:
        with reader.snapshot() as snapshot:
            assert {item.fields["resource"]: item.fields["owner"] for item in snapshot.page(wanted(""))} == {
                "arn:1": "team-web",
                "arn:2": "team-kim",
            }
            assert [item.fields["resource"] for item in snapshot.page(wanted("owner=team-kim"))] == ["arn:2"]
            assert [group.failing for group in snapshot.groups(wanted("owner=team-web"))] == [1]
            assert snapshot.count(wanted("owned=yes")).subjects == 2
            assert [(one.owner, one.failing) for one in snapshot.owned().owners] == [("team-kim", 1), ("team-web", 1)]
            assert list(snapshot.loose_tags()) == []
    finally:
        reader.close()
        writer.close()
