"""A ticket: what it is about, how far it got, and what its tracker says of it."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import StrEnum

from hubposture.work.body import Body
from hubposture.work.subject import Standing


class By(StrEnum):
    """What one ticket is about."""

    CONTROL_OWNER = "control-owner"
    CONTROL_ACCOUNT = "control-account"
    SUBJECT = "subject"


class State(StrEnum):
    """How far a ticket got, as the ledger knows it.

    `sending`: written down, and asked for or about to be: it may exist. `open`: it exists and is work. `closed`: all of it
    is done, and we closed it. `left`: people closed it again and again while the check fails: counted, and not fought.
    `lost`: it was deleted there. `ended`: one that a successor or an older duplicate took over from.
    """

    SENDING = "sending"
    OPEN = "open"
    CLOSED = "closed"
    LEFT = "left"
    LOST = "lost"
    ENDED = "ended"

    @property
    def is_live(self) -> bool:
        """Whether its subjects are in good hands with it: no other ticket is made for them."""
        return self in (State.SENDING, State.OPEN, State.LEFT)


class Outcome(StrEnum):
    """Why a ticket closes: the trackers may be given another way to close for each."""

    FIXED = "fixed"
    WAIVED = "waived"
    GONE = "gone"
    NOT_REQUIRED = "no longer required"


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """What a ticket is about. `owner` is the team. `account` and `subject` are '' where the ticket is not made by them."""

    organization: str
    by: By
    control: str
    owner: str
    account: str = ""
    subject: str = ""

    def key(self, number: int) -> str:
        """The label of the `number`th ticket of this group, counted from 1: `shub-` and 12 hex digits."""
        parts = (self.organization, str(self.by), self.control, self.owner, self.account, self.subject, str(number))
        return "shub-" + hashlib.sha256("\x1f".join(parts).encode(errors="surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a team's tickets go: the tracker by its name in the settings, the project or table there, and what is above.

    `group` is an assignment group, `parent` the issue under which they hang, `assignee` who gets them; '' for none.
    """

    team: str
    tracker: str
    place: str
    parent: str = ""
    group: str = ""
    assignee: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A subject in a ticket, and how it stood when that was last written there. Membership stays when it is done."""

    subject: str
    since: dt.datetime
    standing: Standing = Standing.FAILING


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as the ledger knows it; times are naive UTC.

    `key` is the label under which it is found. `id` is the tracker's own, '' until it is known; `shown` is how people call
    it. `written` is the digest of the draft that the tracker has, '' for none. `number` counts the tickets of the group.
    `is_full` says that nothing more goes in. `attempts` and `lookups` are tries to make it, and look-ups since the last
    one that found nothing. `sent_at` is when it was last asked for, `looked_at` when it was last looked for. `hand_closed`
    counts how often people closed it while something failed, `hand_closed_at` is when they last did, None once it is open
    again. `rung` is the highest step of the escalation ladder that was told. `trouble` is why the last write failed; ''.
    `previous` is the key of the ticket that this one follows; ''. One that `is_adopted` was there before us: people wrote
    its title and text, and both stay as they are.
    """

    key: str
    group: Group
    number: int
    route: Route
    state: State
    members: tuple[Member, ...]
    made_at: dt.datetime
    id: str = ""
    shown: str = ""
    url: str = ""
    written: str = ""
    written_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    outcome: Outcome | None = None
    is_full: bool = False
    attempts: int = 0
    lookups: int = 0
    sent_at: dt.datetime | None = None
    looked_at: dt.datetime | None = None
    hand_closed: int = 0
    hand_closed_at: dt.datetime | None = None
    rung: int = 0
    previous: str = ""
    trouble: str = ""
    is_adopted: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that a ticket should say in its tracker.

    `severity` is CRITICAL, HIGH, MEDIUM or LOW: the tracker's settings make a priority of it. `raised` is how many steps
    of priority an escalation adds. `labels` do not hold the key, which goes beside them. With `keeps_text` the title and the
    text that are there stay.
    """

    key: str
    route: Route
    title: str
    body: Body
    severity: str
    due: dt.date | None
    labels: tuple[str, ...] = ()
    raised: int = 0
    keeps_text: bool = False

    @property
    def digest(self) -> str:
        """A digest of all of it: equal drafts need no write."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket as its tracker shows it. `updated` and `done_at` are the tracker's times, naive UTC.

    `keys` are labels of ours on it. `is_done` says that its status counts as done there, `resolution` how; `by` is who
    made it done, '' if unknown. `labels` are all labels. `digest` is the digest of the draft that it holds as far as the
    tracker keeps one for us; ''. `text` is what its title and description say, only where a query asked for it.
    """

    id: str
    shown: str
    url: str
    place: str
    keys: tuple[str, ...]
    status: str
    is_done: bool
    created: dt.datetime
    updated: dt.datetime
    done_at: dt.datetime | None = None
    resolution: str = ""
    by: str = ""
    assignee: str = ""
    labels: tuple[str, ...] = ()
    title: str = ""
    digest: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A ticket that is surely not there any more: the tracker says that there is none, or none that we may see."""

    why: str
