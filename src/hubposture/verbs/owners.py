"""Who owns what by one version: teams with their work, what decided, names nobody has, and what nobody owns."""

from collections.abc import Iterator, Mapping, Sequence

from hubposture.owners.chain import Chain, Link
from hubposture.owners.resources import is_exact
from hubposture.owners.team import Team
from hubposture.ports.lake import Owned, OwnerCount, Snapshot, TagUse
from hubposture.texts.near import closest, nearest
from hubposture.views.owners_rows import Candidate, LinkRow, LooseRow, Ownership, TeamRow, UnknownRow, Work

ALIKE = 0.8
"""How alike names must be for one to be taken for the other: many begin with the same word."""
_ACCOUNTS = "SELECT account, alias, name, ou_path, shown, state FROM accounts ORDER BY account"
_UNKNOWN = "SELECT k.id FROM (SELECT unnest($ids) AS id) k WHERE k.id NOT IN (SELECT resource FROM subjects)"
_UNITS = "SELECT DISTINCT ou_path, ou FROM units ORDER BY ou_path"


def read_ownership(
    snapshot: Snapshot, chain: Chain, *, is_whole: bool = True, has_file: bool = True, broken: int = 0
) -> Ownership:
    """Who owns what in a snapshot. `chain` is the one that the reader was given.

    `is_whole` says that the baseline has no other organization, so that accounts that are not here are nowhere.
    """
    found, accounts = snapshot.owned(), {row[0]: row[1:] for row in snapshot.execute(_ACCOUNTS, {})}
    places = found.places
    return Ownership(
        everything=work(found.everything),
        owned=sum(one.obligations for one in places if one.is_team and not Link(one.link).is_unowned),
        unknown=sum(one.obligations for one in places if not one.is_team and not Link(one.link).is_unowned),
        teams=_teams(found, chain),
        links=_links(found),
        names=_names(found, chain, accounts),
        loose=_loose(places, chain, accounts, snapshot.loose_tags()),
        astray=tuple(_astray(snapshot, chain.teams.teams, accounts)) if is_whole else (),
        fallback=chain.teams.fallback,
        has_file=has_file,
        broken=broken,
    )


def work(one: OwnerCount) -> Work:
    """Counts as the views take them."""
    return Work(one.resources, one.obligations, one.failing, one.critical, one.high, one.overdue)


def _teams(found: Owned, chain: Chain) -> list[TeamRow]:
    """Every team, those that have nothing too, the one with the gravest work first."""
    counts = {one.owner: one for one in found.owners if one.is_team}
    rows = [
        TeamRow(
            team.name,
            str(team.via),
            tuple(reach(team)),
            counts.get(team.name, OwnerCount()).accounts,
            work(counts.get(team.name, OwnerCount())),
            team.source,
        )
        for team in chain.teams.teams
    ]
    return sorted(rows, key=lambda row: (row.work.gravity, row.name))


def reach(team: Team) -> Iterator[str]:
    """How a team is reached, in words."""
    if team.jira is not None:
        above = team.jira.epic or team.jira.parent
        yield f"Jira {team.jira.project}" + (f" under {above}" if above else "")
    if team.servicenow_group:
        yield f"ServiceNow {team.servicenow_group}"
    if team.defectdojo_product:
        yield f"DefectDojo {team.defectdojo_product}"
    if team.slack:
        yield f"Slack {team.slack}"
    if team.mail:
        yield team.mail


def _links(found: Owned) -> list[LinkRow]:
    """Every link in the order of the chain, those that decided nothing too."""
    counts = {one.link: one for one in found.links}
    return [LinkRow(link, work(counts.get(link, OwnerCount()))) for link in Link]


def _names(found: Owned, chain: Chain, accounts: Mapping[str, Sequence[str]]) -> list[UnknownRow]:
    """Names that no team has, the one with the gravest work first."""
    places: dict[str, list[OwnerCount]] = {}
    for one in found.places:
        places.setdefault(one.owner, []).append(one)
    rows = []
    for one in found.owners:
        if one.owner and not one.is_team:
            where = places.get(one.owner, [])
            links = {Link(each.link) for each in where}
            shown = dict.fromkeys(_shown(each.account, accounts) for each in where)
            rows.append(
                UnknownRow(
                    one.owner,
                    tuple(link for link in Link if link in links),
                    tuple(shown),
                    work(one),
                    _guess(one.owner, chain),
                )
            )
    return sorted(rows, key=lambda row: (row.work.gravity, row.name))


def _shown(account: str, accounts: Mapping[str, Sequence[str]]) -> str:
    return accounts[account][3] if account in accounts else account


def _guess(name: str, chain: Chain) -> str:
    """The team that a name may mean; ''."""
    team = chain.team(closest(name, chain.names, cutoff=ALIKE))
    return team.name if team is not None else ""


def _loose(
    places: Sequence[OwnerCount], chain: Chain, accounts: Mapping[str, Sequence[str]], uses: Sequence[TagUse]
) -> list[LooseRow]:
    """Accounts with what nobody owns, the one with the gravest work first, and by which tag it could have an owner."""
    by_account: dict[str, list[TagUse]] = {}
    for use in uses:
        by_account.setdefault(use.account, []).append(use)
    rows = []
    for one in places:
        if Link(one.link).is_unowned:
            alias, name, path, *_ = accounts.get(one.account, ("", "", ""))
            tag = candidate(by_account.get(one.account, ()), one.resources, chain)
            rows.append(LooseRow(one.account, alias, name, path, work(one), tag))
    return sorted(rows, key=lambda row: (row.work.gravity, row.account))


def candidate(uses: Sequence[TagUse], resources: int, chain: Chain) -> Candidate | None:
    """The tag that tells most of the resources of an account apart by teams, or None where none does.

    One whose most common value is the name of a team; else one that is on at least half of them, with values that come
    more than once on the average: the others name single resources.
    """
    named = [one for one in uses if (team := chain.team(one.common)) is not None and team.name]
    shared = [one for one in uses if one.resources * 2 >= resources and one.values * 2 <= one.resources]
    if not named and not shared:
        return None
    best = (named or shared)[0]
    return Candidate(best.tag, best.common, best.resources, bool(named))


def _astray(
    snapshot: Snapshot, teams: Sequence[Team], accounts: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """Accounts and OUs of teams that the organization does not have, and ids of resources that no sync has seen."""
    units = {name for row in snapshot.execute(_UNITS, {}) for name in row if name}
    paths = sorted(name for name in units if name.startswith("/"))
    ids = [one for team in teams for one in team.resources if is_exact(one)]
    unknown = {one for (one,) in snapshot.execute(_UNKNOWN, {"ids": ids})} if ids else set()
    for team in teams:
        for account in team.accounts:
            if account not in accounts:
                yield team.source, f"{team.name} has the account {account}, which is not in the organization"
            elif accounts[account][4] == "left":
                yield (
                    team.source,
                    f"{team.name} has the account {_shown(account, accounts)}, which left the organization",
                )
        for unit in team.ous:
            if unit not in units:
                hint = nearest(unit, paths)
                said = f"{team.name} has the OU {unit}, and no account is in it or below it"
                yield team.source, said + (f" ({hint})" if hint else "")
        for resource in team.resources:
            if resource in unknown:
                yield team.source, f"{team.name} has the resource {resource}, which no sync has seen"
