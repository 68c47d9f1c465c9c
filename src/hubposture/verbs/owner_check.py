"""Everything that is wrong or doubtful in teams.yaml, and names in the workbook and in waivers that no team has."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from hubposture.matrix.lint_finding import LintFinding, error, note, warning
from hubposture.matrix.rows import Matrix
from hubposture.owners.chain import Chain, Link
from hubposture.owners.read import ReadTeams
from hubposture.owners.team import Jira, Team, Via
from hubposture.texts.near import nearest
from hubposture.verbs.owners import ALIKE
from hubposture.waivers.waiver import Waiver


@dataclass(frozen=True, slots=True)
class Systems:
    """The systems of the settings: the names of the Jira sites, and whether there is a ServiceNow and a DefectDojo."""

    sites: Collection[str] = ()
    has_servicenow: bool = False
    has_defectdojo: bool = False


def check_owners(
    found: ReadTeams,
    *,
    file: str,
    matrix: Matrix | None = None,
    waivers: Iterable[Waiver] = (),
    systems: Systems | None = None,
) -> tuple[LintFinding, ...]:
    """All findings, errors first, then in the order of the file. `matrix` is None where the workbook cannot be read.

    Without `systems` nothing is said of what the settings lack.
    """
    findings = [error("file", problem.where, problem.what, problem.hint) for problem in found.problems]
    for team in found.teams.teams:
        findings += _team(team)
        findings += _systems(team, systems) if systems is not None else ()
    if found.teams.teams and not found.teams.fallback:
        hint = "write `fallback: TEAM` for the team that finds out whose it is"
        findings.append(note("no-fallback", file, "what has no owner goes to nobody", hint))
    findings += _rows(matrix, Chain(found.teams))
    findings += _waivers(waivers, Chain(found.teams))
    order = ("error", "warning", "note")
    return tuple(sorted(findings, key=lambda one: order.index(one.level)))


def _team(team: Team) -> Iterator[LintFinding]:
    has_tracker = team.jira is not None or team.servicenow_group
    if not team.is_reachable:
        hint = "write one of jira, servicenow, defectdojo, slack, mail"
        yield warning("unreachable", team.source, f"{team.name} cannot be told anything", hint)
    elif team.via is Via.HUBPOSTURE and not has_tracker:
        hint = "write jira or servicenow, or via: none"
        yield note("no-tracker", team.source, f"{team.name} has no tracker, so no ticket can be made for it", hint)
    if team.via is Via.NONE and has_tracker:
        yield note("no-tickets", team.source, f"{team.name} has a tracker and gets no tickets (via: none)")


def _systems(team: Team, systems: Systems) -> Iterator[LintFinding]:
    """Where a team is to get tickets or findings by a system that the settings do not have."""
    if team.jira is not None:
        yield from _site(team, team.jira, tuple(systems.sites))
    is_ours = team.via is Via.HUBPOSTURE
    if is_ours and team.servicenow_group and not systems.has_servicenow:
        what = f"{team.name} has a group in ServiceNow, and the settings have no ServiceNow: it gets no tickets"
        yield warning("no-servicenow", team.source, what, "set servicenow.url, or take servicenow out")
    if team.defectdojo_product and not systems.has_defectdojo:
        what = f"{team.name} has a product in DefectDojo, and the settings have no DefectDojo"
        yield warning("no-defectdojo", team.source, what, "set defectdojo.url, or take defectdojo out")


def _site(team: Team, jira: Jira, sites: tuple[str, ...]) -> Iterator[LintFinding]:
    if jira.site and jira.site not in sites:
        hint = nearest(jira.site, sites) or f"the settings have {', '.join(sites) or 'none'}; set jira.{jira.site}"
        what = f"{team.name} works in the Jira site {jira.site!r}, which the settings do not have"
        yield error("unknown-site", team.source, what, hint)
    elif team.via is Via.NONE:
        return
    elif not sites:
        what = f"{team.name} has a project in Jira, and the settings have no Jira site: it gets no tickets"
        yield warning("no-jira", team.source, what, "set jira.NAME.url, or take jira out")
    elif not jira.site and len(sites) > 1:
        what = f"{team.name} does not say in which Jira site it works, and the settings have {', '.join(sites)}"
        yield error("which-site", team.source, what, f"write jira: {{site: {sites[0]}, project: {jira.project}}}")


def _rows(matrix: Matrix | None, chain: Chain) -> Iterator[LintFinding]:
    """Owners of rows that no team is called by."""
    for row in matrix.controls if matrix is not None else ():
        owner = chain.named(row.owner, Link.ROW)
        if owner is not None and not owner.is_team:
            yield _unknown(row.at.at("owner"), owner.name, chain)


def _waivers(waivers: Iterable[Waiver], chain: Chain) -> Iterator[LintFinding]:
    for waiver in waivers:
        owner = chain.named(waiver.owner, Link.ROW)
        if owner is not None and not owner.is_team:
            yield _unknown(waiver.source, owner.name, chain)


def _unknown(where: str, name: str, chain: Chain) -> LintFinding:
    hint = nearest(name, chain.names, cutoff=ALIKE) or "name a team of teams.yaml, or give a team this alias"
    return warning("unknown-team", where, f"the owner {name!r} is no team", hint)
