"""Reading tickets: by id, by label, since a time, by a query; unknown is never taken for absent."""

import datetime as dt
import json

import pytest

from connectors.jira.jira_place import KINDS, LABEL, NOW, Place, draft, key
from connectors.scripted_server import Clock, Say, ScriptedServer
from hubposture.connectors.jira import jira_http, jira_site
from hubposture.errors import InputError, RemoteError, RemoteRefused, RemoteUnavailable
from hubposture.sandbox.remote.jira import USER
from hubposture.sandbox.remote.jira_model import Permission
from hubposture.settings.jira import JiraSettings
from hubposture.work.ticket import Missing, Outcome, Seen

PLACES = ("SHOP", "DATA", "PLAT", "SEC", "OLD")


def at_once(at: Place, count: int) -> list[Seen]:
    made = at.tracker().create([draft(number) for number in range(count)])
    return [one.seen for one in made.values() if one.seen is not None]


def test_a_ticket_that_is_deleted_is_missing_and_one_that_is_moved_is_the_same(at: Place) -> None:
    gone, moved = at_once(at, 2)
    at.jira.person("kim").delete(gone.shown)
    new = at.jira.person("kim").move(moved.shown, "DATA")
    found = at.tracker(places=PLACES).read([gone.id, moved.id])
    assert isinstance(found[gone.id], Missing)
    now = found[moved.id]
    assert isinstance(now, Seen)
    assert (now.shown, now.place, now.keys) == (new, "DATA", moved.keys)
    assert now.url.endswith(f"/browse/{new}")


def test_what_we_may_not_see_any_more_is_unknown_and_not_missing(at: Place) -> None:
    seen, other = at.made(draft(1)), at.made(draft(2, "DATA"))
    at.jira.deny(USER, "SHOP", Permission.BROWSE)
    found = at.tracker(places=PLACES).read([seen.id, other.id])
    assert set(found) == {other.id}


def test_tickets_of_a_project_that_is_gone_are_unknown_and_hide_no_others(at: Place) -> None:
    gone, others = at_once(at, 30), [at.made(draft(100 + number, "DATA")) for number in range(30)]
    at.jira.delete_project("SHOP")
    at.jira.calls.clear()
    found = at.tracker(places=PLACES).read([one.id for one in (*gone, *others)])
    assert set(found) == {one.id for one in others}
    assert at.kind != "cloud" or len(at.jira.calls) < 10


def test_nothing_counts_as_missing_without_a_sign_in_that_holds(at: Place) -> None:
    seen = at.made(draft())
    at.jira.access.tokens.clear()
    with pytest.raises(RemoteError) as caught:
        at.tracker().read([seen.id])
    assert "site-token" not in str(caught.value)


def test_one_that_cannot_be_read_is_unknown_and_the_others_are_read(at: Place) -> None:
    first, second = at_once(at, 2)
    at.jira.faults.fail(403, on=rf"GET .*/issue/{first.id}$", times=9)
    if at.kind == "cloud":
        at.jira.person("kim").delete(first.shown)
    found = at.tracker(places=PLACES).read([first.id, second.id])
    assert set(found) == {second.id}


def test_a_site_that_is_down_is_said_so_and_nothing_is_taken_for_gone(at: Place) -> None:
    seen = at.made(draft())
    at.jira.faults.fail(503, times=99)
    for ask in (
        lambda: at.tracker().read([seen.id]),
        lambda: at.tracker().find([key(1)]),
        lambda: at.tracker().changed(dt.datetime(2026, 11, 1)),
    ):
        with pytest.raises(RemoteUnavailable):
            ask()


def test_a_page_of_maintenance_is_no_empty_answer(at: Place) -> None:
    seen = at.made(draft())
    at.jira.faults.html(times=99)
    with pytest.raises(RemoteUnavailable):
        at.tracker().find([key(1)])
    if at.kind == "cloud":
        with pytest.raises(RemoteUnavailable):
            at.tracker().read([seen.id])


