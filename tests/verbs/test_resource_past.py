"""The past of a resource is asked once for everybody and kept; writes past us are found on the sandbox and kept."""

import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hubposture.aws.pool import Pool
from hubposture.errors import RemoteRefused, RemoteUnavailable
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ports.resource_history import HubRead, Recorded, Told
from hubposture.timeline.facts import ConfigItem, Gap, Source, Who, Why, Write
from hubposture.timeline.outside import Ours, Rule, Span
from hubposture.timeline.resource import Resource
from hubposture.verbs import outside
from hubposture.verbs.outside import look_outside
from hubposture.verbs.resource_past import Means, ask_past, kept_past, resource_key

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
BUCKET = Resource("111122223333", "eu-central-1", "arn:aws:s3:::site", "AwsS3Bucket")


class Asked:
    """Both sources; counts how often it was asked, and waits for `go` if told to."""

    def __init__(self) -> None:
        self.times = 0
        self.begun = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def recorded(self, resource: Resource, *, since: dt.datetime, until: dt.datetime) -> Recorded:
        assert (since, until) == (until - dt.timedelta(days=90), until)
        self.times += 1
        self.begun.set()
        assert self.go.wait(20)
        return Recorded((ConfigItem(until, "OK", "{}"),), (Gap(Source.CONFIG, Why.CUT, "cut"),))

    def writes(self, resource: Resource, *, since: dt.datetime, until: dt.datetime) -> Told:
        return Told(gaps=(Gap(Source.TRAIL, Why.DENIED, "denied"),))


class Now:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> dt.datetime:
        return self.at


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def ledger(tmp_path: Path, now: Now) -> Iterator[SqlLedger]:
    with open_ledger("sqlite:///ledger.sqlite", relative_to=tmp_path, clock=now) as found:
        yield found


def means(ledger: SqlLedger, source: Asked, now: Now, *, who: str = "kim", keep: int = 10) -> Means:
    return Means("acme", ledger, source, source, who, who, now, 90, dt.timedelta(minutes=5), keep)


def test_an_answer_is_kept_and_good_for_everybody_until_it_is_old(ledger: SqlLedger, now: Now) -> None:
    source = Asked()
    first = ask_past(means(ledger, source, now), BUCKET)
    assert (first.asked_by, len(first.items), [one.why for one in first.gaps]) == ("kim", 1, [Why.CUT, Why.DENIED])
    now.at += dt.timedelta(minutes=4)
    assert ask_past(means(ledger, source, now, who="lee"), BUCKET) == first
    now.at += dt.timedelta(minutes=1)
    again = ask_past(means(ledger, source, now, who="lee"), BUCKET)
    assert (again.asked_by, source.times) == ("lee", 2)
    assert kept_past(ledger, "acme", BUCKET) == again
    assert kept_past(ledger, "other", BUCKET) is None
    assert kept_past(ledger, "acme", Resource("444455556666", *(BUCKET.region, BUCKET.id))) is None


def test_who_asks_at_the_same_time_waits_for_the_same_answer(ledger: SqlLedger, now: Now) -> None:
    source = Asked()
    source.go.clear()
    found: list[str] = []

    def ask(who: str) -> None:
        found.append(ask_past(means(ledger, source, now, who=who), BUCKET).asked_by)

    first = threading.Thread(target=ask, args=("kim",))
    first.start()
    assert source.begun.wait(20)
    others = [threading.Thread(target=ask, args=(f"lee {number}",)) for number in range(4)]
    for one in others:
        one.start()
    source.go.set()
    for one in (first, *others):
        one.join(30)
    assert found == ["kim"] * 5
    assert source.times == 1


def test_who_waits_too_long_is_told_to_look_again(ledger: SqlLedger, now: Now) -> None:

    assert ledger.take_lease(f"past/acme/{resource_key(BUCKET)}", "somebody", ttl=dt.timedelta(minutes=5))
    seconds = iter(range(0, 1000, 10))
    waiting = replace(means(ledger, Asked(), now), clock=lambda: float(next(seconds)), sleep=lambda _: None)
    with pytest.raises(RemoteUnavailable, match="look again soon"):
        ask_past(waiting, BUCKET)


