"""What teams can have and give away: names, accounts, OUs, tags and resources, as texts of teams.yaml."""

from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from hubposture.owners.team import Pair, Team, Teams, name_key, tag_key, tag_text

Item = TypeVar("Item")


class Thing(StrEnum):
    """What a team can have, and what can be given to another: the key under which it stands."""

    NAME = "aliases"
    ACCOUNT = "accounts"
    OU = "ous"
    TAG = "tags"
    RESOURCE = "resources"


def holder(teams: Teams, thing: Thing, what: str) -> str:
    """The name of the team that has something, as a text of the file; ''."""
    key = thing_key(thing, what)
    for team in teams.teams:
        had = team.names if thing is Thing.NAME else texts_of(team, thing)
        if key in [thing_key(thing, one) for one in had]:
            return team.name
    return ""


def merge(team: Team, more: Team) -> Team:
    """A team with what more is said of it; what it says already stays, and so does who makes its tickets."""
    return replace(
        team,
        aliases=_joined(team.aliases, more.aliases),
        accounts=_joined(team.accounts, more.accounts),
        ous=_joined(team.ous, more.ous),
        tags=_joined(team.tags, more.tags),
        resources=_joined(team.resources, more.resources),
        jira=team.jira or more.jira,
        servicenow_group=team.servicenow_group or more.servicenow_group,
        defectdojo_product=team.defectdojo_product or more.defectdojo_product,
        slack=team.slack or more.slack,
        mail=team.mail or more.mail,
        assignee=team.assignee or more.assignee,
        in_progress=more.in_progress if team.in_progress is None else team.in_progress,
        pace=team.pace or more.pace,
    )


def _joined(old: tuple[Item, ...], new: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys((*old, *new)))


def texts_of(team: Team, thing: Thing) -> tuple[str, ...]:
    """What a team has of a kind, as texts of the file; of names, its aliases."""
    match thing:
        case Thing.NAME:
            return team.aliases
        case Thing.ACCOUNT:
            return team.accounts
        case Thing.OU:
            return team.ous
        case Thing.TAG:
            return tuple(map(tag_text, team.tags))
        case Thing.RESOURCE:
            return team.resources


def thing_key(thing: Thing, text: str) -> str | Pair:
    """What texts of a kind are compared by."""
    match thing:
        case Thing.NAME:
            return name_key(text)
        case Thing.TAG:
            name, _, value = text.partition("=")
            return tag_key(name, value)
        case Thing.OU:
            return text.strip().rstrip("/") or "/"
        case Thing.ACCOUNT | Thing.RESOURCE:
            return text.strip()


def only(name: str, thing: Thing, what: str) -> Team:
    """A team that has this alone."""
    match thing:
        case Thing.NAME:
            return Team(name, aliases=(" ".join(what.split()),))
        case Thing.ACCOUNT:
            return Team(name, accounts=(what,))
        case Thing.OU:
            return Team(name, ous=(what,))
        case Thing.TAG:
            tag, _, value = what.partition("=")
            return Team(name, tags=((tag.strip(), value.strip()),))
        case Thing.RESOURCE:
            return Team(name, resources=(what.strip(),))


def without(team: Team, thing: Thing, what: str) -> Team:
    """A team without something that it has."""
    key = thing_key(thing, what)
    match thing:
        case Thing.NAME:
            return replace(team, aliases=tuple(one for one in team.aliases if name_key(one) != key))
        case Thing.ACCOUNT:
            return replace(team, accounts=tuple(one for one in team.accounts if one != key))
        case Thing.OU:
            return replace(team, ous=tuple(one for one in team.ous if one != key))
        case Thing.TAG:
            return replace(team, tags=tuple(one for one in team.tags if tag_key(*one) != key))
        case Thing.RESOURCE:
            return replace(team, resources=tuple(one for one in team.resources if one != key))
