"""What an instance lacks for tickets is told before the first one."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.servicenow.ticket_world import GROUP, INCIDENT, KIM, TicketWorld
from hubposture.connectors.servicenow import Basic, ticket_shape_of
from hubposture.errors import RemoteRefused
from hubposture.ports.tracker import Doubt
from hubposture.sandbox.remote.servicenow_world import Field
from hubposture.work.ticket import Outcome, Route


def doubts(desk: TicketWorld, *routes: Route, **changes: Any) -> list[Doubt]:
    return list(desk.tracker(**changes).check(routes))


def told(desk: TicketWorld, *routes: Route, **changes: Any) -> list[str]:
    """The errors alone: where and what."""
    return [f"{one.where}: {one.what}" for one in doubts(desk, *routes, **changes) if one.is_error]


def test_an_instance_that_has_everything_lacks_nothing(desk: TicketWorld) -> None:
    desk.made()
    desk.desk.say(desk.the_row()["number"], KIM, "hello")
    assert doubts(desk, desk.draft().route) == []
    assert all(one.startswith("GET ") for one in desk.instance.calls)


def test_everything_that_is_missing_is_told_at_once(incidents: TicketWorld) -> None:
    fields = incidents.instance.tables.tables["incident"].fields
    fields |= {
        "u_short": Field(max_length=12),
        "u_fixed": Field(read_only=True),
        "u_must": Field(mandatory=True),
        "u_filled": Field(mandatory=True),
    }
    found = told(
        incidents,
        key="u_short",
        title="u_fixed",
        body="work_notes",
        comment="description",
        group="assigned_to",
        due="u_when",
        constants={"u_nothing": "x", "u_filled": "y"},
        done=(("state", "6"), ("u_state", "9")),
        outcomes={**incidents.shape.outcomes, Outcome.FIXED: {"state": "6", "close_code": "Solved (Permanently)"}},
        severities={"HIGH": {"impact": "9"}},
    )
    expected = [
        "constants: incident.u_must is mandatory and nothing fills it",
        "constants: u_nothing: incident (nor task) has no field u_nothing",
        "fields.body: incident.work_notes is a journal and cannot be read back",
        "fields.comment: incident.description is no journal",
        "fields.due: incident (nor task) has no field u_when",
        "fields.group: incident.assigned_to is a reference to sys_user, and not to sys_user_group",
        "fields.key: incident.u_short holds 12 characters, and the key needs 17",
        "fields.title: incident.u_fixed is read-only",
        "severities.high: '9' is no choice of incident.impact; there are 1, 2, 3",
        "states.done: incident has no field u_state",
        "states.fixed: 'Solved (Permanently)' is no choice of incident.close_code; there are Duplicate",
    ]
    assert [
        one.removeprefix("servicenow servicenow.")[: len(two)] for one, two in zip(found, expected, strict=True)
    ] == expected


def test_settings_that_contradict_themselves_are_told(incidents: TicketWorld) -> None:
    found = told(
        incidents,
        key="",
        open={"state": "6"},
        outcomes={**incidents.shape.outcomes, Outcome.NOT_REQUIRED: {"state": "3"}},
    )
    assert [one.split(": ")[0] for one in found] == [
        f"servicenow servicenow.{place}" for place in ("fields.key", "states.not_required", "states.open")
    ]


def test_the_settings_as_they_are_by_default_fit_a_new_instance(incidents: TicketWorld) -> None:
    shape = ticket_shape_of(INCIDENT, "servicenow")
    assert replace(incidents.shape, url="") == shape
    assert (shape.resolution, shape.is_done({"state": "8"}), shape.is_done({"state": "2"})) == (
        "close_code",
        True,
        False,
    )


def test_groups_people_parents_and_places_of_teams_are_looked_up(desk: TicketWorld) -> None:
    good = desk.draft().route
    bad = replace(good, team="data", place="problem", group="Nobody", assignee="gone@example.com", parent="PRB0000001")
    found = doubts(desk, good, bad)
    assert [(one.where, one.what.split(":")[0], one.is_error) for one in found if one.where.endswith("data")] == [
        ("servicenow data", "group Nobody", True),
        ("servicenow data", f"tickets are made in {desk.shape.table}, and not in problem", True),
        ("servicenow data", "assignee gone@example.com", False),
        ("servicenow data", "parent PRB0000001", False),
    ]
    assert not [one for one in found if one.where.endswith("web")]


def test_a_group_that_is_inactive_or_there_twice_is_told(desk: TicketWorld) -> None:
    desk.instance.tables.insert("sys_user_group", {"name": GROUP, "active": "true"})
    assert any(f"group {GROUP}" in one for one in told(desk, desk.draft().route))
    for row in desk.instance.tables.rows("sys_user_group"):
        row["active"] = "false"
    assert any(f"group {GROUP}" in one for one in told(desk, desk.draft().route))


def test_what_is_hidden_from_us_is_not_checked_and_said(desk: TicketWorld) -> None:
    desk.switches.hidden_tables |= {"sys_choice", "sys_journal_field"}
    first, second = doubts(desk)
    assert (first.is_error, second.is_error) == (False, False)
    assert "marks of comments are kept in description" in first.what
    assert "what may be chosen is hidden" in second.what
    desk.switches.forbidden_tables |= {"sys_dictionary", "sys_choice", "sys_journal_field"}
    assert [one.is_error for one in doubts(desk)] == [False, False]


def test_tables_that_may_not_be_read_are_told_by_name(desk: TicketWorld) -> None:
    desk.switches.forbidden_tables.add("sys_user_group")
    (found,) = told(desk, desk.draft().route)
    assert f"group {GROUP} cannot be looked up" in found
    desk.switches.forbidden_tables.add(desk.shape.table)
    (found,) = told(desk)
    assert f"{desk.shape.table} cannot be read" in found
    (found,) = told(desk, table="u_nothing")
    assert "Invalid table" in found


def test_an_instance_that_does_not_let_us_in_is_raised(desk: TicketWorld) -> None:
    desk.sign_in = Basic("hubposture", "wrong")
    with pytest.raises(RemoteRefused, match="HTTP 401"):
        desk.tracker().check([])
