"""Tickets in which a team said "not mine": the list of them, and what accepting or declining one does.

Accepting gives the resources that are left in the ticket to another team, one by one; an account as a whole only where all of
its work is in the ticket, and an account or an OU said whose it is. An owner that comes from a row of the workbook is changed
there, by whoever keeps it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hubposture.errors import InputError, InputErrors, Problem
from hubposture.owners.chain import Link
from hubposture.owners.having import Thing, holder
from hubposture.owners.read import read_teams
from hubposture.owners.resources import can_be_given
from hubposture.ports.lake import OwnerCount, Snapshot
from hubposture.ports.work import KeptAnswer, WorkLedger
from hubposture.texts.fields import shown
from hubposture.verbs.owner_reassign import Means, Reassigned, give
from hubposture.views.owners_answers import AcceptedRow, AnswerRow
from hubposture.work.answers import NOT_MINE
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Ticket

WHOLE = (Link.ACCOUNT, Link.OU, Link.FALLBACK, Link.NONE)
"""Links by which an account is one team's, or nobody's, and goes to another by an entry of teams.yaml."""
MOST = 50
"""How many resources are given one by one: more belong into an account, an OU, a tag or a pattern."""
_FEW = 5
_ROWS = """
SELECT t.account, t.region, w.row, w.owner
FROM targets t JOIN wishes w ON w.wishes = t.wishes
WHERE w.control = $control AND w.owner <> '' ORDER BY t.account, t.region
"""
_SHOWN = "SELECT account, shown FROM accounts ORDER BY account"


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, and the ticket it was given in; None where the ledger does not have that any more."""

    kept: KeptAnswer
    ticket: Ticket | None

    @property
    def row(self) -> AnswerRow:
        """It as it is shown."""
        one, ticket = self.kept.answer, self.ticket
        called = (ticket.shown if ticket else "") or one.ticket
        url, control = (ticket.url, ticket.group.control) if ticket else ("", "")
        more = (self.kept.state, self.kept.decided_by, self.kept.detail)
        return AnswerRow(one.ticket, called, url, one.owner, control, one.said, one.by, one.at, *more)


def given_answers(ledger: WorkLedger, organization: str, *, decided: bool = False) -> Sequence[Given]:
    """The answers "not mine" that wait, oldest first; with `decided` those that somebody decided on as well."""
    kept = [one for one in ledger.answers(organization) if one.answer.kind == NOT_MINE]
    wanted = [one for one in kept if decided or one.state == "open"]
    tickets = {one.key: one for one in ledger.tickets(organization, keys={one.answer.ticket for one in wanted})}
    return [Given(one, tickets.get(one.answer.ticket)) for one in wanted]


def accept(
    means: Means, ledger: WorkLedger, snapshot: Snapshot, *, organization: str, named: str, to: str, by: str
) -> AcceptedRow:
    """Give what is left in a ticket to a team, in commits on the branch, and mark the answer as accepted.

    `named` is the ticket's key, or how its tracker calls it. Killed in between, the next time makes no second commit. Raises
    InputError where no such answer waits and where more resources than MOST would be given, InputErrors with what to do
    instead where a row says whose they are, and as `give` does.
    """
    given, ticket = _waiting(ledger, organization, named)
    _check_target(means, ticket, to)
    subjects = _theirs(snapshot, ticket)
    whole = _whole(snapshot.owned().places, ticket, subjects)
    resources = sorted({one.resource for one in subjects if one.account not in whole})
    problems = [*_of_rows(snapshot, ticket, subjects), *_of_ids(resources)]
    if problems:
        raise InputErrors(problems)
    if len(resources) > MOST:
        raise InputError(_too_many(ticket, subjects, resources, to))
    reason = f"{_name(ticket)}: {given.kept.answer.by or 'somebody'} said that it is not {ticket.group.owner}'s"
    changes = [give(means, Thing.ACCOUNT, [account], to, by=by, reason=reason) for account in sorted(whole)]
    if resources:
        changes.append(give(means, Thing.RESOURCE, resources, to, by=by, reason=reason))
    ledger.decide_answer(organization, NOT_MINE, ticket.key, state="accepted", by=by, detail=_detail(changes))
    names = dict(snapshot.execute(_SHOWN, {}))
    return AcceptedRow(
        answer=given.row,
        accounts=[names.get(one, one) for one in sorted(whole)],
        resources=resources,
        to=changes[-1].to,
        along=sum(whole.values()),
        branch=means.branch,
        commits=[one.commit for one in changes if one.commit],
        pushed_to=means.remote if any(one.is_pushed for one in changes) else "",
        file=means.file,
        old=changes[0].old,
        new=changes[-1].new,
    )


