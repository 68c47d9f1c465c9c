"""What would fail is said before the first ticket, by its setting."""

from typing import Any

import pytest

from connectors.jira.jira_place import Place, draft
from hubposture.errors import RemoteError, RemoteRefused
from hubposture.ports.tracker import Doubt
from hubposture.sandbox.remote.jira import USER
from hubposture.sandbox.remote.jira_model import IssueType, Permission
from hubposture.work.ticket import Route

FULL = {"SEC": {"fields": ["Business impact=High"], "security_level": "Security team"}}


def route(place: str, **more: str) -> Route:
    return Route("shop", "acme", place, **more)


def doubts(at: Place, *routes: Route, **settings: Any) -> list[Doubt]:
    return list(at.tracker(**settings).check(routes))


def said(found: list[Doubt], *, is_error: bool = True) -> str:
    return " | ".join(f"{one.where}: {one.what} ({one.hint})" for one in found if one.is_error == is_error)


def test_a_place_with_tickets_that_close_has_no_doubts(at: Place) -> None:
    at.made(draft())
    assert doubts(at, route("SHOP", parent="SHOP-1", assignee="kim@example.com")) == []


def test_nothing_is_written(at: Place) -> None:
    at.made(draft())
    at.jira.calls.clear()
    doubts(at, *(route(one) for one in ("SHOP", "DATA", "PLAT", "SEC", "OLD", "NOPE")), projects=FULL)
    reading = ("/search", "/search/jql", "/issue/bulkfetch")
    assert {one.method for one in at.jira.calls if not one.path.endswith(reading)} == {"GET"}


def test_projects_that_are_not_there_or_take_nothing_are_named(at: Place) -> None:
    found = doubts(at, route("NOPE"), route("OLD"), route("SHOP"))
    assert "acme NOPE: there is no such project" in said(found)
    assert "acme OLD: nothing may be made there" in said(found)
    assert "SHOP" not in said(found)


def test_a_type_that_is_not_there_is_named_with_those_that_are(at: Place) -> None:
    found = said(doubts(at, route("SHOP"), projects={"SHOP": {"issue_type": "Incident"}}))
    assert "'Incident'" in found
    assert "Bug" in found
    assert "jira.acme.projects.SHOP.issue_type" in found


def test_a_required_field_is_named_with_its_values_and_its_setting(at: Place) -> None:
    found = said(doubts(at, route("SEC")))
    assert "customfield_10050 (Business impact) is required" in found
    assert "one of Low, Medium, High" in found
    assert "jira.acme.projects.SEC.fields" in found
    assert said(doubts(at, route("SEC"), projects=FULL)) == ""


def test_fields_and_values_that_are_not_there_are_named(at: Place) -> None:
    given = {"SEC": {"fields": ["Business impact=Huge", "Colour=red"], "security_level": "Nobody"}}
    found = said(doubts(at, route("SEC"), projects=given))
    assert "Business impact takes no 'Huge'" in found
    assert "Colour is not on the screen" in found
    assert "there is no security level 'Nobody' (there are: Security team, Everybody)" in found


def test_priorities_people_and_parents_that_are_not_there_are_told_and_stop_nothing(at: Place) -> None:
    at.made(draft())
    found = doubts(
        at,
        route("SHOP", parent="SHOP-99", assignee="max@example.com"),
        priorities={"critical": "Blocker"},
    )
    assert said(found) == ""
    told = said(found, is_error=False)
    assert "no priority 'Blocker' for CRITICAL" in told
    assert "no issue SHOP-99" in told
    assert "max@example.com is no user" in told


def test_labels_that_cannot_be_set_are_an_error_and_a_due_day_is_none(at: Place) -> None:
    project = at.jira.projects["SHOP"]
    screen = tuple(one for one in project.types[0].screen if one not in ("labels", "duedate"))
    project.types = (IssueType("10000", "Task", 0, screen), *project.types[1:])
    found = doubts(at, route("SHOP"))
    assert "labels are not on the screen" in said(found)
    assert "duedate is not on the screen" in said(found, is_error=False)
    made = at.tracker().create([draft()])
    assert all(one.seen is None and one.wrote.is_doubtful is False for one in made.values())


def test_ways_to_close_are_known_from_a_ticket_and_are_not_without_one(at: Place) -> None:
    given = {"PLAT": {"outcomes": {"fixed": ["Resolved"], "waived": ["Nowhere"]}}}
    before = doubts(at, route("PLAT"), projects=given)
    assert said(before) == ""
    assert "hubposture tickets test shop" in said(before, is_error=False)
    at.made(draft(1, "PLAT"))
    after = doubts(at, route("PLAT"), projects=given)
    assert "waived: whether Nowhere can be reached" in said(after, is_error=False)


def test_an_outcome_that_no_way_leads_to_is_an_error(at: Place) -> None:
    at.made(draft())
    found = said(doubts(at, route("SHOP"), projects={"SHOP": {"outcomes": {"gone": ["Nowhere"]}}}))
    tracker = at.tracker(projects={"SHOP": {"outcomes": {"gone": ["Nowhere"]}}})
    tracker.test_ticket(route("SHOP"))
    found = said(list(tracker.check([route("SHOP")])))
    assert "gone: no way leads to Nowhere" in found
    assert "jira.acme.projects.SHOP.outcomes" in found


def test_a_sub_task_needs_something_above(at: Place) -> None:
    given = {"SHOP": {"issue_type": "Sub-task"}}
    assert "needs an issue above it" in said(doubts(at, route("SHOP"), projects=given))
    seen = at.made(draft(1))
    below = at.made(draft(2, parent=seen.shown), projects=given)
    assert at.shown(below)["parent"]["key"] == seen.shown


def test_a_site_without_links_is_told(at: Place) -> None:
    at.jira.link_types = []
    assert "issues cannot be linked" in said(doubts(at, route("SHOP")), is_error=False)


def test_a_sign_in_that_does_not_hold_is_raised_without_its_secret(at: Place) -> None:
    at.jira.access.tokens.clear()
    with pytest.raises(RemoteRefused) as caught:
        doubts(at, route("SHOP"))
    assert "site-token" not in str(caught.value)


def test_an_address_that_is_no_jira_is_said_so(at: Place) -> None:
    at.jira.faults.html(times=99)
    with pytest.raises(RemoteError, match="not the API of Jira"):
        doubts(at, route("SHOP"))


def test_a_project_that_one_may_only_look_at_is_named(at: Place) -> None:
    at.jira.deny(USER, "SHOP", Permission.CREATE)
    assert "grant the user Create Issues" in said(doubts(at, route("SHOP")))
