"""Sync: what is read, in which order it is published, and where it goes on after it stopped."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hubposture.errors import RemoteError, RemoteUnavailable
from hubposture.findings.finding import Finding, Rejected, finding_key, subject_key
from hubposture.ports.findings import Message, Page, Suppression
from hubposture.ports.hub import Progress
from hubposture.ports.lake import Compacted, Dimensions, Fault, Folded, Loaded
from hubposture.ports.versions import Publication
from hubposture.verbs import sync as verb
from hubposture.verbs.sync import ApiCursor, ApiMeans, sync_api, sync_events, sync_files

START = dt.datetime(2026, 11, 2, 8, 0)
ACCOUNTS = [f"{number:012d}" for number in range(1, 46)]
PRODUCT = "arn:aws:securityhub:eu-central-1::product/aws/securityhub"


def finding(account: str, number: int = 1, *, updated: dt.datetime = START, kind: str = "control") -> Finding:
    """One finding of an account."""
    id_ = f"arn:aws:securityhub:eu-central-1:{account}:security-control/s3.8/finding/{number}"
    resource = f"arn:aws:s3:::bucket-{number}"
    return Finding(
        finding_key(PRODUCT, id_), subject_key(account, "eu-central-1", "s3.8", resource), kind, PRODUCT, id_, account,
        "eu-central-1", "s3.8" if kind == "control" else "", resource, "AwsS3Bucket", "", "", "FAILED", "", "HIGH",
        "ACTIVE", "", updated, updated, None, None, "NEW", "", "", None, "", updated, "", (),
    )  # fmt: skip


@dataclass
class Api:
    """A hub with findings; `fails_at` accounts cannot be swept, `consolidated` is what DescribeHub says."""

    findings: Sequence[Finding]
    fails_at: Collection[str] = ()
    increment_fails_after: int | None = None
    consolidated: bool = True
    asked: list[Any] = field(default_factory=list)

    def sweep(self, accounts: Sequence[str]) -> Iterator[Page]:
        assert len(accounts) <= 20
        self.asked.append(tuple(accounts))
        for account in accounts:
            if account in self.fails_at:
                raise RemoteUnavailable(f"{account} cannot be read now")
            yield Page(tuple(one for one in self.findings if one.account == account), (), START)

    def increment(self, since: dt.datetime, *, archived_only: bool = False) -> Iterator[Page]:
        self.asked.append(since)
        wanted = ("ARCHIVED",) if archived_only else ("ARCHIVED", "ACTIVE")
        found = (one for one in self.findings if one.updated_at >= since and one.record_state in wanted)
        news = sorted(found, key=lambda one: one.updated_at)
        for number, one in enumerate(news):
            if number == self.increment_fails_after:
                raise RemoteUnavailable("cut off")
            yield Page((one,), (), max(START, one.updated_at))

    def check(self, ids: Sequence[tuple[str, str]]) -> Iterator[Page]:
        raise NotImplementedError

    def suppressed(self) -> Iterator[Page]:
        raise NotImplementedError

    def is_consolidated(self) -> bool:
        return self.consolidated

    def suppressions(self, ids: Sequence[tuple[str, str]]) -> Iterator[Suppression | RemoteError]:
        raise NotImplementedError


@dataclass
class Lake:
    """Writer and cursors: everything that was published, in order."""

    cursors: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    folded: list[Finding] = field(default_factory=list)
    missed_of: list[tuple[tuple[str, ...], frozenset[str]]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    breaks_after: int | None = None

    def cursor(self, lake: str, source: str) -> Mapping[str, Any]:
        return self.cursors.get(source, {})

    def _publish(self, what: str, also: Publication | None) -> None:
        if self.breaks_after is not None and len(self.log) >= self.breaks_after:
            raise KeyboardInterrupt
        self.log.append(what)
        self.cursors.update((also or Publication()).cursors)

    def decided(
        self,
        decisions: Sequence[tuple[object, ...]],
        waivers: Sequence[tuple[object, ...]],
        *,
        also: Publication | None = None,
    ) -> Folded:
        raise AssertionError("a sync decides nothing")

    def fold(
        self, findings: Sequence[Finding], *, rejected: Sequence[Rejected] = (), also: Publication | None = None
    ) -> Folded:
        self._publish("fold", also)
        self.folded += findings
        self.rejected += rejected
        return Folded(len(self.log), new=len(findings), rejected=len(rejected))

    def missed(
        self, accounts: Sequence[str], seen: Collection[str], *, started: dt.datetime, also: Publication | None = None
    ) -> Folded:
        self._publish("missed", also)
        self.missed_of.append((tuple(accounts), frozenset(seen)))
        return Folded(len(self.log))

    def settle(self, dimensions: Dimensions, *, also: Publication | None = None) -> Folded:
        raise NotImplementedError

    def load(
        self, files: Sequence[Path], *, observed_at: dt.datetime, progress: Progress | None = None,
        also: Publication | None = None,
    ) -> Loaded:  # fmt: skip
        raise NotImplementedError

    def needs_compaction(self) -> bool:
        raise NotImplementedError

    def compact(self) -> Compacted:
        raise NotImplementedError

    def tidy(self, *, keep_days: int) -> tuple[int, int]:
        raise NotImplementedError

    def check(self, *, deep: bool = False) -> tuple[Fault, ...]:
        raise NotImplementedError


def means(api: Api, lake: Lake, now: dt.datetime = START) -> ApiMeans:
    return ApiMeans(lake="acme", reader=api, writer=lake, versions=lake, now=lambda: now)  # type: ignore[arg-type]  # cursor is all that is asked


def cursor(lake: Lake) -> ApiCursor:
    return ApiCursor.of(lake.cursor("acme", "api"))


def test_a_sweep_reads_every_account_in_shards_and_says_what_each_shard_saw() -> None:
    api, lake = Api([finding(account) for account in ACCOUNTS]), Lake()
    done = sync_api(means(api, lake), ACCOUNTS, sweep=True)
    assert done.complete
    assert done.control == len(ACCOUNTS)
    assert [len(accounts) for accounts, _ in lake.missed_of] == [20, 20, 5]
    assert set().union(*(seen for _, seen in lake.missed_of)) == {one.finding for one in api.findings}
    assert cursor(lake).complete == dict.fromkeys(ACCOUNTS, START)
    assert cursor(lake).started is None


def test_a_shard_that_fails_proves_nothing_missed_and_is_read_again_by_the_next_run() -> None:
    api, lake = Api([finding(account) for account in ACCOUNTS], fails_at={ACCOUNTS[25]}), Lake()
    done = sync_api(means(api, lake), ACCOUNTS, sweep=True)
    assert not done.complete
    assert "cannot be read now" in done.failures[0].what
    assert [accounts[0] for accounts, _ in lake.missed_of] == [ACCOUNTS[0], ACCOUNTS[40]]
    assert set(ACCOUNTS[20:40]).isdisjoint(cursor(lake).complete)
    assert cursor(lake).started == START
    api.fails_at, api.asked = (), []
    later = sync_api(means(api, lake, START + dt.timedelta(hours=1)), ACCOUNTS, sweep=True)
    assert later.complete
    assert [one for one in api.asked if isinstance(one, tuple)] == [tuple(ACCOUNTS[20:40])]
    assert cursor(lake).started is None


def test_a_sweep_killed_near_its_end_goes_on_with_the_accounts_that_are_left() -> None:
    api, lake = Api([finding(account) for account in ACCOUNTS]), Lake(breaks_after=5)
    with pytest.raises(KeyboardInterrupt):
        sync_api(means(api, lake), ACCOUNTS, sweep=True)
    assert [len(accounts) for accounts, _ in lake.missed_of] == [20, 20]
    lake.breaks_after, api.asked = None, []
    assert sync_api(means(api, lake, START + dt.timedelta(minutes=5)), ACCOUNTS, sweep=True).complete
    assert [one for one in api.asked if isinstance(one, tuple)] == [tuple(ACCOUNTS[40:])]
    assert set(cursor(lake).complete) == set(ACCOUNTS)


def test_the_first_increment_begins_where_the_first_sweep_began_and_reaches_back_a_little() -> None:
    api, lake = Api([finding(account) for account in ACCOUNTS]), Lake()
    sync_api(means(api, lake), ACCOUNTS, sweep=True)
    api.findings = [*api.findings, finding(ACCOUNTS[0], 2, updated=START + dt.timedelta(minutes=10))]
    done = sync_api(means(api, lake, START + dt.timedelta(hours=1)), ACCOUNTS, sweep=False)
    assert api.asked[-1] == START - verb.OVERLAP
    assert done.complete
    assert cursor(lake).increment == START + dt.timedelta(minutes=10)


def test_an_increment_that_is_cut_off_goes_on_from_the_last_batch_that_was_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verb, "BATCH", 2)
    times = [START + dt.timedelta(hours=1, minutes=one) for one in range(7)]
    api, lake = Api([finding(ACCOUNTS[0], one, updated=at) for one, at in enumerate(times)]), Lake()
    lake.cursors["api"] = ApiCursor(increment=START).kept()
    api.increment_fails_after = 5
    done = sync_api(means(api, lake, times[-1]), ACCOUNTS, sweep=False)
    assert not done.complete
    assert len(lake.folded) == 5
    assert cursor(lake).increment == times[4]


def test_a_time_to_come_or_of_another_product_does_not_move_the_increment() -> None:
    ahead = START + dt.timedelta(days=400)
    api = Api(
        [
            finding(ACCOUNTS[0], 1, updated=START + dt.timedelta(minutes=1)),
            finding(ACCOUNTS[0], 2, updated=ahead, kind="other"),
        ]
    )
    lake = Lake()
    lake.cursors["api"] = ApiCursor(increment=START).kept()
    sync_api(means(api, lake, START + dt.timedelta(hours=1)), ACCOUNTS, sweep=False)
    assert cursor(lake).increment == START + dt.timedelta(minutes=1)


def test_a_switch_of_consolidated_findings_freezes_closing_for_two_days() -> None:
    api, lake = Api([finding(ACCOUNTS[0])]), Lake()
    sync_api(means(api, lake), ACCOUNTS[:1], sweep=True)
    assert not cursor(lake).is_frozen(START)
    api.consolidated = False
    switched = START + dt.timedelta(days=3)
    sync_api(means(api, lake, switched), ACCOUNTS[:1], sweep=True)
    assert cursor(lake).is_frozen(switched + dt.timedelta(hours=47))
    assert not cursor(lake).is_frozen(switched + dt.timedelta(hours=48))


def test_a_sweep_is_due_where_one_is_under_way_or_an_account_was_never_or_long_ago_swept() -> None:
    day = dt.timedelta(hours=24)
    swept = ApiCursor(complete={"1": START, "2": START})
    assert not swept.sweep_is_due(START + dt.timedelta(hours=23), day, ["1", "2"])
    assert swept.sweep_is_due(START + day, day, ["1", "2"])
    assert swept.sweep_is_due(START, day, ["1", "3"])
    assert ApiCursor(started=START, complete=swept.complete).sweep_is_due(START, day, ["1"])


def test_a_cursor_is_kept_and_read_back_the_same() -> None:
    kept = ApiCursor(START, START, ("1",), START, {"1": START}, {"1": START}, True, START, START)
    assert ApiCursor.of(kept.kept()) == kept
    assert ApiCursor.of({}) == ApiCursor()


@dataclass
class Queue:
    """A queue of messages; `stays` cannot be deleted. `lake` shows that a message went only after publication."""

    messages: list[Message]
    lake: Lake
    stays: Collection[str] = ()

    def receive(self, *, most: int, wait_seconds: int) -> Sequence[Message]:
        return self.messages[:most]

    def delete(self, receipts: Sequence[str]) -> Sequence[str]:
        published = {one.finding for one in self.lake.folded}
        for message in self.messages:
            if message.receipt in receipts:
                assert {one.finding for one in message.findings} <= published
        self.messages = [one for one in self.messages if one.receipt not in receipts or one.receipt in self.stays]
        return [one for one in receipts if one in self.stays]


def test_messages_go_only_after_their_findings_were_published_and_poison_is_counted_and_set_aside() -> None:
    lake = Lake()
    good = [Message(f"r{one}", (finding(ACCOUNTS[one]),), ()) for one in range(25)]
    poison = Message("bad", (), (Rejected("message 7", "no JSON"),))
    queue = Queue([*good, poison], lake)
    done = sync_events(queue, lake, most=10)
    assert (done.messages, done.control, len(done.rejected)) == (26, 25, 1)
    assert lake.rejected == [Rejected("message 7", "no JSON")]
    assert queue.messages == []


def test_messages_that_cannot_be_deleted_are_a_failure_and_not_an_endless_loop() -> None:
    lake = Lake()
    queue = Queue([Message("r1", (finding(ACCOUNTS[0]),), ())], lake, stays={"r1"})
    done = sync_events(queue, lake)
    assert not done.complete
    assert "could not be deleted" in done.failures[0].what


@dataclass
class Folder:
    """Files with pages."""

    pages: Mapping[Path, Sequence[Page]]

    def found(self, path: str) -> Sequence[Path]:
        return sorted(self.pages)

    def read(self, path: Path) -> Iterator[Page]:
        return iter(self.pages[path])


def test_every_file_says_how_many_findings_of_which_kind_it_held_and_what_was_rejected(tmp_path: Path) -> None:
    one, two = tmp_path / "a.json", tmp_path / "b.json"
    for path in (one, two):
        path.touch()
    bad = Rejected("b.json:2", "no Id")
    folder = Folder({
        one: [Page((finding("1"), finding("2")), (), START)],
        two: [Page((finding("3", kind="other"),), (bad,), START)],
    })  # fmt: skip
    lake = Lake()
    done = sync_files(folder, lake, str(tmp_path), now=START)
    assert [(file.control, file.other, file.rejected) for file in done.files] == [(2, 0, ()), (0, 1, (bad,))]
    assert (done.control, done.other, done.rejected) == (2, 1, (bad,))
    assert len(lake.folded) == 3