def decline(ledger: WorkLedger, *, organization: str, named: str, by: str, reason: str) -> AnswerRow:
    """Mark an answer as declined. Raises InputError where no such answer waits."""
    given, ticket = _waiting(ledger, organization, named)
    ledger.decide_answer(organization, NOT_MINE, ticket.key, state="declined", by=by, detail=reason.strip())
    return given.row


def _name(ticket: Ticket) -> str:
    """How people call a ticket."""
    return ticket.shown or ticket.key


def _detail(changes: Sequence[Reassigned]) -> str:
    """What the ledger keeps of changes."""
    commits = ", ".join(one.commit[:12] for one in changes if one.commit) or "said so already"
    return f"{', '.join(one.what for one in changes)} to {changes[-1].to}, {changes[-1].branch}: {commits}"


def _waiting(ledger: WorkLedger, organization: str, named: str) -> tuple[Given, Ticket]:
    """The answer that waits in a ticket."""
    there = [(one, one.ticket) for one in given_answers(ledger, organization) if one.ticket is not None]
    for one, ticket in there:
        if named.strip().casefold() in (ticket.key, ticket.shown.casefold()):
            return one, ticket
    waiting = sorted({_name(ticket) for _, ticket in there})
    hint = f"answers wait in {', '.join(waiting[:_FEW])}" if waiting else "none waits anywhere"
    raise InputError(f"no answer 'not mine' waits in {named}; {hint} (`hubposture owners answers --all` has all)")


def _check_target(means: Means, ticket: Ticket, to: str) -> None:
    """That it goes to somebody else. Raises InputError."""
    teams = read_teams(means.repository.read(means.file, "HEAD"), means.file).teams
    if holder(teams, Thing.NAME, to) == ticket.group.owner:
        raise InputError(f"{_name(ticket)} is {ticket.group.owner}'s already; name another team with --to")


def _theirs(snapshot: Snapshot, ticket: Ticket) -> Sequence[Subject]:
    """What in the ticket is not done, and is the team's by the last sync."""
    members = {one.subject for one in ticket.members}
    left = [one for one in snapshot.work(members) if one.subject in members and not one.standing.is_done]
    found = [one for one in left if one.owner == ticket.group.owner]
    if not found:
        why = f"is {left[0].owner or 'nobody'}'s by now" if left else "is left to do in it"
        what = "nothing" if not left else "what is left in it"
        hint = f"`hubposture owners decline {_name(ticket)}` takes the answer off the list"
        raise InputError(f"{_name(ticket)}: {what} {why}; {hint}")
    return found


def _of_rows(snapshot: Snapshot, ticket: Ticket, subjects: Iterable[Subject]) -> Iterator[Problem]:
    """Rows of the workbook that say whose the control is, wherever it is checked."""
    places = {(one.account, one.region) for one in subjects}
    rows = snapshot.execute(_ROWS, {"control": ticket.group.control})
    for row, owner in sorted({(row, owner) for account, region, row, owner in rows if (account, region) in places}):
        what = f"the Owner of the row is {owner}, and decides for every account"
        yield Problem(f"controls.xlsx!{row}", what, "change the row, and have it reviewed")


def _whole(places: Iterable[OwnerCount], ticket: Ticket, subjects: Iterable[Subject]) -> dict[str, int]:
    """Accounts that are the team's as a whole and fail in nothing but what the ticket has, with their resources.

    What a row gives to somebody stays there whatever becomes of the account, and does not count.
    """
    left = Counter(one.account for one in subjects if one.standing is Standing.FAILING)
    whole: dict[str, int] = {}
    for account, failing in left.items():
        own = [one for one in places if one.account == account and one.link != Link.ROW]
        is_theirs = all(one.link in WHOLE and one.owner == ticket.group.owner for one in own)
        if own and is_theirs and sum(one.failing for one in own) <= failing:
            whole[account] = sum(one.resources for one in own)
    return whole


def _of_ids(resources: Iterable[str]) -> Iterator[Problem]:
    """Resources whose ids cannot stand in teams.yaml for themselves alone."""
    for one in resources:
        if not can_be_given(one):
            yield Problem(shown(one), "its id cannot be an entry of teams.yaml", "reassign its account, or its tag")


def _too_many(ticket: Ticket, subjects: Iterable[Subject], resources: Collection[str], to: str) -> str:
    given = set(resources)
    among = sorted({one.account for one in subjects if one.resource in given})
    ways = " or ".join(f"`hubposture owners reassign {account} --to {to}`" for account in among[:_FEW])
    return (
        f"{_name(ticket)}: {len(resources):,} resources are left in it, and at most {MOST} are given one by one; give a "
        f"pattern of their ARNs, a tag of theirs or their accounts ({ways}); `hubposture owners of ARN` says what decides"
    )
