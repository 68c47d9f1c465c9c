"""teams.yaml becomes teams; everything that is wrong is collected with its file, line and column."""

from dataclasses import dataclass

from hubposture.errors import Problem
from hubposture.owners.read_team import Claims, read_team
from hubposture.owners.team import Team, Teams, name_key
from hubposture.texts.fields import Fields, Report, shown
from hubposture.texts.near import nearest
from hubposture.texts.yaml_nodes import Entries, Items, Node, Scalar, list_of, read_yaml

ROOT_KEYS = ("fallback", "teams")
"""The entries of the file, in the order in which they are written."""
_SHAPE = "write `teams:` and below it each team by its name"


@dataclass(frozen=True, slots=True)
class ReadTeams:
    """What the file says: the teams as far as they could be read, and everything that is wrong with it."""

    teams: Teams
    problems: tuple[Problem, ...] = ()


def read_teams(raw: bytes, file: str) -> ReadTeams:
    """Read a teams.yaml; `file` is the name that errors show. Raises nothing for what is in it.

    What is wrong with a team is left out of it and the rest of the team stays, so that names still lead to it.
    """
    report = Report(file)
    root = _root(raw, report)
    if root is None:
        return ReadTeams(Teams(), report.problems)
    read = Fields(root, ROOT_KEYS, report, file)
    teams = _teams(read, report)
    fallback = _fallback(read, teams)
    return ReadTeams(Teams(teams, fallback), tuple(sorted(report.problems)))


def _root(raw: bytes, report: Report) -> Entries | None:
    if (items := list_of(raw)) is not None:
        report.add(items, "the file is a list, but a mapping is meant", _SHAPE)
        return None
    found: Node | None = None
    for node in read_yaml(raw, report.file):
        if isinstance(node, Problem):
            report.put(node)
            return None
        found = node
    if found is not None and not isinstance(found, Entries):
        report.add(found, "the file is a text, but a mapping is meant", _SHAPE)
        return None
    return found


def _teams(read: Fields, report: Report) -> tuple[Team, ...]:
    node = read.mapping("teams")
    if node is None:
        if read.get("teams") is None:
            read.missing("teams", _SHAPE + "; `teams: {}` for none")
        return ()
    claims, found = Claims(report), []
    for key, value in node.pairs:
        if report.is_full:
            break
        name = " ".join(key.text.split())
        if not claims.take_name(name, key, name):
            continue
        if isinstance(value, Items) or (isinstance(value, Scalar) and not value.is_nothing):
            report.add(value, f"team {shown(name)} is not a mapping", "write its entries below it, each `name: value`")
            continue
        found.append(read_team(name, key, value, claims))
    return tuple(found)


def _fallback(read: Fields, teams: tuple[Team, ...]) -> str:
    """The name of the team that the file falls back to; '' where none is given, or none is meant."""
    text = read.line("fallback")
    if not text:
        return ""
    for team in teams:
        if name_key(text) in map(name_key, team.names):
            return team.name
    names = [name for team in teams for name in team.names]
    hint = nearest(text, names) or "write the name of a team of this file"
    read.report.add(read.get("fallback") or read.node, f"fallback is {shown(text)}, and no team is called so", hint)
    return ""
