"""A ticket that people will not do asks for a waiver: proposed on a branch, without an approval, and suppressing nothing."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hubposture.errors import HubpostureError
from hubposture.model.controls import ControlId
from hubposture.ports.ledger import Failure
from hubposture.ports.repository import Author, FileMissing, Repository, UnknownRevision
from hubposture.waivers.waiver import Criteria, Waiver, WaiverType
from hubposture.waivers.write import to_yaml
from hubposture.waivers.write_list import with_waivers
from hubposture.work.action import Answer
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Ticket
from hubposture.work.world import World

TRAILER = "Hubposture-Ticket"
"""The trailer of a commit that proposes a waiver; the ticket's key behind it makes it happen once."""
WONT_DO = "won't do"
"""The kind of the answers that ask for a waiver."""


@dataclass(frozen=True)
class Means:
    """What proposing needs. `path` gives the place of a file of waivers, `days` how long one holds; `remote` '' for no push.

    `list_file` is the one file with a list of all waivers, '' where each has a file of its own.
    """

    repository: Repository
    path: Callable[[str], str]
    branch: str
    author: Author
    today: dt.date
    days: int
    shown: Callable[[ControlId], str]
    list_file: str = ""
    remote: str = ""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A waiver that was proposed: for which answer, its id, and the commit."""

    answer: Answer
    waiver: str
    commit: str


def propose_waivers(
    means: Means, answers: Iterable[Answer], world: World
) -> tuple[Sequence[Proposed], Sequence[Failure]]:
    """Propose a waiver for each answer that asks for one, once for each ticket. Raises nothing of ours."""
    tickets = {one.key: one for one in world.tickets}
    done: list[Proposed] = []
    failures: list[Failure] = []
    for answer in answers:
        ticket = tickets.get(answer.ticket)
        if answer.kind != WONT_DO or ticket is None:
            continue
        waiver = _waiver(means, answer, ticket, world.subjects)
        if waiver is None:
            continue
        try:
            done.append(Proposed(answer, waiver.id, _commit(means, waiver, ticket)))
        except HubpostureError as error:
            failures.append(
                Failure(ticket.shown or ticket.key, f"the waiver that it asks for is not proposed: {error}")
            )
    return done, failures


def _commit(means: Means, waiver: Waiver, ticket: Ticket) -> str:
    if means.remote:
        means.repository.fetch(means.branch, means.remote)
    made = means.repository.find_commit(means.branch, TRAILER, ticket.key)
    if made is None:
        head = (f"{ticket.shown or ticket.key} will not be done. Nothing is suppressed until this is approved.",)
        message = (
            f"Waiver {waiver.id}: asked for by {ticket.shown or ticket.key}\n\n"
            f"{waiver.requested_by} closed the ticket as one that will not be done. This has no approval yet.\n\n"
            f"{TRAILER}: {ticket.key}\n"
        )
        files = _files(means, waiver, head)
        made = means.repository.propose(means.branch, files=files, message=message, author=means.author).id
    if means.remote:
        means.repository.push(means.branch, means.remote)
    return made


def _files(means: Means, waiver: Waiver, head: Sequence[str]) -> dict[str, bytes]:
    if not means.list_file:
        return {means.path(f"{waiver.id}.yaml"): to_yaml(waiver, head=head, shown=means.shown).encode()}
    try:
        raw = means.repository.read(means.list_file, means.branch)
    except (UnknownRevision, FileMissing):  # nothing is proposed yet
        raw = means.repository.read(means.list_file, "HEAD")
    return {means.list_file: with_waivers(raw, [waiver], head=head, shown=means.shown)}


def _waiver(means: Means, answer: Answer, ticket: Ticket, subjects: Mapping[str, Subject]) -> Waiver | None:
    """The waiver over what still fails in the ticket; None where nothing does."""
    members = [subjects[one.subject] for one in ticket.members if one.subject in subjects]
    failing = [one for one in members if one.standing is Standing.FAILING]
    if not failing:
        return None
    return Waiver(
        id=f"T-{ticket.key.removeprefix('shub-')}",
        criteria=Criteria(
            controls=(ControlId(ticket.group.control),),
            resources=tuple(sorted({one.resource for one in failing})),
            accounts=tuple(sorted({one.account for one in failing})),
            regions=tuple(sorted({one.region for one in failing})),
        ),
        type=WaiverType.RISK_ACCEPTANCE,
        reason=f"{ticket.shown or ticket.key} was closed as: {answer.said}",
        owner=ticket.group.owner,
        requested_by=answer.by or "unknown",
        valid_from=means.today,
        expires=means.today + dt.timedelta(days=means.days),
    )
