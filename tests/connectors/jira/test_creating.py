"""Making tickets: many at once, each with its own answer, whatever goes wrong with others."""

import pytest

from connectors.jira.jira_place import LABEL, Place, draft, key
from hubposture.ports.tracker import Wrote
from hubposture.sandbox.remote.jira import USER
from hubposture.sandbox.remote.jira_model import Permission
from hubposture.work.body import Body, paragraph

BULK = r"POST .*/issue/bulk$"
SEC = {"SEC": {"fields": ["Business impact=High"], "security_level": "Security team"}}


def bulks(at: Place) -> int:
    return sum(1 for one in at.jira.calls if one.method == "POST" and one.path.endswith("/issue/bulk"))


def test_many_are_made_fifty_at_a_time_and_each_is_paired_with_its_own(at: Place) -> None:
    drafts = [draft(number) for number in range(120)]
    made = at.tracker().create(drafts)
    assert bulks(at) == 3
    for one in drafts:
        seen = made[one.key].seen
        assert seen is not None
        assert (seen.keys, seen.title) == ((one.key,), one.title)
        assert seen.digest in ("", one.digest)
    assert len(at.ours()) == 120


def test_a_ticket_says_all_that_its_draft_says(at: Place) -> None:
    one = draft(assignee="kim@example.com", parent="SHOP-1", severity="CRITICAL")
    seen = at.made(one)
    shown = at.shown(seen)
    assert shown["summary"] == one.title
    assert shown["labels"] == [one.key, LABEL, "control-s3.8"]
    assert shown["duedate"] == "2026-12-01"
    assert shown["priority"]["name"] == "Highest"
    assert shown["assignee"]["displayName"] == "Kim Park"
    assert "acme-a" in str(shown["description"])
    above = shown["parent"]["key"] if at.kind == "cloud" else shown["customfield_10101"]
    assert above == "SHOP-1"
    assert at.stored(seen).properties["hubposture"] == {"key": one.key, "digest": one.digest}
    assert seen.digest == one.digest
    assert seen.url == f"{at.server.url}/browse/{seen.shown}"


def test_tickets_of_several_projects_go_out_together(at: Place) -> None:
    made = at.tracker(projects=SEC).create([draft(1), draft(2, "DATA"), draft(3, "PLAT"), draft(4, "SEC")])
    assert [one.seen.place if one.seen else one.wrote.error for one in made.values()] == ["DATA", "PLAT", "SEC", "SHOP"]
    assert bulks(at) == 1


def test_a_project_in_which_nothing_may_be_made_is_set_aside_and_stops_no_other(at: Place) -> None:
    made = at.tracker().create([draft(1, "OLD"), draft(2), draft(3, "OLD"), draft(4, "NOPE")])
    assert made[key(2)].seen is not None
    for number in (1, 3, 4):
        assert made[key(number)].wrote.is_place_broken
        assert not made[key(number)].wrote.is_doubtful
    assert "OLD" in made[key(1)].wrote.error
    assert "NOPE" in made[key(4)].wrote.error
    asked = [one for one in at.jira.calls if "createmeta/OLD" in one.path]
    assert len(asked) == 1


def test_permission_that_is_taken_away_in_between_breaks_that_project_alone(at: Place) -> None:
    tracker = at.tracker()
    tracker.create([draft(1), draft(2, "DATA")])
    at.jira.deny(USER, "DATA", Permission.CREATE)
    made = tracker.create([draft(3), draft(4, "DATA")])
    assert made[key(3)].seen is not None
    assert made[key(4)].wrote.is_place_broken


def test_a_project_that_is_deleted_in_between_breaks_alone(at: Place) -> None:
    tracker = at.tracker()
    tracker.create([draft(1), draft(2, "DATA")])
    at.jira.delete_project("DATA")
    made = tracker.create([draft(3), draft(4, "DATA"), draft(5)])
    assert made[key(3)].seen is not None
    assert made[key(5)].seen is not None
    assert made[key(4)].wrote.is_place_broken


def test_a_required_field_that_nobody_fills_is_named_with_the_setting(at: Place) -> None:
    made = at.tracker().create([draft(1, "SEC"), draft(2)])
    wrote = made[key(1)].wrote
    assert wrote.is_place_broken
    assert "customfield_10050" in wrote.error
    assert "jira.acme.projects.SEC.fields" in wrote.error
    assert made[key(2)].seen is not None


def test_a_ticket_is_never_made_without_the_security_level_that_it_should_have(at: Place) -> None:
    seen = at.made(draft(1, "SEC"), projects=SEC)
    assert at.shown(seen)["security"]["name"] == "Security team"
    for level, place in (("Nobody", "SEC"), ("Security team", "SHOP")):
        more = {place: {"security_level": level, "fields": ["Business impact=High"] if place == "SEC" else []}}
        made = at.tracker(projects=more).create([draft(2, place)])
        assert made[key(2)].wrote.is_place_broken
    assert len(at.ours()) == 1


def test_what_is_of_little_use_is_left_out_where_it_is_not_taken(at: Place) -> None:
    priorities = {"critical": "Blocker", "high": "Blocker", "medium": "Blocker", "low": "Blocker"}
    tracker = at.tracker(priorities=priorities)
    made = tracker.create([draft(1, parent="NOPE-1"), draft(2, assignee="max@example.com"), draft(3)])
    assert all(one.seen is not None for one in made.values())
    assert all(one.fields.get("assignee") is None for one in at.ours())


