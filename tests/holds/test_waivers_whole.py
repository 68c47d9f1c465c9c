"""What concerns waivers of a whole organization: its days, its guards, its files, its accounts, others who fight us."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from baseline_world import commit_all, git, needs_git
from holds.findings_world import Begun, Subject
from holds.holds_world import ADMINISTRATOR, DATA, HOME, LINKED, WEB
from holds.waivers_world import (
    DAY,
    HOUR,
    MINUTE,
    ORGANIZATION,
    SEEN_AFTER,
    WaiversWorld,
    decided,
    world,
)
from hubposture.cli.enforced import waiver_store
from hubposture.ports.ledger import RunStatus
from hubposture.sandbox.quirks import FindingsLag, Quirks
from hubposture.sandbox.world import AccountState
from hubposture.verbs.waiver_provisional import provisional_waivers
from hubposture.verbs.waivers import Enforced, Options
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import Revocation
from hubposture.waivers.write import to_yaml, with_revocation

pytestmark = pytest.mark.slow

WINDOW = '[waivers]\nrelease_hours = "20:00-21:00"\n'
GUARDS = "[waivers]\nshare_from = 3\nmax_suppress_share = 0.2\nmax_release_share = 0.2\n"


@pytest.fixture
def make(waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a world with settings of its own."""

    def made(**more: Any) -> WaiversWorld:
        return world(waivers_begun, tmp_path / "b", monkeypatch, **more)

    return made


def on_bucket(bucket: str, control: str = "s3.8", place: tuple[str, str] = (WEB, HOME)) -> Subject:
    """The subject of a bucket."""
    return (*place, control, bucket)


def suppressed(there: WaiversWorld, count: int = 1, place: tuple[str, str] = (WEB, HOME)) -> list[Subject]:
    """Buckets that a waiver W-1 excuses, suppressed already."""
    found = [on_bucket(there.bucket(f"site-{number}", "S3.8", place=place), place=place) for number in range(count)]
    there.waive("W-1", *(one[3] for one in found))
    there.once(options=Options(suppress_share=1.0))
    wait(there, 20 * MINUTE)
    assert [there.one(one).workflow for one in found] == ["SUPPRESSED"] * count
    return found


def wait(there: WaiversWorld, long: dt.timedelta) -> None:
    """Let time pass."""
    there.box.wait(long.total_seconds())


def until(there: WaiversWorld, hour: int, minute: int = 0, day: int = 0) -> None:
    """Let time pass until an hour of UTC."""
    now = there.box.clock.now()
    wait(there, now.replace(hour=hour, minute=minute, second=0, microsecond=0) + day * DAY - now)


def revoke(there: WaiversWorld, waiver: str) -> None:
    """Take a waiver back today."""
    revoked = Revocation(there.day(), "lee@example.com", "no longer true")
    there.edit(waiver, lambda raw: with_revocation(raw, waiver, revoked))


def held_back(done: Enforced) -> list[str]:
    """Why decisions were kept back."""
    return [text for _, _, why in done.outlook.held_back for text in why]


# --- days ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "hour"), [("Pacific/Auckland", 0, 11), ("America/Los_Angeles", 1, 8)], ids=["east", "west"]
)
def test_a_waiver_ends_with_the_day_of_the_organization_s_zone(zone: str, day: int, hour: int, make: Any) -> None:
    there = make(zone=zone)
    bucket = there.bucket("site", "S3.8")
    waiver = there.waive("W-1", bucket, days=0)
    there.once()
    assert there.one(on_bucket(bucket)).until == str(waiver.expires)
    until(there, hour - 1, 50, day)
    assert decided(there.once(), on_bucket(bucket))[0] == "keep", "in its zone that day has not ended yet"
    until(there, hour, 10)
    done = there.once()
    assert decided(done, on_bucket(bucket)) == (
        "release",
        f"W-1 matches it, but does not hold (it expired on {waiver.expires})",
    )
    assert there.one(on_bucket(bucket)).workflow == "NEW"


def test_a_waiver_that_is_not_valid_yet_excuses_nothing_before_its_first_day(make: Any) -> None:
    there = make()
    bucket = there.bucket("site", "S3.8")
    there.waive("W-1", bucket, valid_from=there.day(1))
    assert "it is valid from" in decided(there.once(), on_bucket(bucket))[1]
    assert there.by_us(on_bucket(bucket)) == []
    until(there, 0, 5, 1)
    assert decided(there.once(), on_bucket(bucket))[0] == "suppress"


