"""Approval by git alone: a reviewed merge of the waiver as it stands, read from the forge and never from a text."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.errors import InputError, RemoteError
from hubposture.ports.approvals import Forge, Review
from hubposture.ports.ledger import Failure
from hubposture.ports.repository import Repository
from hubposture.ports.waivers import WaiverLedger
from hubposture.verbs.waiver_book import Book, digest_now, set_name
from hubposture.waivers.standing import Confirmation, Standing, Verdict
from hubposture.waivers.waiver import SystemOfApproval, Waiver, is_same_person


@dataclass(frozen=True)
class Means:
    """What reading reviews needs; `directory` is where the approved sets lie, '' for the root."""

    ledger: WaiverLedger
    forge: Forge
    repository: Repository
    directory: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Confirmations that were found, waivers whose state has no review that counts and why, and failures."""

    found: tuple[Confirmation, ...] = ()
    without: tuple[tuple[str, str], ...] = ()
    failures: tuple[Failure, ...] = ()


def read_reviews(means: Means, book: Book) -> Reviewed:
    """Look for the review behind every waiver that is not confirmed as it is. Raises nothing remote.

    One that was found is not looked for again: a merge is not unmade, and a forge that forgot it proves nothing.
    """
    known = {(one.waiver, one.digest) for one in means.ledger.confirmations() if one.system is SystemOfApproval.GIT}
    found: list[Confirmation] = []
    without: list[tuple[str, str]] = []
    failures: list[Failure] = []
    for standing in book.standings:
        wanted = digest_now(standing.waiver, book.sets)
        if (standing.waiver.id, wanted) in known:
            continue
        try:
            answer = _review_of(means, standing, book)
        except (RemoteError, InputError) as error:
            failures.append(Failure(standing.waiver.id, str(error)))
            continue
        if isinstance(answer, str):
            without.append((standing.waiver.id, answer))
        else:
            review, by = answer
            found.append(_confirmation(standing.waiver, wanted, review, by))
    means.ledger.put_confirmations(found)
    return Reviewed(tuple(found), tuple(without), tuple(failures))


def _review_of(means: Means, standing: Standing, book: Book) -> tuple[Review, str] | str:
    """The review that counts and whose it is, or why there is none.

    Both the waiver's file and its approved set must be as a reviewed merge left them; the later one is the approval.
    """
    waiver = standing.waiver
    if set_name(waiver.id) not in book.sets:
        return f"its approved set is not in the baseline; `hubposture waivers preview {waiver.id} --write` makes it"
    paths = (waiver.file, f"{means.directory}/{set_name(waiver.id)}".lstrip("/"))
    if dirty := sorted(set(paths) & set(means.repository.changed_files())):
        return f"{dirty[0]} is not committed"
    answers = []
    for path in paths:
        change = means.repository.last_change(path)
        if change is None:
            return f"{path} is not committed"
        reviews = means.forge.reviews(change.id, means.repository.in_tree(path))
        answers.append(_counting(means, waiver, path, reviews))
    if refused := [one for one in answers if isinstance(one, str)]:
        return refused[0]
    return max((one for one in answers if not isinstance(one, str)), key=lambda one: one[0].merged_at)


def _counting(means: Means, waiver: Waiver, path: str, reviews: Sequence[Review]) -> tuple[Review, str] | str:
    if not reviews:
        return f"{path} came to the default branch without a request that was merged"
    for review in sorted(reviews, key=lambda one: one.merged_at):
        for login in review.approvers:
            address = means.forge.email_of(login)
            if not _is_who_asked(waiver.requested_by, login, address):
                return review, address or login
    return f"{path}: request {reviews[0].number} has no approval of anybody but {waiver.requested_by} and its authors"


def _is_who_asked(requested_by: str, login: str, address: str) -> bool:
    """Whether an approver is the one who asked, by login or address; whose address is hidden, by its first part."""
    names = (login, address) if address else (login, f"{login}@{requested_by.partition('@')[2]}")
    return any(is_same_person(requested_by, one) for one in names)


def _confirmation(waiver: Waiver, wanted: str, review: Review, by: str) -> Confirmation:
    """A review as a confirmation: `checked_at` stays the moment of the merge, the day of the approval."""
    return Confirmation(
        waiver=waiver.id,
        digest=wanted,
        system=SystemOfApproval.GIT,
        number=review.number,
        by=by,
        verdict=Verdict.APPROVED,
        until=waiver.expires,
        checked_at=review.merged_at,
    )