def test_a_transient_failure_is_asked_again(at: Place) -> None:
    seen = at.made(draft())
    at.jira.faults.fail(503, times=2)
    at.jira.faults.cut_before(times=1)
    assert set(at.tracker().read([seen.id])) == {seen.id}


def test_many_are_read_with_few_requests(at: Place) -> None:
    tickets = at_once(at, 250)
    at.jira.advance(seconds=60)
    before = len(at.jira.calls)
    found = at.tracker().read([one.id for one in tickets])
    assert len(found) == 250
    assert len(at.jira.calls) - before == 3


def test_a_few_that_are_gone_make_the_others_no_dearer(at: Place) -> None:
    tickets = at_once(at, 90)
    for one in tickets[::30]:
        at.jira.person("kim").delete(one.shown)
    before = len(at.jira.calls)
    found = at.tracker().read([one.id for one in tickets])
    assert [one.id for one in tickets if isinstance(found[one.id], Missing)] == [one.id for one in tickets[::30]]
    assert len(found) == 90
    assert len(at.jira.calls) - before < 15


def test_a_site_that_takes_us_for_nobody_finds_nothing_that_is_believed() -> None:
    nothing = b'{"issues": [], "isLast": true, "total": 0}'
    nobody = {"x-seraph-loginreason": "AUTHENTICATED_FAILED"}
    for script in ([Say(body=nothing), Say(401)], [Say(body=nothing, headers=nobody)]):
        for kind in KINDS:
            with ScriptedServer(*script) as server:
                given = {"url": server.url, "kind": kind, "user": "hub@example.com", "token": "env:JIRA"}
                settings, clock = JiraSettings.model_validate_json(json.dumps(given)), Clock()
                http = jira_http(settings, lambda _: "t0ken", clock=clock, sleep=clock.sleep)
                with http, pytest.raises(RemoteRefused):
                    jira_site("acme", settings, http, label=LABEL).find([key(1)])


def test_the_index_may_lag_behind_what_is_read_by_id(at: Place) -> None:
    at.jira.index_lag_seconds = 60
    tickets = at_once(at, 8)
    tracker = at.tracker()
    assert all(some == [] for some in tracker.find([key(number) for number in range(8)]).values())
    found = tracker.read([one.id for one in tickets])
    assert all(isinstance(found[one.id], Seen) for one in tickets)
    at.jira.advance(seconds=61)
    assert all(len(some) == 1 for some in tracker.find([key(number) for number in range(8)]).values())


def test_what_is_found_is_as_it_is_now_and_not_as_the_index_has_it(at: Place) -> None:
    seen = at.made(draft())
    at.jira.index_lag_seconds = 600
    at.jira.advance(seconds=1)
    at.jira.person("kim").close(seen.shown)
    (found,) = at.tracker().find([key(1)])[key(1)]
    assert found.is_done


def test_short_pages_end_no_search(at: Place) -> None:
    at_once(at, 23)
    at.jira.switches.page_most = 3
    found = at.tracker().find([key(number) for number in range(23)])
    assert [len(some) for some in found.values()] == [1] * 23
    assert len(at.tracker().changed(dt.datetime(2026, 11, 2))) == 23


def test_keys_that_are_none_of_ours_are_never_sent(at: Place) -> None:
    at.made(draft())
    hostile = ['") OR labels is EMPTY OR labels in ("', "shub-XYZ", ""]
    found = at.tracker().find([*hostile, key(1)])
    assert [found[one] for one in hostile] == [[], [], []]
    assert len(found[key(1)]) == 1


def test_other_peoples_labels_are_shown_and_ours_told_apart(at: Place) -> None:
    seen = at.made(draft())
    at.jira.person("kim").label(seen.shown, key(1), key(2), "shub-none", "sprint-9")
    now = at.tracker().read([seen.id])[seen.id]
    assert isinstance(now, Seen)
    assert now.keys == (key(1), key(2))
    assert now.labels == (key(1), key(2), "shub-none", "sprint-9")