def test_releases_wait_for_the_working_window_unless_it_is_overridden(make: Any) -> None:
    there = make(settings=WINDOW)
    (one,) = suppressed(there)
    revoke(there, "W-1")
    done = there.once()
    assert decided(done, one)[0] == "release"
    assert held_back(done) == ["it waits for the working window, Tue 24 Nov 20:00"]
    assert there.one(one).workflow == "SUPPRESSED"
    until(there, 20, 5)
    there.once()
    assert there.one(one).workflow == "NEW"


def test_outside_the_window_it_can_be_released_on_demand(make: Any) -> None:
    there = make(settings=WINDOW)
    (one,) = suppressed(there)
    revoke(there, "W-1")
    there.once(options=Options(any_time=True))
    assert there.one(one).workflow == "NEW"


# --- guards and files ------------------------------------------------------------------------------------------------


def test_more_than_the_share_is_suppressed_and_released_only_if_it_is_allowed(make: Any) -> None:
    there = make(settings=GUARDS)
    found = [on_bucket(there.bucket(f"site-{number}", "S3.8")) for number in range(30)]
    there.waive("W-1", *(one[3] for one in found))
    done = there.once()
    assert [(one.where, one.what.partition(":")[0]) for one in done.failures] == [
        ("guard", "suppressed of all failing subjects")
    ]
    assert {there.one(one).workflow for one in found} == {"NEW"}
    assert not there.once(options=Options(suppress_share=1.0)).failures
    assert {there.one(one).workflow for one in found} == {"SUPPRESSED"}
    wait(there, 20 * MINUTE)
    revoke(there, "W-1")
    done = there.once()
    assert [one.what.partition(":")[0] for one in done.failures] == ["released of all subjects suppressed by us"]
    assert {there.one(one).workflow for one in found} == {"SUPPRESSED"}
    there.once(options=Options(release_share=1.0))
    assert {there.one(one).workflow for one in found} == {"NEW"}


def test_a_file_with_an_error_lets_nothing_be_released_and_something_be_suppressed(make: Any) -> None:
    there = make()
    (one,) = suppressed(there)
    other, new = there.bucket("other", "S3.8"), there.bucket("new", "S3.8")
    there.waive("W-2", other)
    there.once()
    wait(there, 20 * MINUTE)
    whole = there.path("W-1").read_bytes()
    there.path("W-1").write_bytes(b"id: W-1\ncontrols: [S3.8\n")
    revoke(there, "W-2")
    there.waive("W-3", new)
    done = there.once()
    assert any(failure.where.startswith("waivers/W-1.yaml:") for failure in done.failures)
    assert len(held_back(done)) == 2
    assert all("a file of waivers has an error: waivers/W-1.yaml" in why for why in held_back(done))
    assert [there.one(each).workflow for each in (one, on_bucket(other), on_bucket(new))] == ["SUPPRESSED"] * 3
    there.path("W-1").write_bytes(whole)
    there.once()
    assert [there.one(each).workflow for each in (one, on_bucket(other))] == ["SUPPRESSED", "NEW"]


def test_a_file_that_is_removed_takes_its_waiver_away(make: Any) -> None:
    there = make()
    (one,) = suppressed(there)
    there.path("W-1").unlink()
    done = there.once()
    assert decided(done, one) == ("release", "W-1 does not cover it any more")
    assert there.one(one).workflow == "NEW"


def test_an_approved_set_that_is_changed_or_missing_approves_nothing(make: Any) -> None:
    there = make()
    (one,) = suppressed(there)
    beside = there.path("W-1").with_suffix(".subjects")
    whole = beside.read_text()
    beside.write_text(whole + whole.replace("site-0", "site-1"))
    assert "does not hold" in decided(there.once("none", Options(observe=True)), one)[1]
    beside.unlink()
    assert decided(there.once("none"), one)[0] == "release"


