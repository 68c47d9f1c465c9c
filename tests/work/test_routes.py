import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.owners.team import Jira, Team, Teams, Via
from hubposture.work.routes import routes
from hubposture.work.ticket import Route

NO_TRACKER = "no tracker is set for it in teams.yaml"


def routed(team: Team, *sites: str, table: str = "incident") -> Route | str:
    found, none = routes(Teams((team,)), sites=sites, has_servicenow=bool(table), table=table)
    assert len(found) + len(none) == 1
    return found[team.name] if found else none[team.name]


def test_a_team_in_jira_goes_to_its_project_at_its_site_below_its_epic_or_parent() -> None:
    team = Team("web", jira=Jira("WEB", epic="WEB-1", site="two"), assignee="kim@example.com")
    assert routed(team, "one", "two") == Route("web", "two", "WEB", parent="WEB-1", assignee="kim@example.com")
    assert routed(Team("web", jira=Jira("WEB", parent="WEB-2")), "one") == Route("web", "one", "WEB", parent="WEB-2")


def test_a_team_in_servicenow_goes_to_its_group_in_the_table() -> None:
    team = Team("ops", servicenow_group="Cloud Ops")
    assert routed(team, "one", table="u_task") == Route("ops", "servicenow", "u_task", group="Cloud Ops")


@pytest.mark.parametrize(
    ("team", "sites", "why"),
    [
        (Team("web", jira=Jira("WEB"), via=Via.NONE), ["one"], "it gets no tickets (via: none)"),
        (Team("web", defectdojo_product="Web", via=Via.DEFECTDOJO), ["one"], "its tickets are DefectDojo's"),
        (Team("web", slack="#web"), ["one"], NO_TRACKER),
        (Team("web", defectdojo_product="Web"), ["one"], NO_TRACKER),
        (Team("web", jira=Jira("WEB", site="other")), ["one"], "the settings have no Jira site called 'other'"),
        (Team("web", jira=Jira("WEB")), [], "the settings have no Jira site"),
        (
            Team("web", jira=Jira("WEB")),
            ["one", "two"],
            "teams.yaml does not say which Jira site it works in (jira.site)",
        ),
        (Team("web", servicenow_group="Ops"), ["one"], "the settings have no ServiceNow (servicenow.url)"),
    ],
)
def test_a_team_without_a_place_for_tickets_is_told_why(team: Team, sites: list[str], why: str) -> None:
    assert routed(team, *sites, table="") == why


@given(
    st.lists(
        st.builds(
            Team,
            st.sampled_from(["web", "data", "ops"]),
            jira=st.sampled_from([None, Jira("WEB"), Jira("WEB", site="one"), Jira("WEB", site="two")]),
            servicenow_group=st.sampled_from(["", "Ops"]),
            via=st.sampled_from(Via),
        ),
        unique_by=lambda team: team.name,
    ),
    st.lists(st.sampled_from(["one", "two", "three"]), unique=True),
    st.booleans(),
)
def test_every_team_has_a_route_to_a_tracker_of_the_settings_or_is_told_why_not(
    teams: list[Team], sites: list[str], has: bool
) -> None:
    found, none = routes(Teams(tuple(teams)), sites=sites, has_servicenow=has, table="incident")
    assert sorted([*found, *none]) == sorted(team.name for team in teams)
    assert {route.tracker for route in found.values()} <= {*sites, *(["servicenow"] if has else [])}
    assert all(found[name].team == name for name in found)
    assert all(none.values())
