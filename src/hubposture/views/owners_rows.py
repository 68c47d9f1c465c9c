"""What documents of owners are made of: plain numbers, each with what it counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.owners.chain import Link, Step


@dataclass(frozen=True, slots=True)
class Work:
    """Resources of somebody, their obligations, and of these those that fail without a waiver; `critical` and `high` of them."""

    resources: int = 0
    obligations: int = 0
    failing: int = 0
    critical: int = 0
    high: int = 0
    overdue: int = 0

    @property
    def gravity(self) -> tuple[int, ...]:
        """By which it sorts, the gravest first."""
        return -self.critical, -self.high, -self.overdue, -self.failing, -self.resources


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team of teams.yaml with what it has; `reach` says how it is reached, in the words of the file."""

    name: str
    via: str
    reach: Sequence[str]
    accounts: int
    work: Work
    source: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What one link of the chain decided."""

    link: Link
    work: Work


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """A name that stands for an owner and that no team has: where it stands, and the team that may be meant (`guess`)."""

    name: str
    links: Sequence[Link]
    accounts: Sequence[str]
    work: Work
    guess: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tag by which what nobody owns could have an owner: on how many resources, and its most common value.

    `is_team` says that a team is called so.
    """

    tag: str
    common: str
    resources: int
    is_team: bool


@dataclass(frozen=True, slots=True)
class LooseRow:
    """An account with what nobody owns in it; `of` are all its resources without an owner."""

    account: str
    alias: str
    name: str
    ou_path: str
    work: Work
    tag: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who owns what. `astray` are entries of teams.yaml that mean nothing in the organization: where, and what.

    `owned` are obligations of teams, `unknown` those of names that no team has; those of nobody are the rest of
    `everything`. `has_file` says whether there is a teams.yaml, `broken` how many things are wrong with it.
    """

    everything: Work
    owned: int
    unknown: int
    teams: Sequence[TeamRow]
    links: Sequence[LinkRow]
    names: Sequence[UnknownRow]
    loose: Sequence[LooseRow]
    astray: Sequence[tuple[str, str]] = ()
    fallback: str = ""
    has_file: bool = True
    broken: int = 0


@dataclass(frozen=True, slots=True)
class RowOwner:
    """A control whose row names an owner for a resource: the row's cell, what it says, and the team it means."""

    control: str
    cell: str
    said: str
    owner: str
    is_team: bool


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose one resource or account is.

    `steps` are the links of the chain; for controls in `rows` the row decides instead. `tags` are those of a resource.
    `others` are, of an account, whose its resources are: owner, link and work.
    """

    thing: str
    account: str
    ou_path: str
    steps: Sequence[Step]
    tags: Sequence[tuple[str, str]] = ()
    rows: Sequence[RowOwner] = ()
    others: Sequence[tuple[str, Link, Work]] = ()
    is_account: bool = False
