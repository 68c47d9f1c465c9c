"""A team as `teams.yaml` says it: what is its own, how it is reached, and who makes its tickets."""

from dataclasses import dataclass, field
from enum import StrEnum

Pair = tuple[str, str]
"""A tag: its name and its value."""


class Via(StrEnum):
    """Who makes a team's tickets."""

    HUBPOSTURE = "hubposture"
    DEFECTDOJO = "defectdojo"
    NONE = "none"


class Pace(StrEnum):
    """When a team hears of news: after each run, or in the weekly digest alone."""

    IMMEDIATE = "immediate"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Jira:
    """Where tickets go in Jira: the key of the project, and the issue under which they hang (`epic` or `parent`), or ''.

    `site` is its name in the settings, '' where there is one alone.
    """

    project: str
    epic: str = ""
    parent: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Team:
    """One team.

    `aliases` are further names by which tags and rows call it. `ous` are ids or paths, `tags` are tags of resources that
    are its own, `resources` are ids (ARNs mostly) of single ones, with `*` and `?`. Texts that are not given are ''. `assignee` is the address of who gets the tickets, `in_progress` how many
    open ones it may have (0: no limit); None, as `pace`, where the settings say it. `source` is `file:line:column`.
    """

    name: str
    aliases: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    ous: tuple[str, ...] = ()
    tags: tuple[Pair, ...] = ()
    resources: tuple[str, ...] = ()
    jira: Jira | None = None
    servicenow_group: str = ""
    defectdojo_product: str = ""
    slack: str = ""
    mail: str = ""
    via: Via = Via.HUBPOSTURE
    assignee: str = ""
    in_progress: int | None = None
    pace: Pace | None = None
    source: str = field(default="", compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The name and every alias."""
        return (self.name, *self.aliases)

    @property
    def is_reachable(self) -> bool:
        """Whether anything could be brought to its notice: a tracker, DefectDojo, Slack or mail."""
        return bool(self.jira or self.servicenow_group or self.defectdojo_product or self.slack or self.mail)


@dataclass(frozen=True, slots=True)
class Teams:
    """The teams in the order of the file. `fallback` is the name of the team that gets what has no owner, or ''."""

    teams: tuple[Team, ...] = ()
    fallback: str = ""


def name_key(name: str) -> str:
    """What names are compared by: case and the number of blanks do not matter."""
    return " ".join(name.split()).casefold()


def tag_key(name: str, value: str) -> Pair:
    """What tags are compared by."""
    return name_key(name), name_key(value)


def tag_text(pair: Pair) -> str:
    """A tag as it is written: `app=shop`."""
    return "=".join(pair)
