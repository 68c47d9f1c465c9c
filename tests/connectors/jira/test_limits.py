"""Every limit of Jira gets its own answer, and our own pace keeps most of them away."""

import pytest

from connectors.jira.jira_place import NOTE, Place, draft, key
from hubposture.connectors.http import Patience
from hubposture.connectors.jira.limits import Pace
from hubposture.errors import RemoteUnavailable
from hubposture.ports.tracker import Wrote

DONE = Wrote()


def test_writes_are_paced_and_reads_are_not(at: Place) -> None:
    tickets = [one.seen for one in at.tracker().create([draft(number) for number in range(30)]).values()]
    begun = at.clock.now
    tracker = at.tracker()
    for number, seen in enumerate(tickets):
        assert seen is not None
        assert tracker.update(seen.id, draft(number, title="S3.8: new")) == DONE
    assert 2.8 <= at.clock.now - begun <= 3.1
    begun = at.clock.now
    for seen in tickets:
        assert seen is not None
        tracker.read([seen.id])
    assert at.clock.now == begun


def test_a_burst_slows_that_endpoint_alone(cloud: Place) -> None:
    seen = cloud.made(draft())
    on = r"GET .*/comment$"
    cloud.jira.faults.fail(429, on=on, headers={"retry-after": "2", "ratelimit-reason": "jira-burst-based"})
    tracker = cloud.tracker()
    assert tracker.comment(seen.id, NOTE, mark="m1") == DONE
    assert 2.0 in cloud.clock.waited
    begun = cloud.clock.now
    tracker.read([seen.id])
    assert cloud.clock.now == begun


def test_what_one_issue_may_take_is_kept_to(cloud: Place) -> None:
    cloud.jira.limits.is_issue_limited = True
    seen = cloud.made(draft())
    tracker = cloud.tracker()
    for number in range(60):
        assert tracker.comment(seen.id, NOTE, mark=f"m{number}") == DONE
    assert len(cloud.stored(seen).comments) == 60


def test_an_issue_that_must_wait_long_holds_up_no_other(cloud: Place) -> None:
    first, second = cloud.made(draft(1)), cloud.made(draft(2))
    headers = {"retry-after": "90", "ratelimit-reason": "jira-per-issue-on-write"}
    cloud.jira.faults.fail(429, on=rf"PUT .*/issue/{first.id}$", headers=headers, times=9)
    tracker = cloud.tracker()
    begun = cloud.clock.now
    wrote = tracker.update(first.id, draft(1, title="S3.8: new"))
    assert f"issue {first.id}" in wrote.error
    assert not wrote.is_doubtful
    assert tracker.update(second.id, draft(2, title="S3.8: new")) == DONE
    assert cloud.clock.now - begun < 5


def test_a_used_up_quota_stops_everything_at_once_and_says_until_when(cloud: Place) -> None:
    seen = cloud.made(draft())
    cloud.jira.limits.quota_left = 0
    cloud.jira.limits.quota_seconds = 1800
    tracker = cloud.tracker()
    begun = cloud.clock.now
    with pytest.raises(RemoteUnavailable, match=r"quota .* UTC"):
        tracker.read([seen.id])
    before = len(cloud.jira.calls)
    made = tracker.create([draft(2), draft(3, "DATA")])
    assert all("quota" in one.wrote.error and not one.wrote.is_doubtful for one in made.values())
    assert "quota" in tracker.update(seen.id, draft()).error
    assert len(cloud.jira.calls) == before
    assert cloud.clock.now == begun
    cloud.jira.limits.quota_left = None
    cloud.clock.sleep(1801)
    assert set(tracker.read([seen.id])) == {seen.id}


def test_the_bucket_of_data_center_is_left_to_fill(data_center: Place) -> None:
    at = data_center
    at.jira.limits.bucket, at.jira.limits.fill_rate, at.jira.limits.interval_seconds = 10, 5, 10
    tracker = at.tracker()
    made = tracker.create([draft(1)])
    seen = made[key(1)].seen
    assert seen is not None
    for number in range(30):
        assert tracker.comment(seen.id, NOTE, mark=f"m{number}") == DONE
    assert [one.status for one in at.jira.calls].count(429) == 0


def test_a_site_that_asks_for_patience_without_end_is_given_up(at: Place) -> None:
    seen = at.made(draft())
    at.jira.faults.fail(429, times=999)
    at.patience = Patience(tries=3, first_pause_seconds=0.1)
    with pytest.raises(RemoteUnavailable, match="after 3 tries"):
        at.tracker().read([seen.id])
    at.jira.faults.clear()
    at.jira.faults.fail(429, times=999, headers={"retry-after": "86400"})
    with pytest.raises(RemoteUnavailable):
        at.tracker().read([seen.id])


def test_requests_that_were_sent_again_are_counted(at: Place) -> None:
    at.jira.faults.fail(429, on=".*/search", headers={"retry-after": "1"})
    tracker = at.tracker()
    tracker.find([key(1)])
    assert tracker.calls == {"POST search": 2, "GET myself": 1}


def test_a_pace_gives_each_write_a_time_of_its_own() -> None:
    pace = Pace(writes_per_second=4)
    assert [pace.pause("PUT issue", "", 10.0, is_paced=True) for _ in range(3)] == [0.0, 0.25, 0.5]
    assert pace.pause("GET issue", "", 10.0, is_paced=False) == 0.0
    pace.hold("issue 7", 30.0)
    assert pace.pause("GET issue", "issue 7", 10.0, is_paced=False) == 20.0
    pace.slow("POST search", 11.0)
    first, second = (pace.pause("POST search", "", 10.0, is_paced=False) for _ in range(2))
    assert (first, second > 1.0) == (1.0, True)
