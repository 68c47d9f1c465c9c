"""A tracker as the verbs see it: where tickets are made, read, moved and linked. Jira and ServiceNow are trackers."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from hubposture.work.body import Body
from hubposture.work.ticket import Draft, Missing, Outcome, Route, Seen


@dataclass(frozen=True, slots=True)
class Wrote:
    """What became of one write. `error` is '' where it was done, or was so already.

    `is_doubtful`: it may have been done. `is_impossible`: this ticket can never be brought there (a terminal status), so
    that a successor is needed. `is_place_broken`: nothing can be written in this project now (gone, no permission, a
    field that is required and not known): it is said once and the place is set aside for this run.
    """

    error: str = ""
    is_doubtful: bool = False
    is_impossible: bool = False
    is_place_broken: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one creation: `seen` where it exists now, else what went wrong."""

    seen: Seen | None = None
    wrote: Wrote = Wrote()


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that will fail, or may: where (site, project, what), what, and what to do. `is_error`: it will."""

    where: str
    what: str
    hint: str = ""
    is_error: bool = True


class Tracker(Protocol):
    """One site. Raises RemoteError only where a method says so; what fails for one ticket is said of that ticket alone."""

    @property
    def name(self) -> str:
        """Its name in the settings, as `Route.tracker` has it."""

    @property
    def calls(self) -> Mapping[str, int]:
        """How many requests went out, by what was asked (`GET issue`)."""

    # Reading

    def read(self, ids: Sequence[str]) -> Mapping[str, Seen | Missing]:
        """Tickets by their ids there. What is not in the answer could not be read, and is unknown. Raises RemoteError."""

    def find(self, keys: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Tickets by our labels, oldest first; every key is there, () where the index has none (it lags behind writes).

        Raises RemoteError where any of it is not answered in full.
        """

    def changed(self, since: dt.datetime) -> Sequence[Seen]:
        """Tickets with a label of ours that changed since. Raises RemoteError."""

    def query(self, text: str) -> Sequence[Seen]:
        """Tickets by a query in the tracker's own language, for adoption. Raises RemoteError, InputError for bad ones."""

    # Writing. Each is safe to do again.

    def create(self, drafts: Sequence[Draft]) -> Mapping[str, Made]:
        """Make tickets; by key, every key is there. Nothing is tried again that may have been done."""

    def update(self, id_: str, draft: Draft) -> Wrote:
        """Bring a ticket's fields in line with the draft, and nothing else; the people's own labels and fields stay."""

    def comment(self, id_: str, body: Body, *, mark: str) -> Wrote:
        """Add a comment once: one with the same mark is there already means done."""

    def close(self, id_: str, outcome: Outcome, route: Route) -> Wrote:
        """Walk it to where this outcome ends, over as many transitions as it takes."""

    def reopen(self, id_: str, route: Route) -> Wrote:
        """Walk it back to where work begins."""

    def link(self, id_: str, other: str, *, is_duplicate: bool) -> Wrote:
        """Tie a ticket to another one (their ids): as its duplicate, or as its successor."""

    # Setting up

    def check(self, routes: Sequence[Route]) -> Sequence[Doubt]:
        """Everything that would fail, before the first ticket: sign-in, projects, types, required fields, ways to close.

        Reads only. Raises RemoteError where nothing can be said.
        """


class Rehearsed(Protocol):
    """What became of a test ticket: how people call it ('' where none could be made), where it is, the ways it took.

    `paths` are (outcome or `reopen`, names of the transitions in their order); an outcome without any is in `doubts`.
    """

    @property
    def shown(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def paths(self) -> Sequence[tuple[str, Sequence[str]]]: ...  # noqa: D102
    @property
    def doubts(self) -> Sequence[Doubt]: ...  # noqa: D102


@runtime_checkable
class CanRehearse(Protocol):
    """A tracker with workflows that can be tried out."""

    def test_ticket(self, route: Route) -> Rehearsed:
        """Make a marked test ticket, walk it through every outcome and back, and leave it closed."""