@pytest.mark.parametrize("who", ["nobody@example.com", "max@example.com", "", "*", "a" * 500])
def test_somebody_unknown_leaves_a_ticket_unassigned(at: Place, who: str) -> None:
    assert at.made(draft(1, assignee=who)).assignee == ""


def test_a_user_is_known_by_an_address_that_is_hidden(cloud: Place) -> None:
    cloud.jira.switches.hides_addresses = True
    seen = cloud.made(draft(1, assignee="kim@example.com"))
    assert seen.assignee == "Kim Park"


def test_errors_are_paired_by_their_number_in_whatever_order_they_come(at: Place) -> None:
    at.jira.switches.notes_bulk_in_order = False
    drafts = [draft(number, "SEC" if number % 3 == 0 else "SHOP") for number in range(12)]
    made = at.tracker().create(drafts)
    for one in drafts:
        assert (made[one.key].seen is None) == (one.route.place == "SEC")
    assert {one.project for one in at.ours()} == {"SHOP"}


def test_a_lost_answer_makes_all_of_a_chunk_doubtful_and_none_is_made_twice(at: Place) -> None:
    at.jira.faults.cut_after(on=BULK)
    drafts = [draft(number) for number in range(60)]
    made = at.tracker().create(drafts)
    assert [one.wrote.is_doubtful for one in made.values()].count(True) == 50
    assert len(at.ours()) == 60
    at.jira.advance(seconds=60)
    found = at.tracker().find([one.key for one in drafts])
    assert all(len(some) == 1 for some in found.values())


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_broken_answer_is_no_word_that_nothing_was_made(at: Place, status: int) -> None:
    at.jira.faults.fail(status, on=BULK)
    (made,) = at.tracker().create([draft()]).values()
    assert made.wrote.is_doubtful
    assert at.ours() == []


def test_a_cut_before_anything_was_done_is_doubtful_too(at: Place) -> None:
    at.jira.faults.cut_before(on=BULK)
    (made,) = at.tracker().create([draft()]).values()
    assert made.wrote.is_doubtful


def test_what_was_throttled_was_surely_not_made_and_is_sent_again(at: Place) -> None:
    at.jira.faults.fail(429, on=BULK, headers={"retry-after": "7"})
    made = at.tracker().create([draft()])
    assert made[key(1)].seen is not None
    assert 7.0 in at.clock.waited


def test_a_page_instead_of_an_answer_is_doubtful(at: Place) -> None:
    at.jira.faults.html(on=BULK)
    (made,) = at.tracker().create([draft()]).values()
    assert made.wrote.is_doubtful


def test_a_chunk_that_is_refused_as_a_whole_is_cut_until_only_the_bad_ones_are_left(at: Place) -> None:
    at.jira.faults.fail(400, on=BULK)
    made = at.tracker().create([draft(number) for number in range(5)])
    assert all(one.seen is not None for one in made.values())
    assert len(at.ours()) == 5


def test_a_site_that_does_not_take_the_token_makes_nothing_and_repeats_no_secret(at: Place) -> None:
    at.jira.access.tokens.clear()
    made = at.tracker().create([draft(1), draft(2, "DATA")])
    for one in made.values():
        assert one.wrote.error
        assert not one.wrote.is_doubtful
        assert "site-token" not in one.wrote.error


def test_what_cannot_be_read_back_is_known_by_its_place_in_the_answer(at: Place) -> None:
    on = "POST .*/issue/bulkfetch$" if at.kind == "cloud" else r"GET .*/issue/\d+$"
    at.jira.faults.fail(403, on=on, times=99)
    made = at.tracker().create([draft(1), draft(2)])
    for one in (draft(1), draft(2)):
        seen = made[one.key].seen
        assert seen is not None
        assert (seen.keys, seen.title) == ((one.key,), one.title)
        assert at.stored(seen).fields["summary"] == one.title


def test_our_page_is_linked_once(at: Place) -> None:
    tracker = at.tracker(link="https://hub.example.com")
    seen = tracker.create([draft()])[key(1)].seen
    assert seen is not None
    (link,) = at.stored(seen).remote_links
    assert link["globalId"] == key(1)
    assert link["object"]["url"] == f"https://hub.example.com/tickets/{key(1)}"


def test_a_text_that_is_too_long_is_cut_and_the_ticket_made(at: Place) -> None:
    long = Body(tuple(paragraph(f"{number} " + "x" * 2000) for number in range(60)))
    seen = at.made(draft(1, body=long, title="t" * 900, labels=("a b\tc", "security-hub", "l" * 400)))
    shown = at.shown(seen)
    assert len(shown["summary"]) == 255
    assert "a-b-c" in shown["labels"]


def test_scoped_tokens_go_through_the_gateway_and_links_stay_those_of_the_site(cloud: Place) -> None:
    seen = cloud.made(draft(), cloud_id=cloud.jira.cloud_id)
    assert seen.url == f"{cloud.server.url}/browse/{seen.shown}"
    assert all(one.path.startswith("/ex/jira/") for one in cloud.jira.calls)


def test_nothing_is_sent_for_nothing(at: Place) -> None:
    assert at.tracker().create([]) == {}
    assert at.jira.calls == []


def test_an_answer_for_every_draft_comes_also_without_any_site(at: Place) -> None:
    at.jira.faults.fail(503, times=999)
    made = at.tracker().create([draft(1), draft(2, "DATA")])
    assert {one.wrote.is_doubtful for one in made.values()} == {False}
    assert Wrote() not in {one.wrote for one in made.values()}
