"""Who owns a resource: the first link of a chain that names somebody decides.

Owner of the row, then the resource as `teams.yaml` lists it, then its tags, then the account (as `teams.yaml` lists it, then its own tag), then the
nearest OU that a team has, then the fallback. A name that no team has decides too: it is shown, and never dropped.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from hubposture.owners.resources import closeness, is_exact, matches
from hubposture.owners.team import Pair, Team, Teams, name_key, tag_key, tag_text

Key = TypeVar("Key")

_NOBODY = Teams()


class Link(StrEnum):
    """The links of the chain in their order; `none` is what no link decided."""

    ROW = "row"
    RESOURCE = "resource"
    RESOURCE_TAG = "resource tag"
    ACCOUNT = "account"
    ACCOUNT_TAG = "account tag"
    OU = "ou"
    FALLBACK = "fallback"
    NONE = "none"

    @property
    def is_unowned(self) -> bool:
        """Whether nobody was named: neither a row nor a tag, an account or an OU said who."""
        return self in (Link.FALLBACK, Link.NONE)


@dataclass(frozen=True, slots=True)
class Unit:
    """An OU above an account."""

    path: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a resource (or of an account alone).

    `row` is the Owner of the control's row, `tags` are those of the resource, `account_owner` is the account's owner tag
    or '', `units` are the OUs above the account in any order, `resource` is its id, '' of an account alone.
    """

    row: str = ""
    tags: Sequence[Pair] = ()
    account: str = ""
    account_owner: str = ""
    units: Sequence[Unit] = ()
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner: the team's name or, where `is_team` is false, what stood there; '' where nobody was named."""

    name: str
    is_team: bool
    link: Link

    @property
    def is_owned(self) -> bool:
        """Whether a team was named, and not only fallen back to."""
        return self.is_team and not self.link.is_unowned


@dataclass(frozen=True, slots=True)
class Step:
    """One link, tried: what was looked for and what stood there ('' for nothing), who that is, and whether it decided."""

    link: Link
    looked: str
    found: str
    owner: Owner | None
    decides: bool = False


