"""What the settings say of tickets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hubposture.work.ticket import By


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the escalation ladder: so many days after a ticket's earliest due day it is told once.

    `raise_priority` is by how many steps its priority goes up; `mention` is who is named in the comment, `slack` and
    `mail` are told as well; '' for nobody.
    """

    after_days: int
    raise_priority: int = 0
    mention: str = ""
    slack: str = ""
    mail: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """How tickets are made, grouped, limited and closed. Hours and days are whole; limits of 0 are no limit.

    `batch` is how many subjects one ticket takes before the next one begins. `in_progress` is how many open tickets a team
    may have before new ones wait, `team_limits` says so for single teams. `refresh_hours` is how long after a ticket was
    closed by hand a check is believed to have looked again. `reopen_days` is how long a closed ticket is opened again when
    something in it comes back; later a successor is made. `flapping_returns` is how often a subject must have come back to
    count as flapping; then only `calm_hours` of passing count as fixed. `rows` is how many resources a ticket lists.
    `wont_do` are resolutions that ask for a waiver, `not_mine` are labels and resolutions that say another team is meant.
    `lookup_minutes` is how long a tracker's index may lag behind. `labels` go on every ticket. `redacted` are places in
    which no account, ARN or name of a resource is told. `link` is where our pages are served, '' for nowhere. `asked` are subjects for
    which a person asked for a ticket now: they wait neither to settle nor for the team's other tickets.
    """

    by: By = By.CONTROL_OWNER
    settle_hours: int = 24
    batch: int = 50
    in_progress: int = 20
    team_limits: Mapping[str, int] = field(default_factory=dict)
    refresh_hours: int = 24
    reopen_days: int = 30
    flapping_returns: int = 3
    calm_hours: int = 72
    rows: int = 25
    ladder: tuple[Rung, ...] = ()
    wont_do: tuple[str, ...] = ()
    not_mine: tuple[str, ...] = ("not-mine",)
    lookup_minutes: int = 10
    labels: tuple[str, ...] = ("security-hub",)
    redacted: frozenset[str] = frozenset()
    link: str = ""
    asked: frozenset[str] = frozenset()