def test_who_made_it_done_and_when_and_how(at: Place) -> None:
    seen = at.made(draft(1, "PLAT"))
    at.jira.advance(seconds=3600)
    at.jira.person("lee").close(seen.shown, "Won't Do")
    at.jira.advance(seconds=60)
    at.jira.person("kim").comment(seen.shown, "Why?")
    now = at.tracker().read([seen.id])[seen.id]
    assert isinstance(now, Seen)
    assert (now.is_done, now.resolution, now.status) == (True, "Won't Do", "Resolved")
    assert now.by == "lee@example.com"
    assert now.done_at == (NOW + dt.timedelta(hours=1)).replace(tzinfo=None)
    assert now.updated > now.done_at


def test_a_name_is_enough_where_addresses_are_hidden(cloud: Place) -> None:
    seen = cloud.made(draft())
    cloud.jira.switches.hides_addresses = True
    cloud.jira.person("lee").close(seen.shown)
    now = cloud.tracker().read([seen.id])[seen.id]
    assert isinstance(now, Seen)
    assert now.by == "Lee Wong"


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_changes_are_told_whatever_the_zone_of_the_user(at: Place, zone: str) -> None:
    at.jira.users[USER].time_zone = zone
    old = at.made(draft(1))
    at.jira.advance(days=2)
    since = at.jira.now.replace(tzinfo=None)
    at.jira.advance(seconds=30)
    new = at.made(draft(2))
    changed = {one.id for one in at.tracker().changed(since)}
    assert new.id in changed
    assert old.id not in changed


def test_a_change_of_the_last_two_minutes_is_told_again(at: Place) -> None:
    seen = at.made(draft(1))
    at.jira.advance(seconds=100)
    since = at.jira.now.replace(tzinfo=None)
    assert [one.id for one in at.tracker().changed(since)] == [seen.id]


def test_changes_of_issues_that_are_not_ours_are_not_told(at: Place) -> None:
    at.jira.person("kim").label("SHOP-1", LABEL)
    seen = at.made(draft(1))
    assert [one.id for one in at.tracker().changed(dt.datetime(2026, 11, 1))] == [seen.id]


def test_a_query_finds_what_people_made_with_its_words(at: Place) -> None:
    body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [
        {"type": "text", "text": "arn:aws:s3:::"}, {"type": "text", "text": "acme-a", "marks": [{"type": "strong"}]},
    ]}]}  # fmt: skip
    description = body if at.kind == "cloud" else "arn:aws:s3:::acme-a"
    at.jira.person("kim").edit("SHOP-1", description=description)
    found = at.tracker().query("project = SHOP ORDER BY created")
    assert [one.shown for one in found] == ["SHOP-1"]
    assert "arn:aws:s3:::acme-a" in found[0].text
    assert "Cloud security of the shop" in found[0].text
    assert found[0].keys == ()


@pytest.mark.parametrize("text", ["", "   ", "project = = SHOP", "nosuchfield = 1"])
def test_a_query_that_is_none_is_an_error_of_the_input(at: Place, text: str) -> None:
    with pytest.raises(InputError):
        at.tracker().query(text)


def test_an_unbounded_query_is_refused_by_cloud_and_said_so(cloud: Place) -> None:
    with pytest.raises(InputError, match="Unbounded"):
        cloud.tracker().query("order by created")


def test_a_query_without_permission_is_no_empty_answer(at: Place) -> None:
    at.jira.faults.fail(403, on="POST .*/search.*", times=9)
    with pytest.raises(RemoteRefused):
        at.tracker().query("project = SHOP")


def test_a_digest_is_that_of_the_draft_it_holds(at: Place) -> None:
    first = draft(1)
    seen = at.made(first)
    second = draft(1, title="S3.8: another title")
    at.tracker().update(seen.id, second)
    now = at.tracker().read([seen.id])[seen.id]
    assert isinstance(now, Seen)
    assert now.digest == second.digest


def test_what_we_closed_ourselves_is_read_like_any_other(at: Place) -> None:
    seen = at.made(draft())
    at.tracker().close(seen.id, Outcome.FIXED, draft().route)
    now = at.tracker().read([seen.id])[seen.id]
    assert isinstance(now, Seen)
    assert now.by in ("hubposture@example.com", "Hubposture")
