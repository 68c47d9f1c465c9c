"""What there is to tell: gathered from a version of the lake, the ledger and the teams, and not yet in words."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.catalog import Catalog
from hubposture.errors import HubpostureError
from hubposture.model.controls import ControlId
from hubposture.model.targets import Target
from hubposture.owners.chain import Chain
from hubposture.owners.team import Pace
from hubposture.ports.asking import AskingLedger
from hubposture.ports.lake import Snapshot
from hubposture.ports.ledger import Failure
from hubposture.ports.waivers import Notice, RequestState
from hubposture.ports.work import WorkLedger
from hubposture.verbs.announcing import Begin, coming
from hubposture.verbs.news_sql import ACCOUNT_OWNERS, ACCOUNTS, LEVELS, MOVED
from hubposture.verbs.waiver_ask import drafted
from hubposture.waivers.subject_file import from_text
from hubposture.waivers.waiver import SystemOfApproval
from hubposture.work.news import (
    AccountDigest,
    Escalated,
    News,
    OwnerDigest,
    OwnerNews,
    Pending,
    Receiver,
    Rules,
    TicketLink,
    WaiverNotice,
)
from hubposture.work.policy import Rung
from hubposture.work.subject import Standing, Subject
from hubposture.work.telling import is_digest_due
from hubposture.work.ticket import State, Ticket

FIRST, SINCE, TOLD = "messages/first", "messages/since", "messages/told"
"""Names of times in the ledger: when messages began, since when the news of today are told, until when news were told."""

_URGENT_DAYS = dt.timedelta(days=3)
"""How long a new CRITICAL that could not be told is tried again."""
_NOTICE_DAYS = dt.timedelta(days=7)
_LATE = dt.timedelta(days=2)
"""How long before we hear of it a check may have failed and still be news."""


class NewsLedger(WorkLedger, AskingLedger, Protocol):
    """The parts of the ledger that news come from."""

    def notices(self, organization: str, *, since: dt.datetime | None = None) -> Sequence[Notice]:
        """Notices of waivers, oldest first, from a time on."""


@dataclass(frozen=True)
class Means:
    """What gathering needs.

    `day` is the organization's day and `midnight` when it began, naive UTC. `default_channel` is for teams without any;
    ''. `pace` is that of teams that say nothing. `begins` gives what is enforced within the days of the rules; it may ask
    AWS, and is asked only once. Its errors are failures, and the rest is gathered all the same.
    """

    organization: str
    ledger: NewsLedger
    chain: Chain
    catalog: Catalog
    rules: Rules
    day: dt.date
    midnight: dt.datetime
    pace: Pace = Pace.IMMEDIATE
    default_channel: str = ""
    ladder: Sequence[Rung] = ()
    is_observed: Callable[[Target], bool] = lambda _: False
    begins: Callable[[], Sequence[Begin]] = lambda: ()


@dataclass(frozen=True, slots=True)
class Window:
    """The times news are told from: a run's, new CRITICALs', notices'; and when messages began here."""

    since: dt.datetime
    urgent: dt.datetime
    notices: dt.datetime
    first: dt.datetime


@dataclass(frozen=True)
class Gathered:
    """The news, the window they are of, until when they go, and what could not be gathered."""

    news: News
    window: Window
    until: dt.datetime
    failures: Sequence[Failure] = ()


def window(ledger: WorkLedger, organization: str, *, midnight: dt.datetime) -> Window:
    """Since when news are told today: since those of the last day that was reported, the same all day long."""
    first = ledger.work_cursor(organization, FIRST) or midnight
    told = ledger.work_cursor(organization, TOLD)
    since = ledger.work_cursor(organization, SINCE) if told is not None and told >= midnight else told
    return Window(since or midnight, max(first, midnight - _URGENT_DAYS), max(first, midnight - _NOTICE_DAYS), first)


def remember(ledger: WorkLedger, organization: str, gathered: Gathered) -> None:
    """Note what was told, so that tomorrow's news begin where today's end."""
    ledger.put_work_cursor(organization, FIRST, gathered.window.first)
    ledger.put_work_cursor(organization, SINCE, gathered.window.since)
    ledger.put_work_cursor(organization, TOLD, gathered.until)


