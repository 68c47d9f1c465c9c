"""What was approved elsewhere becomes a commit on a branch of the baseline's repository, once, for people to merge."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from hubposture.errors import InputError, Refusal, RemoteError
from hubposture.ports.repository import Author, Repository
from hubposture.ports.waivers import Request
from hubposture.verbs.waiver_book import set_name
from hubposture.waivers.changed import approved_until
from hubposture.waivers.waiver import Approval, SystemOfApproval, Waiver, is_same_person
from hubposture.waivers.write import with_approval

TRAILER = "Hubposture-Request"
"""The trailer of a commit that writes an approval; the request's id behind it makes the commit happen once."""


@dataclass
class Commits:
    """Writes approvals onto `branch`. `path` gives the place of a file of waivers in the repository.

    `remote` is '' where nothing is pushed; else the branch is first brought up to what the remote has, once. An
    approval's day is a day in `zone`, the organization's.
    """

    repository: Repository
    path: Callable[[str], str]
    branch: str
    author: Author
    zone: dt.tzinfo
    remote: str = ""
    system: SystemOfApproval = SystemOfApproval.SERVICENOW
    unmerged: Callable[[Waiver], bytes | None] = lambda _: None
    """The file of a waiver that was asked for and is not in the baseline yet, with it; None for one that is."""
    _is_current: bool = field(default=False, init=False)

    def why_not(self, request: Request, waiver: Waiver) -> str:
        """Why an approved request is not written; '' if it may be."""
        if is_same_person(request.decided_by, waiver.requested_by):
            return f"approved by {request.decided_by}, who asked for it; somebody else must approve"
        if not self._fits(request, waiver):
            return "changed in the baseline after it was asked for; ask anew with `hubposture waivers request`"
        return ""

    def write(
        self, request: Request, waiver: Waiver, beside: Iterable[Request], waivers: Sequence[Waiver]
    ) -> tuple[str, str]:
        """The id of the commit that carries a request's approval, made now if it is not there; '' and why there is none.

        `beside` are approved requests that were written before: a file that holds several waivers keeps their entries
        while nobody has merged them. A commit that could not be pushed counts as none, and the next try pushes it.
        """
        try:
            self._bring_up_to_date()
            held = self.repository.find_commit(self.branch, TRAILER, request.id)
            made = held or self._commit(request, waiver, beside, waivers)
        except (Refusal, InputError, RemoteError) as error:
            return "", f"approved, but not written into the baseline: {error}"
        try:
            self._push()
        except (Refusal, InputError, RemoteError) as error:
            return "", f"committed as {made[:12]}, but not pushed: {error}"
        return made, ""

    def _bring_up_to_date(self) -> None:
        if self.remote and not self._is_current:
            self.repository.fetch(self.branch, self.remote)
            self._is_current = True

    def _push(self) -> None:
        if self.remote:
            self.repository.push(self.branch, self.remote)

    def _commit(self, request: Request, waiver: Waiver, beside: Iterable[Request], waivers: Sequence[Waiver]) -> str:
        """Write the approval and the approved set in one commit; gives its id."""
        text = self._with_those_beside(waiver, beside, waivers)
        files = {
            waiver.file: with_approval(text, waiver.id, self._approval(request)),
            self.path(set_name(waiver.id)): request.subjects.encode(),
        }
        message = (
            f"Waiver {waiver.id}: approved by {request.decided_by} ({request.number})\n\n{TRAILER}: {request.id}\n"
        )
        return self.repository.propose(self.branch, files=files, message=message, author=self.author).id

    def _with_those_beside(self, waiver: Waiver, beside: Iterable[Request], waivers: Sequence[Waiver]) -> bytes:
        """The file of a waiver as it is, with the approvals of its waivers that wait on the branch."""
        file = waiver.file
        inside = {one.id: one for one in waivers if one.file == file}
        text = self.unmerged(waiver) or self.repository.read(file)
        for one in beside:
            if (other := inside.get(one.waiver)) is not None and not self.why_not(one, other):
                text = with_approval(text, other.id, self._approval(one))
        return text

    def _fits(self, request: Request, waiver: Waiver) -> bool:
        """Whether the waiver is still what was asked for; a later `expires` alone leaves the approval its own end."""
        return approved_until(waiver, self._approval(request), request.subjects) is not None

    def _approval(self, request: Request) -> Approval:
        """The entry that an approved request becomes."""
        decided = (request.decided_at or request.asked_at).replace(tzinfo=dt.UTC)
        return Approval(
            system=self.system,
            number=request.number,
            by=request.decided_by,
            on=decided.astimezone(self.zone).date(),
            until=request.until,
            digest=request.digest,
            subjects=set_name(request.waiver),
        )
