"""Where the tickets of each team go, or why it gets none."""

from collections.abc import Collection

from hubposture.owners.team import Jira, Team, Teams, Via
from hubposture.work.ticket import Route

SERVICENOW = "servicenow"
"""The name of the tracker that ServiceNow is."""


def routes(
    teams: Teams, *, sites: Collection[str], has_servicenow: bool, table: str
) -> tuple[dict[str, Route], dict[str, str]]:
    """The routes of teams that get tickets from us, and why others get none, each by the team's name.

    `sites` are the names of the Jira sites of the settings; with one of them a team need not name it. `table` is the one of
    ServiceNow. Every team is in exactly one of the two.
    """
    found: dict[str, Route] = {}
    none: dict[str, str] = {}
    for team in teams.teams:
        route = _route(team, sites, table if has_servicenow else "")
        if isinstance(route, Route):
            found[team.name] = route
        else:
            none[team.name] = route
    return found, none


def site_of(jira: Jira, sites: Collection[str]) -> str:
    """The site that a team's `jira` means; '' where it cannot be told, or there is none."""
    if jira.site:
        return jira.site if jira.site in sites else ""
    return next(iter(sites)) if len(sites) == 1 else ""


def _route(team: Team, sites: Collection[str], table: str) -> Route | str:
    """The route of a team, or why it has none."""
    if team.via is Via.NONE:
        return "it gets no tickets (via: none)"
    if team.via is Via.DEFECTDOJO:
        return "its tickets are DefectDojo's"
    if team.jira is not None:
        return _to_jira(team, team.jira, sites)
    if team.servicenow_group:
        if not table:
            return "the settings have no ServiceNow (servicenow.url)"
        return Route(team.name, SERVICENOW, table, group=team.servicenow_group, assignee=team.assignee)
    return "no tracker is set for it in teams.yaml"


def _to_jira(team: Team, jira: Jira, sites: Collection[str]) -> Route | str:
    site = site_of(jira, sites)
    if site:
        return Route(team.name, site, jira.project, parent=jira.epic or jira.parent, assignee=team.assignee)
    if jira.site:
        return f"the settings have no Jira site called {jira.site!r}"
    if not sites:
        return "the settings have no Jira site"
    return "teams.yaml does not say which Jira site it works in (jira.site)"