def gather(means: Means, snapshot: Snapshot) -> Gathered:
    """Everything there is to tell by a version."""
    found = window(means.ledger, means.organization, midnight=means.midnight)
    snapshot.owned()  # whose everything is: the statements below join what this makes
    tickets = means.ledger.tickets(means.organization)
    moved = _moved(snapshot, found.since)
    lately = _moved(snapshot, found.urgent) if found.urgent != found.since else moved
    subjects = _subjects(means, snapshot, [subject for subject, one in moved.items() if one.was_failing])
    links = _links(tickets)
    failures: list[Failure] = []
    begun = _begun(means, failures)
    failing = [one for one in subjects if one.standing is Standing.FAILING]
    is_due = is_digest_due(means.day, means.rules)
    news = News(
        organization=means.organization,
        day=means.day,
        receivers=tuple(receivers(means)),
        owners=tuple(_owners(subjects, (moved, found.since), (lately, found.urgent), links)),
        notices=tuple(_notices(means, found)),
        accounts=tuple(_accounts(means, snapshot, failing, links)) if is_due else (),
        weeks=tuple(_weeks(means, snapshot, failing, links)) if is_due else (),
        coming=tuple(coming(snapshot, begun, means.catalog)) if begun else (),
        begins=_by_day(begun),
        escalated=tuple(_escalated(means, tickets, failing)),
        pending=tuple(_pending(means)) if means.rules.approvers else (),
    )
    return Gathered(news, found, snapshot.at, tuple(failures))


def receivers(means: Means) -> Iterator[Receiver]:
    """How each team is reached. A team with neither a channel nor an address gets the default channel."""
    for team in means.chain.teams.teams:
        slack = team.slack or ("" if team.mail else means.default_channel)
        yield Receiver(team.name, slack, team.mail, (team.pace or means.pace) is Pace.DIGEST)


# --- what moved ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Move:
    """What a subject was like before its first change since a time."""

    was_failing: bool
    was_suppressed: bool


_Moves = tuple[Mapping[str, _Move], dt.datetime]
"""What moved, and since when."""


def _moved(snapshot: Snapshot, since: dt.datetime) -> dict[str, _Move]:
    return {row[0]: _Move(*row[1:]) for row in snapshot.execute(MOVED, {"since": since})}


def _subjects(means: Means, snapshot: Snapshot, tracked: Sequence[str]) -> list[Subject]:
    """What fails and is a team's, and what became of what failed; without targets that are only observed."""
    observed: dict[tuple[str, str], bool] = {}
    found = []
    for one in snapshot.work(tracked):
        place = (one.account, one.region)
        if place not in observed:
            observed[place] = means.is_observed(Target(means.organization, *place))
        if one.is_team and not observed[place]:
            found.append(one)
    return found


def _owners(
    subjects: Iterable[Subject], moved: _Moves, lately: _Moves, links: Mapping[str, TicketLink]
) -> Iterator[OwnerNews]:
    by_owner: dict[str, list[Subject]] = {}
    for one in subjects:
        by_owner.setdefault(one.owner, []).append(one)
    for team in sorted(by_owner):
        some = by_owner[team]
        failing = [one for one in some if one.standing is Standing.FAILING]
        ended = [(one.standing, move) for one in some if (move := moved[0].get(one.subject)) and move.was_failing]
        yield OwnerNews(
            team=team,
            failing=tuple(failing),
            new=frozenset(one.subject for one in failing if _is_new(one, moved)),
            criticals=tuple(one for one in failing if one.severity == "CRITICAL" and _is_new(one, lately)),
            fixed=sum(standing is Standing.PASSED for standing, _ in ended),
            gone=sum(standing is Standing.GONE for standing, _ in ended),
            waived=sum(standing is Standing.WAIVED and not move.was_suppressed for standing, move in ended),
            tickets=_of(links, failing),
        )


def _is_new(one: Subject, moved: _Moves) -> bool:
    """Whether it began to fail: what has long failed and is only now seen for the first time is no news."""
    moves, since = moved
    is_late = one.failing_since is None or one.failing_since < since - _LATE
    return not is_late and one.subject in moves and not moves[one.subject].was_failing


def _links(tickets: Iterable[Ticket]) -> dict[str, TicketLink]:
    """The ticket of each subject that is in one that people can open."""
    found: dict[str, TicketLink] = {}
    for ticket in tickets:
        if ticket.state in (State.OPEN, State.LEFT) and ticket.shown:
            for member in ticket.members:
                found[member.subject] = TicketLink(ticket.shown, ticket.url, ticket.key)
    return found


def _pending(means: Means) -> Iterator[Pending]:
    """Waivers that wait for somebody to decide on them here."""
    for request, draft in means.ledger.asked(means.organization):
        if request.state is not RequestState.ASKED or request.system != SystemOfApproval.HUBPOSTURE:
            continue
        waiver = drafted(draft)
        subjects, _ = from_text(request.subjects.encode(), draft.waiver)
        yield Pending(
            request=request.id,
            waiver=draft.waiver,
            revision=draft.revision,
            digest=request.digest,
            by=request.asked_by,
            at=request.asked_at,
            until=request.until,
            type=waiver.type.value,
            reason=waiver.reason,
            owner=waiver.owner,
            controls=[means.catalog.shown(one) for one in waiver.criteria.controls],
            resources=len(subjects.subjects),
        )


