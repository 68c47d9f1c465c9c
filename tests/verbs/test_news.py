"""News of a real lake: what is new, fixed and waived since the last day that was reported, whose it is, and what begins."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from hubposture.catalog import load
from hubposture.errors import InputError
from hubposture.findings.tables import ACCOUNTS, CONTROLS, TARGETS, WISHES
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.matrix.resolve import resolve
from hubposture.model.targets import Target
from hubposture.owners.chain import Chain
from hubposture.owners.team import Pace, Team, Teams
from hubposture.ports.waivers import Notice
from hubposture.verbs.announcing import Begin, beginnings, is_something_coming
from hubposture.verbs.news import Gathered, Means, gather, remember
from hubposture.work.message import Subject
from hubposture.work.news import News, OwnerNews, Receiver, Rules, TicketLink
from hubposture.work.policy import Rung
from hubposture.work.telling import plan_messages
from hubposture.work.ticket import By, Group, Member, Route, State, Ticket
from lake import lake_world
from lake.lake_world import ACCOUNTS_, REGIONS, T0, decided, finding, waiver
from ledger_world import Clock, counting_entropy
from matrix import matrix_world

ONE, TWO = ACCOUNTS_
DAY = dt.timedelta(days=1)
MIDNIGHT = dt.datetime(2026, 11, 24)
WEB = Team("web", ("team-web",), (ONE,), slack="#team-web", mail="web@example.com")
DATA = Team("data", accounts=(TWO,), pace=Pace.DIGEST)
CHAIN = Chain(Teams((WEB, DATA)), resource_tags=("owner",))
PLACES = [(account, region) for account in ACCOUNTS_ for region in REGIONS]
TABLES: dict[str, list[tuple[object, ...]]] = {
    ACCOUNTS.name: [(one, f"n{one[0]}", "", f"n{one[0]} ({one})", "active", "ou-1", "/Work", "") for one in ACCOUNTS_],
    TARGETS.name: [(*place, "seen", "", "local", "e1", "w1", T0) for place in PLACES],
    WISHES.name: [
        ("w1", "ec2.19", "enforce", True, "CRITICAL", None, "", "Controls!G8", -1, 7),
        ("w1", "iam.3", "enforce", False, "MEDIUM", None, "", "Controls!G9", -1, -1),
        ("w1", "s3.8", "enforce", True, "HIGH", None, "", "Controls!G7", -1, 30),
    ],
    CONTROLS.name: [
        ("ec2.19", "EC2.19", "High risk ports", "EC2", "CRITICAL", "https://aws/EC2.19", None),
        ("iam.3", "IAM.3", "Keys are rotated", "IAM", "MEDIUM", "https://aws/IAM.3", None),
        ("s3.8", "S3.8", "Buckets block public access", "S3", "HIGH", "https://aws/S3.8", None),
    ],
}


@dataclass
class World:
    """A lake whose clock moves, a ledger beside it, and what gathering is told."""

    ledger: SqlLedger
    writer: Writer
    reader: Reader
    clock: Clock
    means: Means

    @property
    def now(self) -> dt.datetime:
        return self.clock.now.replace(tzinfo=None)

    def fold(self, *findings: Any) -> None:
        self.clock.move(dt.timedelta(minutes=5))
        self.writer.fold(list(findings))

    def failing(
        self, name: str, control: str = "s3.8", *, days: float = 0, compliance: str = "FAILED", **more: Any
    ) -> Any:
        """A finding that says so since so many days."""
        at = self.now - dt.timedelta(days=days)
        return finding(
            f"arn:aws:s3:::{name}", control=control, compliance=compliance, updated=at, first_observed_at=at, **more
        )

    def gather(self, **more: Any) -> Gathered:
        with self.reader.snapshot() as snapshot:
            return gather(replace(self.means, **more), snapshot)

    def news(self, **more: Any) -> News:
        return self.gather(**more).news

    def owner(self, team: str = "web", **more: Any) -> OwnerNews:
        return next((one for one in self.news(**more).owners if one.team == team), OwnerNews(team))

    def next_day(self) -> None:
        """What was told is remembered, and a new day begins."""
        remember(self.ledger, "main", self.gather())
        self.clock.move(DAY)
        self.means = replace(self.means, day=self.means.day + DAY, midnight=self.means.midnight + DAY)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = Clock()
    with open_ledger("sqlite:///l.sqlite", relative_to=tmp_path, clock=clock, entropy=counting_entropy()) as ledger:
        place, means = lake_world.place(tmp_path, ledger, clock), lake_world.means(tmp_path)
        writer = Writer(place, means, holder="test", rollup=lake_world.rollup, full_days=7)
        reader = Reader(place, means, rollup=lake_world.ROLLUP, full_days=7, chain=lambda: CHAIN)
        gathering = Means("main", ledger, CHAIN, load(), Rules(digest_day=1), dt.date(2026, 11, 24), MIDNIGHT)
        try:
            writer.settle(lake_world.dimensions(tables=TABLES))
            yield World(ledger, writer, reader, clock, gathering)
        finally:
            reader.close()
            writer.close()


def names(found: Any) -> list[str]:
    return sorted(one.resource.rpartition(":")[2] for one in found)


def test_the_first_load_of_what_has_long_failed_is_no_news(world: World) -> None:
    world.fold(*(world.failing(f"old{at}", days=30) for at in range(5)), world.failing("old", "ec2.19", days=30))
    found = world.owner()
    assert (len(found.failing), found.moved, found.criticals) == (6, 0, ())


def test_what_fails_and_passes_today_is_news_of_its_owner(world: World) -> None:
    world.fold(world.failing("a", days=9), world.failing("b", days=9), world.failing("theirs", days=9, account=TWO))
    world.next_day()
    world.fold(
        world.failing("a", compliance="PASSED"), world.failing("c"), world.failing("d", "ec2.19"),
        world.failing("theirs", compliance="PASSED", account=TWO),
    )  # fmt: skip
    web, data = world.owner(), world.owner("data")
    assert (names(web.failing), web.fixed, len(web.new)) == (["b", "c", "d"], 1, 2)
    assert names(web.criticals) == ["d"]
    assert (data.failing, data.fixed) == ((), 1)


def test_news_are_told_from_where_the_last_day_ended_all_day_long(world: World) -> None:
    world.fold(world.failing("a"))
    assert len(world.owner().new) == 1
    world.next_day()
    assert world.owner().moved == 0
    world.fold(world.failing("b"))
    remember(world.ledger, "main", world.gather())
    world.fold(world.failing("c"))
    assert len(world.owner().new) == 2
    world.next_day()
    assert world.owner().moved == 0


def test_what_came_after_the_last_report_of_a_day_is_told_on_the_next(world: World) -> None:
    remember(world.ledger, "main", world.gather())
    world.fold(world.failing("late"))
    world.clock.move(DAY)
    assert len(world.owner(day=dt.date(2026, 11, 25), midnight=MIDNIGHT + DAY).new) == 1


def test_a_new_critical_is_told_for_some_days_in_case_it_could_not_be(world: World) -> None:
    world.fold(world.failing("d", "ec2.19"))
    for expected in (["d"], ["d"], ["d"], ["d"], []):
        assert names(world.owner().criticals) == expected
        world.next_day()


def test_what_is_waived_now_is_counted_apart_from_what_was_fixed(world: World) -> None:
    world.fold(world.failing("a", days=9))
    world.next_day()
    world.fold(world.failing("a", days=8, workflow="SUPPRESSED", observed=world.now))
    with world.reader.snapshot() as snapshot:
        (subject,) = [one.subject for one in snapshot.work(())]
    world.writer.decided(decided(subject), [waiver()])
    found = world.owner()
    assert (found.waived, found.fixed, found.failing) == (1, 0, ())


def test_only_observed_targets_are_not_told_of(world: World) -> None:
    world.fold(world.failing("a"), world.failing("b", region=REGIONS[1]))
    found = world.news(is_observed=lambda target: target.region == REGIONS[1])
    assert [names(one.failing) for one in found.owners] == [["a"]]
    assert [(one.team, one.obligations) for one in found.weeks] == [("web", 1)]


def test_names_that_no_team_has_are_told_nothing(world: World) -> None:
    world.fold(world.failing("kims", tags=(("owner", "Kim"),)))
    assert world.news().owners == ()


def test_teams_are_reached_as_teams_yaml_says_and_else_by_the_default_channel(world: World) -> None:
    assert world.news(default_channel="#all").receivers == (
        Receiver("web", "#team-web", "web@example.com"), Receiver("data", "#all", "", is_digest_only=True),
    )  # fmt: skip
    assert world.news(pace=Pace.DIGEST).receivers[0].is_digest_only


def test_digests_have_levels_of_teams_and_of_their_accounts_on_their_day_alone(world: World) -> None:
    world.fold(
        world.failing("a", days=3), world.failing("b", compliance="PASSED", days=3),
        world.failing("c", "ec2.19", days=3, account=TWO, tags=(("owner", "web"),)),
    )  # fmt: skip
    found = world.news()
    assert [(one.team, one.met, one.obligations, names(one.failing)) for one in found.weeks] == [
        ("web", 1, 3, ["a", "c"])
    ]
    assert [(one.team, one.account, one.met, one.obligations, names(one.failing)) for one in found.accounts] == [
        ("web", ONE, 1, 2, ["a"]), ("data", TWO, 0, 1, ["c"]),
    ]  # fmt: skip
    assert found.accounts[0].shown == f"n1 ({ONE})"
    monday = world.news(day=dt.date(2026, 11, 23))
    assert (monday.weeks, monday.accounts) == ((), ())


def test_tickets_are_linked_and_those_at_a_step_of_the_ladder_are_told_to_whom_it_names(world: World) -> None:
    world.fold(world.failing("a", days=90))
    (one,) = world.owner().failing
    ticket = Ticket(
        "shub-1", Group("main", By.CONTROL_OWNER, "s3.8", "web"), 1, Route("web", "main", "WEB"), State.OPEN,
        (Member(one.subject, T0),), T0, id="7", shown="WEB-7", url="https://jira.example/browse/WEB-7", rung=2,
    )  # fmt: skip
    world.ledger.put_tickets([ticket])
    ladder = (Rung(0), Rung(14, slack="#leads", mail="lead@example.com"))
    found = world.news(ladder=ladder)
    assert found.owners[0].tickets == {one.subject: TicketLink("WEB-7", "https://jira.example/browse/WEB-7")}
    (told,) = found.escalated
    assert (told.key, told.step, told.after_days, told.slack, told.failing, told.due) == (
        "shub-1",
        2,
        14,
        "#leads",
        1,
        one.due,
    )
    assert world.news(ladder=ladder[:1]).escalated == ()
    world.ledger.put_tickets([replace(ticket, state=State.CLOSED)])
    assert (world.news(ladder=ladder).escalated, world.owner().tickets) == ((), {})


def test_notices_of_waivers_go_to_the_team_that_owns_them(world: World) -> None:
    body = {"owner": "team-web", "controls": ["s3.8"], "within": 3, "failing": 2, "surplus": 1, "released": 0}
    noticed = [
        Notice("W-1", "expires-7", dt.date(2026, 12, 1), world.now, body),
        Notice("W-2", "expired", dt.date(2026, 11, 1), world.now, {"owner": "nobody we know"}),
        Notice("W-3", "expired", dt.date(2026, 11, 1), world.now - dt.timedelta(days=9), body),
    ]
    world.ledger.notify("main", noticed)
    assert [(one.team, one.waiver, one.controls, one.surplus) for one in world.news().notices] == [
        ("web", "W-1", ("S3.8",), 1)
    ]


# --- what begins -------------------------------------------------------------------------------------------------------


def begin(account: str, days: int = 10) -> Begin:
    begins = dt.date(2026, 11, 24) + dt.timedelta(days=days)
    return Begin(account, REGIONS[0], "iam.3", begins, begins)


def test_those_who_fail_what_begins_are_told_where_it_begins(world: World) -> None:
    world.fold(world.failing("a", "iam.3"), world.failing("b", "iam.3"), world.failing("c", "iam.3", account=TWO))
    found = world.news(begins=lambda: (begin(ONE),))
    (one,) = found.coming
    assert (one.team, one.shown, one.failing, one.places) == ("web", "IAM.3", 2, ((f"n1 ({ONE})", 2),))
    assert found.begins == {dt.date(2026, 12, 4): ("iam.3",)}
    told = plan_messages(found, Rules(digest_day=6)).messages
    assert {one.about for one in told} == {Subject.ANNOUNCEMENT}


def test_a_workbook_that_cannot_be_read_stops_announcements_alone(world: World) -> None:
    def broken() -> tuple[Begin, ...]:
        raise InputError("controls.xlsx: no such sheet")

    world.fold(world.failing("a"))
    found = world.gather(begins=broken)
    assert [(one.where, one.what) for one in found.failures] == [("announcements", "controls.xlsx: no such sheet")]
    assert len(found.news.owners) == 1


def test_rows_begin_where_their_scopes_hold_within_the_days_and_only_where_they_enforce() -> None:
    today = matrix_world.TODAY
    rows = [
        {"Control": "IAM.3", "Disposition": "enforce", "Enforce from": str(today + dt.timedelta(days=10))},
        {"Control": "S3.8", "Disposition": "enforce", "Enforce from": str(today + dt.timedelta(days=90))},
        {"Control": "EC2.19", "Disposition": "enforce", "Enforce from": str(today)},
        {"Control": "RDS.3", "Disposition": "monitor", "Enforce from": str(today + dt.timedelta(days=10))},
    ]
    matrix = matrix_world.matrix(matrix_world.controls(*rows))
    organization = matrix_world.organization()
    resolution = resolve(matrix, organization, REGIONS, today=today)
    found = beginnings(resolution, today=today, days=14, grace_days=7)
    assert {one.control for one in found} == {"iam.3"}
    assert len(found) == len(organization.accounts) * len(REGIONS)
    assert {(one.begins, one.counts_from) for one in found} == {
        (today + dt.timedelta(days=10), today + dt.timedelta(days=17))
    }
    assert is_something_coming(matrix, today=today, days=14)
    assert not is_something_coming(matrix, today=today, days=9)

    def everywhere(_: Target) -> bool:
        return True

    assert beginnings(resolution, today=today, days=14, grace_days=7, is_observed=everywhere) == []