def test_an_older_baseline_than_the_one_applied_last_releases_nothing(make: Any) -> None:
    needs_git()
    there = make()
    (one,) = suppressed(there)
    (there.directory / ".gitignore").write_text(".hubposture\n*.sqlite*\nlake\n")
    git(there.directory, "init", "-q", "-b", "main")
    older = commit_all(there.directory, "before")
    newer = _applied(there, commit_all_again(there.directory))
    git(there.directory, "checkout", "-q", "HEAD~1")
    there.path("W-1").unlink()
    done = there.once("none")
    assert decided(done, one)[0] == "release"
    assert [why.partition(",")[0].rpartition(" ")[0] for why in held_back(done)] == [
        f"the baseline {older[:12]} is older than"
    ]
    assert there.one(one).workflow == "SUPPRESSED"
    git(there.directory, "checkout", "-q", newer)
    there.path("W-1").unlink(missing_ok=True)
    there.once("none")
    assert there.one(one).workflow == "NEW"


def commit_all_again(directory: Path) -> str:
    """One more commit."""
    (directory / "notes.md").write_text("newer")
    return commit_all(directory, "after")


def _applied(there: WaiversWorld, commit: str) -> str:
    with there.connection().workplace.ledger() as ledger:
        run = ledger.open_run("apply", organization=ORGANIZATION, who="kim", commit=commit)
        ledger.close_run(run.id, status=RunStatus.DONE, counts={}, calls={})
    return commit


def test_where_findings_are_only_observed_nothing_is_written_and_it_is_said_what_would_be(make: Any) -> None:
    there = make(settings='[organizations.acme.observe]\nwaivers = ["*"]\n')
    bucket = there.bucket("site", "S3.8")
    there.waive("W-1", bucket)
    done = there.once()
    assert [str(one.decision.verb) for one in done.outlook.observed] == ["suppress"]
    assert there.by_us(on_bucket(bucket)) == []


def test_observing_writes_nothing_and_shows_the_plan(make: Any) -> None:
    there = make()
    bucket = there.bucket("site", "S3.8")
    there.waive("W-1", bucket)
    done = there.once(options=Options(observe=True))
    assert [str(one.edit.kind) for one in done.outlook.plan.changes()] == ["waiver suppress"]
    assert there.by_us(on_bucket(bucket)) == []
    assert there.intents() == []


# --- suppressions of others ------------------------------------------------------------------------------------------


def test_what_nobody_approved_is_released_where_that_is_configured(make: Any) -> None:
    there = make(settings="[waivers]\nrelease_unapproved = true\n")
    bare, covered = there.bucket("bare", "S3.8"), there.bucket("covered", "S3.8")
    there.waive("W-1", covered)
    for one in (bare, covered):
        there.box.person(on_bucket(one), status="SUPPRESSED", note="known")
    done = there.once()
    assert decided(done, on_bucket(bare)) == ("release", "it was suppressed, and nobody approved that")
    assert (there.one(on_bucket(bare)).workflow, there.one(on_bucket(covered)).workflow) == ("NEW", "SUPPRESSED")
    assert "Note by kim@example.com: known" in there.one(on_bucket(bare)).note


def test_what_was_found_suppressed_becomes_provisional_and_opens_when_nobody_justified_it(make: Any) -> None:
    there = make(settings="[waivers]\nprovisional_days = 5\n")
    bucket = there.bucket("site", "S3.8")
    there.box.person(on_bucket(bucket), status="SUPPRESSED", note="known")
    assert decided(there.once(), on_bucket(bucket))[0] == "unapproved"
    waiver = provisional(there)
    done = there.once()
    assert decided(done, on_bucket(bucket)) == ("adopt", f"somebody suppressed it; {waiver} covers it")
    assert "Provisional" in there.one(on_bucket(bucket)).note
    wait(there, 5 * DAY)
    assert decided(there.once(), on_bucket(bucket))[0] == "keep"
    wait(there, DAY)
    done = there.once()
    assert decided(done, on_bucket(bucket))[0] == "release"
    assert "does not hold" in decided(done, on_bucket(bucket))[1]
    assert there.one(on_bucket(bucket)).workflow == "NEW"


def provisional(there: WaiversWorld) -> str:
    """Write the one provisional waiver that there is to write, as the command does."""
    with (
        waiver_store(there.connection(), writes=False) as (store, means, book),
        store.reader.snapshot() as snapshot,
    ):
        (made,) = provisional_waivers(means, book, snapshot, days=5)
    directory = there.directory / "waivers"
    directory.mkdir(exist_ok=True)
    (directory / f"{made.waiver.id}.yaml").write_text(to_yaml(made.waiver))
    (directory / f"{made.waiver.id}.subjects").write_text(to_text(made.subjects))
    return made.waiver.id