# --- waivers, tickets, what begins -----------------------------------------------------------------------------------


def _notices(means: Means, found: Window) -> Iterator[WaiverNotice]:
    """Notices of waivers that a team owns."""
    for one in means.ledger.notices(means.organization, since=found.notices):
        team = means.chain.team(str(one.body.get("owner", "")))
        if team is None or not team.name:
            continue
        yield WaiverNotice(
            team=team.name,
            waiver=one.waiver,
            kind=one.kind,
            until=one.until,
            at=one.at,
            controls=tuple(means.catalog.shown(ControlId(str(each))) for each in one.body.get("controls") or ()),
            within=_count(one, "within"),
            failing=_count(one, "failing"),
            surplus=_count(one, "surplus"),
            released=_count(one, "released"),
        )


def _count(one: Notice, name: str) -> int:
    found = one.body.get(name, 0)
    return found if isinstance(found, int) else 0


def _escalated(means: Means, tickets: Iterable[Ticket], failing: Iterable[Subject]) -> Iterator[Escalated]:
    """Open tickets at a step of the ladder that tells somebody."""
    reached = [one for one in tickets if one.state in (State.OPEN, State.LEFT) and 0 < one.rung <= len(means.ladder)]
    known = {one.subject: one for one in failing} if reached else {}
    for ticket in reached:
        rung = means.ladder[ticket.rung - 1]
        members = [known[member.subject] for member in ticket.members if member.subject in known]
        if not members or not (rung.slack or rung.mail):
            continue
        yield Escalated(
            key=ticket.key,
            ticket=TicketLink(ticket.shown or ticket.key, ticket.url),
            team=ticket.group.owner,
            control=members[0].shown,
            title=members[0].title,
            step=ticket.rung,
            after_days=rung.after_days,
            failing=len(members),
            due=min((one.due for one in members if one.due is not None), default=None),
            since=ticket.made_at,
            slack=rung.slack,
            mail=rung.mail,
        )


def _begun(means: Means, failures: list[Failure]) -> Sequence[Begin]:
    try:
        return means.begins()
    except HubpostureError as error:
        failures.append(Failure("announcements", str(error)))
        return ()


def _by_day(begun: Iterable[Begin]) -> dict[dt.date, tuple[str, ...]]:
    found: dict[dt.date, set[str]] = {}
    for one in begun:
        found.setdefault(one.begins, set()).add(one.control)
    return {day: tuple(sorted(found[day])) for day in sorted(found)}


# --- digests ---------------------------------------------------------------------------------------------------------


def _levels(means: Means, snapshot: Snapshot) -> Iterator[tuple[str, bool, str, int, int]]:
    """(owner, is it a team, account, met, obligations) of each place that is not only observed."""
    for owner, is_team, account, region, met, obligations in snapshot.execute(LEVELS, {}):
        if not means.is_observed(Target(means.organization, account, region)):
            yield owner, is_team, account, met, obligations


def _weeks(
    means: Means, snapshot: Snapshot, failing: Iterable[Subject], links: Mapping[str, TicketLink]
) -> Iterator[OwnerDigest]:
    counts: dict[str, tuple[int, int]] = {}
    for owner, is_team, _, met, obligations in _levels(means, snapshot):
        if is_team:
            before = counts.get(owner, (0, 0))
            counts[owner] = (before[0] + met, before[1] + obligations)
    by_owner: dict[str, list[Subject]] = {}
    for one in failing:
        by_owner.setdefault(one.owner, []).append(one)
    for team, (met, obligations) in sorted(counts.items()):
        some = by_owner.get(team, [])
        yield OwnerDigest(team, met, obligations, tuple(some), _of(links, some))


def _accounts(
    means: Means, snapshot: Snapshot, failing: Iterable[Subject], links: Mapping[str, TicketLink]
) -> Iterator[AccountDigest]:
    """Every account of a team in which there are obligations, with everything that a team must fix there."""
    counts: dict[str, tuple[int, int]] = {}
    for _, is_team, account, met, obligations in _levels(means, snapshot):
        if is_team:
            before = counts.get(account, (0, 0))
            counts[account] = (before[0] + met, before[1] + obligations)
    shown = dict(snapshot.execute(ACCOUNTS, {}))
    by_account: dict[str, list[Subject]] = {}
    for one in failing:
        by_account.setdefault(one.account, []).append(one)
    for account, team in snapshot.execute(ACCOUNT_OWNERS, {}):
        if account in counts:
            some = by_account.get(account, [])
            met, obligations = counts[account]
            name = shown.get(account, account)
            yield AccountDigest(team, account, name, met, obligations, tuple(some), _of(links, some))


def _of(links: Mapping[str, TicketLink], subjects: Iterable[Subject]) -> dict[str, TicketLink]:
    return {one.subject: links[one.subject] for one in subjects if one.subject in links}
