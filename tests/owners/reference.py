"""The chain in the plainest words, to hold the real one against."""

import re
from collections.abc import Sequence

from hubposture.owners.chain import Facts
from hubposture.owners.team import Teams


def plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def speaks(entry: str, resource: str) -> bool:
    pattern = "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in entry)
    return re.fullmatch(pattern, resource, re.DOTALL) is not None


def rank(entry: str) -> tuple[bool, int, str]:
    letters = entry.replace("*", "").replace("?", "")
    return letters != entry, -len(letters), entry


def owner(  # noqa: C901, PLR0911, PLR0912 - plain, from top to bottom
    teams: Teams, resource_tags: Sequence[str], facts: Facts
) -> tuple[str, bool, str]:
    """(name, whether a team has it, link)."""

    def who(text: str, link: str) -> tuple[str, bool, str]:
        for team in teams.teams:
            if plain(text) in (plain(team.name), *map(plain, team.aliases)):
                return team.name, True, link
        return " ".join(text.split()), False, link

    def has_tag(name: str, value: str) -> str:
        for team in teams.teams:
            for its_name, its_value in team.tags:
                if (plain(its_name), plain(its_value)) == (plain(name), plain(value)):
                    return team.name
        return ""

    if facts.row.strip():
        return who(facts.row, "row")
    entries = [(entry, team.name) for team in teams.teams for entry in team.resources if speaks(entry, facts.resource)]
    if facts.resource and entries:
        return min(entries, key=lambda one: rank(one[0]))[1], True, "resource"
    for wanted in resource_tags:
        # as the setting writes it first, then in the order of the names
        for name, value in sorted(facts.tags, key=lambda one: (one[0] != wanted, one)):
            if plain(name) == plain(wanted) and value.strip():
                team = has_tag(name, value)
                return (team, True, "resource tag") if team else who(value, "resource tag")
    for name, value in sorted(facts.tags):
        if team := has_tag(name, value):
            return team, True, "resource tag"
    for one in teams.teams:
        if facts.account in one.accounts:
            return one.name, True, "account"
    if facts.account_owner.strip():
        return who(facts.account_owner, "account tag")
    for unit in sorted(facts.units, key=lambda each: len(each.path.rstrip("/").split("/")), reverse=True):
        for name in (unit.path, unit.id):
            for one in teams.teams:
                if name and name in one.ous:
                    return one.name, True, "ou"
    return who(teams.fallback, "fallback") if teams.fallback else ("", False, "none")