class Chain:
    """The chain over the teams of a baseline.

    `resource_tags` are the names of tags whose value is an owner, in the order in which they are tried.
    """

    def __init__(self, teams: Teams = _NOBODY, *, resource_tags: Sequence[str] = ()) -> None:
        self.teams = teams
        self.resource_tags = tuple(resource_tags)
        self._ranks = {name_key(name): rank for rank, name in reversed(list(enumerate(resource_tags)))}
        self._names = _claims(teams, lambda team: map(name_key, team.names))
        self._accounts = _claims(teams, lambda team: team.accounts)
        self._units = _claims(teams, lambda team: team.ous)
        self._tags = _claims(teams, lambda team: (tag_key(*pair) for pair in team.tags))
        self._resources = _claims(teams, lambda team: team.resources)
        self._patterns = sorted((one for one in self._resources if not is_exact(one)), key=closeness)

    @property
    def resources(self) -> tuple[str, ...]:
        """Every entry of `resources` of every team, those that are ids first, then patterns; the first decides."""
        return tuple(sorted(self._resources, key=closeness))

    # The links, one by one

    def named(self, name: str, link: Link) -> Owner | None:
        """Whom a name means; None for no name."""
        said = " ".join(name.split())
        if not said:
            return None
        team = self._names.get(name_key(said))
        return Owner(team or said, team is not None, link)

    def of_entry(self, entry: str) -> Owner | None:
        """Who has an entry of `resources`, as it is written."""
        team = self._resources.get(entry)
        return None if team is None else Owner(team, is_team=True, link=Link.RESOURCE)

    def of_resource(self, resource: str) -> tuple[str, Owner] | None:
        """The entry of `resources` that decides on a resource, and whose it is."""
        if not resource:
            return None
        own = [resource] if is_exact(resource) and resource in self._resources else ()
        found = next((one for one in (*own, *self._patterns) if matches(one, resource)), "")
        owner = self.of_entry(found)
        return None if owner is None else (found, owner)

    def watches(self, tag: str) -> bool:
        """Whether a tag of this name can name an owner."""
        key = name_key(tag)
        return key in self._ranks or any(name == key for name, _ in self._tags)

    def ranked(self, tag: str, value: str) -> tuple[tuple[int, int, str], Owner] | None:
        """Whom one tag of a resource names and where it stands among its others: the smallest rank decides.

        Tags whose value is an owner go before tags that a team has; then a name that is written as the setting writes it,
        then the first by name. None for a tag that names nobody.
        """
        key = name_key(tag)
        claimed = self._tags.get(tag_key(tag, value))
        rank = self._ranks.get(key)
        if rank is not None and value.strip():
            is_exact = tag == self.resource_tags[rank]
            team = Owner(claimed, is_team=True, link=Link.RESOURCE_TAG) if claimed else None
            owner = team or self.named(value, Link.RESOURCE_TAG)
            return None if owner is None else ((rank, 0 if is_exact else 1, tag), owner)
        if claimed is not None:
            return (len(self.resource_tags), 0, tag), Owner(claimed, is_team=True, link=Link.RESOURCE_TAG)
        return None

    def of_tags(self, tags: Sequence[Pair]) -> tuple[Pair, Owner] | None:
        """The tag of a resource that decides, and whom it names."""
        named = [(found, pair) for pair in tags if (found := self.ranked(*pair)) is not None]
        if not named:
            return None
        (_, owner), pair = min(named, key=lambda one: (one[0][0], one[1]))
        return pair, owner

    def of_units(self, units: Sequence[Unit]) -> tuple[Unit, Owner] | None:
        """The nearest OU that a team has, and the team. A team's path goes before a team's id of the same OU."""
        for unit in sorted(units, key=lambda one: (-depth(one.path), one.path)):
            team = self._units.get(unit.path) or self._units.get(unit.id)
            if team is not None:
                return unit, Owner(team, is_team=True, link=Link.OU)
        return None

    def of_account(self, facts: Facts) -> Owner:
        """Whose an account is, whatever is in it: the links from the account on."""
        return next(step.owner for step in self._of_account(facts) if step.owner is not None)

    def owner(self, facts: Facts) -> Owner:
        """Who owns what the facts are of."""
        return next(step.owner for step in self._steps(facts) if step.owner is not None)

    def steps(self, facts: Facts) -> tuple[Step, ...]:
        """Every link in order, those behind the one that decided too."""
        found: list[Step] = []
        for step in self._steps(facts):
            decides = step.owner is not None and not any(one.decides for one in found)
            found.append(Step(step.link, step.looked, step.found, step.owner, decides))
        return tuple(found)

    def _steps(self, facts: Facts) -> Iterator[Step]:
        row = " ".join(facts.row.split())
        yield Step(Link.ROW, "Owner of the control's row", row, self.named(row, Link.ROW))
        entry, owner = self.of_resource(facts.resource) or ("", None)
        yield Step(Link.RESOURCE, "resources that a team has", entry, owner)
        pair, owner = self.of_tags(facts.tags) or (None, None)
        looked = (
            f"tags {', '.join(self.resource_tags)}" if self.resource_tags else "no tag names an owner by the settings"
        )
        if self._tags:
            looked += "; tags that a team has"
        yield Step(Link.RESOURCE_TAG, looked, tag_text(pair) if pair else "", owner)
        yield from self._of_account(facts)

    def _of_account(self, facts: Facts) -> Iterator[Step]:
        team = self._accounts.get(facts.account)
        listed = Owner(team, is_team=True, link=Link.ACCOUNT) if team is not None else None
        yield Step(Link.ACCOUNT, "accounts that a team has", facts.account if listed else "", listed)
        tag = self.named(facts.account_owner, Link.ACCOUNT_TAG)
        yield Step(Link.ACCOUNT_TAG, "owner tag of the account", " ".join(facts.account_owner.split()), tag)
        unit, owner = self.of_units(facts.units) or (None, None)
        yield Step(Link.OU, "the nearest OU that a team has", unit.path if unit else "", owner)
        last = self.named(self.teams.fallback, Link.FALLBACK)
        yield Step(Link.FALLBACK, "fallback of teams.yaml", self.teams.fallback, last)
        if last is None:
            yield Step(Link.NONE, "nothing is left to look at", "", Owner("", is_team=False, link=Link.NONE))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name and alias of every team."""
        return tuple(name for team in self.teams.teams for name in team.names)

    def team(self, name: str) -> Team | None:
        """The team that a name or alias means."""
        found = self._names.get(name_key(name))
        return next((one for one in self.teams.teams if one.name == found), None)


def depth(path: str) -> int:
    """How deep an OU lies: 0 for the root."""
    return len([part for part in path.split("/") if part])


def _claims(teams: Teams, of: Callable[[Team], Iterable[Key]]) -> dict[Key, str]:
    """The name of the team by what it has; what two have is the first one's (reading makes it an error)."""
    found: dict[Key, str] = {}
    for team in teams.teams:
        for key in of(team):
            found.setdefault(key, team.name)
    return found