def test_only_the_newest_answers_are_kept(ledger: SqlLedger, now: Now) -> None:
    resources = [Resource("1", "eu", f"arn:{number}") for number in range(5)]
    for one in resources:
        now.at += dt.timedelta(minutes=1)
        ask_past(means(ledger, Asked(), now, keep=3), one)
    assert [kept_past(ledger, "acme", one) is not None for one in resources] == [False, False, True, True, True]


# --- writes past us --------------------------------------------------------------------------------------------------


class Trail:
    """Gives writes in each span, at most `most` spans at once, and fails where it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Span]] = []
        self.fails: set[str] = set()
        self.most = 10

    def hub_writes(self, account: str, region: str, spans: Sequence[Span], *, most_calls: int) -> HubRead:
        del region, most_calls
        if account in self.fails:
            return HubRead((), tuple(spans), "no role")
        self.asked += [(account, one) for one in spans[: self.most]]
        arns = (
            "arn:aws:sts::111122223333:assumed-role/Analyst/kim",
            "arn:aws:sts::111122223333:assumed-role/hubposture-writer/x",
        )
        writes = [
            Write(
                end, f"{account} {end} {arn}", "securityhub", "UpdateStandardsControl", account, "eu", Who("x", arn=arn)
            )
            for _, end in spans[: self.most]
            for arn in arns
        ]
        return HubRead(tuple(writes), tuple(spans[self.most :]))


def looking(ledger: SqlLedger, trail: Trail, now: Now) -> outside.Means:
    def rules(region: str) -> list[Rule]:
        if region == "broken":
            raise RemoteRefused("no rules")
        return [Rule("hand made", "arn:rule", "sets SUPPRESSED")]

    return outside.Means(
        "acme", ledger, trail, Pool(2), Ours(frozenset({"hubposture-writer"})), False, now, dt.timedelta(days=14),
        dt.timedelta(days=400), 40, "9", rules,
    )  # fmt: skip


def test_each_look_goes_on_where_the_last_one_ended_and_keeps_only_what_is_not_ours(
    ledger: SqlLedger, now: Now
) -> None:
    trail = Trail()
    assert look_outside(looking(ledger, trail, now), [("1", "eu"), ("9", "eu")]).new == 2
    now.at += dt.timedelta(hours=1)
    assert look_outside(looking(ledger, trail, now), [("1", "eu")]).new == 1
    assert trail.asked == [
        ("1", (NOON - dt.timedelta(days=14), NOON)),
        ("9", (NOON - dt.timedelta(days=14), NOON)),
        ("1", (NOON, NOON + dt.timedelta(hours=1))),
    ]
    found = ledger.outside("acme", since=NOON - dt.timedelta(days=1))
    assert [one.who.arn.rpartition("/")[0].rpartition("/")[2] for one in found.writes] == ["Analyst"] * 3
    assert [(one.account, [rule.name for rule in one.rules]) for one in found.readings] == [
        ("1", []),
        ("9", ["hand made"]),
    ]


def test_one_account_failing_stops_no_other_and_is_read_again_as_a_whole(ledger: SqlLedger, now: Now) -> None:
    trail = Trail()
    trail.fails = {"1"}
    done = look_outside(looking(ledger, trail, now), [("1", "eu"), ("2", "eu"), ("9", "broken")])
    assert done.failed == {("1", "eu"): "no role", ("9", "broken"): "no rules"}
    assert (done.new, done.left) == (2, 1)
    now.at += dt.timedelta(hours=1)
    trail.fails, trail.asked = set(), []
    look_outside(looking(ledger, trail, now), [("1", "eu")])
    assert trail.asked == [("1", (NOON - dt.timedelta(days=14), NOON + dt.timedelta(hours=1)))]


def test_reading_twice_lists_nothing_twice(ledger: SqlLedger, now: Now) -> None:
    trail = Trail()
    look_outside(looking(ledger, trail, now), [("1", "eu")])
    assert look_outside(looking(ledger, trail, now), [("1", "eu")]).new == 0
    assert len(ledger.outside("acme", since=NOON - dt.timedelta(days=1)).writes) == 1


def test_what_is_older_than_is_kept_is_forgotten(ledger: SqlLedger, now: Now) -> None:
    look_outside(looking(ledger, Trail(), now), [("1", "eu")])
    now.at += dt.timedelta(days=401)
    look_outside(looking(ledger, Trail(), now), [("1", "eu")])
    assert {one.at for one in ledger.outside("acme", since=NOON - dt.timedelta(days=1)).writes} == {now.at}