def test_what_somebody_sets_back_again_and_again_is_held_and_tried_again_later(make: Any) -> None:
    there = make()
    (one,) = suppressed(there)
    verbs = []
    for _ in range(6):
        there.box.person(one, status="NOTIFIED")
        done = there.once()
        wait(there, HOUR)
        verbs.append(decided(done, one))
    assert [verb for verb, _ in verbs[:4]] == ["suppress"] * 4
    assert verbs[-1][0] == "held"
    assert "something sets it back; it is tried again later" in verbs[-1][1]
    wait(there, DAY)
    assert decided(there.once(), one)[0] == "suppress"


# --- what cannot be seen ---------------------------------------------------------------------------------------------


def test_in_a_suspended_account_nothing_is_written_and_all_is_caught_up_with_when_it_is_back(make: Any) -> None:
    there = make()
    place = (DATA, HOME)
    kept, over = suppressed(there, 2, place)
    there.waive("W-1", kept[3], by="")
    there.approve({"W-1": "lee@example.com"})
    there.box.set_account_state(DATA, AccountState.SUSPENDED)
    done = there.once("sweep")
    assert decided(done, over) == ("leave", "we lost sight of it")
    assert not done.written.sent
    there.box.set_account_state(DATA, AccountState.ACTIVE)
    for _ in range(2):
        wait(there, DAY)
        there.once("sweep")
    assert (there.one(kept).workflow, there.one(over).workflow) == ("SUPPRESSED", "NEW")


def test_what_was_written_and_is_not_seen_yet_is_not_written_again(make: Any) -> None:
    there = make(quirks=Quirks(findings_lag=FindingsLag.MINUTES_3))
    bucket = there.bucket("site", "S3.8")
    there.waive("W-1", bucket)
    there.once()
    assert there.one(on_bucket(bucket)).workflow == "NEW", "it takes minutes to be seen"
    done = there.once()
    assert decided(done, on_bucket(bucket))[0] == "keep"
    assert "not seen yet" in decided(done, on_bucket(bucket))[1]
    assert [state for _, state in there.intents()] == ["sent"]
    wait(there, SEEN_AFTER)
    assert there.one(on_bucket(bucket)).workflow == "SUPPRESSED"
    assert decided(there.once(), on_bucket(bucket)) == ("keep", f"suppressed under W-1 until {there.day(90)}")
    assert [state for _, state in there.intents()] == ["applied"]


def test_a_switch_of_consolidated_findings_leaves_everything_waived(make: Any) -> None:
    there = make()
    place = (WEB, HOME)
    bucket = there.bucket("site", "S3.8", place=place)
    there.waive("W-1", bucket)
    there.once()
    for form, count in (("STANDARD_CONTROL", 2), ("SECURITY_CONTROL", 1)):
        for region in (HOME, LINKED):
            client = there.box.client("securityhub", account=ADMINISTRATOR, region=region)
            client.update_security_hub_configuration(ControlFindingGenerator=form)
        wait(there, 20 * HOUR)
        there.once("sweep")
        wait(there, SEEN_AFTER)
        assert [one.workflow for one in there.shown(on_bucket(bucket))] == ["SUPPRESSED"] * count
        for _ in range(3):
            wait(there, DAY)
            there.once("sweep")
        assert [one.workflow for one in there.shown(on_bucket(bucket))] == ["SUPPRESSED"] * count
    assert there.faults() == []


def test_who_listens_suppresses_what_breaks_at_once_and_nothing_else(make: Any) -> None:
    there = make()
    bucket, other = there.bucket("site"), there.bucket("other")
    there.waive("W-1", bucket)
    there.once()
    there.break_(bucket)
    there.break_(other)
    subjects, done = there.heard()
    assert len(subjects) == 2
    assert done is not None
    assert [str(one.decision.verb) for one in done.written.sent] == ["suppress"]
    assert (there.one(on_bucket(bucket)).workflow, there.one(on_bucket(other)).workflow) == ("SUPPRESSED", "NEW")
    assert decided(there.once(), on_bucket(bucket))[0] == "keep"
