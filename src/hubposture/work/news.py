"""What there is to tell: everything that planning messages looks at, gathered before and without any words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hubposture.work.subject import Subject


@dataclass(frozen=True, slots=True)
class Receiver:
    """How a team is reached: a channel and an address, '' for none. `is_digest_only`: it hears of news once a week."""

    team: str
    slack: str = ""
    mail: str = ""
    is_digest_only: bool = False


@dataclass(frozen=True, slots=True, order=True)
class TicketLink:
    """A ticket as people call it, and where it is; `url` may be ''. `key` is its own, '' where nobody may act on it."""

    shown: str
    url: str
    key: str = field(default="", compare=False)


@dataclass(frozen=True)
class OwnerNews:
    """What moved for a team since the last run day, and what fails now.

    `failing` are its obligations that fail, `new` the ids of those among them that are new. `criticals` are new CRITICAL
    ones of the last days, told one by one. `fixed`, `gone` and `waived` count what failed before. `tickets` are those of
    a subject, by its id.
    """

    team: str
    failing: Sequence[Subject] = ()
    new: frozenset[str] = frozenset()
    criticals: Sequence[Subject] = ()
    fixed: int = 0
    gone: int = 0
    waived: int = 0
    tickets: Mapping[str, TicketLink] = field(default_factory=dict)

    @property
    def moved(self) -> int:
        """How much there is to tell of."""
        return len(self.new) + self.fixed + self.gone + self.waived


@dataclass(frozen=True, slots=True)
class WaiverNotice:
    """A notice of a waiver, as `ports.waivers.Notice` has it; `team` owns the waiver. `controls` are as AWS writes them."""

    team: str
    waiver: str
    kind: str
    until: dt.date
    at: dt.datetime
    controls: Sequence[str] = ()
    within: int = 0
    failing: int = 0
    surplus: int = 0
    released: int = 0


@dataclass(frozen=True)
class AccountDigest:
    """An account for the team that owns it: `met` of `obligations`, and what fails there, whosever it is."""

    team: str
    account: str
    shown: str
    met: int
    obligations: int
    failing: Sequence[Subject] = ()
    tickets: Mapping[str, TicketLink] = field(default_factory=dict)


@dataclass(frozen=True)
class OwnerDigest:
    """A team's week: `met` of `obligations`, and what fails."""

    team: str
    met: int
    obligations: int
    failing: Sequence[Subject] = ()
    tickets: Mapping[str, TicketLink] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Coming:
    """A control that becomes an obligation for a team: enforced from `begins`, counted from `counts_from`.

    `places` are accounts as they are shown with how many resources fail there now.
    """

    team: str
    control: str
    shown: str
    title: str
    severity: str
    begins: dt.date
    counts_from: dt.date
    url: str = ""
    places: Sequence[tuple[str, int]] = ()

    @property
    def failing(self) -> int:
        """How many resources will fail."""
        return sum(number for _, number in self.places)


@dataclass(frozen=True, slots=True)
class Escalated:
    """A ticket that reached a step of the ladder, and who is told besides the team. `since` is when the ticket was made."""

    key: str
    ticket: TicketLink
    team: str
    control: str
    title: str
    step: int
    after_days: int
    failing: int
    due: dt.date | None
    since: dt.datetime
    slack: str = ""
    mail: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A waiver that waits for somebody to decide on it, as it was asked for: `digest` and `revision` say which form of it.

    `controls` are as AWS writes them, `resources` how many it covers. `request` is the request's id.
    """

    request: str
    waiver: str
    revision: int
    digest: str
    by: str
    at: dt.datetime
    until: dt.date
    type: str
    reason: str
    owner: str
    controls: Sequence[str] = ()
    resources: int = 0


@dataclass(frozen=True)
class News:
    """Everything there is to tell on a day of the organization.

    `begins` are all controls that are enforced from a day on, whoever fails them.
    """

    organization: str
    day: dt.date
    receivers: Sequence[Receiver] = ()
    owners: Sequence[OwnerNews] = ()
    notices: Sequence[WaiverNotice] = ()
    accounts: Sequence[AccountDigest] = ()
    weeks: Sequence[OwnerDigest] = ()
    coming: Sequence[Coming] = ()
    begins: Mapping[dt.date, Sequence[str]] = field(default_factory=dict)
    escalated: Sequence[Escalated] = ()
    pending: Sequence[Pending] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say of messages. `digest_day` is 0 for Monday to 6; `link` is where our pages are served, ''.

    `attach_page`: a digest by mail has a page with it, which lists everything. `acts`: people may act from messages in
    chat. `approvers` is the channel of those who decide on waivers; ''.
    """

    urgent: bool = True
    urgent_most: int = 5
    top: int = 5
    announce_days: int = 14
    digest_day: int = 0
    attach_page: bool = True
    link: str = ""
    acts: bool = False
    approvers: str = ""
